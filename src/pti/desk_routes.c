/* SPDX-License-Identifier: Apache-2.0 */
/* desk_routes.c - ratings over HTTP: team rosters, the weekly job, the month's credits. */
#include "pti/budget.h"
#include "pti/errand_answer.h"
#include "pti/link_task.h"
#include "pti/outcome.h"
#include "pti/routes.h"
#include "pti/weekly_task.h"
#include "service/job_routes.h"
#include "store/cell.h"

#define RUNS_MAX 200
#define RUNS_DEFAULT "20"

/* ---- rosters ---- */

static bool roster(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct errand_wish w = { .task = PTI_ROSTER_TASK,
				 .args = value_map_new(c->arena),
				 .failed = 502,
				 .says = "Could not read the roster" };
	const struct connection *unused;
	struct address at;
	struct err why;

	if (!pti_connection(setup, &unused, e))
		return false;
	if (!address_team(c->arena, call_text(c, c->body, "team_url"), &at, &why)) {
		struct value more = value_map_new(c->arena);

		outcome_reason(c->arena, more, &why);
		return call_problem(c, 400, "invalid_url", STR(ADDRESS_TEAM_INVALID), more);
	}
	view_text(c->arena, w.args, "url", at.canonical);
	w.key = at.canonical;
	return errand_answer(c, &w, e);
}

/* ---- runs ---- */

static const char *const counts[] = { "found",  "succeeded", "failed",  "updated",
				      "no_pti", "pages",     "credits", "requests" };

static int64_t time_cell(struct arena *a, struct value cell)
{
	struct value v =
		value_is_nothing(cell) ? cell : cell_from_stored(a, COLUMN_TIMESTAMP, cell);

	return v.kind == VALUE_TIME ? v.us / 1000 : 0;
}

static struct value run_value(struct arena *a, const struct db_result *r, size_t row)
{
	struct value map = value_map_new(a);

	view_text(a, map, "id", value_text(db_cell(r, row, 0)));
	view_time(a, map, "started_at", time_cell(a, db_cell(r, row, 1)));
	view_time(a, map, "completed_at", time_cell(a, db_cell(r, row, 2)));
	view_text(a, map, "status", value_text(db_cell(r, row, 3)));
	view_text(a, map, "error", value_text(db_cell(r, row, 4)));
	for (size_t i = 0; i < COUNT(counts); i++)
		value_map_set(a, map, str_from(counts[i]), db_cell(r, row, 5 + i));
	return map;
}

