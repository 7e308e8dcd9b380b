/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_finish.c - attempts end: in history, or waiting for another.
 *
 *     RUNNING --done, dead, cancelled, no attempt left--> history
 *        '----retry, snooze, released, worker lost------> LATER or READY
 *
 * Always: only the row of (session, attempt) is touched, so that the acknowledgement of a worker
 * that was overtaken writes nothing.  A job that somebody asked to cancel does not wait again.  One
 * that would wait beside a newer job of its key ends instead: the other stands for it.
 *
 * On PostgreSQL whole batches end by two statements; what these leave (jobs with a key that are to
 * wait again), and everything in SQLite, where a statement costs little, ends one by one.
 */
#include "work/queue_inner.h"

#include "data/json.h"
#include "store/sql.h"

bool verdict_waits(enum verdict_kind k)
{
	return k == VERDICT_RETRY || k == VERDICT_SNOOZE || k == VERDICT_RELEASED;
}

enum job_outcome verdict_outcome(enum verdict_kind k)
{
	if (k == VERDICT_DONE)
		return JOB_SUCCEEDED;
	return k == VERDICT_CANCELLED ? JOB_CANCELLED : JOB_FAILED;
}

/* ---- one ---- */

struct held {
	int64_t attempts_max, crashes;
	bool unique_waiting, cancel_asked;
	struct str key;
};

static bool read_held(struct db *d, struct arena *a, struct ending *x, struct held *h,
		      struct err *e)
{
	const struct fence *f = &x->v->fence;
	struct value param[] = { value_int(f->job), value_int(f->session), value_int(f->attempt) };
	struct str sql = str_printf(a,
				    "SELECT attempts_max, crashes, CAST(one AS integer), "
				    "CAST(cancel_asked AS integer), job_key, lane FROM "
				    "lockstep_jobs WHERE id = ?1 AND session = ?2 AND attempt = ?3 "
				    "AND state = 1%s",
				    sql_words(d)->wait_row);
	struct db_result r;

	if (!db_query(d, a, sql.at, param, COUNT(param), &r, e))
		return false;
	x->fenced = r.rows == 0;
	if (x->fenced)
		return true;
	h->attempts_max = db_cell(&r, 0, 0).i;
	h->crashes = db_cell(&r, 0, 1).i;
	h->cancel_asked = db_cell(&r, 0, 3).i != 0;
	h->unique_waiting = db_cell(&r, 0, 4).kind == VALUE_STR && db_cell(&r, 0, 2).i == 0;
	h->key = h->unique_waiting ? db_cell(&r, 0, 4).s : STR("");
	x->laned = db_cell(&r, 0, 5).kind == VALUE_STR;
	return true;
}

static bool end(struct db *d, struct arena *a, int64_t id, enum job_outcome outcome,
		struct str output, struct str error, struct err *e)
{
	struct value param[] = { value_int(id), value_int(outcome), value_text_or_null(output),
				 value_text_or_null(error) };
	struct str sql =
		str_printf(a,
			   "INSERT INTO lockstep_job_history (" HISTORY_NAMES
			   ") SELECT " HISTORY_VALUES("CAST(?2 AS integer)", "%s", "?3",
						      "?4") " FROM "
							    "lockstep_jobs j WHERE j.id = ?1",
			   sql_words(d)->now_ms);

	return db_exec(d, sql.at, param, COUNT(param), NULL, e) &&
	       db_exec(d, "DELETE FROM lockstep_jobs WHERE id = ?1", param, 1, NULL, e);
}

static bool wait_again(struct db *d, struct arena *a, struct ending *x, struct err *e)
{
	const struct verdict *v = x->v;
	bool counts = v->kind == VERDICT_RETRY;
	int64_t wait_ms = v->kind == VERDICT_RELEASED || v->wait_ms < 0 ? 0 : v->wait_ms;
	struct value param[] = { value_int(v->fence.job), value_int(wait_ms), value_int(!counts),
				 value_int(x->crashed), value_text_or_null(v->error) };
	struct str sql = str_printf(
		a,
		"UPDATE lockstep_jobs SET state = CASE WHEN CAST(?2 AS bigint) > 0 THEN 2 ELSE 0 "
		"END, run_at_ms = CASE WHEN CAST(?2 AS bigint) > 0 THEN CAST(?2 AS bigint) + %s "
		"ELSE run_at_ms END, attempt = attempt - CAST(?3 AS integer), crashes = crashes + "
		"CAST(?4 AS integer), session = NULL, claimed_ms = NULL, error = coalesce(?5, "
		"error) WHERE id = ?1",
		sql_words(d)->now_ms);

	return (!(counts || x->crashed) || attempt_keep(d, a, x, e)) &&
	       db_exec(d, sql.at, param, COUNT(param), NULL, e) &&
	       (wait_ms > 0 || queue_wake(d, e));
}

