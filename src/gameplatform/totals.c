/* SPDX-License-Identifier: Apache-2.0 */
/*
 * totals.c - the vendor's lifetime totals of whoever had news.
 *
 *     flagged, oldest attempt first → one call each → row and flag in one transaction
 *
 * Always: a competitor is asked and written alone; what one does or fails to do touches no other.
 */
#include "gameplatform/totals.h"

#include "base/log.h"
#include "gameplatform/score_fault.h"
#include "gameplatform/score_state.h"
#include "store/cell.h"

#define ONE_BYTES_MAX ((size_t)64 << 20)
#define FAR_MS ((int64_t)1 << 42) /* the year 2109 */

static struct value time_or_null(int64_t s)
{
	return s > 0 ? cell_from_ms(s * 1000) : NULL_VALUE;
}

const char *totals_outcome_name(enum totals_outcome o)
{
	static const char *const names[] = { [TOTALS_REFRESHED] = "refreshed",
					     [TOTALS_GONE] = "skipped_remote_missing",
					     [TOTALS_FAILED] = "failed" };

	assert((size_t)o < COUNT(names));
	return names[o];
}

/* ---- the row ---- */

static const char put_sql[] =
	"INSERT INTO game_platform_stats AS t (competitor_id, challenges_completed, total_score,"
	" monthly_ctf_challenges, last_activity, synced_at, created_at, updated_at)"
	" VALUES (?1, ?2, ?3, (SELECT COALESCE(SUM(v.challenges_solved), 0)"
	"  FROM game_platform_flash_ctf_events v WHERE v.syned_user_id = ?4), ?5, ?6, ?6, ?6)"
	" ON CONFLICT (competitor_id) DO UPDATE SET"
	" challenges_completed = excluded.challenges_completed,"
	" total_score = excluded.total_score,"
	" monthly_ctf_challenges = excluded.monthly_ctf_challenges,"
	" last_activity = COALESCE(excluded.last_activity, t.last_activity),"
	" synced_at = excluded.synced_at, updated_at = excluded.updated_at";

bool totals_put(struct db *d, struct str competitor, struct str user, const struct vendor_scores *s,
		int64_t now_ms, struct err *e)
{
	const struct value param[] = { value_str(competitor),       value_int(s->challenges),
				       value_int(s->points),        value_str(user),
				       time_or_null(s->accessed_s), cell_from_ms(now_ms) };

	return db_exec(d, put_sql, param, COUNT(param), NULL, e) ||
	       err_wrap(e, "table 'game_platform_stats'");
}

bool totals_touch(struct db *d, struct str competitor, int64_t accessed_ms, int64_t now_ms,
		  struct err *e)
{
	const struct value param[] = { value_str(competitor), cell_from_ms(accessed_ms),
				       cell_from_ms(now_ms) };

	return db_exec(d,
		       "UPDATE game_platform_stats SET last_activity = ?2, updated_at = ?3"
		       " WHERE competitor_id = ?1 AND (last_activity IS NULL OR last_activity < ?2)",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "table 'game_platform_stats'");
}

/* ---- who is flagged ---- */

struct flagged {
	struct str user, competitor;
	int64_t wanted;
};

struct sweep {
	const struct engine *g;
	const struct totals_wish *wish;
	struct vendor vendor;
	struct patience patience;
	struct arena *one; /* what one competitor needs */
	struct flagged *flagged;
	size_t n;
	struct totals_result *out;
};

/* An application's own game_platform_id may be a uuid; SQLite has none, and no index for a cast. */
#define ID_SQLITE "c.game_platform_id"
#define ID_POSTGRES "CAST(c.game_platform_id AS text)"

/* ?1: a coach's own or NULL; ?2: when the sweep began: whoever was tried since without success
 * waits for the next one. */
