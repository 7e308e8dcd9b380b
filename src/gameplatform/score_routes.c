/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_routes.c - asking for scores, and how the reading of them does.
 *
 * Always: what is asked of the vendor is asked by a job.  A coach asks for their own competitors;
 * how the reading does is for administrators, and without names for whoever may look.
 */
#include "gameplatform/score_routes.h"

#include "gameplatform/filter.h"
#include "gameplatform/platform.h"
#include "gameplatform/record.h"
#include "gameplatform/score_cycle.h"
#include "gameplatform/score_task.h"
#include "service/job_routes.h"
#include "service/rotation_view.h"
#include "service/view.h"
#include "store/cell.h"
#include "store/sql.h"

#define HOUR_MS ((int64_t)60 * 60 * 1000)

/* ---- POST scores/sync ---- */

static bool answer_asked(struct call *c, const struct score_wish *w, const struct job_ticket *t,
			 struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "jobId", view_id(c->arena, t->id));
	view_bool(c->arena, map, "coalesced", t->coalesced);
	view_bool(c->arena, map, "dryRun", w->dry_run);
	return call_json(c, map, e);
}

static bool ask_for(struct call *c, const struct score_wish *w, struct err *e)
{
	struct job_draft draft;
	struct job_ticket ticket;

	return score_task_draft(c->arena, w, &draft, e) && job_add(c, &draft, &ticket, e) &&
	       answer_asked(c, w, &ticket, e);
}

/* The competitor is there, at the platform, and the coach's own. */
static bool check_competitor(struct call *c, struct str id, struct str coach, struct err *e)
{
	const struct value param[] = { value_str(id), value_text_or_null(coach) };
	bool any;

	if (!db_any(c->db,
		    "SELECT 1 FROM competitors WHERE id = ?1 AND game_platform_id IS NOT NULL"
		    " AND (CAST(?2 AS text) IS NULL OR CAST(coach_id AS text) = ?2)",
		    param, COUNT(param), &any, e))
		return false;
	return any || err_set(e, ERR_MISSING, "no such competitor is at the game platform");
}

static bool sync_scores(struct call *c, struct err *e)
{
	struct str coach, asked = call_text(c, c->body, "coach_id");
	struct score_wish w = { .dry_run = call_bool(c, c->body, "dry_run", false),
				.force_full = call_bool(c, c->body, "force_full", false),
				.competitor = call_text(c, c->body, "competitor_id") };

	if (!platform_there(c, e) || !platform_scope(c, &coach, e))
		return false;
	if (coach.len > 0 && asked.len > 0 && !str_eq_nocase(coach, asked))
		return err_set(e, ERR_AUTH, "these are another coach's");
	w.coach = coach.len > 0 ? coach : asked;
	return (w.competitor.len == 0 || check_competitor(c, w.competitor, w.coach, e)) &&
	       ask_for(c, &w, e);
}

/* ---- GET sync-runs ---- */

static const struct record_column run_columns[] = {
	{ "id", RECORD_TEXT, false },
	{ "sync_type", RECORD_TEXT, false },
	{ "status", RECORD_TEXT, false },
	{ "started_at", RECORD_TIME, false },
	{ "completed_at", RECORD_TIME, false },
	{ "competitors_synced", RECORD_INT, false },
	{ "competitors_skipped", RECORD_INT, false },
	{ "competitors_failed", RECORD_INT, false },
	{ "competitors_processed", RECORD_INT, false },
	{ "competitors_with_new_data", RECORD_INT, false },
	{ "batch_number", RECORD_INT, false },
	{ "batch_size", RECORD_INT, false },
	{ "total_batches", RECORD_INT, false },
	{ "api_call_count", RECORD_INT, false },
	{ "duration_ms", RECORD_INT, false },
	{ "error_message", RECORD_TEXT, false },
	{ .name = NULL },
};

static struct value run_value(struct arena *a, const struct db_result *r, size_t row)
{
	struct value map = value_map_new(a);

	record_view(a, map, run_columns, r, row, 0);
	return map;
}

static bool runs(struct call *c, struct err *e)
{
	const struct filter_list list = { "runs", run_value,
					  record_columns(c->arena, run_columns, "r", ""),
					  "game_platform_sync_runs r", "r.started_at DESC, r.id" };
	struct filter f;
	struct value out;

	filter_init(&f, c);
	filter_asked(&f, "status", "r.status = ");
	return platform_there(c, e) && filter_page(&f, &list, &out, e) && call_json(c, out, e);
}