/* The newer job of its key that waits already, 0 when there is none. */
static bool find_twin(struct db *d, struct arena *a, const struct held *h, int64_t id,
		      int64_t *twin, struct err *e)
{
	struct value param[] = { value_str(h->key), value_int(id) };
	struct db_result r;

	*twin = 0;
	if (!h->unique_waiting)
		return true;
	if (!db_query(d, a,
		      "SELECT id FROM lockstep_jobs WHERE job_key = ?1 AND (one OR state <> 1) "
		      "AND id <> ?2",
		      param, COUNT(param), &r, e))
		return false;
	*twin = r.rows ? db_cell(&r, 0, 0).i : 0;
	return true;
}

static bool again_or_end(struct db *d, struct arena *a, struct ending *x, const struct held *h,
			 struct err *e)
{
	int64_t id = x->v->fence.job, twin;

	if (h->cancel_asked)
		return end(d, a, id, JOB_CANCELLED, STR(""), x->v->error, e);
	if (x->crashed && h->crashes + 1 >= JOB_CRASHES_MAX)
		return end(d, a, id, JOB_FAILED, STR(""),
			   str_printf(a, "poison: its worker died %lld times while it ran",
				      (long long)h->crashes + 1),
			   e);
	if (!x->crashed && x->v->kind == VERDICT_RETRY && x->v->fence.attempt >= h->attempts_max)
		return end(d, a, id, JOB_FAILED, x->v->output, x->v->error, e);
	if (!find_twin(d, a, h, id, &twin, e))
		return false;
	if (twin)
		return end(d, a, id, JOB_SUCCEEDED,
			   str_printf(a, "{\"coalesced_into\":%lld}", (long long)twin), x->v->error,
			   e);
	return wait_again(d, a, x, e);
}

/* Whether the same end was written before: then this is a repetition, and nobody was fenced. */
static bool find_end(struct db *d, struct ending *x, struct err *e)
{
	const struct fence *f = &x->v->fence;
	struct value param[] = { value_int(f->job), value_int(f->session), value_int(f->attempt),
				 value_int(verdict_outcome(x->v->kind)) };
	bool ended = false;

	if (!verdict_waits(x->v->kind) &&
	    !db_any(d,
		    "SELECT 1 FROM lockstep_job_history WHERE id = ?1 AND session = ?2 AND "
		    "attempt = ?3 AND outcome = ?4",
		    param, COUNT(param), &ended, e))
		return false;
	x->fenced = !ended;
	return true;
}

bool finish_one(struct db *d, struct arena *a, struct ending *x, struct err *e)
{
	struct held h = { 0 };

	if (!read_held(d, a, x, &h, e))
		return false;
	if (x->fenced)
		return find_end(d, x, e);
	if (verdict_waits(x->v->kind))
		return again_or_end(d, a, x, &h, e);
	return end(d, a, x->v->fence.job, verdict_outcome(x->v->kind), x->v->output, x->v->error,
		   e);
}

/* ---- many ---- */

struct finishing {
	struct db *db;
	struct arena *a;
	const struct verdict *v;
	size_t n;
	bool *ended, *fenced;
	int64_t *laned; /* jobs that may hold slots */
	size_t laneds;
};

static void write_text(struct buf *b, const char *name, struct str s)
{
	if (!s.len)
		return;
	buf_printf(b, ",\"%s\":", name);
	json_write_str(b, s);
}

/* The verdicts as rows of one JSON array: what both statements join with. */
static bool write_verdicts(struct finishing *x, struct value *out, struct err *e)
{
	struct buf b;

	buf_in(&b, x->a, QUEUE_BYTES_MAX / 8);
	for (size_t i = 0; i < x->n; i++) {
		const struct verdict *v = &x->v[i];
		int outcome = verdict_waits(v->kind) ? -1 : (int)verdict_outcome(v->kind);

		buf_printf(&b, "%s{\"i\":%zu,\"id\":%lld,\"s\":%lld,\"a\":%lld,\"o\":%d,",
			   i ? "," : "[", i, (long long)v->fence.job, (long long)v->fence.session,
			   (long long)v->fence.attempt, outcome);
		buf_printf(&b, "\"r\":%d,\"w\":%lld", v->kind == VERDICT_RETRY,
			   v->kind == VERDICT_RELEASED || v->wait_ms < 0 ? 0LL
									 : (long long)v->wait_ms);
		write_text(&b, "t", v->output);
		write_text(&b, "e", v->error);
		buf_char(&b, '}');
	}
	buf_char(&b, ']');
	*out = value_str(buf_str(&b));
	return !b.failed || err_set(e, ERR_LIMIT, "too many verdicts at once");
}

#define VERDICTS                                                                          \
	"WITH v AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST(?1 AS jsonb)) AS " \
	"v(i integer, id bigint, s bigint, a integer, o integer, r integer, w bigint, "   \
	"t text, e text)), "
/* By the array the rows are found, whatever the planner thinks of the join. */
#define OURS                                                                           \
	"j.id = ANY(ARRAY(SELECT id FROM v)) AND j.id = v.id AND j.session = v.s AND " \
	"j.attempt = v.a AND j.state = 1"

