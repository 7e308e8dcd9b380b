/* SPDX-License-Identifier: Apache-2.0 */
/* run_log_routes.c - runs over HTTP: a list with filters, as a file, one with all its parts, undo.
 */
#include "service/run_log_routes.h"

#include "service/connection.h"
#include "service/job_routes.h"
#include "service/run_export.h"
#include "service/run_routes.h"
#include "service/run_view.h"
#include "service/trail.h"
#include "service/undo_task.h"
#include "service/view.h"

#define RUNS_MAX 200
#define COUNTED_MAX 10000

#define FILTERS                                                                                    \
	{ .name = "connection", .type = FIELD_TEXT },                                              \
		{ .name = "type", .type = FIELD_TEXT, .says = "full, incremental, or a table" },   \
		{ .name = "status", .type = FIELD_TEXT, .one_of = VIEW_RUN_STATUSES },             \
		{ .name = "trigger", .type = FIELD_TEXT, .says = "manual, schedule, webhook, …" }, \
		{ .name = "from", .type = FIELD_TIME, .says = "began at or after that" },          \
		{ .name = "to", .type = FIELD_TIME, .says = "began before that" },                 \
		{ .name = "parts",                                                                 \
		  .type = FIELD_BOOLEAN,                                                           \
		  .otherwise = "false",                                                            \
		  .says = "also the tables of each run" },                                         \
	{                                                                                          \
		.name = "after", .type = FIELD_UUID,                                               \
		.says = "only runs that stand behind this one, newest or oldest first"             \
	}

static const struct field runs_query[] = {
	FILTERS,
	{ .name = "sort",
	  .type = FIELD_TEXT,
	  .one_of = "newest|oldest|duration|records|failed",
	  .otherwise = "newest",
	  .says = "the last three: of the newest 10,000 that match" },
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = 1000000, .otherwise = "1" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = RUNS_MAX, .otherwise = "50" },
	{ .name = NULL },
};

static const char *const sort_names[] = { [RUN_NEWEST] = "newest",
					  [RUN_OLDEST] = "oldest",
					  [RUN_LONGEST] = "duration",
					  [RUN_MOST] = "records",
					  [RUN_MOST_FAILED] = "failed" };

static enum run_sort sort_of(struct str name)
{
	for (size_t i = 0; i < COUNT(sort_names); i++)
		if (str_eq(name, str_from(sort_names[i])))
			return (enum run_sort)i;
	return RUN_NEWEST;
}

static struct run_filter filter_of(const struct call *c)
{
	return (struct run_filter){ .connection = call_text(c, c->query, "connection"),
				    .type = call_text(c, c->query, "type"),
				    .status = call_text(c, c->query, "status"),
				    .trigger = call_text(c, c->query, "trigger"),
				    .from_ms = call_time(c, c->query, "from", 0),
				    .to_ms = call_time(c, c->query, "to", 0),
				    .whole_only = !call_bool(c, c->query, "parts", false),
				    .after = call_text(c, c->query, "after"),
				    .sort = sort_of(call_text(c, c->query, "sort")) };
}

static bool list_runs(struct call *c, struct err *e)
{
	int64_t limit = call_int(c, c->query, "limit", 50), page = call_int(c, c->query, "page", 1);
	struct run_filter f = filter_of(c);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct run_log *run;
	int64_t total;
	size_t n;

	f.limit = (size_t)limit;
	f.offset = (size_t)((page - 1) * limit);
	f.count_max = COUNTED_MAX;
	if (!run_log_list(c->db, c->arena, &f, &run, &n, &total, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, view_run(c->arena, &run[i]));
	value_map_set(c->arena, map, STR("runs"), list);
	view_int(c->arena, map, "page", page);
	view_int(c->arena, map, "limit", limit);
	view_int(c->arena, map, "total", total);
	view_bool(c->arena, map, "more", total == COUNTED_MAX);
	view_text(c->arena, map, "next",
		  n == (size_t)limit && f.sort <= RUN_OLDEST ? run[n - 1].id : STR(""));
	return call_json(c, map, e);
}

static const struct field export_query[] = {
	FILTERS,
	{ .name = "format", .type = FIELD_TEXT, .one_of = "csv|ndjson", .otherwise = "csv" },
	{ .name = "limit",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = EXPORT_RUNS_MAX,
	  .otherwise = "10000" },
	{ .name = NULL },
};

static bool export_runs(struct call *c, struct err *e)
{
	struct run_filter f = filter_of(c);

	f.limit = (size_t)call_int(c, c->query, "limit", 10000);
	return run_export(c, f, str_eq(call_text(c, c->query, "format"), STR("csv")), e);
}

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
	struct value map;

	return find_run(c, &run, e) && run_view(c, &run, &map, e) && call_json(c, map, e);
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

static bool undo_run_of(struct call *c, struct err *e)
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
	return run_ticket_answer(c, &ticket, e);
}

/* ---- the table ---- */

static const struct field ticket_answer[] = {
	{ .name = "run", .type = FIELD_UUID },
	{ .name = "job", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field runs_answer[] = {
	{ .name = "runs", .type = FIELD_LIST },
	{ .name = "page", .type = FIELD_INTEGER },
	{ .name = "limit", .type = FIELD_INTEGER },
	{ .name = "total", .type = FIELD_INTEGER, .says = "counted up to 10,000" },
	{ .name = "more", .type = FIELD_BOOLEAN, .says = "there may be more than `total`" },
	{ .name = "next",
	  .type = FIELD_UUID,
	  .nullable = true,
	  .says = "the next page as `after`; what comes meanwhile does not shift it" },
	{ .name = NULL },
};

const struct route run_log_routes[] = {
	{ .method = "GET",
	  .path = "/api/runs",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_runs,
	  .summary = "Runs of all connections, newest first",
	  .tag = "runs",
	  .query = runs_query,
	  .answer = runs_answer,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/runs/export",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = export_runs,
	  .summary = "The same as a file: CSV, or a line of JSON each",
	  .tag = "runs",
	  .query = export_query,
	  .answer_type = "text/csv",
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/runs/{id}",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_run,
	  .summary = "One run with its parts, where its time went, its attempts, its last lines",
	  .tag = "runs",
	  .path_params = route_id_params,
	  .answer = run_view_fields,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/runs/{id}/undo",
	  .roles = ROLE_ADMIN,
	  .handle = undo_run_of,
	  .summary = "Put back what rows held before the run; its job tells what came of it",
	  .tag = "runs",
	  .path_params = route_id_params,
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = undo_body,
	  .answer = ticket_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404" },
	{ .method = NULL },
};
