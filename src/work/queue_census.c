/* SPDX-License-Identifier: Apache-2.0 */
/* queue_census.c - how many jobs there are, by state, by lane and by the minute they ended in. */
#include "work/queue_inner.h"

#include "store/sql.h"

static struct job_count *counts_of(struct arena *a, const struct db_result *r)
{
	struct job_count *count = arena_new_array(a, struct job_count, r->rows + 1);

	for (size_t i = 0; i < r->rows; i++)
		count[i] = (struct job_count){ .status = db_cell(r, i, 0).s,
					       .task = db_cell(r, i, 1).s,
					       .n = db_cell(r, i, 2).i };
	return count;
}

/* By the columns, not by the word: as the index has them, so that nothing is sorted. */
#define FINISHED_COUNTS                                                                           \
	"SELECT CASE outcome WHEN 0 THEN 'succeeded' WHEN 1 THEN 'failed' ELSE 'cancelled' END, " \
	"task, count(*) FROM lockstep_job_history GROUP BY task, outcome ORDER BY 2, 1"

bool queue_counts(struct db *d, struct arena *a, struct job_count **out, size_t *n, struct err *e)
{
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT CASE WHEN state = 1 THEN 'running' ELSE 'pending' END AS status, "
		      "task, count(*) FROM lockstep_jobs GROUP BY 1, 2 UNION ALL " FINISHED_COUNTS,
		      NULL, 0, &r, e))
		return false;
	*out = counts_of(a, &r);
	*n = r.rows;
	return true;
}

bool queue_states(struct db *d, struct arena *a, struct job_count **out, size_t *n, struct err *e)
{
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT CASE state WHEN 0 THEN 'ready' WHEN 1 THEN 'running' WHEN 2 THEN "
		      "'later' ELSE 'blocked' END AS status, task, count(*) FROM lockstep_jobs "
		      "GROUP BY 1, 2 UNION ALL " FINISHED_COUNTS,
		      NULL, 0, &r, e))
		return false;
	*out = counts_of(a, &r);
	*n = r.rows;
	return true;
}

bool queue_lanes(struct db *d, struct arena *a, size_t max, struct lane_count **out, size_t *n,
		 struct err *e)
{
	struct value param = value_int((int64_t)max);
	struct lane_count *lane;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT lane, count(*), CAST(sum(CASE WHEN state = 1 THEN 1 ELSE 0 END) AS "
		      "bigint) FROM lockstep_jobs WHERE lane IS NOT NULL GROUP BY lane ORDER BY 2 "
		      "DESC, 1 LIMIT CAST(?1 AS bigint)",
		      &param, 1, &r, e))
		return false;
	lane = arena_new_array(a, struct lane_count, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		lane[i] = (struct lane_count){ .lane = db_cell(&r, i, 0).s,
					       .waiting = value_whole(db_cell(&r, i, 1)) -
							  value_whole(db_cell(&r, i, 2)),
					       .running = value_whole(db_cell(&r, i, 2)) };
	*out = lane;
	*n = r.rows;
	return true;
}

bool queue_minutes(struct db *d, struct arena *a, int64_t minutes, struct job_minute **out,
		   size_t *n, struct err *e)
{
	struct value param = value_int(minutes * 60000);
	struct str sql = str_printf(
		a,
		"SELECT (n.now - h.finished_ms) / 60000, "
		"CAST(sum(CASE WHEN outcome = 0 THEN 1 ELSE 0 END) AS bigint), "
		"CAST(sum(CASE WHEN outcome = 1 THEN 1 ELSE 0 END) AS bigint), "
		"CAST(sum(CASE WHEN outcome = 2 THEN 1 ELSE 0 END) AS bigint) FROM "
		"lockstep_job_history h, (SELECT %s AS now) n WHERE h.finished_ms > n.now - "
		"CAST(?1 AS bigint) GROUP BY 1 ORDER BY 1",
		sql_words(d)->now_ms);
	struct job_minute *minute;
	struct db_result r;

	if (!db_query(d, a, sql.at, &param, 1, &r, e))
		return false;
	minute = arena_new_array(a, struct job_minute, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		minute[i] = (struct job_minute){ .ago = value_whole(db_cell(&r, i, 0)),
						 .succeeded = value_whole(db_cell(&r, i, 1)),
						 .failed = value_whole(db_cell(&r, i, 2)),
						 .cancelled = value_whole(db_cell(&r, i, 3)) };
	*out = minute;
	*n = r.rows;
	return true;
}
