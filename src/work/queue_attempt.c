/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_attempt.c - what became of a job's attempts that were not its last.
 *
 * The last one stands in the job itself.  A row is written only when an attempt fails and the job
 * goes on, so that work which succeeds pays nothing for it.
 */
#include "work/queue_inner.h"

#include "store/sql.h"

bool attempt_keep(struct db *d, struct arena *a, const struct ending *x, struct err *e)
{
	struct value param[] = { value_int(x->v->fence.job),
				 value_str(x->crashed ? STR("crashed") : STR("retry")),
				 value_text_or_null(x->v->error) };
	struct str sql = str_printf(a,
				    "INSERT INTO lockstep_job_attempts (" ATTEMPT_NAMES
				    ") SELECT " ATTEMPT_VALUES("?2", "?3", "%s") " FROM "
										 "lockstep_jobs j "
										 "WHERE j.id = ?1",
				    sql_words(d)->now_ms);

	return db_exec(d, sql.at, param, COUNT(param), NULL, e);
}

bool attempt_keep_last(struct db *d, int64_t id, struct err *e)
{
	struct value param = value_int(id);

	return db_exec(d,
		       "INSERT INTO lockstep_job_attempts (" ATTEMPT_NAMES
		       ") SELECT " ATTEMPT_VALUES(
			       "CASE j.outcome WHEN 0 THEN 'succeeded' WHEN 1 THEN 'failed' ELSE "
			       "'cancelled' END",
			       "j.error", "j.finished_ms") " FROM lockstep_job_history j WHERE "
							   "j.id = ?1 AND j.session IS NOT NULL",
		       &param, 1, NULL, e);
}

bool attempt_forget(struct db *d, int64_t id, struct err *e)
{
	struct value param = value_int(id);

	return db_exec(d, "DELETE FROM lockstep_job_attempts WHERE job = ?1", &param, 1, NULL, e);
}

bool attempt_cleanup(struct db *d, struct err *e)
{
	return db_exec(d,
		       "DELETE FROM lockstep_job_attempts WHERE NOT EXISTS (SELECT 1 FROM "
		       "lockstep_jobs j WHERE j.id = job) AND NOT EXISTS (SELECT 1 FROM "
		       "lockstep_job_history h WHERE h.id = job)",
		       NULL, 0, NULL, e);
}

bool queue_attempts(struct db *d, struct arena *a, int64_t id, struct job_attempt **out, size_t *n,
		    struct err *e)
{
	struct value param = value_int(id);
	struct job_attempt *row;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT " ATTEMPT_NAMES " FROM lockstep_job_attempts WHERE job = ?1 "
		      "ORDER BY id DESC LIMIT 200",
		      &param, 1, &r, e))
		return false;
	row = arena_new_array(a, struct job_attempt, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		row[r.rows - 1 - i] =
			(struct job_attempt){ .attempt = value_whole(db_cell(&r, i, 1)),
					      .session = value_whole(db_cell(&r, i, 2)),
					      .worker = value_text(db_cell(&r, i, 3)),
					      .outcome = value_text(db_cell(&r, i, 4)),
					      .error = value_text(db_cell(&r, i, 5)),
					      .claimed_ms = value_whole(db_cell(&r, i, 6)),
					      .ended_ms = value_whole(db_cell(&r, i, 7)) };
	*out = row;
	*n = r.rows;
	return true;
}

bool queue_worker_name(struct db *d, struct arena *a, int64_t session, struct str *out,
		       struct err *e)
{
	struct value param = value_int(session);
	struct db_result r;

	*out = STR("");
	if (!db_query(d, a, "SELECT host || ':' || pid FROM lockstep_sessions WHERE id = ?1",
		      &param, 1, &r, e))
		return false;
	if (r.rows)
		*out = value_text(db_cell(&r, 0, 0));
	return true;
}
