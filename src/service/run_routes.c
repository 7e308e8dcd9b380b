/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_routes.c - connections and their runs over HTTP: look, sync, stop, restart.
 */
#include "service/run_routes.h"

#include "service/connection.h"
#include "service/job_routes.h"
#include "service/trail.h"
#include "service/undo_task.h"
#include "service/view.h"
#include "store/seal.h"

#define RUNS_MAX 200
#define ONLY_MAX 64
#define WISHED_MAX 1000

/* ---- connections ---- */

static struct value tables_value(struct arena *a, const struct connection *n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n->tables; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "table", n->table[i].name);
		view_text(a, map, "stream", n->table[i].stream->name);
		value_list_add(a, list, map);
	}
	return list;
}

static bool last_run(const struct call *c, const struct connection *n, struct value *out,
		     struct err *e)
{
	struct run_filter f = { .connection = n->name, .whole_only = true, .limit = 1 };
	struct run_log *run;
	size_t runs;

	if (!run_log_list(c->db, c->arena, &f, &run, &runs, NULL, e))
		return false;
	*out = runs ? view_run(c->arena, &run[0]) : NULL_VALUE;
	return true;
}

static bool connection_value(const struct call *c, const struct connection *n, struct value *out,
			     struct err *e)
{
	struct run_log running;
	struct budget_use use;
	struct pause pause;
	struct value last, held;
	int64_t quarantined;
	bool runs, stopped;

	if (!last_run(c, n, &last, e) || !connection_running(c, n, &running, &runs, e) ||
	    !connection_stopped(c, n, &stopped, &pause, e) || !connection_budget(c, n, &use, e) ||
	    !quarantine_count(c->db, n->name, &quarantined, e) || !connection_holds(c, n, &held, e))
		return false;
	*out = value_map_new(c->arena);
	view_text(c->arena, *out, "name", n->name);
	view_text(c->arena, *out, "connector", n->manifest->name);
	value_map_set(c->arena, *out, STR("tables"), tables_value(c->arena, n));
	value_map_set(c->arena, *out, STR("last_run"), last);
	value_map_set(c->arena, *out, STR("running"),
		      runs ? view_run(c->arena, &running) : NULL_VALUE);
	value_map_set(c->arena, *out, STR("stopped"),
		      stopped ? view_pause(c->arena, &pause) : NULL_VALUE);
	value_map_set(c->arena, *out, STR("rate_limit"),
		      use.limit ? budget_view(c->arena, &use) : NULL_VALUE);
	view_int(c->arena, *out, "quarantined", quarantined);
	value_map_set(c->arena, *out, STR("held"), held);
	return true;
}

static bool list_connections(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct plan *p = setup_plan(setup);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena), one;

	for (size_t i = 0; i < p->connections; i++) {
		if (!connection_value(c, &p->connection[i], &one, e))
			return false;
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, map, STR("connections"), list);
	return call_json(c, map, e);
}

static bool named(const struct call *c, const struct setup *s, const struct connection **out,
		  struct err *e)
{
	return connection_find(setup_plan(s), call_text(c, c->params, "name"), STR(""), out, e);
}

static bool show_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct value map;

	return named(c, setup, &n, e) && connection_value(c, n, &map, e) && call_json(c, map, e);
}

/* ---- deeds ---- */

static const struct field only_item[] = {
	{ .name = "name", .type = FIELD_TEXT, .low = 1, .high = 200 },
	{ .name = NULL },
};
static const struct field sync_body[] = {
	{ .name = "mode", .type = FIELD_TEXT, .one_of = "incremental|full" },
	{ .name = "only",
	  .type = FIELD_LIST,
	  .of = only_item,
	  .high = ONLY_MAX,
	  .says = "tables or streams; all when it is not given" },
	{ .name = "records",
	  .type = FIELD_LIST,
	  .of = only_item,
	  .high = WISHED_MAX,
	  .says = "only records with these keys" },
	{ .name = "since", .type = FIELD_TIME, .says = "only what changed at or after this time" },
	{ .name = "until", .type = FIELD_TIME, .says = "only what changed at or before this time" },
	{ .name = "where",
	  .type = FIELD_TEXT,
	  .high = 2000,
	  .says = "only records for which this expression is true" },
	{ .name = NULL },
};