/* ---- GET sync-state ---- */

static const struct record_column state_columns[] = {
	{ "last_odl_synced_at", RECORD_TIME, false },
	{ "last_flash_ctf_synced_at", RECORD_TIME, false },
	{ "last_remote_accessed_at", RECORD_TIME, false },
	{ "last_attempt_at", RECORD_TIME, false },
	{ "last_result", RECORD_TEXT, false },
	{ "error_message", RECORD_TEXT, false },
	{ "needs_totals_refresh", RECORD_BOOL, false },
	{ .name = NULL },
};

#define STATE_FROM                                                                \
	"competitors c LEFT JOIN game_platform_sync_state s ON s.syned_user_id =" \
	" CAST(c.game_platform_id AS text)"

static bool backlog(struct call *c, struct value *out, struct err *e)
{
	static const char *const names[] = { "competitors", "never_asked", "failing",
					     "needs_totals" };
	struct db_result r;

	if (!db_query(c->db, c->arena,
		      "SELECT COUNT(*),"
		      " COUNT(CASE WHEN s.last_attempt_at IS NULL THEN 1 END),"
		      " COUNT(CASE WHEN s.last_result = 'failure' THEN 1 END),"
		      " COUNT(CASE WHEN s.needs_totals_refresh THEN 1 END)"
		      " FROM " STATE_FROM " WHERE c.game_platform_id IS NOT NULL",
		      NULL, 0, &r, e))
		return false;
	*out = value_map_new(c->arena);
	for (size_t i = 0; i < COUNT(names); i++)
		view_int(c->arena, *out, names[i], db_cell(&r, 0, i).i);
	return true;
}

static struct value state_value(struct arena *a, const struct db_result *r, size_t row)
{
	struct value map = value_map_new(a);

	record_member(a, map, "competitor_id", RECORD_TEXT, db_cell(r, row, 0));
	record_member(a, map, "coach_id", RECORD_TEXT, db_cell(r, row, 1));
	record_member(a, map, "activity_score", RECORD_INT, db_cell(r, row, 2));
	record_member(a, map, "name", RECORD_TEXT, db_cell(r, row, 3));
	record_view(a, map, state_columns, r, row, 4);
	return map;
}

/* Who waits longest since the last attempt comes first. */
static bool states(struct call *c, struct err *e)
{
	struct str columns = record_columns(c->arena, state_columns, "s", "");
	struct filter_list list = { .name = "states",
				    .view = state_value,
				    .from = STATE_FROM,
				    .order =
					    "CASE WHEN s.last_attempt_at IS NULL THEN 0 ELSE 1 END,"
					    " s.last_attempt_at, c.id" };
	struct value out, summary;
	struct filter f;

	filter_init(&f, c);
	filter_also(&f, "c.game_platform_id IS NOT NULL");
	filter_asked(&f, "coach", "CAST(c.coach_id AS text) = ");
	filter_asked(&f, "competitor", "CAST(c.id AS text) = ");
	filter_asked(&f, "result", "s.last_result = ");
	if (call_bool(c, c->query, "needs_totals", false))
		filter_also(&f, "s.needs_totals_refresh");
	list.columns = str_printf(c->arena,
				  "CAST(c.id AS text), CAST(c.coach_id AS text),"
				  " c.game_platform_activity_score, %s, %.*s",
				  c->who.roles & ROLE_ADMIN ? "c.first_name || ' ' || c.last_name"
							    : "NULL",
				  STR_ARG(columns));
	if (!platform_there(c, e) || !backlog(c, &summary, e) || !filter_page(&f, &list, &out, e))
		return false;
	value_map_set(c->arena, out, STR("summary"), summary);
	return call_json(c, out, e);
}

static bool retry(struct call *c, struct err *e)
{
	struct score_wish w = { .competitor = call_text(c, c->params, "competitor") };

	return platform_there(c, e) && check_competitor(c, w.competitor, STR(""), e) &&
	       ask_for(c, &w, e);
}

/* ---- GET telemetry ---- */

