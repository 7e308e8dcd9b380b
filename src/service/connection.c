/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.c - what a person does with a connection and sees of it.
 *
 * Always: "stopped" is a pause of the connection's lane in the database, so it outlives every
 * process; a job that is cancelled stops between two pages.
 */
#include "service/connection.h"

#include "data/moment.h"
#include "service/trail.h"
#include "service/view.h"

#define CANCELLED_MAX 1000

bool connection_find(const struct plan *p, struct str name, struct str connector,
		     const struct connection **out, struct err *e)
{
	const struct connection *found = name.len ? plan_connection(p, name) : NULL;

	if (name.len > 0 && !found)
		return err_set(e, ERR_MISSING, "the plan has no connection of that name");
	for (size_t i = 0; !found && i < p->connections; i++)
		if (connector.len ? str_eq(p->connection[i].manifest->name, connector)
				  : p->connections == 1)
			found = &p->connection[i];
	if (!found && connector.len)
		return err_set(e, ERR_MISSING, "the plan has no connection to %.*s",
			       STR_ARG(connector));
	if (!found)
		return err_set(e, ERR_MISSING, "the plan has several connections; name one");
	*out = found;
	return true;
}

void connection_hint(const struct call *c, const struct connection *n)
{
	service_publish(c->arg, "connection",
			str_printf(c->arena, "{\"connection\":\"%.*s\"}", STR_ARG(n->name)),
			ROLE_ADMIN | ROLE_VIEWER);
}

static struct str pause_scope(const struct call *c, const struct connection *n)
{
	return str_printf(c->arena, "lane:connection:%.*s", STR_ARG(n->name));
}

bool connection_stopped(const struct call *c, const struct connection *n, bool *is,
			struct pause *out, struct err *e)
{
	struct str scope = pause_scope(c, n);
	struct pause *pause;
	size_t pauses;

	if (!queue_pauses(c->db, c->arena, &pause, &pauses, e))
		return false;
	*is = false;
	for (size_t i = 0; i < pauses; i++)
		if (str_eq(pause[i].scope, scope)) {
			*out = pause[i];
			*is = true;
		}
	return true;
}

bool connection_running(const struct call *c, const struct connection *n, struct run_log *out,
			bool *found, struct err *e)
{
	struct run_filter f = {
		.connection = n->name, .status = STR("running"), .whole_only = true, .limit = 1
	};
	struct run_log *run;
	size_t runs;

	if (!run_log_list(c->db, c->arena, &f, &run, &runs, NULL, e))
		return false;
	*found = runs > 0;
	if (runs > 0)
		*out = run[0];
	return true;
}

/* ---- trigger ---- */

/* Whether that job waits for its time, and how long still. */
static bool find_wait(const struct call *c, int64_t job, int64_t *wait_ms, struct err *e)
{
	struct job_filter f = { .id = job, .status = STR("pending"), .limit = 1 };
	struct job_row *row;
	int64_t total;
	size_t jobs;

	if (!queue_list(c->db, c->arena, &f, &row, &jobs, &total, e))
		return false;
	*wait_ms = jobs ? row[0].run_at_ms - clock_wall_ms(c->clock) : 0;
	return true;
}

static struct str busy_text(const struct call *c, const struct connection *n, int64_t job,
			    int64_t wait_ms)
{
	struct str in = span_text(c->arena, wait_ms);

	if (wait_ms <= 0)
		return str_printf(c->arena, "A sync of %.*s is already waiting to start.",
				  STR_ARG(n->name));
	return str_printf(c->arena,
			  "A sync of %.*s waits already: job %lld begins by itself in %.*s.",
			  STR_ARG(n->name), (long long)job, STR_ARG(in));
}

static bool refuse_running(struct call *c, const struct connection *n, int64_t job, struct err *e)
{
	struct value more = value_map_new(c->arena);
	struct run_log run;
	int64_t wait_ms;
	bool found;

	if (!connection_running(c, n, &run, &found, e) || !find_wait(c, job, &wait_ms, e))
		return false;
	view_text(c->arena, more, "job", view_id(c->arena, job));
	value_map_set(c->arena, more, STR("run"), found ? view_run(c->arena, &run) : NULL_VALUE);
	return call_problem(
		c, 409, "sync_running",
		found ? str_printf(c->arena, "A sync of %.*s is already running.", STR_ARG(n->name))
		      : busy_text(c, n, job, wait_ms),
		more);
}

static bool refuse_stopped(struct call *c, const struct connection *n, const struct pause *p)
{
	struct value more = value_map_new(c->arena);

	value_map_set(c->arena, more, STR("stopped"), view_pause(c->arena, p));
	return call_problem(c, 409, "sync_stopped",
			    str_printf(c->arena, "Syncs of %.*s are stopped; restart them first.",
				       STR_ARG(n->name)),
			    more);
}

static const char *const unfinished[] = { "running", "pending" };

