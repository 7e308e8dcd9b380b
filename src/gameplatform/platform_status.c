/* SPDX-License-Identifier: Apache-2.0 */
/* platform_status.c - where the mirroring stands, in figures. */
#include "gameplatform/platform_status.h"

#include "gameplatform/platform.h"
#include "gameplatform/record.h"
#include "service/view.h"
#include "store/cell.h"

#define RUNS_MAX 10

/* Columns of one row as the members of a map. */
struct figures {
	const char *name; /* of the map */
	const char *sql;  /* ?1: the coach, or null; NULL at the end */
	const char *member[6];
};

#define OF_COACH(column) "(CAST(?1 AS text) IS NULL OR CAST(" column " AS text) = ?1)"
#define COUNT_IF(condition) "count(CASE WHEN " condition " THEN 1 END)"

static const struct figures figures[] = {
	{ "competitors",
	  "SELECT count(*), " COUNT_IF("game_platform_id IS NOT NULL") ", " COUNT_IF("status = 'compliance' AND (is_active IS NULL OR is_active)") ", " COUNT_IF(
		  "game_platform_sync_error IS NOT NULL") " FROM competitors WHERE " OF_COACH("coach_id"),
	  { "total", "registered", "ready", "failed" } },
	{ "teams",
	  "SELECT count(*), " COUNT_IF("game_platform_id IS NOT NULL") ", " COUNT_IF(
		  "game_platform_sync_error IS NOT NULL") " FROM teams WHERE " OF_COACH("coach_id"),
	  { "total", "synced", "failed" } },
	{ "members",
	  "SELECT count(*), " COUNT_IF(
		  "k.game_platform_synced_at IS NOT NULL AND"
		  " k.game_platform_sync_error IS NULL") ", " COUNT_IF("k.game_platform_sync_error IS NOT NULL") " FROM team_members k JOIN teams t ON t.id = k.team_id WHERE " OF_COACH("t.coach_id"),
	  { "total", "synced", "failed" } },
};

static bool figures_add(struct call *c, const struct figures *f, struct str coach,
			struct value *out, struct err *e)
{
	struct value param = value_text_or_null(coach);
	struct value map = value_map_new(c->arena);
	struct db_result r;

	if (!db_query(c->db, c->arena, f->sql, &param, 1, &r, e))
		return false;
	for (size_t i = 0; i < r.columns && r.rows; i++)
		view_int(c->arena, map, f->member[i], db_cell(&r, 0, i).i);
	value_map_set(c->arena, *out, str_from(f->name), map);
	return true;
}

/* What has not arrived at the vendor: changes not taken up, and jobs that have not ended. */
static bool pending_add(struct call *c, const struct connection *n, struct value *out,
			struct err *e)
{
	struct value param[] = { value_str(n->name), value_str(STR(GAME_TEAM_TASK)),
				 value_str(STR(GAME_ONBOARD_TASK)) };
	struct value map = value_map_new(c->arena);
	struct db_result r;

	if (!db_query(c->db, c->arena,
		      "SELECT (SELECT count(*) FROM lockstep_outbox WHERE connection = ?1"
		      " AND state IN ('pending', 'sending')),"
		      " (SELECT count(*) FROM lockstep_outbox WHERE connection = ?1"
		      " AND state IN ('failed', 'unknown')),"
		      " (SELECT count(*) FROM lockstep_jobs WHERE task = ?2),"
		      " (SELECT count(*) FROM lockstep_jobs WHERE task = ?3)",
		      param, COUNT(param), &r, e))
		return false;
	view_int(c->arena, map, "changes", db_cell(&r, 0, 0).i);
	view_int(c->arena, map, "blocked", db_cell(&r, 0, 1).i);
	view_int(c->arena, map, "teams", db_cell(&r, 0, 2).i);
	view_int(c->arena, map, "registrations", db_cell(&r, 0, 3).i);
	value_map_set(c->arena, *out, STR("pending"), map);
	return true;
}

static bool runs_add(struct call *c, struct value *out, struct err *e)
{
	static const char *const member[] = { "processed", "synced", "skipped", "failed", "calls" };
	struct value list = value_list_new(c->arena), limit = value_int(RUNS_MAX);
	struct db_result r;

	if (!db_query(c->db, c->arena,
		      "SELECT id, status, sync_type, started_at, completed_at,"
		      " competitors_processed, competitors_synced, competitors_skipped,"
		      " competitors_failed, api_call_count FROM game_platform_sync_runs"
		      " ORDER BY started_at DESC LIMIT ?1",
		      &limit, 1, &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++) {
		struct value map = value_map_new(c->arena);

		view_text(c->arena, map, "id", value_text(db_cell(&r, i, 0)));
		view_text(c->arena, map, "status", value_text(db_cell(&r, i, 1)));
		view_text(c->arena, map, "type", value_text(db_cell(&r, i, 2)));
		view_time(c->arena, map, "startedAt", cell_time_ms(db_cell(&r, i, 3)));
		view_time(c->arena, map, "completedAt", cell_time_ms(db_cell(&r, i, 4)));
		for (size_t k = 0; k < COUNT(member); k++)
			view_int(c->arena, map, member[k], db_cell(&r, i, 5 + k).i);
		value_list_add(c->arena, list, map);
	}
	value_map_set(c->arena, *out, STR("runs"), list);
	return true;
}

bool platform_status(struct call *c, const struct connection *n, struct str coach,
		     struct value *out, struct err *e)
{
	struct value token = value_get(n->config, STR("token"));

	*out = value_map_new(c->arena);
	view_text(c->arena, *out, "connection", n->name);
	view_bool(c->arena, *out, "enabled", platform_settings(n).enabled);
	view_bool(c->arena, *out, "configured", token.kind == VALUE_STR && token.s.len > 0);
	for (size_t i = 0; i < COUNT(figures); i++)
		if (!figures_add(c, &figures[i], coach, out, e))
			return false;
	return pending_add(c, n, out, e) && runs_add(c, out, e);
}

const struct field platform_status_fields[] = {
	{ .name = "connection", .type = FIELD_TEXT, .required = true },
	{ .name = "enabled",
	  .type = FIELD_BOOLEAN,
	  .required = true,
	  .says = "false: every call is a dry run" },
	{ .name = "configured",
	  .type = FIELD_BOOLEAN,
	  .required = true,
	  .says = "whether there is a token" },
	{ .name = "competitors",
	  .type = FIELD_OBJECT,
	  .required = true,
	  .says = "total, registered, ready, failed" },
	{ .name = "teams",
	  .type = FIELD_OBJECT,
	  .required = true,
	  .says = "total, synced, failed" },
	{ .name = "members",
	  .type = FIELD_OBJECT,
	  .required = true,
	  .says = "total, synced, failed" },
	{ .name = "pending",
	  .type = FIELD_OBJECT,
	  .required = true,
	  .says = "changes, blocked changes, jobs of teams and registrations" },
	{ .name = "runs", .type = FIELD_LIST, .required = true, .says = "the last cycles" },
	{ .name = NULL },
};