#define POSTGRES_NOW "(SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint))"

static const char end_sql[] = VERDICTS
	"gone AS (DELETE FROM lockstep_jobs j USING v WHERE " OURS " AND (v.o >= 0 OR "
	"j.cancel_asked OR (v.r = 1 AND j.attempt >= j.attempts_max)) RETURNING j.*, v.i, "
	"CASE WHEN v.o >= 0 THEN v.o WHEN j.cancel_asked THEN 2 ELSE 1 END AS o, v.t, v.e), "
	"kept AS (INSERT INTO lockstep_job_history (" HISTORY_NAMES
	") SELECT " HISTORY_VALUES("j.o", POSTGRES_NOW, "j.t",
				   "j.e") " FROM gone j) SELECT i, lane IS NOT NULL FROM gone";

static const char again_sql[] = VERDICTS
	"back AS (UPDATE lockstep_jobs j SET state = CASE WHEN v.w > 0 THEN 2 ELSE 0 END, "
	"run_at_ms = CASE WHEN v.w > 0 THEN v.w + " POSTGRES_NOW " ELSE j.run_at_ms END, "
	"attempt = j.attempt - 1 + v.r, session = NULL, claimed_ms = NULL, "
	"error = coalesce(v.e, j.error) FROM v WHERE " OURS " AND v.o < 0 AND (j.one OR "
	"j.job_key IS NULL) RETURNING v.i, j.lane), "
	/* As they were before the update: all parts see the same moment. */
	"tried AS (INSERT INTO lockstep_job_attempts (" ATTEMPT_NAMES ") SELECT " ATTEMPT_VALUES(
		"'retry'", "v.e",
		POSTGRES_NOW) " FROM lockstep_jobs j, v "
			      "WHERE " OURS
			      " AND v.o < 0 AND v.r = 1 AND (j.one OR j.job_key IS NULL)) "
			      "SELECT i, lane IS NOT NULL FROM back";

static bool end_some(struct finishing *x, const char *sql, const struct value *verdicts, size_t *n,
		     struct err *e)
{
	struct db_result r;

	if (!db_query(x->db, x->a, sql, verdicts, 1, &r, e))
		return false;
	for (size_t k = 0; k < r.rows; k++) {
		size_t i = (size_t)db_cell(&r, k, 0).i;

		assert(i < x->n);
		x->ended[i] = true;
		if (db_cell(&r, k, 1).b)
			x->laned[x->laneds++] = x->v[i].fence.job;
	}
	*n = r.rows;
	return true;
}

/*
 * Planned when the table was empty, a nested loop would compare each job with each verdict (n * n):
 * they are joined by hash.
 */
static bool plan_hash(struct db *d, struct err *e)
{
	return db_exec(d,
		       "SELECT set_config('enable_hashjoin', 'on', true), "
		       "set_config('enable_nestloop', 'off', true)",
		       NULL, 0, NULL, e);
}

static bool any_at_once(const struct finishing *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (verdict_waits(x->v[i].kind) &&
		    (x->v[i].kind == VERDICT_RELEASED || x->v[i].wait_ms <= 0))
			return true;
	return false;
}

static bool end_many(struct finishing *x, struct err *e)
{
	struct value verdicts;
	size_t ended = 0, back = 0;

	if (x->db->ops->dialect != DB_POSTGRES)
		return true;
	if (!plan_hash(x->db, e) || !write_verdicts(x, &verdicts, e) ||
	    !end_some(x, end_sql, &verdicts, &ended, e))
		return false;
	return ended == x->n || (end_some(x, again_sql, &verdicts, &back, e) &&
				 (back == 0 || !any_at_once(x) || queue_wake(x->db, e)));
}

static bool finish(void *arg, struct err *e)
{
	struct finishing *x = arg;

	x->laneds = 0;
	memset(x->ended, 0, x->n * sizeof(*x->ended));
	if (!end_many(x, e))
		return false;
	for (size_t i = 0; i < x->n; i++) {
		struct ending one = { .v = &x->v[i] };

		if (!x->ended[i] && !finish_one(x->db, x->a, &one, e))
			return false;
		x->fenced[i] = one.fenced;
		if (one.laned)
			x->laned[x->laneds++] = x->v[i].fence.job;
	}
	return lane_free(x->db, x->a, x->laned, x->laneds, e);
}

bool queue_finish(struct db *d, const struct verdict *v, size_t n, bool *fenced, struct err *e)
{
	AUTO_ARENA *a = arena_new("finish", QUEUE_BYTES_MAX);
	struct finishing x = { .db = d, .a = a, .v = v, .n = n };

	x.ended = arena_new_array(a, bool, n + 1);
	x.fenced = arena_new_array(a, bool, n + 1);
	x.laned = arena_new_array(a, int64_t, n + 1);
	if (n == 0)
		return true;
	if (!queue_persist(d, finish, &x, e))
		return false;
	memcpy(fenced, x.fenced, n * sizeof(*fenced));
	return true;
}
