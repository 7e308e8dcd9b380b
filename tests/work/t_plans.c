/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_plans.c - how PostgreSQL goes about what a dispatcher does, in every state a queue may be in.
 *
 * Between the queue and the database stands one that asks for the plan of every statement before
 * it is run, in the same transaction and with the same parameters.
 */
#include "jobs.h"
#include "tap.h"

#include <stdlib.h>

struct witness {
	struct db db;
	struct db *real;
	struct buf seen; /* the plans since the last look */
};

static struct witness *witness_of(struct db *d)
{
	return CONTAINER(d, struct witness, db);
}

static bool witness_begin(struct db *d, struct err *e)
{
	return db_begin(witness_of(d)->real, e);
}

static bool witness_begin_indexed(struct db *d, struct err *e)
{
	return db_begin_indexed(witness_of(d)->real, e);
}

static bool witness_commit(struct db *d, struct err *e)
{
	return db_commit(witness_of(d)->real, e);
}

static void witness_rollback(struct db *d)
{
	db_rollback(witness_of(d)->real);
}

static bool witness_in_transaction(struct db *d)
{
	return db_in_transaction(witness_of(d)->real);
}

/* Also the plan that a connection keeps, made for any parameters. */
static void see_generic(struct witness *w, struct arena *a, struct str sql, size_t params)
{
	struct str keep = str_printf(a, "PREPARE witness AS %.*s", STR_ARG(sql));
	struct db_result r;
	struct buf b;

	buf_in(&b, a, 1 << 16);
	buf_add(&b, STR("EXPLAIN EXECUTE witness"));
	for (size_t i = 0; i < params; i++)
		buf_printf(&b, "%s NULL", i ? "," : "(");
	buf_add(&b, params ? STR(")") : STR(""));
	must(db_exec(w->real, keep.at, NULL, 0, NULL, &oops));
	must(db_query(w->real, a, b.at, NULL, 0, &r, &oops));
	must(db_exec(w->real, "DEALLOCATE witness", NULL, 0, NULL, &oops));
	for (size_t i = 0; i < r.rows; i++)
		buf_printf(&w->seen, "%.*s\n", STR_ARG(db_cell(&r, i, 0).s));
}

static bool witness_run(struct db *d, struct arena *a, struct str sql, const struct value *param,
			size_t params, struct db_result *out, int64_t *changed, struct err *e)
{
	struct witness *w = witness_of(d);
	AUTO_ARENA *own = arena_new("plan", (size_t)1 << 26);
	struct str explain = str_printf(own, "EXPLAIN %.*s", STR_ARG(sql));
	struct db_result r;

	must(w->real->ops->run(w->real, own, explain, param, params, &r, NULL, &oops));
	for (size_t i = 0; i < r.rows; i++)
		buf_printf(&w->seen, "%.*s\n", STR_ARG(db_cell(&r, i, 0).s));
	if (d->indexed)
		see_generic(w, own, sql, params);
	return w->real->ops->run(w->real, a, sql, param, params, out, changed, e);
}

static const struct db_ops witness_ops = {
	.dialect = DB_POSTGRES,
	.name = "witness",
	.begin = witness_begin,
	.commit = witness_commit,
	.rollback = witness_rollback,
	.run = witness_run,
	.in_transaction = witness_in_transaction,
	.begin_indexed = witness_begin_indexed,
};

static bool is_in(const struct witness *w, const char *text)
{
	return str_find(buf_str(&w->seen), str_from(text)) >= 0;
}

/* What was seen since the last look is by this index and reads no table of jobs to its end.  A hash
 * join is fine where its rows are found by their ids. */
static void check(struct witness *w, const char *state, const char *what, const char *index)
{
	bool good = is_in(w, index) && !is_in(w, "Seq Scan on lockstep_jobs") &&
		    (!is_in(w, "Hash Join") || is_in(w, "Index Cond: (id = ANY")) &&
		    !is_in(w, "Nested Loop") && !is_in(w, "Hash Semi Join") &&
		    !is_in(w, "Hash Anti Join") && !is_in(w, "Merge Join") &&
		    !is_in(w, "Bitmap Heap Scan on lockstep_jobs") && !w->seen.failed;

	OK(good, "%s: %s is by %s alone", state, what, index);
	if (!good)
		printf("# %s\n", w->seen.at);
	buf_reset(&w->seen);
}

static void round_of(struct fixture *f, struct witness *w, const char *state, int64_t s, size_t max)
{
	struct str task[] = { STR("a"), STR("new") };
	struct claim c = { .session = s, .max = max, .task = task, .tasks = 2 };
	struct verdict v[100];
	bool fenced[100];
	struct job *job = NULL;
	int64_t moved, next;
	size_t n = 0;

	must(queue_claim(&w->db, f->a, &c, &job, &n, &oops));
	check(w, state, "the claim", "lockstep_jobs_ready");
	OK(n > 0 && n <= 100, "%s: it claims %zu", state, n);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct verdict){ .fence = job[i].fence,
					 .kind = i % 2 ? VERDICT_RETRY : VERDICT_DONE,
					 .wait_ms = 3600000 };
	must(queue_finish(&w->db, v, n, fenced, &oops));
	check(w, state, "the acknowledgement", "lockstep_jobs_pkey");
	must(queue_promote(&w->db, max, &moved, &next, &oops));
	check(w, state, "the promotion", "lockstep_jobs_later");
}

