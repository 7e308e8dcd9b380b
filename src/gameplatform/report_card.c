/* SPDX-License-Identifier: Apache-2.0 */
/* report_card.c - one competitor: totals, strengths by topic, what was solved when, roles. */
#include "gameplatform/dashboard.h"
#include "service/view.h"
#include "store/cell.h"

#define RECENT 50
#define DAYS 90
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

static const struct shown head_columns[] = {
	{ "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },     { "teamId", SHOWN_TEXT },
	{ "teamName", SHOWN_TEXT },     { "status", SHOWN_TEXT },   { "platformId", SHOWN_TEXT },
	{ "challenges", SHOWN_INT },    { "points", SHOWN_INT },    { "ctfChallenges", SHOWN_INT },
	{ "lastActivity", SHOWN_TIME }, { "syncedAt", SHOWN_TIME }, { "lastSyncedAt", SHOWN_TIME },
	{ "syncError", SHOWN_TEXT },    { NULL, SHOWN_TEXT },
};

static bool head(const struct figures *f, struct str competitor, struct value *out, struct err *e)
{
	static const char sql[] =
		"SELECT scope.id, scope.name, scope.team_id, scope.team_name, scope.status, "
		"scope.uid, coalesce(s.challenges_completed, 0), coalesce(s.total_score, 0), "
		"coalesce(s.monthly_ctf_challenges, 0), s.last_activity, s.synced_at, "
		"st.last_odl_synced_at, scope.problem FROM scope LEFT JOIN game_platform_stats s "
		"ON s.competitor_id = scope.cid LEFT JOIN game_platform_sync_state st "
		"ON st.syned_user_id = scope.uid WHERE scope.id = ?3";
	struct value more[] = { value_str(competitor) };
	struct db_result r;

	if (!figures_ask(f, sql, more, 1, &r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, "Competitor not found or access denied");
	*out = figures_row(f->call->arena, &r, 0, head_columns);
	return true;
}

/*
 * Strength: more than a fifth of all points in one topic is strong, fewer than three challenges a
 * growth area, anything else developing.  Difficulty by the most points of one challenge.
 */
#define DOMAINS                                                                                                               \
	", topic AS (SELECT coalesce(nullif(d.challenge_category, ''), 'Uncategorized') AS name, "                            \
	"count(*) AS challenges, coalesce(sum(d.challenge_points), 0) AS points, "                                            \
	"coalesce(max(d.challenge_points), 0) AS most "                                                                       \
	"FROM game_platform_challenge_solves d WHERE " FIGURES_OF_ONE(                                                        \
		"d.syned_user_id") " "                                                                                        \
				   "GROUP BY 1) "                                                                             \
				   "SELECT name, challenges, points, CASE WHEN points * 5 > (SELECT sum(points) FROM topic) " \
				   "THEN 'strong' WHEN challenges < 3 THEN 'growth_area' ELSE 'developing' END, "             \
				   "CASE WHEN most > 400 THEN 'hard' WHEN most > 200 THEN 'medium' ELSE 'easy' END "          \
				   "FROM topic ORDER BY points DESC, name"

static const struct shown domain_columns[] = {
	{ "topic", SHOWN_TEXT },    { "challenges", SHOWN_INT },  { "points", SHOWN_INT },
	{ "strength", SHOWN_TEXT }, { "difficulty", SHOWN_TEXT }, { NULL, SHOWN_TEXT },
};

static const struct shown recent_columns[] = {
	{ "name", SHOWN_TEXT },     { "category", SHOWN_TEXT }, { "points", SHOWN_INT },
	{ "solvedAt", SHOWN_TIME }, { "source", SHOWN_TEXT },   { NULL, SHOWN_TEXT },
};

static const struct shown day_columns[] = {
	{ "day", SHOWN_TEXT },
	{ "challenges", SHOWN_INT },
	{ "points", SHOWN_INT },
	{ NULL, SHOWN_TEXT },
};

static const struct shown role_columns[] = {
	{ "role", SHOWN_TEXT },
	{ "challenges", SHOWN_INT },
	{ NULL, SHOWN_TEXT },
};

/* NIST NICE work roles stand in the vendor's own record only. */
static const char *const roles_sql[] = {
	[DB_SQLITE] = "SELECT role.value, count(*) FROM game_platform_challenge_solves d, "
		      "json_each(d.raw_payload, '$.nist_nice_work_roles') role "
		      "WHERE " FIGURES_OF_ONE("d.syned_user_id") " AND json_valid(d.raw_payload) "
								 "GROUP BY 1 ORDER BY 2 DESC, 1",
	[DB_POSTGRES] = "SELECT role, count(*) FROM game_platform_challenge_solves d, "
			"LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof("
			"CAST(d.raw_payload AS jsonb) -> 'nist_nice_work_roles') = 'array' "
			"THEN CAST(d.raw_payload AS jsonb) -> 'nist_nice_work_roles' "
			"ELSE '[]' END) role WHERE " FIGURES_OF_ONE(
				"d.syned_user_id") " GROUP BY 1 ORDER BY 2 DESC, 1",
};

static bool timeline(const struct figures *f, struct str competitor, struct value *list,
		     struct err *e)
{
	struct str sql = str_printf(
		f->call->arena,
		"SELECT %s, count(*), CAST(coalesce(sum(d.challenge_points), 0) AS bigint) "
		"FROM game_platform_challenge_solves d WHERE " FIGURES_OF_ONE(
			"d.syned_user_id") " "
					   "AND d.solved_at >= ?4 GROUP BY 1 ORDER BY 1",
		figures_day(f, "d.solved_at"));
	struct value more[] = { value_str(competitor), cell_from_ms(f->now_ms - DAYS * DAY_MS) };

	return figures_list(f, sql.at, more, COUNT(more), day_columns, list, e);
}

static bool recent(const struct figures *f, struct str competitor, struct value *list,
		   struct err *e)
{
	struct str sql = str_printf(
		f->call->arena,
		"SELECT d.challenge_title, d.challenge_category, d.challenge_points, d.solved_at, "
		"d.source FROM game_platform_challenge_solves d "
		"WHERE " FIGURES_OF_ONE(
			"d.syned_user_id") " "
					   "ORDER BY d.solved_at DESC, d.id DESC LIMIT %d",
		RECENT);
	struct value more[] = { value_str(competitor) };

	return figures_list(f, sql.at, more, COUNT(more), recent_columns, list, e);
}

bool dashboard_report(const struct figures *f, struct str competitor, struct value *out,
		      struct err *e)
{
	struct arena *a = f->call->arena;
	struct value more[] = { value_str(competitor) }, domains, solves, days, events, roles;

	if (!head(f, competitor, out, e) ||
	    !figures_list(f, DOMAINS, more, 1, domain_columns, &domains, e) ||
	    !recent(f, competitor, &solves, e) || !timeline(f, competitor, &days, e) ||
	    !dashboard_events(f, competitor, &events, e) ||
	    !figures_list(f, roles_sql[f->call->db->ops->dialect], more, 1, role_columns, &roles,
			  e))
		return false;
	value_map_set(a, *out, STR("domains"), domains);
	value_map_set(a, *out, STR("recentSolves"), solves);
	value_map_set(a, *out, STR("timeline"), days);
	value_map_set(a, *out, STR("flashEvents"), events);
	value_map_set(a, *out, STR("workRoles"), roles);
	return true;
}