/* Every name is a table or a stream, else the run would only fail later. */
static bool only_ok(const struct connection *n, struct str name, struct err *e)
{
	for (size_t i = 0; i < n->tables; i++)
		if (str_eq(name, n->table[i].name) || str_eq(name, n->table[i].stream->name) ||
		    str_eq(name, n->table[i].log_type))
			return true;
	return err_set(e, ERR_USAGE, "connection '%.*s' has no such table or stream",
		       STR_ARG(n->name));
}

static bool read_only(const struct call *c, const struct connection *n, struct str *only,
		      size_t *onlys, struct err *e)
{
	struct value item, list = value_get(c->body, STR("only"));
	struct value_iter it = value_iter(list);
	struct str unused;

	*onlys = 0;
	if (list.kind != VALUE_LIST)
		return true;
	while (*onlys < ONLY_MAX && value_next(&it, &unused, &item)) {
		if (!only_ok(n, item.s, e))
			return false;
		only[(*onlys)++] = item.s;
	}
	return true;
}

/* What the run is to be of; a bad expression is told here, not by a dead job. */
static bool read_select(const struct call *c, struct select_options *out, struct err *e)
{
	struct value item, list = value_get(c->body, STR("records"));
	struct value_iter it = value_iter(list);
	struct str unused, *record = arena_new_array(c->arena, struct str, WISHED_MAX);
	struct selection *selection;

	*out = (struct select_options){ .record = record,
					.since = call_text(c, c->body, "since"),
					.until = call_text(c, c->body, "until"),
					.where = call_text(c, c->body, "where") };
	while (list.kind == VALUE_LIST && value_next(&it, &unused, &item))
		record[out->records++] = item.s;
	return selection_open(c->arena, out, &selection, e);
}

static bool answer_ticket(struct call *c, const struct sync_ticket *t, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "run", t->run);
	view_text(c->arena, map, "job", view_id(c->arena, t->job.id));
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/jobs/%lld", (long long)t->job.id));
	return call_json(c, map, e);
}

static bool sync_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct str only[ONLY_MAX];
	struct sync_wish wish = { .only = only };
	const struct connection *n;
	struct sync_ticket ticket;
	bool answered;

	if (str_eq(call_text(c, c->body, "mode"), STR("full")))
		wish.mode = MODE_FULL;
	else
		wish.mode = MODE_INCREMENTAL;
	if (!named(c, setup, &n, e) || !read_only(c, n, only, &wish.onlys, e) ||
	    !read_select(c, &wish.select, e) ||
	    !connection_trigger(c, n, &wish, &ticket, &answered, e))
		return false;
	return answered || answer_ticket(c, &ticket, e);
}

static const struct field stop_body[] = {
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

static bool stop_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;
	int64_t cancelled;

	if (!named(c, setup, &n, e) ||
	    !connection_stop(c, n, call_text(c, c->body, "reason"), &cancelled, e))
		return false;
	view_int(c->arena, map, "cancelled", cancelled);
	return call_json(c, map, e);
}

static bool restart_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct sync_ticket ticket;
	bool was;

	return named(c, setup, &n, e) && connection_restart(c, n, &was, &ticket, e) &&
	       answer_ticket(c, &ticket, e);
}

static const struct field release_body[] = {
	{ .name = "table",
	  .type = FIELD_TEXT,
	  .high = 200,
	  .says = "all that are held without it" },
	{ .name = "once",
	  .type = FIELD_BOOLEAN,
	  .says = "the next complete run goes without the check" },
	{ .name = NULL },
};

static bool release_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct value map;

	return named(c, setup, &n, e) &&
	       connection_release(c, n, call_text(c, c->body, "table"),
				  call_bool(c, c->body, "once", false), e) &&
	       connection_value(c, n, &map, e) && call_json(c, map, e);
}

/* ---- runs ---- */