#define FLAGGED(ID)                                                                       \
	"SELECT s.syned_user_id, CAST(c.id AS text), s.totals_wanted"                     \
	" FROM game_platform_sync_state s JOIN competitors c ON " ID " = s.syned_user_id" \
	" WHERE s.needs_totals_refresh"                                                   \
	" AND (CAST(?1 AS text) IS NULL OR CAST(c.coach_id AS text) = ?1)"                \
	" AND (s.last_attempt_at IS NULL OR s.last_attempt_at < ?2"                       \
	"  OR s.last_result <> 'failure')"                                                \
	" ORDER BY COALESCE(s.last_attempt_at, ?3), s.syned_user_id LIMIT ?4"
#define ORPHANS(ID)                                                               \
	"UPDATE game_platform_sync_state SET needs_totals_refresh = ?1"           \
	" WHERE needs_totals_refresh AND NOT EXISTS (SELECT 1 FROM competitors c" \
	"  WHERE " ID " = game_platform_sync_state.syned_user_id)"

static const char *of_dialect(const struct sweep *s, const char *sqlite, const char *postgres)
{
	return s->g->db->ops->dialect == DB_SQLITE ? sqlite : postgres;
}

static bool read_flagged(struct sweep *s, struct arena *a, struct err *e)
{
	const struct totals_wish *w = s->wish;
	const struct value param[] = { value_text_or_null(w->coach),
				       cell_from_ms(w->began_ms ? w->began_ms : FAR_MS),
				       cell_from_ms(0), value_int(w->batch + 1) };
	struct db_result r;

	if (!db_query(s->g->db, a, of_dialect(s, FLAGGED(ID_SQLITE), FLAGGED(ID_POSTGRES)), param,
		      COUNT(param), &r, e))
		return err_wrap(e, "who needs totals");
	s->out->more = r.rows > (size_t)w->batch;
	s->n = s->out->more ? (size_t)w->batch : r.rows;
	s->flagged = arena_new_array(a, struct flagged, s->n + 1);
	for (size_t i = 0; i < s->n; i++)
		s->flagged[i] =
			(struct flagged){ value_text(db_cell(&r, i, 0)),
					  value_text(db_cell(&r, i, 1)), db_cell(&r, i, 2).i };
	return true;
}

/* Flags of people who are no competitors any more would stand for ever. */
static bool clear_orphans(void *arg, struct err *e)
{
	struct sweep *s = arg;
	const struct value no = value_bool(false);

	if (s->g->fence && !fence_hold(s->g->db, s->g->fence, e))
		return false;
	return db_exec(s->g->db, of_dialect(s, ORPHANS(ID_SQLITE), ORPHANS(ID_POSTGRES)), &no, 1,
		       &s->out->orphans, e) ||
	       err_wrap(e, "flags without a competitor");
}

/* Once a sweep, and not by a coach's. */
static bool look_for_orphans(struct sweep *s, struct err *e)
{
	return s->wish->coach.len > 0 || s->wish->began_ms > 0 ||
	       db_transact(s->g->db, clear_orphans, s, e);
}

/* ---- one of them ---- */

struct refresh {
	struct sweep *sweep;
	const struct flagged *of;
	const struct vendor_scores *scores; /* NULL: the vendor does not know them */
	struct str failed;                  /* why there is no answer; or empty */
	int64_t now_ms;
};

/* Only if no news came meanwhile. */
static bool clear_flag(struct db *d, const struct flagged *f, struct err *e)
{
	const struct value param[] = { value_str(f->user), value_int(f->wanted),
				       value_bool(false) };

	return db_exec(d,
		       "UPDATE game_platform_sync_state SET needs_totals_refresh = ?3"
		       " WHERE syned_user_id = ?1 AND totals_wanted = ?2",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "sync state");
}

static bool write_one(void *arg, struct err *e)
{
	struct refresh *r = arg;
	const struct engine *g = r->sweep->g;

	if (g->fence && !fence_hold(g->db, g->fence, e))
		return false;
	if (r->failed.len)
		return score_state_failure(g->db, r->of->user, r->failed, r->now_ms, e);
	if (r->scores &&
	    !totals_put(g->db, r->of->competitor, r->of->user, r->scores, r->now_ms, e))
		return false;
	return clear_flag(g->db, r->of, e);
}

