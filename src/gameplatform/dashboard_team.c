/* SPDX-License-Identifier: Apache-2.0 */
/* dashboard_team.c - teams as tiles, and one team's members. */
#include "gameplatform/dashboard.h"
#include "service/view.h"

static const struct shown team_columns[] = {
	{ "teamId", SHOWN_TEXT },        { "name", SHOWN_TEXT },
	{ "division", SHOWN_TEXT },      { "affiliation", SHOWN_TEXT },
	{ "totalMembers", SHOWN_INT },   { "syncedMembers", SHOWN_INT },
	{ "pendingMembers", SHOWN_INT }, { "totalChallenges", SHOWN_INT },
	{ "totalPoints", SHOWN_INT },    { "avgScore", SHOWN_INT },
	{ "lastSync", SHOWN_TIME },      { "syncError", SHOWN_TEXT },
	{ "onPlatform", SHOWN_BOOL },    { NULL, SHOWN_TEXT },
};

/* Also teams without members; the average is over those on the platform, to the nearest. */
#define TEAMS                                                                                           \
	", tile AS (SELECT CAST(t.id AS text) AS id, t.name, t.division, "                              \
	"coalesce(nullif(t.affiliation, ''), nullif(p.school_name, '')) AS affiliation, "               \
	"count(c.id) AS members, count(c.game_platform_id) AS synced, "                                 \
	"coalesce(sum(CASE WHEN c.game_platform_id IS NOT NULL THEN s.challenges_completed END), 0) "   \
	"AS challenges, "                                                                               \
	"coalesce(sum(CASE WHEN c.game_platform_id IS NOT NULL THEN s.total_score END), 0) AS points, " \
	"t.game_platform_synced_at AS synced_at, t.game_platform_sync_error AS problem, "               \
	"CASE WHEN t.game_platform_id IS NULL THEN 0 ELSE 1 END AS there "                              \
	"FROM teams t JOIN profiles p ON p.id = t.coach_id "                                            \
	"LEFT JOIN team_members m ON m.team_id = t.id LEFT JOIN competitors c "                         \
	"ON c.id = m.competitor_id LEFT JOIN game_platform_stats s ON s.competitor_id = c.id "          \
	"WHERE (?1 = '' OR CAST(t.coach_id AS text) = ?1) AND (?2 = '' OR t.division = ?2) "            \
	"GROUP BY t.id, p.id) "

bool dashboard_teams(const struct figures *f, struct value *list, struct err *e)
{
	static const char sql[] =
		TEAMS "SELECT id, name, division, affiliation, members, synced, members - synced, "
		      "challenges, points, CASE WHEN synced = 0 THEN 0 "
		      "ELSE CAST(round(points * 1.0 / synced) AS bigint) END, synced_at, problem, "
		      "there FROM tile ORDER BY points DESC, lower(name), id";

	return figures_list(f, sql, NULL, 0, team_columns, list, e);
}

/* ---- one team ---- */

static const struct shown member_columns[] = {
	{ "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },      { "position", SHOWN_INT },
	{ "status", SHOWN_TEXT },       { "isActive", SHOWN_BOOL },  { "platformId", SHOWN_TEXT },
	{ "sync", SHOWN_TEXT },         { "syncError", SHOWN_TEXT }, { "syncedAt", SHOWN_TIME },
	{ "challenges", SHOWN_INT },    { "points", SHOWN_INT },     { "ctfChallenges", SHOWN_INT },
	{ "lastActivity", SHOWN_TIME }, { NULL, SHOWN_TEXT },
};

/* A member's badge: what team_members says of its way to the vendor. */
#define BADGE                                                       \
	"CASE WHEN scope.uid IS NULL THEN 'not_on_platform' "       \
	"WHEN m.game_platform_sync_error IS NOT NULL THEN 'error' " \
	"WHEN m.game_platform_synced_at IS NOT NULL THEN 'synced' ELSE 'pending' END"

bool dashboard_team(const struct figures *f, struct str team, struct value *out, struct err *e)
{
	static const char sql[] =
		"SELECT scope.id, scope.name, m.position, scope.status, "
		"CASE WHEN scope.is_active THEN 1 ELSE 0 END, scope.uid, " BADGE ", "
		"m.game_platform_sync_error, m.game_platform_synced_at, "
		"coalesce(s.challenges_completed, 0), coalesce(s.total_score, 0), "
		"coalesce(s.monthly_ctf_challenges, 0), s.last_activity "
		"FROM scope JOIN team_members m ON m.competitor_id = scope.cid "
		"LEFT JOIN game_platform_stats s ON s.competitor_id = scope.cid "
		"WHERE scope.team_id = ?3 ORDER BY m.position, scope.name, scope.id";
	static const char there[] = "SELECT 1 FROM teams t WHERE CAST(t.id AS text) = ?3 "
				    "AND (?1 = '' OR CAST(t.coach_id AS text) = ?1) "
				    "AND (?2 = '' OR t.division = ?2)";
	struct arena *a = f->call->arena;
	struct value more[] = { value_str(team) }, roster, on = value_list_new(a),
		     off = value_list_new(a);
	struct db_result r;

	if (!figures_ask(f, there, more, 1, &r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, "Team not found or access denied");
	if (!figures_list(f, sql, more, 1, member_columns, &roster, e))
		return false;
	for (size_t i = 0; i < value_len(roster); i++) {
		struct value member = value_at(roster, i);
		bool there_too = !value_is_nothing(value_get(member, STR("platformId")));

		value_list_add(a, there_too ? on : off, member);
	}
	*out = value_map_new(a);
	value_map_set(a, *out, STR("onPlatform"), on);
	value_map_set(a, *out, STR("awaiting"), off);
	value_map_set(a, *out, STR("roster"), roster);
	return true;
}