static const struct field runs_query[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "type", .type = FIELD_TEXT },
	{ .name = "status", .type = FIELD_TEXT, .one_of = "running|success|partial|error|stopped" },
	{ .name = "parts",
	  .type = FIELD_BOOLEAN,
	  .otherwise = "false",
	  .says = "also the tables of each run" },
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = 1000000, .otherwise = "1" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = RUNS_MAX, .otherwise = "50" },
	{ .name = NULL },
};

static bool list_runs(struct call *c, struct err *e)
{
	int64_t limit = call_int(c, c->query, "limit", 50), page = call_int(c, c->query, "page", 1);
	struct run_filter f = { .connection = call_text(c, c->query, "connection"),
				.type = call_text(c, c->query, "type"),
				.status = call_text(c, c->query, "status"),
				.whole_only = !call_bool(c, c->query, "parts", false),
				.limit = (size_t)limit,
				.offset = (size_t)((page - 1) * limit) };
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct run_log *run;
	int64_t total;
	size_t n;

	if (!run_log_list(c->db, c->arena, &f, &run, &n, &total, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, view_run(c->arena, &run[i]));
	value_map_set(c->arena, map, STR("runs"), list);
	view_int(c->arena, map, "page", page);
	view_int(c->arena, map, "limit", limit);
	view_int(c->arena, map, "total", total);
	return call_json(c, map, e);
}

static const struct field run_params[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = NULL },
};

/* The run that the path names. */
static bool find_run(const struct call *c, struct run_log *out, struct err *e)
{
	struct run_filter f = { .id = call_text(c, c->params, "id"), .limit = 1 };
	struct run_log *run;
	size_t n;

	if (!run_log_list(c->db, c->arena, &f, &run, &n, NULL, e))
		return false;
	if (n == 0)
		return err_set(e, ERR_MISSING, "there is no such run");
	*out = run[0];
	return true;
}

static bool show_run(struct call *c, struct err *e)
{
	struct run_log run;

	return find_run(c, &run, e) && call_json(c, view_run(c->arena, &run), e);
}

/* ---- undo ---- */

static const struct field undo_body[] = {
	{ .name = "table", .type = FIELD_TEXT, .high = 200, .says = "only rows of this table" },
	{ .name = "force", .type = FIELD_BOOLEAN, .says = "also rows that were changed since" },
	{ .name = "delete_created", .type = FIELD_BOOLEAN, .says = "delete rows the run created" },
	{ .name = "dry_run", .type = FIELD_BOOLEAN, .says = "only count what would happen" },
	{ .name = NULL },
};

static const char *const undo_members[] = { "table", "force", "delete_created", "dry_run" };

struct undoing {
	struct call *call;
	struct str connection, run, id;
	struct job_ticket ticket;
};

static bool undo_args(const struct undoing *u, struct str *out, struct err *e)
{
	struct arena *a = u->call->arena;
	struct value map = value_map_new(a), v;

	for (size_t i = 0; i < COUNT(undo_members); i++) {
		v = value_get(u->call->body, str_from(undo_members[i]));
		if (!value_is_nothing(v))
			value_map_set(a, map, str_from(undo_members[i]), v);
	}
	view_text(a, map, "connection", u->connection);
	view_text(a, map, "run", u->run);
	view_text(a, map, "id", u->id);
	view_text(a, map, "triggered_by", u->call->who.uuid);
	return job_args_text(a, map, out, e);
}

static bool undo_in_transaction(void *arg, struct err *e)
{
	struct undoing *u = arg;
	struct call *c = u->call;
	struct job_draft draft = { .task = STR(UNDO_TASK),
				   .unique = JOB_ONE,
				   .key = str_printf(c->arena, "undo:%.*s", STR_ARG(u->run)),
				   .lane = sync_lane(c->arena, u->connection),
				   .attempts_max = 3,
				   .trigger = STR("api"),
				   .actor = c->who.name };

	return undo_args(u, &draft.args, e) && queue_add(c->db, &draft, &u->ticket, e) &&
	       trail(c, "run.undo", str_printf(c->arena, "run:%.*s", STR_ARG(u->run)), c->body, e);
}