/* The same by trades, on a connection that prepares. */
static void trade_of(struct fixture *f, const char *state, size_t max)
{
	struct db_options o = { .prepare = true, .indexed = true };
	struct str task[] = { STR("a"), STR("new") };
	struct claim c = { .max = max, .task = task, .tasks = 2, .hasty = true };
	struct witness w = { .db = { .ops = &witness_ops, .indexed = true } };
	struct verdict v[32];
	struct trade got;

	must(db_open(f->url, &o, &w.real, &oops));
	buf_init(&w.seen, (size_t)1 << 20);
	c.session = begin_session(w.real);
	must(queue_trade(&w.db, f->a, NULL, 0, &c, &got, &oops));
	OK(got.jobs == max, "%s: a trade gives %zu", state, got.jobs);
	for (size_t i = 0; i < got.jobs; i++)
		v[i] = (struct verdict){ .fence = got.job[i].fence, .kind = VERDICT_DONE };
	buf_reset(&w.seen);
	must(queue_trade(&w.db, f->a, v, got.jobs, &c, &got, &oops));
	OK(got.ended && is_in(&w, "lockstep_jobs_pkey"), "%s: and takes as many", state);
	check(&w, state, "the trade", "lockstep_jobs_ready");
	buf_done(&w.seen);
	db_close(w.real);
}

/* Brings the table into a state, tells the planner of it, then a few jobs come. */
static void test_state(const char *state, const char *sql)
{
	struct fixture f = queue_open(NULL);
	struct witness w = { .db = { .ops = &witness_ops }, .real = f.db };
	int64_t s = begin_session(f.db);

	buf_init(&w.seen, (size_t)1 << 20);
	run_sql(f.db, sql);
	run_sql(f.db, "ANALYZE lockstep_jobs;\nANALYZE lockstep_job_history");
	run_sql(f.db, "INSERT INTO lockstep_jobs (task) SELECT 'new' FROM generate_series(1, 300)");
	run_sql(f.db, "INSERT INTO lockstep_pauses (scope, reason, actor, since_ms) VALUES "
		      "('task:b', '', '', 0), ('lane:x', '', '', 0)");
	round_of(&f, &w, state, s, 1);
	trade_of(&f, state, 1);
	trade_of(&f, state, 32);
	round_of(&f, &w, state, s, 100);
	buf_done(&w.seen);
	fixture_close(&f);
}

/* Lanes have statements of their own. */
static void test_lanes(void)
{
	struct fixture f = queue_open(NULL);
	struct witness w = { .db = { .ops = &witness_ops }, .real = f.db };
	int64_t s = begin_session(f.db);
	struct claim c = { .session = s, .max = 1 };
	struct verdict v = { .kind = VERDICT_DONE };
	struct job *job = NULL;
	bool fenced = true;
	size_t n = 0;

	buf_init(&w.seen, (size_t)1 << 20);
	run_sql(f.db, "INSERT INTO lockstep_jobs (task, lane, state) SELECT 'a', 'l', 3 FROM "
		      "generate_series(1, 20000)");
	run_sql(f.db, "ANALYZE lockstep_jobs");
	run_sql(f.db, "INSERT INTO lockstep_jobs (task, lane) VALUES ('a', 'l'), ('a', 'l')");
	must(queue_claim(&w.db, f.a, &c, &job, &n, &oops));
	OK(n == 1, "a job of a lane is claimed");
	buf_reset(&w.seen);
	v.fence = job[0].fence;
	must(queue_finish(&w.db, &v, 1, &fenced, &oops));
	OK(!fenced, "and acknowledged");
	check(&w, "20000 of a lane wait", "the next one's turn", "lockstep_jobs_blocked");
	buf_done(&w.seen);
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	test_state("analyzed while empty", "SELECT 1");
	test_state("analyzed after all were done",
		   "INSERT INTO lockstep_jobs (task) SELECT 'a' FROM generate_series(1, 20000);\n"
		   "DELETE FROM lockstep_jobs");
	test_state("20000 ready",
		   "INSERT INTO lockstep_jobs (task, priority) SELECT 'a', i % 5 FROM "
		   "generate_series(1, 20000) AS i");
	test_state("20000 running", "INSERT INTO lockstep_jobs (task, state, session, attempt) "
				    "SELECT 'a', 1, 7, 1 FROM generate_series(1, 20000)");
	test_state("20000 blocked", "INSERT INTO lockstep_jobs (task, state, lane) SELECT 'a', 3, "
				    "'l' || i % 9 FROM generate_series(1, 20000) AS i");
	test_state("20000 later",
		   "INSERT INTO lockstep_jobs (task, state, run_at_ms) SELECT 'a', 2, "
		   "i FROM generate_series(1, 20000) AS i");
	test_state(
		"20000 in history",
		"INSERT INTO lockstep_job_history (id, outcome, priority, one, attempt, "
		"attempts_max, crashes, lane_max, run_at_ms, added_ms, finished_ms, task, origin, "
		"actor, args) SELECT 1000000 + i, 0, 0, false, 1, 5, 0, 1, 0, 0, i, 'a', 'sql', "
		"'', '{}' FROM generate_series(1, 20000) AS i");
	test_lanes();
	return tap_done();
}
