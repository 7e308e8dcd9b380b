/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashboard_kpis.c - the five cards on top: value, change, and a line of seven points.
 *
 * Bucket 0 … 6 are the range's seven parts; -1 is all that came before them.
 */
#include "data/moment.h"
#include "gameplatform/dashboard.h"
#include "service/view.h"
#include "store/cell.h"

/* What is counted at a point of time: of the range, and of the one before. */
struct series {
	int64_t point[FIGURES_BUCKETS];
	int64_t now, before;
};

enum {
	SERIES_ACTIVE,
	SERIES_SOLVES,
	SERIES_PARTICIPANTS,
	SERIES_REGISTERED,
	SERIES_ENROLLED,
	SERIES
};

struct kpis {
	struct series of[SERIES];
	int64_t competitors, registered, enrolled, active, challenges, last_sync_ms;
};

/* ---- who did something when ---- */

/* ?3 … ?9 are where the range's parts begin, newest last; what came before the first is of the
 * range before. */
#define PART(at)                                                                                   \
	"CASE WHEN " at " >= ?9 THEN 6 WHEN " at " >= ?8 THEN 5 WHEN " at " >= ?7 THEN 4 WHEN " at \
	" >= ?6 THEN 3 WHEN " at " >= ?5 THEN 2 WHEN " at " >= ?4 THEN 1 WHEN " at                 \
	" >= ?3 THEN 0 ELSE -1 END"
/* ?10 begins all that is read, ?11 ends it. */
#define OF_SIGHT(uid, at) \
	"WHERE " uid " IN (SELECT uid FROM scope) AND " at " >= ?10 AND " at " < ?11 "
#define WHOLE_RANGE FIGURES_BUCKETS /* as the number of a part */

/*
 * One look at each table, by the index of a user's solves; a row per competitor and part is all
 * that is sorted.  A solve of the source 'odl' is one that the vendor's total counts.
 */
#define DONE_SQL                                                                                                                                                            \
	", done AS (SELECT s.syned_user_id AS uid, " PART(                                                                                                                  \
		"s.solved_at") " AS part, "                                                                                                                                 \
			       "sum(CASE WHEN s.source = 'odl' THEN 1 ELSE 0 END) AS solves, 0 AS event "                                                                   \
			       "FROM game_platform_challenge_solves s " OF_SIGHT("s.syned_user_id", "s.solved_at") "GROUP BY 1, 2 UNION ALL SELECT v.syned_user_id, " PART( \
				       "v.started_at") ", 0, 1 "                                                                                                            \
						       "FROM game_platform_flash_ctf_events v " OF_SIGHT(                                                                   \
							       "v.syned_user_id",                                                                                           \
							       "v.started_at") "GROUP BY 1, 2) SELECT part, " DONE_FIGURES                                                  \
									       " FROM done GROUP BY part "                                                                  \
									       "UNION ALL SELECT %d, " DONE_FIGURES                                                         \
									       " FROM done WHERE part >= 0"
#define DONE_FIGURES                                                      \
	"count(DISTINCT uid), CAST(coalesce(sum(solves), 0) AS bigint), " \
	"count(DISTINCT CASE WHEN event = 1 THEN uid END)"

/* Seconds, rounded up, after which that part of the range begins: what bucket() says of a time. */
static int64_t part_begins_s(const struct figures *f, int64_t part)
{
	int64_t span_s = (f->now_ms - f->since_ms) / 1000;

	return (part * span_s + FIGURES_BUCKETS - 1) / FIGURES_BUCKETS;
}

static int64_t *figure_at(struct series *s, int64_t part)
{
	if (part < 0)
		return &s->before;
	return part < FIGURES_BUCKETS ? &s->point[part] : &s->now;
}