static void count(struct sweep *s, const struct flagged *f, enum totals_outcome outcome,
		  enum vendor_code code)
{
	struct totals_result *out = s->out;

	out->refreshed += outcome != TOTALS_FAILED;
	out->failed += outcome == TOTALS_FAILED;
	out->one[out->n++] = (struct totals_one){ f->competitor, outcome, code };
}

/* A figure that the database refuses is this competitor's failure alone. */
static bool write_refreshed(struct sweep *s, struct refresh *r, enum totals_outcome *outcome,
			    struct err *e)
{
	struct err why;

	if (db_transact(s->g->db, write_one, r, &why))
		return true;
	if (why.kind != ERR_STORE || r->failed.len) {
		*e = why;
		return false;
	}
	log_warn("a competitor's totals could not be stored: %s", why.text);
	*outcome = TOTALS_FAILED;
	r->failed = STR("the totals could not be stored");
	return db_transact(s->g->db, write_one, r, e);
}

static bool refresh(struct sweep *s, const struct flagged *f, struct err *e)
{
	struct refresh r = { .sweep = s, .of = f, .now_ms = clock_wall_ms(s->g->clock) };
	enum totals_outcome outcome = TOTALS_REFRESHED;
	struct vendor_scores scores;
	struct err why;

	arena_reset(s->one);
	s->vendor.arena = s->one;
	if (vendor_scores(&s->vendor, f->user, VENDOR_ALL_TIME, &scores, &why)) {
		patience_answered(&s->patience);
		s->vendor.fault.code = VENDOR_NONE;
		r.scores = &scores;
	} else {
		enum score_fault fault = score_fault(&s->vendor.fault, &s->patience, &why);

		if (fault == SCORE_STOP) {
			*e = why;
			return false;
		}
		outcome = fault == SCORE_GONE ? TOTALS_GONE : TOTALS_FAILED;
		if (outcome == TOTALS_FAILED)
			r.failed = s->vendor.fault.message;
	}
	if (!write_refreshed(s, &r, &outcome, e))
		return false;
	count(s, f, outcome, s->vendor.fault.code);
	return true;
}

static bool refresh_all(struct sweep *s, struct err *e)
{
	const struct totals_wish *w = s->wish;

	for (size_t i = 0; i < s->n; i++) {
		if (!cancel_check(s->g->stop, e) || !session_beat(s->vendor.session, e) ||
		    !refresh(s, &s->flagged[i], e))
			return false;
		if (w->step && !w->step(w->arg, (int64_t)i + 1, s->out->total, e))
			return false;
	}
	return true;
}

bool totals_sweep(const struct engine *g, const struct connection *c, const struct totals_wish *w,
		  struct arena *a, struct totals_result *out, struct err *e)
{
	AUTO_ARENA *one = arena_new("totals of one", ONE_BYTES_MAX);
	struct totals_result result = { 0 };
	struct sweep s = { .g = g, .wish = w, .one = one, .out = &result };
	bool ok;

	assert(w->batch > 0 && w->batch <= TOTALS_BATCH_MAX);
	if (!read_flagged(&s, a, e))
		return false;
	result.total = (int64_t)s.n;
	result.one = arena_new_array(a, struct totals_one, s.n + 1);
	if (w->dry_run) {
		*out = result;
		return true;
	}
	if (!look_for_orphans(&s, e) || !vendor_open(a, g, c, &s.vendor, e))
		return false;
	s.vendor.session->lease = w->lease;
	s.vendor.session->beat_ms = clock_steady_ms(g->clock);
	ok = refresh_all(&s, e);
	result.calls = s.vendor.calls;
	if (ok)
		*out = result;
	return ok;
}
