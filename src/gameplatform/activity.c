/* SPDX-License-Identifier: Apache-2.0 */
/*
 * activity.c - how active a competitor is, worked out where the rows are: ten thousand competitors
 * are one statement there.
 */
#include "gameplatform/activity.h"

#include "store/cell.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* ?1, ?2, ?3: 7, 30 and 90 days ago.  An application's own game_platform_id may be a uuid. */
static const char update_sql[] =
	"UPDATE competitors SET game_platform_activity_score = n.score FROM ("
	" SELECT k.id, CASE"
	"  WHEN k.within7 THEN 60"
	"   + CASE WHEN k.solves30 > 30 THEN 30 ELSE k.solves30 END"
	"   + CASE WHEN k.events30 > 2 THEN 10 ELSE 5 * k.events30 END"
	"  WHEN k.within30 THEN 20"
	"   + CASE WHEN k.solves30 > 30 THEN 30 ELSE k.solves30 END"
	"   + CASE WHEN k.events30 > 3 THEN 9 ELSE 3 * k.events30 END"
	"  WHEN k.within90 THEN 1 + CASE WHEN k.solves90 > 18 THEN 18 ELSE k.solves90 END"
	"  ELSE 0 END AS score"
	" FROM ("
	"  SELECT c.id,"
	"   (COALESCE(s.last_remote_accessed_at >= ?1, 1 = 0) OR COALESCE(v.solves7, 0) > 0)"
	"    AS within7,"
	"   (COALESCE(s.last_remote_accessed_at >= ?2, 1 = 0) OR COALESCE(v.solves30, 0) > 0)"
	"    AS within30,"
	"   (COALESCE(s.last_remote_accessed_at >= ?3, 1 = 0) OR COALESCE(v.solves90, 0) > 0)"
	"    AS within90,"
	"   COALESCE(v.solves30, 0) AS solves30, COALESCE(v.solves90, 0) AS solves90,"
	"   COALESCE(f.events30, 0) AS events30"
	"  FROM competitors c"
	"  LEFT JOIN game_platform_sync_state s ON s.syned_user_id = CAST(c.game_platform_id AS text)"
	"  LEFT JOIN (SELECT syned_user_id, COUNT(*) AS solves90,"
	"    SUM(CASE WHEN solved_at >= ?1 THEN 1 ELSE 0 END) AS solves7,"
	"    SUM(CASE WHEN solved_at >= ?2 THEN 1 ELSE 0 END) AS solves30"
	"   FROM game_platform_challenge_solves WHERE solved_at >= ?3 GROUP BY syned_user_id) v"
	"   ON v.syned_user_id = CAST(c.game_platform_id AS text)"
	"  LEFT JOIN (SELECT syned_user_id, COUNT(*) AS events30"
	"   FROM game_platform_flash_ctf_events WHERE started_at >= ?2 GROUP BY syned_user_id) f"
	"   ON f.syned_user_id = CAST(c.game_platform_id AS text)"
	" ) k"
	") n WHERE n.id = competitors.id"
	" AND COALESCE(competitors.game_platform_activity_score, -1) <> n.score";

bool activity_update(struct db *d, int64_t now_ms, int64_t *changed, struct err *e)
{
	const struct value param[] = { cell_from_ms(now_ms - 7 * DAY_MS),
				       cell_from_ms(now_ms - 30 * DAY_MS),
				       cell_from_ms(now_ms - 90 * DAY_MS) };

	return db_exec(d, update_sql, param, COUNT(param), changed, e) ||
	       err_wrap(e, "activity scores");
}