static bool undo(struct call *c, struct err *e)
{
	struct undoing u = { .call = c, .id = uuid_new(c->arena) };
	struct sync_ticket ticket;
	struct run_log run;

	if (!find_run(c, &run, e))
		return false;
	u.run = run.id;
	u.connection = run.connection;
	if (!db_transact(c->db, undo_in_transaction, &u, e))
		return false;
	service_wake(c->arg);
	ticket = (struct sync_ticket){ u.ticket, u.id };
	return answer_ticket(c, &ticket, e);
}

/* ---- the table ---- */

static const struct field connections_answer[] = {
	{ .name = "connections", .type = FIELD_LIST },
	{ .name = NULL },
};
static const struct field connection_answer[] = {
	{ .name = "name", .type = FIELD_TEXT },
	{ .name = "connector", .type = FIELD_TEXT },
	{ .name = "tables", .type = FIELD_LIST },
	{ .name = "last_run", .type = FIELD_OBJECT, .of = view_run_fields, .nullable = true },
	{ .name = "running", .type = FIELD_OBJECT, .of = view_run_fields, .nullable = true },
	{ .name = "stopped", .type = FIELD_OBJECT, .of = view_pause_fields, .nullable = true },
	{ .name = "rate_limit", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "quarantined", .type = FIELD_INTEGER },
	{ .name = "held",
	  .type = FIELD_LIST,
	  .of = view_holds_item,
	  .says = "tables that a check stopped" },
	{ .name = NULL },
};
static const struct field ticket_answer[] = {
	{ .name = "run", .type = FIELD_UUID },
	{ .name = "job", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field stop_answer[] = {
	{ .name = "cancelled", .type = FIELD_INTEGER },
	{ .name = NULL },
};
static const struct field runs_answer[] = {
	{ .name = "runs", .type = FIELD_LIST },
	{ .name = "page", .type = FIELD_INTEGER },
	{ .name = "limit", .type = FIELD_INTEGER },
	{ .name = "total", .type = FIELD_INTEGER },
	{ .name = NULL },
};

const struct route run_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections",
	  .roles = ROLE_ADMIN,
	  .handle = list_connections,
	  .summary = "The plan's connections and where each stands",
	  .tag = "connections",
	  .answer = connections_answer },
	{ .method = "GET",
	  .path = "/api/connections/{name}",
	  .roles = ROLE_ADMIN,
	  .handle = show_connection,
	  .summary = "One connection",
	  .tag = "connections",
	  .answer = connection_answer,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/sync",
	  .roles = ROLE_ADMIN,
	  .handle = sync_connection,
	  .summary = "Start a sync",
	  .tag = "connections",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sync_body,
	  .answer = ticket_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404,sync_running:409,sync_stopped:409" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/stop",
	  .roles = ROLE_ADMIN,
	  .handle = stop_connection,
	  .summary = "Stop the running sync between two pages, and start none until restarted",
	  .tag = "connections",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = stop_body,
	  .answer = stop_answer,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/restart",
	  .roles = ROLE_ADMIN,
	  .handle = restart_connection,
	  .summary = "End a stop, and sync what changed meanwhile",
	  .tag = "connections",
	  .answer = ticket_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/release",
	  .roles = ROLE_ADMIN,
	  .handle = release_connection,
	  .summary = "Let tables that a check stopped go on",
	  .tag = "connections",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = release_body,
	  .answer = connection_answer,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/runs",
	  .roles = ROLE_ADMIN,
	  .handle = list_runs,
	  .summary = "Runs of all connections, newest first",
	  .tag = "runs",
	  .query = runs_query,
	  .answer = runs_answer },
	{ .method = "GET",
	  .path = "/api/runs/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = show_run,
	  .summary = "One run",
	  .tag = "runs",
	  .path_params = run_params,
	  .answer = view_run_fields,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/runs/{id}/undo",
	  .roles = ROLE_ADMIN,
	  .handle = undo,
	  .summary = "Put back what rows held before the run; its job tells what came of it",
	  .tag = "runs",
	  .path_params = run_params,
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = undo_body,
	  .answer = ticket_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404" },
	{ .method = NULL },
};