static bool runs(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value limit = value_int(call_int(c, c->query, "limit", RUNS_MAX));
	struct value list = value_list_new(c->arena), map = value_map_new(c->arena);
	const struct connection *unused;
	struct db_result r;

	if (!pti_connection(setup, &unused, e) ||
	    !db_query(
		    c->db, c->arena,
		    "SELECT id, started_at, completed_at, status, error, found, succeeded, failed,"
		    " updated, no_pti, pages, credits, requests FROM lockstep_pti_runs"
		    " ORDER BY started_at DESC, id LIMIT ?1",
		    &limit, 1, &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++)
		value_list_add(c->arena, list, run_value(c->arena, &r, i));
	value_map_set(c->arena, map, STR("runs"), list);
	return call_json(c, map, e);
}

/* ---- the weekly job, now ---- */

/* It is the schedule's job: one waits at most, whoever asked for it. */
static bool sync_all(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct job_draft draft = { .task = STR(PTI_SYNC_TASK),
				   .unique = JOB_ONE,
				   .key = STR(PTI_WEEKLY_SCHEDULE),
				   .lane = STR(PTI_SYNC_LANE) };
	struct value args = value_map_new(c->arena), map = value_map_new(c->arena);
	bool dry_run = call_bool(c, c->body, "dry_run", false);
	const struct connection *unused;
	struct job_ticket ticket;

	view_bool(c->arena, args, "dry_run", dry_run);
	view_bool(c->arena, args, "league_pages", call_bool(c, c->body, "league_pages", false));
	if (dry_run)
		draft.key = STR(PTI_WEEKLY_SCHEDULE ":dry_run");
	if (!pti_connection(setup, &unused, e) || !job_args_text(c->arena, args, &draft.args, e) ||
	    !job_add(c, &draft, &ticket, e))
		return false;
	view_text(c->arena, map, "job", view_id(c->arena, ticket.id));
	view_bool(c->arena, map, "coalesced", ticket.coalesced);
	return call_json(c, map, e);
}

/* ---- the month's credits ---- */

static void put_left(struct arena *a, struct value map, const char *name, int64_t n)
{
	value_map_set(a, map, str_from(name), n == INT64_MAX ? NULL_VALUE : value_int(n));
}

static bool budget(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;
	struct budget_state s;

	if (!pti_connection(setup, &n, e) ||
	    !budget_state(c->db, c->arena, n, clock_wall_ms(c->clock), &s, e))
		return false;
	view_text(c->arena, map, "month", s.month);
	put_left(c->arena, map, "limit", s.limit > 0 ? s.limit : INT64_MAX);
	view_int(c->arena, map, "reserve", s.reserve);
	view_int(c->arena, map, "spent", s.spent);
	view_int(c->arena, map, "granted", s.granted);
	view_int(c->arena, map, "requests", s.requests);
	put_left(c->arena, map, "left_for_persons", s.left_person);
	put_left(c->arena, map, "left_for_the_job", s.left_job);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field roster_body[] = {
	{ .name = "team_url", .type = FIELD_TEXT, .required = true, .high = 8192 },
	{ .name = NULL },
};
static const struct field sync_body[] = {
	{ .name = "dry_run", .type = FIELD_BOOLEAN, .says = "tell what it would cost" },
	{ .name = "league_pages",
	  .type = FIELD_BOOLEAN,
	  .says = "a page of ratings per league, whatever the plan says" },
	{ .name = NULL },
};
static const struct field sync_answer[] = {
	{ .name = "job", .type = FIELD_TEXT, .required = true },
	{ .name = "coalesced",
	  .type = FIELD_BOOLEAN,
	  .says = "one was waiting or running already and stands for this one too" },
	{ .name = NULL },
};
static const struct field runs_query[] = {
	{ .name = "limit",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = RUNS_MAX,
	  .otherwise = RUNS_DEFAULT },
	{ .name = NULL },
};
#define COUNTED(of)                               \
	{                                         \
		.name = of, .type = FIELD_INTEGER \
	}
static const struct field run_fields[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = "started_at", .type = FIELD_TIME },
	{ .name = "completed_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "status", .type = FIELD_TEXT },
	{ .name = "error", .type = FIELD_TEXT, .nullable = true },
	COUNTED("found"),
	COUNTED("succeeded"),
	COUNTED("failed"),
	COUNTED("updated"),
	COUNTED("no_pti"),
	COUNTED("pages"),
	COUNTED("credits"),
	COUNTED("requests"),
	{ .name = NULL },
};
static const struct field run_item[] = {
	{ .name = "run", .type = FIELD_OBJECT, .of = run_fields },
	{ .name = NULL },
};
static const struct field runs_answer[] = {
	{ .name = "runs", .type = FIELD_LIST, .required = true, .of = run_item },
	{ .name = NULL },
};
static const struct field budget_answer[] = {
	{ .name = "month", .type = FIELD_TEXT, .required = true, .says = "2026-11, UTC" },
	{ .name = "limit", .type = FIELD_INTEGER, .nullable = true, .says = "null: none" },
	{ .name = "reserve", .type = FIELD_INTEGER, .says = "of it, for persons" },
	COUNTED("spent"),
	{ .name = "granted", .type = FIELD_INTEGER, .says = "under way" },
	COUNTED("requests"),
	{ .name = "left_for_persons", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "left_for_the_job", .type = FIELD_INTEGER, .nullable = true },
	{ .name = NULL },
};

#define TAG "pti"

const struct route pti_desk_routes[] = {
	{ .method = "POST",
	  .path = "/api/pti/roster",
	  .roles = ROLE_ADMIN | ROLE_COACH | ROLE_PLAYER,
	  .handle = roster,
	  .summary = "Read a team's roster with its ratings",
	  .tag = TAG,
	  .body_kind = BODY_JSON,
	  .body = roster_body,
	  .answer = outcome_roster_fields,
	  .problems = "invalid_url:400,not_found:502,no_key:502,no_credits:502,blocked:502,"
		      "timeout:502,upstream:502",
	  .rate = RATE_EXPENSIVE },
	{ .method = "POST",
	  .path = "/api/pti/sync",
	  .roles = ROLE_ADMIN,
	  .handle = sync_all,
	  .summary = "Run the weekly job now",
	  .tag = TAG,
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sync_body,
	  .answer = sync_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE },
	{ .method = "GET",
	  .path = "/api/pti/runs",
	  .roles = ROLE_ADMIN,
	  .handle = runs,
	  .summary = "Runs of the weekly job, the newest first",
	  .tag = TAG,
	  .query = runs_query,
	  .answer = runs_answer },
	{ .method = "GET",
	  .path = "/api/pti/budget",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = budget,
	  .summary = "The month's credits: spent, kept, left",
	  .tag = TAG,
	  .answer = budget_answer },
	{ .method = NULL },
};
