/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_claim.c - jobs go out: claimed by a session, or ready because their time has come.
 *
 * A claim takes rows of the partial index on ready jobs in its order, skipping those that another
 * is taking just now.  What needs more than one statement is claimed in a transaction of its own:
 * a claimer keeps locks on rows that it then rejects, and must not wait for others meanwhile.
 */
#include "work/queue_inner.h"

#include "data/json.h"
#include "store/sql.h"

#include <stdlib.h>

/* While all that is claimed only waits for a lane, look at the next ones so many times. */
#define ROUNDS 8

struct claiming {
	struct db *db;
	struct arena *a;
	const struct claim *c;
	struct job *job;
	size_t n;
};

/* ---- the statement ---- */

void claim_filters(struct db *d, struct arena *a, const struct claim *c, int tasks, int onlys,
		   struct buf *out)
{
	bool postgres = d->ops->dialect == DB_POSTGRES;

	if (c->tasks)
		buf_printf(out,
			   postgres ? " AND task = ANY(CAST(?%d AS text[]))"
				    : " AND task IN (SELECT value FROM json_each(?%d))",
			   tasks);
	if (c->onlys)
		buf_printf(out, " AND id %.*s", STR_ARG(queue_is_in(d, a, onlys)));
	/* A session's number is text here: it hardly ever changes, the statement stays prepared. */
	buf_printf(out,
		   " AND (SELECT count(*) FROM lockstep_pauses WHERE scope IN ('worker:%lld'%s)) = "
		   "0",
		   (long long)c->session, c->force ? "" : ", '*'");
	if (c->force)
		return;
	/* Where nothing is paused, no row is compared with anything. */
	buf_add(out, postgres ? STR(" AND (NOT EXISTS (SELECT 1 FROM lockstep_pauses) OR NOT "
				    "(ARRAY['task:' || task, 'lane:' || lane] && "
				    "ARRAY(SELECT scope FROM lockstep_pauses)))")
			      : STR(" AND 'task:' || task NOT IN (SELECT scope FROM "
				    "lockstep_pauses) AND (lane IS NULL OR 'lane:' || lane NOT IN "
				    "(SELECT scope FROM lockstep_pauses))"));
}

static struct str claim_sql(struct claiming *x)
{
	bool postgres = x->db->ops->dialect == DB_POSTGRES;
	struct buf b;

	buf_in(&b, x->a, SQL_BYTES_MAX);
	buf_printf(&b,
		   "UPDATE lockstep_jobs SET " CLAIM_SET ", claimed_ms = %s WHERE id %s(SELECT id "
		   "FROM lockstep_jobs WHERE state = 0",
		   sql_words(x->db)->now_ms, postgres ? "= ANY(ARRAY" : "IN ");
	claim_filters(x->db, x->a, x->c, 3, x->c->tasks ? 4 : 3, &b);
	buf_printf(&b,
		   " ORDER BY priority, run_at_ms, id LIMIT CAST(?2 AS bigint)%s)%s "
		   "RETURNING " CLAIM_COLUMNS,
		   sql_words(x->db)->lock_row, postgres ? ")" : "");
	assert(!b.failed);
	return buf_str(&b);
}

/* As an element of an array's text, in which backslashes and quotes alone mean something. */
static void array_write_str(struct buf *b, struct str s)
{
	buf_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"' || s.at[i] == '\\')
			buf_char(b, '\\');
		buf_char(b, s.at[i]);
	}
	buf_char(b, '"');
}

struct value claim_tasks(const struct db *d, struct arena *a, const struct claim *c)
{
	bool postgres = d->ops->dialect == DB_POSTGRES;
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	buf_char(&b, postgres ? '{' : '[');
	for (size_t i = 0; i < c->tasks; i++) {
		if (i)
			buf_char(&b, ',');
		if (postgres)
			array_write_str(&b, c->task[i]);
		else
			json_write_str(&b, c->task[i]);
	}
	buf_char(&b, postgres ? '}' : ']');
	assert(!b.failed);
	return value_str(buf_str(&b));
}

/* PostgreSQL refuses parameters that the text does not name. */
static size_t claim_params(struct claiming *x, size_t want, struct value param[4])
{
	size_t n = 0;

	param[n++] = value_int(x->c->session);
	param[n++] = value_int((int64_t)want);
	if (x->c->tasks)
		param[n++] = claim_tasks(x->db, x->a, x->c);
	if (x->c->onlys)
		param[n++] = queue_numbers(x->a, x->c->only, x->c->onlys);
	return n;
}

/* ---- its rows ---- */

struct job claim_row(const struct db_result *r, size_t i, int64_t session)
{
	return (struct job){
		.fence = { db_cell(r, i, 0).i, session, db_cell(r, i, 1).i },
		.task = value_text(db_cell(r, i, 2)),
		.args = value_text(db_cell(r, i, 3)),
		.key = value_text(db_cell(r, i, 4)),
		.lane = value_text(db_cell(r, i, 5)),
		.trigger = value_text(db_cell(r, i, 6)),
		.actor = value_text(db_cell(r, i, 7)),
		.attempts_max = (int)db_cell(r, i, 8).i,
		.crashes = (int)db_cell(r, i, 9).i,
		.priority = (int)db_cell(r, i, 10).i,
		.run_at_ms = db_cell(r, i, 11).i,
		.added_ms = db_cell(r, i, 12).i,
		.claimed_ms = db_cell(r, i, 13).i,
	};
}