static bool run_figures(struct call *c, int64_t hours, struct value *out, struct err *e)
{
	static const char *const names[] = {
		"runs",   "completed", "failed", "synced",
		"errors", "processed", "calls",  "average_duration_ms"
	};
	const struct value since = cell_from_ms(clock_wall_ms(c->clock) - hours * HOUR_MS);
	struct db_result r;

	if (!db_query(c->db, c->arena,
		      "SELECT COUNT(*), COUNT(CASE WHEN status = 'completed' THEN 1 END),"
		      " COUNT(CASE WHEN status = 'failed' THEN 1 END),"
		      " CAST(COALESCE(SUM(competitors_synced), 0) AS bigint),"
		      " CAST(COALESCE(SUM(competitors_failed), 0) AS bigint),"
		      " CAST(COALESCE(SUM(competitors_processed), 0) AS bigint),"
		      " CAST(COALESCE(SUM(api_call_count), 0) AS bigint),"
		      " CAST(COALESCE(AVG(duration_ms), 0) AS bigint)"
		      " FROM game_platform_sync_runs WHERE started_at >= ?1",
		      &since, 1, &r, e))
		return false;
	*out = value_map_new(c->arena);
	for (size_t i = 0; i < COUNT(names); i++)
		view_int(c->arena, *out, names[i], db_cell(&r, 0, i).i);
	return true;
}

static bool rotation_of(struct call *c, const struct connection *n, const char *stream,
			int64_t hours, struct value map, struct err *e)
{
	const struct stream *st = manifest_stream(n->manifest, str_from(stream));
	struct value view = NULL_VALUE;

	if (st && plan_rotation(n, st) && !rotation_view(c, n, st, hours, &view, e))
		return false;
	value_map_set(c->arena, map, str_from(stream), view);
	return true;
}

static bool telemetry(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena), figures;
	int64_t hours = call_int(c, c->query, "hours", 24);
	const struct connection *n;

	if (!platform_connection(setup, &n, e) ||
	    !rotation_of(c, n, SCORE_ODL_STREAM, hours, map, e) ||
	    !rotation_of(c, n, SCORE_FLASH_STREAM, hours, map, e) ||
	    !run_figures(c, hours, &figures, e))
		return false;
	value_map_set(c->arena, map, STR("runs"), figures);
	view_int(c->arena, map, "hours", hours);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field sync_body[] = {
	{ .name = "coach_id",
	  .type = FIELD_UUID,
	  .says = "only this coach's competitors, due or not; a coach's own in any case" },
	{ .name = "competitor_id", .type = FIELD_UUID, .says = "only this one, due or not" },
	{ .name = "dry_run", .type = FIELD_BOOLEAN },
	{ .name = "force_full",
	  .type = FIELD_BOOLEAN,
	  .says = "everything from all time, not what is new" },
	{ .name = NULL },
};
static const struct field asked_answer[] = {
	{ .name = "jobId", .type = FIELD_TEXT, .required = true },
	{ .name = "coalesced",
	  .type = FIELD_BOOLEAN,
	  .required = true,
	  .says = "a job that waited already stands for this one" },
	{ .name = "dryRun", .type = FIELD_BOOLEAN, .required = true },
	{ .name = NULL },
};
static const struct field run_fields[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = "sync_type", .type = FIELD_TEXT, .required = true },
	{ .name = "status", .type = FIELD_TEXT, .required = true },
	{ .name = "started_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "completed_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "competitors_synced", .type = FIELD_INTEGER, .required = true },
	{ .name = "competitors_skipped", .type = FIELD_INTEGER, .required = true },
	{ .name = "competitors_failed", .type = FIELD_INTEGER, .required = true },
	{ .name = "competitors_processed", .type = FIELD_INTEGER, .required = true },
	{ .name = "competitors_with_new_data", .type = FIELD_INTEGER, .required = true },
	{ .name = "batch_number", .type = FIELD_INTEGER, .required = true },
	{ .name = "batch_size", .type = FIELD_INTEGER, .required = true },
	{ .name = "total_batches", .type = FIELD_INTEGER, .required = true },
	{ .name = "api_call_count", .type = FIELD_INTEGER, .required = true },
	{ .name = "duration_ms", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "error_message", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};
