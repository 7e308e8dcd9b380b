/* SPDX-License-Identifier: Apache-2.0 */
/* score_state.c - how far each competitor's scores were read, and what people see of it. */
#include "gameplatform/score_state.h"

#include "gameplatform/record.h"
#include "store/cell.h"

#define SAYS_BYTES_MAX 500

static struct value time_or_null(int64_t ms)
{
	return ms ? cell_from_ms(ms) : NULL_VALUE;
}

/* At most 500 bytes, cut between characters. */
static struct str short_text(struct str s)
{
	size_t n = s.len < SAYS_BYTES_MAX ? s.len : SAYS_BYTES_MAX;

	/* Not within a character: its later bytes are 10xxxxxx. */
	while (n > 0 && n < s.len && ((unsigned char)s.at[n] & 0xc0) == 0x80)
		n--;
	return str_slice(s, 0, n);
}

/* ---- reading ---- */

/* The same id twice: of ours a text, in the application's table perhaps a uuid. */
static const char get_sql[] =
	"SELECT s.last_odl_synced_at, s.syned_user_id, CAST(c.id AS text),"
	" EXISTS (SELECT 1 FROM game_platform_stats t WHERE t.competitor_id = c.id),"
	" (SELECT CAST(t.game_platform_id AS text) FROM team_members m"
	"  JOIN teams t ON t.id = m.team_id WHERE m.competitor_id = c.id"
	"  ORDER BY m.joined_at LIMIT 1),"
	" p.metactf_user_id,"
	" (c.game_platform_sync_error IS NOT NULL OR p.sync_error IS NOT NULL"
	"  OR COALESCE(p.status IN ('error', 'pending', 'denied'), 1 = 0))"
	" FROM (SELECT 1 AS one) u"
	" LEFT JOIN game_platform_sync_state s ON s.syned_user_id = ?1"
	" LEFT JOIN competitors c ON c.game_platform_id = ?2"
	" LEFT JOIN game_platform_profiles p ON p.competitor_id = c.id";

bool score_state_get(struct db *d, struct arena *a, struct str user, struct score_state *out,
		     struct err *e)
{
	const struct value param[] = { value_str(user), value_str(user) };
	struct db_result r;

	if (!db_query(d, a, get_sql, param, COUNT(param), &r, e))
		return err_wrap(e, "sync state");
	assert(r.rows > 0);
	*out = (struct score_state){
		.odl_ms = cell_time_ms(db_cell(&r, 0, 0)),
		.exists = db_cell(&r, 0, 1).kind != VALUE_NULL,
		.competitor = value_text(db_cell(&r, 0, 2)),
		.stats = record_true(db_cell(&r, 0, 3)),
		.team = value_text(db_cell(&r, 0, 4)),
		.number = value_whole(db_cell(&r, 0, 5)),
		.marked = record_true(db_cell(&r, 0, 6)),
	};
	return true;
}

/* ---- writing ---- */

static const char success_sql[] =
	"INSERT INTO game_platform_sync_state AS s (syned_user_id, last_odl_synced_at,"
	" last_flash_ctf_synced_at, last_remote_accessed_at, last_attempt_at, last_result,"
	" error_message, needs_totals_refresh, totals_wanted, updated_at)"
	" VALUES (?1, ?2, ?3, ?4, ?5, 'success', NULL, ?6, ?7, ?5)"
	" ON CONFLICT (syned_user_id) DO UPDATE SET"
	" last_odl_synced_at = CASE WHEN s.last_odl_synced_at > excluded.last_odl_synced_at"
	"  THEN s.last_odl_synced_at"
	"  ELSE COALESCE(excluded.last_odl_synced_at, s.last_odl_synced_at) END,"
	" last_flash_ctf_synced_at = COALESCE(excluded.last_flash_ctf_synced_at,"
	"  s.last_flash_ctf_synced_at),"
	" last_remote_accessed_at = COALESCE(excluded.last_remote_accessed_at,"
	"  s.last_remote_accessed_at),"
	" last_attempt_at = excluded.last_attempt_at, last_result = 'success',"
	" error_message = NULL,"
	" needs_totals_refresh = (s.needs_totals_refresh OR excluded.needs_totals_refresh),"
	" totals_wanted = s.totals_wanted + excluded.totals_wanted,"
	" updated_at = excluded.updated_at";

bool score_state_success(struct db *d, const struct score_success *s, struct err *e)
{
	const struct value param[] = { value_str(s->user),        time_or_null(s->odl_ms),
				       time_or_null(s->flash_ms), time_or_null(s->accessed_ms),
				       cell_from_ms(s->now_ms),   value_bool(s->news),
				       value_int(s->news) };

	return db_exec(d, success_sql, param, COUNT(param), NULL, e) || err_wrap(e, "sync state");
}

bool score_state_flash(struct db *d, struct str user, int64_t flash_ms, bool news, struct err *e)
{
	const struct value param[] = { value_str(user), cell_from_ms(flash_ms), value_bool(news),
				       value_int(news) };

	return db_exec(d,
		       "INSERT INTO game_platform_sync_state AS s (syned_user_id,"
		       " last_flash_ctf_synced_at, needs_totals_refresh, totals_wanted, updated_at)"
		       " VALUES (?1, ?2, ?3, ?4, ?2)"
		       " ON CONFLICT (syned_user_id) DO UPDATE SET"
		       " last_flash_ctf_synced_at = excluded.last_flash_ctf_synced_at,"
		       " needs_totals_refresh = (s.needs_totals_refresh"
		       "  OR excluded.needs_totals_refresh),"
		       " totals_wanted = s.totals_wanted + excluded.totals_wanted,"
		       " updated_at = excluded.updated_at",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "sync state");
}

