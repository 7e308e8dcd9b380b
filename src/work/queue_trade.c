/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_trade.c - finished jobs go, others come, by one statement that is its own transaction.
 *
 * A worker that takes one job after another would pay two commits and seven round trips for each;
 * so it pays one of each.  Whatever needs more (lanes, jobs that are to wait again, attempts that
 * were overtaken) is left to queue_finish() and queue_claim().
 *
 * Always: nothing is claimed unless every verdict was written, so that no job begins on a worker
 * whose last one is not known to have ended; and no ready job is locked before that, so that who
 * waits here for a row keeps nobody else waiting.
 */
#include "work/queue_inner.h"

#include "data/json.h"
#include "store/sql.h"

/* Each row that ends looks its verdict up in arrays: many are joined better. */
#define VERDICTS_MAX ((size_t)32)

struct trading {
	struct db *db;
	struct arena *a;
	const struct verdict *v;
	size_t n;
	const struct claim *c;
};

/* ---- the statement ---- */

#define IDS "CAST(?3 AS bigint[])"
#define NOW "(SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint))"

/* No join, whose way the planner would choose by what it thinks of the tables. */
#define END                                                                                    \
	"WITH gone AS (DELETE FROM lockstep_jobs j WHERE j.id = ANY(" IDS ") AND j.session = " \
	"CAST(?1 AS bigint) AND j.state = 1 AND j.lane IS NULL AND j.attempt = (CAST(?4 AS "   \
	"integer[]))[array_position(" IDS ", j.id)] RETURNING j.*, array_position(" IDS ", "   \
	"j.id) AS i), kept AS (INSERT INTO lockstep_job_history (" HISTORY_NAMES               \
	") SELECT " HISTORY_VALUES("(CAST(?5 AS smallint[]))[j.i]", NOW,                       \
				   "CAST(?6 AS jsonb) ->> j.i - 1",                            \
				   "CAST(?7 AS jsonb) ->> j.i "                                \
				   "- 1") " FROM gone j)"

/*
 * Of many workers at the head of the queue each would try the lock of every row that the others are
 * just taking, and look twice at those that were taken since the statement began: half of what the
 * server does.  xmax is whoever touched the row last; one of the last few transactions is mostly at
 * it still.
 */
#define TOUCHES_MAX 63

static const char pick_sql[] =
	END ", pick AS (SELECT id, lane FROM lockstep_jobs WHERE state = 0 AND (xmax = 0 OR "
	    "age(xmax) NOT BETWEEN 0 AND CAST(?8 AS integer)) AND (SELECT count(*) FROM gone) = "
	    "cardinality(" IDS ")";

/* One row says what was done, the others are the jobs. */
static const char take_sql[] =
	" ORDER BY priority, run_at_ms, id LIMIT CAST(?2 AS bigint) FOR UPDATE SKIP LOCKED), took "
	"AS (UPDATE lockstep_jobs SET " CLAIM_SET ", claimed_ms = " NOW " WHERE id = ANY(ARRAY("
	"SELECT id FROM pick WHERE lane IS NULL)) RETURNING " CLAIM_COLUMNS ") "
	"SELECT NULL, CAST((SELECT count(*) FROM gone) AS integer), NULL, NULL, NULL, NULL, NULL, "
	"NULL, NULL, NULL, NULL, NULL, NULL, NULL, CAST((SELECT count(*) FROM pick WHERE lane IS "
	"NOT NULL) AS integer) UNION ALL SELECT " CLAIM_COLUMNS " FROM took";

static struct str trade_sql(struct trading *x)
{
	struct buf b;

	buf_in(&b, x->a, SQL_BYTES_MAX);
	buf_add(&b, str_from(pick_sql));
	claim_filters(x->db, x->a, x->c, 9, 0, &b);
	buf_add(&b, str_from(take_sql));
	assert(!b.failed);
	return buf_str(&b);
}

/* ---- its parameters ---- */

static int64_t id_of(const struct verdict *v)
{
	return v->fence.job;
}

static int64_t attempt_of(const struct verdict *v)
{
	return v->fence.attempt;
}

static int64_t outcome_of(const struct verdict *v)
{
	return verdict_outcome(v->kind);
}

static struct str output_of(const struct verdict *v)
{
	return v->output;
}

static struct str error_of(const struct verdict *v)
{
	return v->error;
}

static struct value numbers(struct trading *x, int64_t (*of)(const struct verdict *v))
{
	struct buf b;

	buf_in(&b, x->a, SQL_BYTES_MAX);
	buf_char(&b, '{');
	for (size_t i = 0; i < x->n; i++)
		buf_printf(&b, "%s%lld", i ? "," : "", (long long)of(&x->v[i]));
	buf_char(&b, '}');
	assert(!b.failed);
	return value_str(buf_str(&b));
}

static struct value texts(struct trading *x, struct str (*of)(const struct verdict *v))
{
	bool any = false;
	struct buf b;

	buf_in(&b, x->a, QUEUE_BYTES_MAX / 8);
	buf_char(&b, '[');
	for (size_t i = 0; i < x->n; i++) {
		struct str s = of(&x->v[i]);

		if (i)
			buf_char(&b, ',');
		if (s.len)
			json_write_str(&b, s);
		else
			buf_add(&b, STR("null"));
		any |= s.len > 0;
	}
	buf_char(&b, ']');
	assert(!b.failed);
	return any ? value_str(buf_str(&b)) : NULL_VALUE;
}

static bool ask(struct trading *x, struct db_result *r, struct err *e)
{
	struct value param[9] = {
		value_int(x->c->session), value_int((int64_t)x->c->max),
		numbers(x, id_of),        numbers(x, attempt_of),
		numbers(x, outcome_of),   texts(x, output_of),
		texts(x, error_of),       value_int(x->c->hasty ? TOUCHES_MAX : -1),
	};
	size_t params = COUNT(param);

	/* PostgreSQL refuses parameters that the text does not name. */
	if (x->c->tasks)
		param[params - 1] = claim_tasks(x->db, x->a, x->c);
	else
		params--;
	return db_query(x->db, x->a, trade_sql(x).at, param, params, r, e);
}

/* ---- its answer ---- */

static bool is_possible(const struct trading *x)
{
	if (x->db->ops->dialect != DB_POSTGRES || !x->db->indexed || x->n > VERDICTS_MAX ||
	    x->c->onlys || x->c->force)
		return false;
	for (size_t i = 0; i < x->n; i++)
		if (verdict_waits(x->v[i].kind) || x->v[i].fence.session != x->c->session)
			return false;
	return true;
}

bool queue_trade(struct db *d, struct arena *a, const struct verdict *v, size_t n,
		 const struct claim *c, struct trade *out, struct err *e)
{
	struct trading x = { .db = d, .a = a, .v = v, .n = n, .c = c };
	struct db_result r;

	*out = (struct trade){ 0 };
	if (!is_possible(&x))
		return true;
	if (!ask(&x, &r, e))
		return false;
	out->job = arena_new_array(a, struct job, r.rows);
	for (size_t i = 0; i < r.rows; i++) {
		if (db_cell(&r, i, 0).kind != VALUE_NULL) {
			out->job[out->jobs++] = claim_row(&r, i, c->session);
			continue;
		}
		out->ended = (size_t)db_cell(&r, i, 1).i == n;
		out->lanes = db_cell(&r, i, 14).i > 0;
	}
	claim_sort(out->job, out->jobs);
	return true;
}