/* A job of the connection's lane that is not finished; *id 0: there is none. */
static bool find_unfinished(const struct call *c, const struct connection *n, int64_t *id,
			    struct err *e)
{
	*id = 0;
	for (size_t k = 0; *id == 0 && k < COUNT(unfinished); k++) {
		struct job_filter f = { .status = str_from(unfinished[k]),
					.lane = sync_lane(c->arena, n->name),
					.limit = 1 };
		struct job_row *row;
		int64_t total;
		size_t jobs;

		if (!queue_list(c->db, c->arena, &f, &row, &jobs, &total, e))
			return false;
		*id = jobs ? row[0].id : 0;
	}
	return true;
}

struct triggering {
	struct call *call;
	struct sync_wish *wish;
	struct sync_ticket ticket;
};

static bool trigger_in_transaction(void *arg, struct err *e)
{
	struct triggering *t = arg;
	struct call *c = t->call;
	struct value details = value_map_new(c->arena);

	if (!sync_request(c->db, c->arena, t->wish, &t->ticket, e))
		return false;
	if (t->ticket.job.coalesced)
		return true;
	view_text(c->arena, details, "run", t->ticket.run);
	view_text(c->arena, details, "mode", str_from(run_mode_name(t->wish->mode)));
	return trail(c, "sync.trigger", sync_lane(c->arena, t->wish->connection), details, e);
}

bool connection_trigger(struct call *c, const struct connection *n, struct sync_wish *w,
			struct sync_ticket *out, bool *answered, struct err *e)
{
	struct triggering t = { .call = c, .wish = w };
	struct pause pause;
	int64_t other;
	bool stopped;

	*answered = true;
	if (!connection_stopped(c, n, &stopped, &pause, e) || !find_unfinished(c, n, &other, e))
		return false;
	if (stopped)
		return refuse_stopped(c, n, &pause);
	if (other)
		return refuse_running(c, n, other, e);
	w->connection = n->name;
	w->trigger = STR("manual");
	w->actor = c->who.name;
	w->triggered_by = c->who.uuid;
	if (!db_transact(c->db, trigger_in_transaction, &t, e))
		return false;
	if (t.ticket.job.coalesced)
		return refuse_running(c, n, t.ticket.job.id, e);
	service_wake(c->arg);
	connection_hint(c, n);
	*answered = false;
	*out = t.ticket;
	return true;
}

/* ---- stop and restart ---- */

struct stopping {
	struct call *call;
	const struct connection *connection;
	struct pause pause;
	bool was;
};

/* Whose jobs are its own: the engine's syncs, and what an integration's schedules make. */
#define LANES_MAX 8

static size_t lanes_of(const struct call *c, const struct connection *n, struct str *lane)
{
	const struct integration *i = service_integration(c->arg, n);
	size_t lanes = 0;

	lane[lanes++] = sync_lane(c->arena, n->name);
	for (const struct integration_schedule *s = i && i->report ? i->schedule : NULL;
	     s && s->name && lanes < LANES_MAX; s++)
		if (s->lane)
			lane[lanes++] = str_from(s->lane);
	return lanes;
}

static struct str lane_scope(const struct call *c, struct str lane)
{
	return str_printf(c->arena, "lane:%.*s", STR_ARG(lane));
}

static bool stop_in_transaction(void *arg, struct err *e)
{
	struct stopping *s = arg;
	struct value details = value_map_new(s->call->arena);
	struct str lane[LANES_MAX];
	size_t lanes = lanes_of(s->call, s->connection, lane);

	view_text(s->call->arena, details, "reason", s->pause.reason);
	for (size_t i = 0; i < lanes; i++) {
		struct pause one = s->pause;

		one.scope = lane_scope(s->call, lane[i]);
		if (!queue_pause(s->call->db, &one, e))
			return false;
	}
	return trail(s->call, "sync.stop", sync_lane(s->call->arena, s->connection->name), details,
		     e);
}

static bool cancel_lane(const struct call *c, struct str lane, int64_t *cancelled, struct err *e)
{
	for (size_t k = 0; k < COUNT(unfinished); k++) {
		struct job_filter f = { .status = str_from(unfinished[k]),
					.lane = lane,
					.limit = CANCELLED_MAX };
		struct job_row *row;
		int64_t total;
		size_t jobs;

		if (!queue_list(c->db, c->arena, &f, &row, &jobs, &total, e))
			return false;
		for (size_t i = 0; i < jobs; i++)
			if (queue_cancel(c->db, row[i].id, STR("stopped by a person"), e))
				++*cancelled;
			else if (e->kind != ERR_MISSING && e->kind != ERR_BUSY)
				return false;
	}
	return true;
}

/* First no more may begin, then what is there is cancelled: nothing slips in between. */
bool connection_stop(struct call *c, const struct connection *n, struct str reason,
		     int64_t *cancelled, struct err *e)
{
	struct stopping s = {
		.call = c,
		.connection = n,
		.pause = { .scope = pause_scope(c, n), .reason = reason, .actor = c->who.name }
	};

	struct str lane[LANES_MAX];
	size_t lanes = lanes_of(c, n, lane);

	*cancelled = 0;
	if (!db_transact(c->db, stop_in_transaction, &s, e))
		return false;
	for (size_t i = 0; i < lanes; i++)
		if (!cancel_lane(c, lane[i], cancelled, e))
			return false;
	service_wake(c->arg);
	connection_hint(c, n);
	return true;
}

