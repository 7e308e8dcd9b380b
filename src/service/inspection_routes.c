/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspection_routes.c - the live test of a connection, over HTTP, as `lockstep check` does it.
 *
 * A vendor that does not answer is a finding here, not a failure of ours.  Somebody waits for it:
 * no sleep passes the deadline, no request takes longer.
 */
#include "service/inspection_routes.h"

#include "flow/auth.h"
#include "flow/probe.h"
#include "service/hurry.h"
#include "service/sign_in.h"
#include "service/trail.h"
#include "service/view.h"

#define TEST_MS 10000
#define CONNECT_MS 5000

struct testing {
	struct call *call;
	struct connection connection; /* with shorter deadlines */
	struct value list;
	bool ok;
};

static void tell(struct testing *t, struct str what, bool ok, struct str says, struct str next)
{
	struct arena *a = t->call->arena;
	struct value map = value_map_new(a);

	view_text(a, map, "what", str_keep(a, what));
	view_bool(a, map, "ok", ok);
	view_text(a, map, "says", str_keep(a, says));
	view_text(a, map, "next", str_keep(a, next));
	value_list_add(a, t->list, map);
	t->ok = t->ok && ok;
}

static void tell_finding(void *arg, const struct finding *f)
{
	tell(arg, str_from(f->what), !f->why, f->says, f->next);
}

static struct str next_of(struct testing *t, const struct err *why)
{
	if (why->kind == ERR_AUTH && auth_of(t->connection.manifest))
		return str_printf(t->call->arena,
				  "Sign in at the vendor again, or `lockstep connect %.*s`.",
				  STR_ARG(t->connection.name));
	if (why->kind == ERR_AUTH)
		return STR(
			"Look at the credentials in the plan, and whether the vendor knows them.");
	if (why->kind == ERR_TRANSIENT)
		return STR("See whether the vendor is up and can be reached from here, then test "
			   "again.");
	if (why->kind == ERR_CONFIG)
		return STR("Mend the plan or the connector; `lockstep check` says where.");
	return STR("Look at what the vendor answered; `lockstep check` says it in full.");
}

static bool test_access(struct testing *t, struct err *e)
{
	struct sign_in_state s;
	bool bad;

	if (!auth_of(t->connection.manifest))
		return true;
	if (!sign_in_state(t->call, &t->connection, &s, e))
		return false;
	/* The first token may come from the plan. */
	bad = strcmp(s.status, "error") == 0;
	tell(t, STR("sign-in"), !bad, s.message, bad ? s.next : STR(""));
	return true;
}

static void test_streams(struct testing *t, const struct engine *g)
{
	struct arena *a = t->call->arena;
	struct probe_result *r;
	struct err why;
	size_t n;

	if (!probe_connection(g, &t->connection, a, &r, &n, &why)) {
		tell(t, STR("vendor"), false, str_from(why.text), next_of(t, &why));
		return;
	}
	for (size_t i = 0; i < n; i++)
		tell(t, str_printf(a, "stream %.*s", STR_ARG(r[i].stream)), true,
		     str_printf(a, "It answers with %zu records in %lld ms.", r[i].records,
				(long long)r[i].took_ms),
		     STR(""));
	if (n == 0)
		tell(t, STR("vendor"), true, STR("The connector has no check stream."), STR(""));
}

static void make_quick(struct connection *c)
{
	struct network_plan *n = &c->network;

	n->total_ms = n->total_ms && n->total_ms < TEST_MS ? n->total_ms : TEST_MS;
	n->stall_ms = n->stall_ms && n->stall_ms < TEST_MS ? n->stall_ms : TEST_MS;
	n->connect_ms = n->connect_ms && n->connect_ms < CONNECT_MS ? n->connect_ms : CONNECT_MS;
}

static bool inspect(struct testing *t, struct err *e)
{
	struct call *c = t->call;
	struct rng rng;
	struct engine g = connection_engine(c, &rng);
	struct inspection x = { .engine = &g,
				.connection = &t->connection,
				.arena = c->arena,
				.tell = tell_finding,
				.arg = t };
	struct hurry hurry;

	hurry_init(&hurry, c->clock, TEST_MS);
	g.clock = &hurry.clock;
	tell(t, STR("database"), true, STR("It answers."), STR(""));
	if (!test_access(t, e))
		return false;
	if (!service_inspect(c->arg, &x))
		test_streams(t, &g);
	return true;
}

static bool test(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct testing t = { .call = c, .list = value_list_new(c->arena), .ok = true };
	struct value map = value_map_new(c->arena);
	int64_t began_ms = clock_steady_ms(c->clock);
	const struct connection *n;

	if (!connection_find(setup_plan(setup), call_text(c, c->params, "name"), STR(""), &n, e) ||
	    !trail(c, "sync.test", sync_lane(c->arena, n->name), UNDEFINED, e))
		return false;
	t.connection = *n;
	make_quick(&t.connection);
	if (!inspect(&t, e))
		return false;
	view_text(c->arena, map, "connection", n->name);
	view_bool(c->arena, map, "ok", t.ok);
	view_int(c->arena, map, "took_ms", clock_steady_ms(c->clock) - began_ms);
	value_map_set(c->arena, map, STR("findings"), t.list);
	return call_json(c, map, e);
}

static const struct field finding_fields[] = {
	{ .name = "what", .type = FIELD_TEXT },
	{ .name = "ok", .type = FIELD_BOOLEAN },
	{ .name = "says", .type = FIELD_TEXT },
	{ .name = "next", .type = FIELD_TEXT, .nullable = true, .says = "what to do about it" },
	{ .name = NULL },
};
static const struct field finding_item[] = {
	{ .name = "finding", .type = FIELD_OBJECT, .of = finding_fields },
	{ .name = NULL },
};
static const struct field test_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "ok", .type = FIELD_BOOLEAN },
	{ .name = "took_ms", .type = FIELD_INTEGER },
	{ .name = "findings", .type = FIELD_LIST, .of = finding_item },
	{ .name = NULL },
};

const struct route inspection_routes[] = {
	{ .method = "POST",
	  .path = "/api/connections/{name}/test",
	  .roles = ROLE_ADMIN,
	  .handle = test,
	  .summary = "Ask the vendor for a page, writing nothing; what does not work is a finding",
	  .tag = "connections",
	  .answer = test_answer,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404" },
	{ .method = NULL },
};