static int by_turn(const void *left, const void *right)
{
	const struct job *a = left, *b = right;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->run_at_ms != b->run_at_ms)
		return a->run_at_ms < b->run_at_ms ? -1 : 1;
	return a->fence.job < b->fence.job ? -1 : 1;
}

void claim_sort(struct job *job, size_t n)
{
	qsort(job, n, sizeof(*job), by_turn);
}

/* ---- lanes ---- */

struct laned {
	struct job job;
	int64_t lane_max;
};

static int by_lane(const void *left, const void *right)
{
	const struct laned *a = left, *b = right;
	int order = str_cmp(a->job.lane, b->job.lane);

	return order ? order : by_turn(&a->job, &b->job);
}

static bool block(struct claiming *x, const int64_t *id, size_t n, struct err *e)
{
	struct str in = queue_is_in(x->db, x->a, 1);
	struct str sql = str_printf(x->a,
				    "UPDATE lockstep_jobs SET state = 3, attempt = attempt - 1, "
				    "session = NULL, claimed_ms = NULL WHERE id %.*s",
				    STR_ARG(in));
	struct value param = queue_numbers(x->a, id, n);

	return n == 0 || db_exec(x->db, sql.at, &param, 1, NULL, e);
}

/* Those that get a slot are claimed, the others wait for one. */
static bool enter_lanes(struct claiming *x, struct laned *l, size_t n, struct err *e)
{
	int64_t *waits = arena_new_array(x->a, int64_t, n + 1);
	struct str closed = STR("");
	size_t blocked = 0;

	qsort(l, n, sizeof(*l), by_lane);
	for (size_t i = 0; i < n; i++) {
		bool full = str_eq(closed, l[i].job.lane);

		if (!full && !lane_take(x->db, &l[i].job, l[i].lane_max, &full, e))
			return false;
		if (full) {
			closed = l[i].job.lane;
			waits[blocked++] = l[i].job.fence.job;
		} else {
			x->job[x->n++] = l[i].job;
		}
	}
	return block(x, waits, blocked, e);
}

static bool claim_round(struct claiming *x, size_t *seen, struct err *e)
{
	struct laned *laned;
	struct value param[4];
	size_t params = claim_params(x, x->c->max - x->n, param), n = 0;
	struct db_result r;

	if (!db_query(x->db, x->a, claim_sql(x).at, param, params, &r, e))
		return false;
	*seen = r.rows;
	laned = arena_new_array(x->a, struct laned, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		struct job j = claim_row(&r, i, x->c->session);

		if (j.lane.len)
			laned[n++] = (struct laned){ j, db_cell(&r, i, 14).i };
		else
			x->job[x->n++] = j;
	}
	return n == 0 || enter_lanes(x, laned, n, e);
}

static bool claim(void *arg, struct err *e)
{
	struct claiming *x = arg;
	size_t seen = 1;

	for (int i = 0; i < ROUNDS && seen > 0 && x->n < x->c->max; i++) {
		size_t want = x->c->max - x->n;

		if (!claim_round(x, &seen, e))
			return false;
		seen = seen < want ? 0 : seen;
	}
	return true;
}

bool queue_claim(struct db *d, struct arena *a, const struct claim *c, struct job **out, size_t *n,
		 struct err *e)
{
	struct claiming x = { .db = d, .a = a, .c = c };

	x.job = arena_new_array(a, struct job, c->max + 1);
	if (c->max > 0 && !queue_transact(d, claim, &x, e))
		return false;
	claim_sort(x.job, x.n);
	*out = x.job;
	*n = x.n;
	return true;
}

/* ---- time has come ---- */

struct promoting {
	struct db *db;
	struct arena *a;
	size_t max;
	int64_t moved, next_ms;
};

static bool promote(void *arg, struct err *e)
{
	struct promoting *x = arg;
	bool postgres = x->db->ops->dialect == DB_POSTGRES;
	const struct sql_words *w = sql_words(x->db);
	struct value max = value_int((int64_t)x->max);
	struct str move = str_printf(
		x->a,
		"UPDATE lockstep_jobs SET state = 0 WHERE id %s(SELECT id FROM lockstep_jobs "
		"WHERE state = 2 AND run_at_ms <= %s ORDER BY run_at_ms LIMIT CAST(?1 AS bigint)"
		"%s)%s",
		postgres ? "= ANY(ARRAY" : "IN ", w->now_ms, w->lock_row, postgres ? ")" : "");
	struct str next = str_printf(x->a,
				     "SELECT run_at_ms - %s FROM lockstep_jobs WHERE state = 2 "
				     "ORDER BY run_at_ms LIMIT 1",
				     w->now_ms);
	struct db_result r;

	if (!db_exec(x->db, move.at, &max, 1, &x->moved, e) ||
	    (x->moved > 0 && !queue_wake(x->db, e)) ||
	    !db_query(x->db, x->a, next.at, NULL, 0, &r, e))
		return false;
	x->next_ms = r.rows ? db_cell(&r, 0, 0).i : -1;
	if (r.rows && x->next_ms < 0)
		x->next_ms = 0;
	return true;
}

bool queue_promote(struct db *d, size_t max, int64_t *moved, int64_t *next_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("promote", SQL_BYTES_MAX);
	struct promoting x = { .db = d, .a = a, .max = max };

	if (!queue_transact(d, promote, &x, e))
		return false;
	*moved = x.moved;
	*next_ms = x.next_ms;
	return true;
}
