/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_routes.c - a vendor's call becomes a sync of the records it speaks of.
 *
 * Always: the delivery is remembered in the transaction that adds its job, so that a call which was
 * answered is never lost, and one that comes twice makes one job.  Whoever is not genuine learns
 * only that.
 */
#include "service/webhook_routes.h"

#include "flow/webhook.h"
#include "service/connection.h"
#include "service/view.h"

struct delivering {
	struct call *call;
	const struct connection *connection;
	const struct webhook_plan *plan;
	struct webhook_result result;
	struct sync_ticket ticket;
};

static bool accept_in_transaction(void *arg, struct err *e)
{
	struct delivering *g = arg;
	struct call *c = g->call;
	struct sync_wish wish = { .connection = g->connection->name,
				  .mode = MODE_INCREMENTAL,
				  .onlys = 1,
				  .trigger = STR("webhook"),
				  .actor = STR("webhook") };
	struct webhook_call given = { .body = c->raw };

	given.headers = call_headers(c, &given.header);
	if (!webhook_accept(c->db, c->clock, g->connection, g->plan, &given, c->arena, &g->result,
			    e))
		return false;
	if (g->result.outcome != WEBHOOK_ACCEPTED)
		return true;
	wish.only = &g->result.stream->name;
	wish.select.record = g->result.record;
	wish.select.records = g->result.records;
	return sync_request(c->db, c->arena, &wish, &g->ticket, e);
}

static bool answer(struct call *c, const struct delivering *g, struct err *e)
{
	static const char *const word[] = { [WEBHOOK_ACCEPTED] = "accepted",
					    [WEBHOOK_IGNORED] = "ignored",
					    [WEBHOOK_DUPLICATE] = "duplicate",
					    [WEBHOOK_REFUSED] = "refused" };
	struct value map = value_map_new(c->arena);
	bool accepted = g->result.outcome == WEBHOOK_ACCEPTED;

	if (g->result.outcome == WEBHOOK_REFUSED)
		return call_problem(c, 401, g->result.reason,
				    STR("The call is not a genuine one of this webhook."),
				    UNDEFINED);
	view_text(c->arena, map, "outcome", str_from(word[g->result.outcome]));
	view_int(c->arena, map, "records", accepted ? (int64_t)g->result.records : 0);
	view_text(c->arena, map, "job", accepted ? view_id(c->arena, g->ticket.job.id) : STR(""));
	return call_json(c, map, e);
}

/* Of an unknown webhook nothing more is said than of a false signature. */
static bool deliver(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct delivering g = { .call = c };

	g.connection = plan_connection(setup_plan(setup), call_text(c, c->params, "connection"));
	if (g.connection)
		g.plan = plan_webhook(g.connection, call_text(c, c->params, "name"));
	if (!g.plan) {
		g.result = (struct webhook_result){ .outcome = WEBHOOK_REFUSED,
						    .reason = "bad_signature" };
		return answer(c, &g, e);
	}
	if (!db_transact(c->db, accept_in_transaction, &g, e))
		return false;
	if (g.result.outcome == WEBHOOK_ACCEPTED)
		service_wake(c->arg);
	return answer(c, &g, e);
}

static const struct field deliver_answer[] = {
	{ .name = "outcome", .type = FIELD_TEXT, .one_of = "accepted|ignored|duplicate" },
	{ .name = "records", .type = FIELD_INTEGER },
	{ .name = "job", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};

const struct route webhook_routes[] = {
	{ .method = "POST",
	  .path = "/api/webhooks/{connection}/{name}",
	  .roles = ROLE_ANYBODY,
	  .secret = true,
	  .handle = deliver,
	  .summary = "A vendor's signed call: sync the records it speaks of",
	  .tag = "webhooks",
	  .body_kind = BODY_RAW,
	  .body_bytes_max = WEBHOOK_BYTES_MAX,
	  .answer = deliver_answer,
	  .status = 202,
	  .problems = "no_signature:401,bad_signature:401,stale:401" },
	{ .method = NULL },
};
