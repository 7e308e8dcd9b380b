/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_admin.c - what a person does to one job.
 *
 * Always: the job's row is locked while its state is looked at, so that no worker begins or ends it
 * meanwhile.
 */
#include "work/queue_inner.h"

#include "store/sql.h"

#define COMMON_COLUMNS                                                                          \
	"id, priority, one, attempts_max, lane_max, run_at_ms, added_ms, task, job_key, lane, " \
	"origin, actor, args, error"

struct change {
	struct db *db;
	struct arena *a;
	int64_t id, run_at_ms;
	struct str why;
	bool open; /* not finished */
	enum job_state state;
	struct str key;
	bool one;
};

static bool find(struct change *x, struct err *e)
{
	struct value param = value_int(x->id);
	struct str open = str_printf(
		x->a,
		"SELECT state, job_key, CAST(one AS integer) FROM lockstep_jobs WHERE id = ?1%s",
		sql_words(x->db)->wait_row);
	struct db_result r;

	if (!db_query(x->db, x->a, open.at, &param, 1, &r, e))
		return false;
	x->open = r.rows == 1;
	if (x->open)
		x->state = (enum job_state)db_cell(&r, 0, 0).i;
	else if (!db_query(x->db, x->a,
			   "SELECT outcome, job_key, CAST(one AS integer) FROM "
			   "lockstep_job_history WHERE id = ?1",
			   &param, 1, &r, e))
		return false;
	if (!r.rows)
		return err_set(e, ERR_MISSING, "there is no job %lld", (long long)x->id);
	x->key = value_text(db_cell(&r, 0, 1));
	x->one = db_cell(&r, 0, 2).i != 0;
	return true;
}

static bool waits(const struct change *x, const char *to, struct err *e)
{
	if (x->open && x->state != JOB_RUNNING)
		return true;
	return err_set(e, ERR_BUSY, "job %lld is %s and cannot be %s", (long long)x->id,
		       x->open ? "running" : "finished", to);
}

static bool run(struct change *x, const char *sql, struct err *e)
{
	struct value param = value_int(x->id);

	return db_exec(x->db, sql, &param, 1, NULL, e);
}

/* ---- cancel ---- */

static bool to_history(struct change *x, struct err *e)
{
	struct value param[] = { value_int(x->id), value_text_or_null(x->why) };
	struct str sql = str_printf(
		x->a,
		"INSERT INTO lockstep_job_history (" COMMON_COLUMNS ", outcome, attempt, crashes, "
		"session, claimed_ms, finished_ms) SELECT id, priority, one, attempts_max, "
		"lane_max, run_at_ms, added_ms, task, job_key, lane, origin, actor, args, "
		"coalesce(?2, error), 2, attempt, crashes, session, claimed_ms, %s FROM "
		"lockstep_jobs WHERE id = ?1",
		sql_words(x->db)->now_ms);

	return db_exec(x->db, sql.at, param, COUNT(param), NULL, e) &&
	       run(x, "DELETE FROM lockstep_jobs WHERE id = ?1", e) && queue_wake(x->db, e);
}

static bool cancel(void *arg, struct err *e)
{
	struct change *x = arg;
	struct value param[] = { value_int(x->id), value_text_or_null(x->why) };

	if (!find(x, e))
		return false;
	if (!x->open)
		return waits(x, "cancelled", e);
	if (x->state != JOB_RUNNING)
		return to_history(x, e);
	return db_exec(x->db,
		       "UPDATE lockstep_jobs SET cancel_asked = true, error = coalesce(?2, error) "
		       "WHERE id = ?1",
		       param, COUNT(param), NULL, e) &&
	       queue_wake(x->db, e);
}

bool queue_cancel(struct db *d, int64_t id, struct str why, struct err *e)
{
	AUTO_ARENA *a = arena_new("cancel", 4 * JOB_ARGS_BYTES_MAX);
	struct change x = { .db = d, .a = a, .id = id, .why = why };

	return queue_join(d, cancel, &x, e);
}

/* ---- retry ---- */

