/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_lane.c - at most so many jobs of one lane at once, as the database sees to it.
 *
 * A running job of a lane holds a row (lane, slot) of lockstep_lanes, whose key lets nobody else
 * have it.  Who finds all slots taken holds their rows locked until its job is known to wait: a
 * slot is given back either before that, and then taken, or after it, and then the job is woken.
 *
 * Always: lanes are locked in the order of their names.
 */
#include "work/queue_inner.h"

#include "store/sql.h"

#define TRIES 100
#define MEND_MAX 100

static bool slot_insert(struct db *d, const struct value *param, size_t params, bool *taken,
			struct err *e)
{
	int64_t changed = 0;

	if (!db_exec(d,
		     "INSERT INTO lockstep_lanes (lane, slot, job) "
		     "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < "
		     "CAST(?2 AS integer)) SELECT ?1, min(s.n), CAST(?3 AS bigint) FROM s "
		     "WHERE NOT EXISTS (SELECT 1 FROM lockstep_lanes l WHERE l.lane = ?1 "
		     "AND l.slot = s.n) HAVING min(s.n) IS NOT NULL ON CONFLICT DO NOTHING",
		     param, params, &changed, e))
		return false;
	*taken = changed == 1;
	return true;
}

bool lane_take(struct db *d, const struct job *j, int64_t lane_max, bool *full, struct err *e)
{
	AUTO_ARENA *a = arena_new("lane", 1 << 20);
	struct value param[] = { value_str(j->lane), value_int(lane_max), value_int(j->fence.job) };
	struct db_result r;
	bool taken;

	for (int i = 0; i < TRIES; i++) {
		if (!slot_insert(d, param, COUNT(param), &taken, e))
			return false;
		*full = false;
		if (taken)
			return true;
		if (!db_query(d, a,
			      d->ops->dialect == DB_POSTGRES
				      ? "SELECT slot FROM lockstep_lanes WHERE lane = ?1 AND "
					"slot <= ?2 ORDER BY slot FOR KEY SHARE"
				      : "SELECT slot FROM lockstep_lanes WHERE lane = ?1 AND "
					"slot <= ?2",
			      param, 2, &r, e))
			return false;
		*full = (int64_t)r.rows >= lane_max;
		if (*full)
			return true;
	}
	return err_set(e, ERR_TRANSIENT, "the lane '%.*s' changes too fast", STR_ARG(j->lane));
}

/* The first that waits in the lane is ready. */
static bool lane_next(struct db *d, struct arena *a, struct str lane, int64_t *moved, struct err *e)
{
	struct value param = value_str(lane);
	struct str sql = str_printf(a,
				    "UPDATE lockstep_jobs SET state = 0 WHERE id = (SELECT id "
				    "FROM lockstep_jobs WHERE state = 3 AND lane = ?1 ORDER BY "
				    "lane, priority, run_at_ms, id LIMIT 1%s)",
				    sql_words(d)->lock_row);

	return db_exec(d, sql.at, &param, 1, moved, e);
}

static bool wake_lanes(struct db *d, struct arena *a, const struct db_result *lane, struct err *e)
{
	int64_t moved = 0, all = 0;

	for (size_t i = 0; i < lane->rows; i++) {
		if (!lane_next(d, a, db_cell(lane, i, 0).s, &moved, e))
			return false;
		all += moved;
	}
	return all == 0 || queue_wake(d, e);
}

bool lane_free(struct db *d, struct arena *a, const int64_t *id, size_t n, struct err *e)
{
	struct value param = queue_numbers(a, id, n);
	struct str in = queue_is_in(d, a, 1);
	struct str list = str_printf(
		a, "SELECT lane FROM lockstep_lanes WHERE job %.*s ORDER BY lane, slot%s",
		STR_ARG(in), d->ops->dialect == DB_POSTGRES ? " FOR UPDATE" : "");
	struct str remove = str_printf(a, "DELETE FROM lockstep_lanes WHERE job %.*s", STR_ARG(in));
	struct db_result r;

	if (n == 0)
		return true;
	return db_query(d, a, list.at, &param, 1, &r, e) &&
	       (r.rows == 0 ||
		(db_exec(d, remove.at, &param, 1, NULL, e) && wake_lanes(d, a, &r, e)));
}

bool lane_mend(struct db *d, struct arena *a, struct err *e)
{
	/* The lanes in which jobs wait, each found by one step in the index. */
	static const char idle[] =
		"WITH RECURSIVE w(lane) AS (SELECT min(lane) FROM lockstep_jobs WHERE state = 3 "
		"UNION ALL SELECT (SELECT min(j.lane) FROM lockstep_jobs j WHERE j.state = 3 "
		"AND j.lane > w.lane) FROM w WHERE w.lane IS NOT NULL) "
		"SELECT w.lane FROM w WHERE w.lane IS NOT NULL AND (SELECT count(*) FROM "
		"lockstep_lanes l WHERE l.lane = w.lane) < (SELECT max(lane_max) FROM (SELECT "
		"lane_max FROM lockstep_jobs j WHERE j.state = 3 AND j.lane = w.lane "
		"ORDER BY j.lane, j.priority, j.run_at_ms, j.id LIMIT 1) m) LIMIT ?1";
	struct value limit = value_int(MEND_MAX);
	struct db_result r;

	return db_exec(d,
		       "DELETE FROM lockstep_lanes WHERE NOT EXISTS (SELECT 1 FROM lockstep_jobs j "
		       "WHERE j.id = lockstep_lanes.job AND j.state = 1)",
		       NULL, 0, NULL, e) &&
	       db_query(d, a, idle, &limit, 1, &r, e) && wake_lanes(d, a, &r, e);
}