static bool restart_in_transaction(void *arg, struct err *e)
{
	struct stopping *s = arg;
	struct str lane[LANES_MAX];
	size_t lanes = lanes_of(s->call, s->connection, lane);

	/* The connection's own is the last, and says what was. */
	for (size_t i = lanes; i-- > 0;)
		if (!queue_resume(s->call->db, lane_scope(s->call, lane[i]), &s->was, e))
			return false;
	return trail(s->call, "sync.restart", sync_lane(s->call->arena, s->connection->name),
		     UNDEFINED, e);
}

static bool request_in_transaction(void *arg, struct err *e)
{
	struct triggering *t = arg;

	return sync_request(t->call->db, t->call->arena, t->wish, &t->ticket, e);
}

bool connection_restart(struct call *c, const struct connection *n, bool *was_stopped,
			struct sync_ticket *out, struct err *e)
{
	struct stopping s = { .call = c, .connection = n, .pause = { .scope = pause_scope(c, n) } };
	struct sync_wish wish = { .connection = n->name,
				  .mode = MODE_INCREMENTAL,
				  .trigger = STR("restart"),
				  .actor = c->who.name,
				  .triggered_by = c->who.uuid };
	struct triggering t = { .call = c, .wish = &wish };

	if (!db_transact(c->db, restart_in_transaction, &s, e) ||
	    !db_transact(c->db, request_in_transaction, &t, e))
		return false;
	service_wake(c->arg);
	connection_hint(c, n);
	*was_stopped = s.was;
	*out = t.ticket;
	return true;
}

/* ---- holds ---- */

bool connection_holds(const struct call *c, const struct connection *n, struct value *out,
		      struct err *e)
{
	struct hold_filter f = { .connection = n->name };
	struct hold *h;
	size_t holds;

	if (!hold_list(c->db, c->arena, &f, &h, &holds, e))
		return false;
	*out = view_holds(c->arena, h, holds);
	return true;
}

struct releasing {
	struct call *call;
	struct hold_release what;
};

static bool release_in_transaction(void *arg, struct err *e)
{
	const struct releasing *r = arg;
	struct arena *a = r->call->arena;
	struct value details = value_map_new(a);
	int64_t released;

	view_text(a, details, "table", r->what.table);
	view_bool(a, details, "once", r->what.once);
	if (!hold_release(r->call->db, &r->what, &released, e))
		return false;
	if (released == 0)
		return err_set(e, ERR_MISSING, "nothing is held there");
	return trail(r->call, "hold.release", sync_lane(a, r->what.connection), details, e);
}

bool connection_release(struct call *c, const struct connection *n, struct str table, bool once,
			struct err *e)
{
	struct releasing r = { .call = c,
			       .what = { .connection = n->name,
					 .table = table,
					 .by = c->who.name,
					 .once = once,
					 .now_ms = clock_wall_ms(c->clock) } };

	if (!db_transact(c->db, release_in_transaction, &r, e))
		return false;
	connection_hint(c, n);
	return true;
}

/* ---- the engine ---- */

struct engine connection_engine(const struct call *c, struct rng *rng)
{
	rng->state = (uint64_t)clock_wall_ms(c->clock) ^ str_hash(c->id);
	return service_engine(c->arg, c->db, rng, NULL);
}

const struct seal *connection_seal(const struct call *c)
{
	struct rng unused;

	return connection_engine(c, &unused).seal;
}

/* ---- the budget ---- */

bool connection_budget(const struct call *c, const struct connection *n, struct budget_use *out,
		       struct err *e)
{
	const struct budget *b = &n->manifest->budget;
	struct rng rng;
	struct engine engine = connection_engine(c, &rng);
	struct session *s;

	*out = (struct budget_use){ 0 };
	if (!session_open(c->arena, &engine, n, &s, e))
		return false;
	for (size_t i = 0; i < b->policies; i++) {
		const struct call_policy *p = &b->policy[i];
		int64_t used;

		if (p->kind == POLICY_UNLIMITED || p->rates == 0)
			continue;
		if (!ledger_used(c->db, s->budget_key[i], &used, e))
			return false;
		if (out->limit == 0 || used * out->limit > out->used * p->rate[0].limit)
			*out = (struct budget_use){ p->rate[0].limit, used,
						    p->rate[0].interval.us / 1000 };
	}
	return true;
}

struct value budget_view(struct arena *a, const struct budget_use *u)
{
	struct value map = value_map_new(a);

	view_int(a, map, "limit", u->limit);
	view_int(a, map, "used", u->used);
	view_int(a, map, "windowSeconds", u->interval_ms / 1000);
	value_map_set(a, map, STR("ratio"), value_float(run_share(u->used, u->limit)));
	return map;
}
