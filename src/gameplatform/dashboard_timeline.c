/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashboard_timeline.c - what happened, newest first: solves, events, registrations, team edits,
 * streaks, syncs.
 *
 * Each source gives at most as many rows as are wanted altogether, newest first, so that nothing is
 * sorted whole.
 */
#include "data/moment.h"
#include "gameplatform/dashboard.h"
#include "service/view.h"
#include "store/cell.h"

/* So many days in a row with a solve are a streak. */
#define STREAK_DAYS 3

static const struct shown timeline_columns[] = {
	{ "at", SHOWN_TIME },     { "type", SHOWN_TEXT },         { "title", SHOWN_TEXT },
	{ "points", SHOWN_INT },  { "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },
	{ "teamId", SHOWN_TEXT }, { "status", SHOWN_TEXT },       { NULL, SHOWN_TEXT },
};

/* A time between ?3 and ?4, newest first, so many. */
#define SPAN(column) column " >= ?3 AND " column " < ?4 "
#define NEWEST(column) "ORDER BY " column " DESC LIMIT %lld) newest "

#define SOLVES                                                                               \
	"SELECT * FROM (SELECT s.solved_at AS at, 'solve' AS type, "                         \
	"s.challenge_title AS title, s.challenge_points AS points, scope.id AS competitor, " \
	"scope.name AS name, scope.team_id AS team, s.source AS status "                     \
	"FROM game_platform_challenge_solves s JOIN scope ON scope.uid = s.syned_user_id "   \
	"WHERE " SPAN("s.solved_at") NEWEST("s.solved_at")

#define FLASH                                                                              \
	"SELECT * FROM (SELECT v.started_at, 'flash_ctf', v.name, v.score, scope.id, "     \
	"scope.name, scope.team_id, CAST(v.challenges_solved AS text) "                    \
	"FROM game_platform_flash_ctf_events v JOIN scope ON scope.uid = v.syned_user_id " \
	"WHERE " SPAN("v.started_at") NEWEST("v.started_at")

/* What we did at the vendor; of a team without its rows any more, the owner is not known. */
#define DEEDS                                                                                        \
	"SELECT * FROM (SELECT x.created_at, x.event_type, t.name, CAST(NULL AS bigint), scope.id, " \
	"scope.name, CAST(x.team_id AS text), x.status FROM game_platform_sync_events x "            \
	"LEFT JOIN scope ON scope.id = CAST(x.competitor_id AS text) "                               \
	"LEFT JOIN teams t ON t.id = x.team_id "                                                     \
	"WHERE (scope.id IS NOT NULL OR (x.competitor_id IS NULL AND (?1 = '' "                      \
	"OR CAST(t.coach_id AS text) = ?1 OR CAST(x.profile_id AS text) = ?1) "                      \
	"AND (?2 = '' OR t.division = ?2))) AND " SPAN("x.created_at") NEWEST("x.created_at")

#define SYNCS                                                                                                                        \
	"SELECT * FROM (SELECT r.completed_at, 'sync', 'Stats sync completed', "                                                     \
	"r.competitors_synced, CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS text), r.status FROM game_platform_sync_runs r " \
	"WHERE r.status = 'completed' AND " SPAN("r.completed_at") NEWEST("r.completed_at")

/* Gaps and islands: the day's number less its rank is one for days in a row. */
#define STREAKS                                                                                              \
	"SELECT * FROM (SELECT max(i.at), 'streak', CAST(count(*) AS text) || ' days in a row', "            \
	"count(*), i.id, i.name, i.team_id, CAST(NULL AS text) FROM (SELECT y.*, y.day - row_number() OVER " \
	"(PARTITION BY y.id ORDER BY y.day) AS island FROM (SELECT scope.id, scope.name, "                   \
	"scope.team_id, %s / 86400 AS day, max(s.solved_at) AS at "                                          \
	"FROM game_platform_challenge_solves s JOIN scope ON scope.uid = s.syned_user_id "                   \
	"WHERE " SPAN(                                                                                       \
		"s.solved_at") "GROUP BY 1, 2, 3, 4) y) i "                                                  \
			       "GROUP BY i.id, i.name, i.team_id, i.island HAVING count(*) >= %d " NEWEST(   \
				       "max(i.at)")

bool dashboard_timeline(const struct figures *f, int64_t limit, struct str before,
			struct value *list, struct err *e)
{
	struct arena *a = f->call->arena;
	long long n = limit;
	struct str sql = str_printf(a,
				    SOLVES "UNION ALL " FLASH "UNION ALL " DEEDS "UNION ALL " SYNCS
					   "UNION ALL " STREAKS "ORDER BY 1 DESC, 2, 5 LIMIT %lld",
				    n, n, n, n, figures_epoch(f, "s.solved_at"), STREAK_DAYS, n, n);
	struct value until = UNDEFINED;
	struct value more[] = { cell_from_ms(f->since_ms), cell_from_ms(f->now_ms + 1) };

	if (before.len > 0) {
		if (!moment_parse(before, &until, e)) {
			e->kind = ERR_USAGE;
			return err_wrap(e, "before");
		}
		more[1] = until;
	}
	return figures_list(f, sql.at, more, COUNT(more), timeline_columns, list, e);
}