bool score_state_failure(struct db *d, struct str user, struct str says, int64_t now_ms,
			 struct err *e)
{
	const struct value param[] = { value_str(user), cell_from_ms(now_ms),
				       value_str(short_text(says)) };

	return db_exec(d,
		       "INSERT INTO game_platform_sync_state (syned_user_id, last_attempt_at,"
		       " last_result, error_message, updated_at)"
		       " VALUES (?1, ?2, 'failure', ?3, ?2)"
		       " ON CONFLICT (syned_user_id) DO UPDATE SET"
		       " last_attempt_at = excluded.last_attempt_at, last_result = 'failure',"
		       " error_message = excluded.error_message, updated_at = excluded.updated_at",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "sync state");
}

bool score_state_forget(struct db *d, const struct score_scope *s, int64_t before_ms, struct err *e)
{
	const struct value param[] = { cell_from_ms(before_ms), value_text_or_null(s->coach),
				       value_text_or_null(s->competitor) };

	return db_exec(d,
		       "UPDATE game_platform_sync_state SET last_odl_synced_at = NULL"
		       " WHERE last_odl_synced_at < ?1 AND syned_user_id IN"
		       " (SELECT CAST(game_platform_id AS text) FROM competitors"
		       "  WHERE (CAST(?2 AS text) IS NULL OR CAST(coach_id AS text) = ?2)"
		       "  AND (CAST(?3 AS text) IS NULL OR CAST(id AS text) = ?3))",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "sync state");
}

/* ---- what people see ---- */

/* A competitor whose platform id was entered by hand has no mapping yet. */
static bool make_mapping(struct db *d, const struct score_mark *m, struct err *e)
{
	const struct value param[] = { value_str(m->competitor), value_str(m->user) };

	return db_exec(d,
		       "INSERT INTO game_platform_profiles (competitor_id, metactf_role,"
		       " syned_user_id, status) VALUES (?1, 'user', ?2, 'pending')"
		       " ON CONFLICT DO NOTHING",
		       param, COUNT(param), NULL, e);
}

static bool mark_mapping(struct db *d, const struct score_mark *m, int64_t now_ms, struct err *e)
{
	const struct value param[] = { value_str(m->competitor), value_str(short_text(m->says)),
				       value_str(m->status.len ? m->status : STR("error")),
				       cell_from_ms(now_ms), time_or_null(m->asked ? now_ms : 0) };

	return db_exec(d,
		       "UPDATE game_platform_profiles SET status = ?3, sync_error = ?2,"
		       " last_synced_at = COALESCE(?5, last_synced_at), updated_at = ?4"
		       " WHERE competitor_id = ?1",
		       param, COUNT(param), NULL, e);
}

bool score_mark_put(struct db *d, const struct score_mark *m, int64_t now_ms, bool *news,
		    struct err *e)
{
	const struct value param[] = { value_str(m->competitor), value_str(short_text(m->says)) };
	int64_t changed = 0;

	*news = false;
	if (m->competitor.len == 0)
		return true;
	if (!db_exec(d,
		     "UPDATE competitors SET game_platform_sync_error = ?2 WHERE id = ?1"
		     " AND COALESCE(game_platform_sync_error, '') <> ?2",
		     param, COUNT(param), &changed, e) ||
	    !make_mapping(d, m, e) || !mark_mapping(d, m, now_ms, e))
		return err_wrap(e, "a competitor's error");
	*news = changed > 0;
	return true;
}

bool score_mark_clear(struct db *d, const struct score_mark *m, int64_t now_ms, struct err *e)
{
	const struct value param[] = { value_str(m->competitor), cell_from_ms(now_ms) };

	if (m->competitor.len == 0)
		return true;
	if (!db_exec(d,
		     "UPDATE competitors SET game_platform_sync_error = NULL,"
		     " game_platform_synced_at = ?2"
		     " WHERE id = ?1 AND game_platform_sync_error IS NOT NULL",
		     param, COUNT(param), NULL, e) ||
	    !db_exec(d,
		     "UPDATE game_platform_profiles SET sync_error = NULL, last_synced_at = ?2,"
		     " updated_at = ?2, status = CASE WHEN status IN ('error', 'pending', 'denied')"
		     " THEN 'approved' ELSE status END WHERE competitor_id = ?1"
		     " AND (sync_error IS NOT NULL OR status IN ('error', 'pending', 'denied'))",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "a competitor's error");
	return true;
}

struct str score_status(struct str vendors)
{
	static const char *const known[] = { "user_created", "approved", "denied", "error" };

	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(vendors, str_from(known[i])))
			return str_from(known[i]);
	return STR("pending");
}

bool score_status_known(struct db *d, struct arena *a, struct str user, int64_t since_ms,
			struct str *status, struct err *e)
{
	const struct value param[] = { value_str(user), cell_from_ms(since_ms) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT status FROM game_platform_profiles WHERE syned_user_id = ?1"
		      " AND last_synced_at >= ?2 AND sync_error IS NOT NULL"
		      " AND status <> 'error'",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "the mapping's status");
	*status = r.rows ? value_text(db_cell(&r, 0, 0)) : STR("");
	return true;
}