static const struct field run_item[] = {
	{ .name = "run", .type = FIELD_OBJECT, .of = run_fields },
	{ .name = NULL },
};
static const struct field runs_query[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = "running|completed|failed" },
	FILTER_QUERY,
	{ .name = NULL },
};
static const struct field runs_answer[] = {
	{ .name = "runs", .type = FIELD_LIST, .required = true, .of = run_item },
	FILTER_ANSWER,
	{ .name = NULL },
};
static const struct field states_query[] = {
	{ .name = "coach", .type = FIELD_UUID },
	{ .name = "competitor", .type = FIELD_UUID },
	{ .name = "result", .type = FIELD_TEXT, .one_of = "success|failure" },
	{ .name = "needs_totals", .type = FIELD_BOOLEAN },
	FILTER_QUERY,
	{ .name = NULL },
};
static const struct field summary_fields[] = {
	{ .name = "competitors", .type = FIELD_INTEGER, .required = true },
	{ .name = "never_asked", .type = FIELD_INTEGER, .required = true },
	{ .name = "failing", .type = FIELD_INTEGER, .required = true },
	{ .name = "needs_totals", .type = FIELD_INTEGER, .required = true },
	{ .name = NULL },
};
static const struct field state_fields[] = {
	{ .name = "competitor_id", .type = FIELD_UUID, .required = true },
	{ .name = "coach_id", .type = FIELD_UUID, .required = true },
	{ .name = "activity_score", .type = FIELD_INTEGER, .required = true },
	{ .name = "name", .type = FIELD_TEXT, .nullable = true, .says = "for administrators" },
	{ .name = "last_odl_synced_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "last_flash_ctf_synced_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "last_remote_accessed_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "last_attempt_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "last_result",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .one_of = "success|failure" },
	{ .name = "error_message", .type = FIELD_TEXT, .nullable = true },
	{ .name = "needs_totals_refresh", .type = FIELD_BOOLEAN, .nullable = true },
	{ .name = NULL },
};
static const struct field state_item[] = {
	{ .name = "state", .type = FIELD_OBJECT, .of = state_fields },
	{ .name = NULL },
};
static const struct field states_answer[] = {
	{ .name = "summary", .type = FIELD_OBJECT, .required = true, .of = summary_fields },
	{ .name = "states", .type = FIELD_LIST, .required = true, .of = state_item },
	FILTER_ANSWER,
	{ .name = NULL },
};
static const struct field competitor_params[] = {
	{ .name = "competitor", .type = FIELD_UUID, .required = true },
	{ .name = NULL },
};
static const struct field telemetry_query[] = {
	{ .name = "hours",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = ROTATION_HOURS_MAX,
	  .otherwise = "24" },
	{ .name = NULL },
};
static const struct field telemetry_answer[] = {
	{ .name = "odl_scores", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "flash_ctf_progress", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "runs", .type = FIELD_OBJECT, .required = true },
	{ .name = "hours", .type = FIELD_INTEGER, .required = true },
	{ .name = NULL },
};

#define TAG "game platform"

const struct route score_routes[] = {
	{ .method = "POST",
	  .path = "/api/game-platform/scores/sync",
	  .roles = ROLE_COACH | ROLE_ADMIN,
	  .handle = sync_scores,
	  .summary = "Ask the platform for scores: whoever is due, or a coach's own, or one",
	  .tag = TAG,
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sync_body,
	  .answer = asked_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404,forbidden:403" },
	{ .method = "GET",
	  .path = "/api/game-platform/sync-runs",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = runs,
	  .summary = "Cycles of reading scores, the newest first",
	  .tag = TAG,
	  .query = runs_query,
	  .answer = runs_answer },
	{ .method = "GET",
	  .path = "/api/game-platform/sync-state",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = states,
	  .summary = "How far each competitor's scores were read, and what went wrong",
	  .tag = TAG,
	  .query = states_query,
	  .answer = states_answer },
	{ .method = "POST",
	  .path = "/api/game-platform/sync-state/{competitor}/retry",
	  .roles = ROLE_ADMIN,
	  .handle = retry,
	  .summary = "Ask for one competitor's scores now",
	  .tag = TAG,
	  .path_params = competitor_params,
	  .answer = asked_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/game-platform/telemetry",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = telemetry,
	  .summary = "Freshness by tier, lag, calls, errors and advice of reading scores",
	  .tag = TAG,
	  .query = telemetry_query,
	  .answer = telemetry_answer },
	{ .method = NULL },
};