/* Points and sums; of all time there is no range before. */
static bool done(const struct figures *f, struct kpis *k, struct err *e)
{
	static const int series[] = { SERIES_ACTIVE, SERIES_SOLVES, SERIES_PARTICIPANTS };
	struct str sql = str_printf(f->call->arena, DONE_SQL, WHOLE_RANGE);
	struct value more[FIGURES_BUCKETS + 2];
	struct db_result r;

	more[0] = cell_from_ms(f->since_ms);
	for (int64_t i = 1; i < FIGURES_BUCKETS; i++)
		more[i] = cell_from_ms((f->since_ms / 1000 + part_begins_s(f, i)) * 1000);
	more[FIGURES_BUCKETS] = cell_from_ms(f->all_time ? f->since_ms : f->before_ms);
	more[FIGURES_BUCKETS + 1] = cell_from_ms(f->now_ms);
	if (!figures_ask(f, sql.at, more, COUNT(more), &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++)
		for (size_t n = 0; n < COUNT(series); n++)
			*figure_at(&k->of[series[n]], figures_int(db_cell(&r, i, 0))) =
				figures_int(db_cell(&r, i, 1 + n));
	return true;
}

/* ---- who joined when ---- */

#define REGISTERED                                       \
	"FROM scope LEFT JOIN game_platform_profiles p " \
	"ON p.competitor_id = scope.cid WHERE scope.uid IS NOT NULL"
#define ENROLLED "FROM scope WHERE scope.team_id IS NOT NULL"

/* A time's bucket in the range: a number from 0. */
static const char *bucket(const struct figures *f, const char *column)
{
	int64_t span_s = (f->now_ms - f->since_ms) / 1000;

	return str_printf(f->call->arena, "((%s - %lld) * %d / %lld)", figures_epoch(f, column),
			  (long long)(f->since_ms / 1000), FIGURES_BUCKETS, (long long)span_s)
		.at;
}

static const char *joined_bucket(const struct figures *f, const char *column)
{
	struct arena *a = f->call->arena;
	const char *at = figures_epoch(f, column);
	int64_t since_s = f->since_ms / 1000;

	/* Whoever was there before the range, or joined at a time that nobody noted, is bucket -1,
	 * or -2 when it was before the range before. */
	return str_printf(
		       a,
		       "CASE WHEN %s IS NULL OR %s < %lld THEN -2 WHEN %s < %lld THEN -1 ELSE %s END",
		       column, at, (long long)(f->before_ms / 1000), at, (long long)since_s,
		       bucket(f, column))
		.at;
}

/* Running totals as points; what joined in each range as its sum. */
static bool joined(const struct figures *f, const char *from, const char *column, struct series *s,
		   struct err *e)
{
	struct str sql = str_printf(f->call->arena, "SELECT %s, count(*) %s GROUP BY 1",
				    joined_bucket(f, column), from);
	int64_t total = 0;
	struct db_result r;

	if (!figures_ask(f, sql.at, NULL, 0, &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++) {
		int64_t at = figures_int(db_cell(&r, i, 0)), n = figures_int(db_cell(&r, i, 1));

		if (at < 0) {
			total += n;
			s->before += at == -1 ? n : 0;
			continue;
		}
		s->point[at < FIGURES_BUCKETS ? at : FIGURES_BUCKETS - 1] += n;
		s->now += n;
	}
	for (size_t i = 0; i < FIGURES_BUCKETS; i++) {
		total += s->point[i];
		s->point[i] = total;
	}
	return true;
}

/* ---- as things stand ---- */

static bool standing(const struct figures *f, struct kpis *k, struct err *e)
{
	static const char sql[] =
		"SELECT count(*), count(scope.uid), count(scope.team_id), "
		"CAST(coalesce(sum(CASE WHEN s.last_activity >= ?3 THEN 1 ELSE 0 END), 0) AS bigint), "
		"CAST(coalesce(sum(s.challenges_completed), 0) AS bigint) "
		"FROM scope LEFT JOIN game_platform_stats s ON s.competitor_id = scope.cid";
	struct value more[] = { cell_from_ms(f->now_ms - FIGURES_ACTIVE_MS) };
	struct db_result r;

	if (!figures_ask(f, sql, more, COUNT(more), &r, e))
		return false;
	k->competitors = figures_int(db_cell(&r, 0, 0));
	k->registered = figures_int(db_cell(&r, 0, 1));
	k->enrolled = figures_int(db_cell(&r, 0, 2));
	k->active = figures_int(db_cell(&r, 0, 3));
	k->challenges = figures_int(db_cell(&r, 0, 4));
	return true;
}

static bool last_sync(const struct figures *f, struct kpis *k, struct err *e)
{
	struct db_result r;

	if (!db_query(f->call->db, f->call->arena,
		      "SELECT max(completed_at) FROM game_platform_sync_runs "
		      "WHERE status = 'completed'",
		      NULL, 0, &r, e))
		return err_wrap(e, "table 'game_platform_sync_runs'");
	k->last_sync_ms = value_is_nothing(db_cell(&r, 0, 0)) ? 0 : cell_time_ms(db_cell(&r, 0, 0));
	return true;
}

/* ---- as JSON ---- */

static void card(const struct figures *f, struct value map, const char *name, int64_t value,
		 int64_t of, const struct series *s)
{
	struct arena *a = f->call->arena;
	struct value one = value_map_new(a), line = value_list_new(a);

	for (size_t i = 0; i < FIGURES_BUCKETS; i++)
		value_list_add(a, line, value_int(s->point[i]));
	view_int(a, one, "value", value);
	value_map_set(a, one, STR("of"), of < 0 ? NULL_VALUE : value_int(of));
	value_map_set(a, one, STR("delta"),
		      f->all_time ? NULL_VALUE : value_int(s->now - s->before));
	value_map_set(a, one, STR("sparkline"), line);
	value_map_set(a, map, str_from(name), one);
}

static void global_value(const struct figures *f, const struct kpis *k, struct value *out)
{
	struct arena *a = f->call->arena;

	*out = value_map_new(a);
	view_int(a, *out, "totalCompetitors", k->competitors);
	view_int(a, *out, "syncedCompetitors", k->registered);
	view_int(a, *out, "activeRecently", k->active);
	view_int(a, *out, "totalChallenges", k->challenges);
	view_int(a, *out, "monthlyCtfParticipants", k->of[SERIES_PARTICIPANTS].now);
	view_time(a, *out, "lastSyncedAt", k->last_sync_ms);
}

bool dashboard_kpis(const struct figures *f, struct value *out, struct value *global, struct err *e)
{
	struct kpis k = { 0 };

	if (!standing(f, &k, e) || !done(f, &k, e) || (global && !last_sync(f, &k, e)) ||
	    !joined(f, REGISTERED, "p.created_at", &k.of[SERIES_REGISTERED], e) ||
	    !joined(f, ENROLLED, "scope.joined_at", &k.of[SERIES_ENROLLED], e))
		return false;
	*out = value_map_new(f->call->arena);
	card(f, *out, "activeOnPlatform", k.active, k.registered, &k.of[SERIES_ACTIVE]);
	card(f, *out, "registeredCompetitors", k.registered, k.competitors,
	     &k.of[SERIES_REGISTERED]);
	card(f, *out, "teamEnrollment", k.enrolled, k.competitors, &k.of[SERIES_ENROLLED]);
	card(f, *out, "totalChallenges", k.challenges, -1, &k.of[SERIES_SOLVES]);
	card(f, *out, "monthlyParticipation", k.of[SERIES_PARTICIPANTS].now, k.registered,
	     &k.of[SERIES_PARTICIPANTS]);
	if (global)
		global_value(f, &k, global);
	return true;
}