/* Of one key only one may wait; the words are for a person. */
static bool twin_check(struct change *x, struct err *e)
{
	struct value param = value_str(x->key);
	struct db_result r;

	if (!x->key.len)
		return true;
	if (!db_query(x->db, x->a,
		      "SELECT id FROM lockstep_jobs WHERE job_key = ?1 AND (one OR state <> 1)",
		      &param, 1, &r, e))
		return false;
	return r.rows == 0 ||
	       err_set(e, ERR_BUSY, "job %lld of the same key stands for job %lld already",
		       (long long)db_cell(&r, 0, 0).i, (long long)x->id);
}

static bool redrive(struct change *x, struct err *e)
{
	struct str sql = str_printf(x->a,
				    "INSERT INTO lockstep_jobs (state, attempt, " COMMON_COLUMNS
				    ") SELECT 0, 0, id, priority, one, attempts_max, lane_max, %s, "
				    "added_ms, task, job_key, lane, origin, actor, args, error "
				    "FROM lockstep_job_history WHERE id = ?1",
				    sql_words(x->db)->now_ms);

	return twin_check(x, e) && attempt_keep_last(x->db, x->id, e) && run(x, sql.at, e) &&
	       run(x, "DELETE FROM lockstep_job_history WHERE id = ?1", e) && queue_wake(x->db, e);
}

static bool retry(void *arg, struct err *e)
{
	struct change *x = arg;
	struct str sql = str_printf(x->a,
				    "UPDATE lockstep_jobs SET state = CASE WHEN state = 3 THEN 3 "
				    "ELSE 0 END, run_at_ms = CASE WHEN state = 2 THEN %s ELSE "
				    "run_at_ms END WHERE id = ?1",
				    sql_words(x->db)->now_ms);

	if (!find(x, e))
		return false;
	if (!x->open)
		return redrive(x, e);
	return waits(x, "retried", e) && run(x, sql.at, e) && queue_wake(x->db, e);
}

bool queue_retry(struct db *d, int64_t id, struct err *e)
{
	AUTO_ARENA *a = arena_new("retry", 4 * JOB_ARGS_BYTES_MAX);
	struct change x = { .db = d, .a = a, .id = id };

	return queue_join(d, retry, &x, e);
}

/* ---- delete, snooze ---- */

static bool delete (void *arg, struct err *e)
{
	struct change *x = arg;

	if (!find(x, e) || (x->open && !waits(x, "deleted", e)))
		return false;
	return attempt_forget(x->db, x->id, e) && queue_wake(x->db, e) &&
	       run(x,
		   x->open ? "DELETE FROM lockstep_jobs WHERE id = ?1"
			   : "DELETE FROM lockstep_job_history WHERE id = ?1",
		   e);
}

bool queue_delete(struct db *d, int64_t id, struct err *e)
{
	AUTO_ARENA *a = arena_new("delete", 4 * JOB_ARGS_BYTES_MAX);
	struct change x = { .db = d, .a = a, .id = id };

	return queue_join(d, delete, &x, e);
}

static bool snooze(void *arg, struct err *e)
{
	struct change *x = arg;
	struct value param[] = { value_int(x->id), value_int(x->run_at_ms) };
	struct str sql =
		str_printf(x->a,
			   "UPDATE lockstep_jobs SET run_at_ms = CAST(?2 AS bigint), state "
			   "= CASE WHEN CAST(?2 AS bigint) > %s THEN 2 ELSE 0 END WHERE "
			   "id = ?1",
			   sql_words(x->db)->now_ms);

	return find(x, e) && waits(x, "put off", e) &&
	       db_exec(x->db, sql.at, param, COUNT(param), NULL, e) && queue_wake(x->db, e);
}

bool queue_snooze(struct db *d, int64_t id, int64_t run_at_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("snooze", 4 * JOB_ARGS_BYTES_MAX);
	struct change x = { .db = d, .a = a, .id = id, .run_at_ms = run_at_ms };

	return queue_join(d, snooze, &x, e);
}
