/* SPDX-License-Identifier: Apache-2.0 */
/* t_trade.c - ends and claims in one statement: the same as two, or nothing is claimed. */
#include "jobs.h"
#include "tap.h"

#include <pthread.h>

/* A dispatcher: its connection, its session, and what the last trade gave it. */
struct desk {
	struct fixture f;
	struct db *db;
	int64_t session;
	struct trade got;
};

static struct db *open_prepared(const struct fixture *f)
{
	struct db_options o = { .prepare = true, .indexed = true };
	struct db *d = NULL;

	must(db_open(f->url, &o, &d, &oops));
	return d;
}

static struct desk desk_open(void)
{
	struct desk k = { .f = queue_open(NULL) };

	k.db = open_prepared(&k.f);
	k.session = begin_session(k.db);
	return k;
}

static void desk_close(struct desk *k)
{
	db_close(k->db);
	fixture_close(&k->f);
}

/* Whether all was ended; k->got says what came. */
static bool trade(struct desk *k, const struct verdict *v, size_t n, size_t max)
{
	struct claim c = { .session = k->session, .max = max };

	must(queue_trade(k->db, k->f.a, v, n, &c, &k->got, &oops));
	return k->got.ended;
}

/* The id of the only job that came. */
static int64_t came(const struct desk *k)
{
	return k->got.jobs == 1 ? k->got.job[0].fence.job : -1;
}

static struct verdict verdict_of(const struct desk *k, size_t i, enum verdict_kind kind)
{
	return (struct verdict){ .fence = k->got.job[i].fence, .kind = kind };
}

static void test_turns(void)
{
	struct desk k = desk_open();
	int64_t low, high, mid;
	struct verdict v;

	low = add_draft(k.f.db, (struct job_draft){ .task = STR("a"), .priority = 5 }).id;
	mid = add_job(k.f.db, "a");
	high = add_draft(k.f.db, (struct job_draft){ .task = STR("a"), .priority = -5 }).id;
	OK(trade(&k, NULL, 0, 1) && came(&k) == high, "the first in order comes");
	OK(job_state(k.f.db, high) == JOB_RUNNING && job_int(k.f.db, high, "attempt") == 1 &&
		   job_int(k.f.db, high, "session") == k.session &&
		   job_int(k.f.db, high, "claimed_ms") >= job_int(k.f.db, high, "added_ms"),
	   "and runs under its claim");
	v = verdict_of(&k, 0, VERDICT_DONE);
	OK(trade(&k, &v, 1, 1) && came(&k) == mid, "for it, when it is done, the next one");
	OK(job_outcome(k.f.db, high) == JOB_SUCCEEDED &&
		   job_int(k.f.db, high, "finished_ms") >= job_int(k.f.db, high, "claimed_ms"),
	   "and history has it");
	v = verdict_of(&k, 0, VERDICT_DEAD);
	v.error = STR("no \"way\"");
	OK(trade(&k, &v, 1, 0) && k.got.jobs == 0 && job_outcome(k.f.db, mid) == JOB_FAILED,
	   "without room nothing comes");
	IS(job_text(&k.f, mid, "error"), "no \"way\"", "a failure says why");
	OK(trade(&k, NULL, 0, 9) && came(&k) == low, "with room for more than there is, what is");
	desk_close(&k);
}

static void test_many(void)
{
	struct desk k = desk_open();
	struct verdict v[32];
	bool right = true;

	run_sql(k.f.db, "INSERT INTO lockstep_jobs (task, priority) SELECT 'a', 9 - i / 10 FROM "
			"generate_series(1, 70) AS i");
	OK(trade(&k, NULL, 0, 32) && k.got.jobs == 32, "many come at once");
	for (size_t i = 1; i < k.got.jobs; i++)
		right &= k.got.job[i - 1].priority <= k.got.job[i].priority;
	OK(right, "in order");
	for (size_t i = 0; i < COUNT(v); i++) {
		v[i] = verdict_of(&k, i, i % 3 == 1 ? VERDICT_CANCELLED : VERDICT_DONE);
		if (i % 2)
			v[i].output = str_printf(k.f.a, "{\"id\":%lld}", (long long)v[i].fence.job);
	}
	OK(trade(&k, v, COUNT(v), 32) && k.got.jobs == 32, "and go at once, for as many others");
	for (size_t i = 0; i < COUNT(v); i++) {
		int64_t id = v[i].fence.job;

		right &= job_outcome(k.f.db, id) == (i % 3 == 1 ? JOB_CANCELLED : JOB_SUCCEEDED);
		right &= str_eq(str_from(job_text(&k.f, id, "output")), v[i].output);
	}
	OK(right, "each with its own outcome and output");
	desk_close(&k);
}

/* What it refuses is left as it was, and nothing comes for it. */
static void refuses(struct desk *k, const struct verdict *v, size_t n, const char *what)
{
	OK(!trade(k, v, n, 1) && k->got.jobs == 0 &&
		   job_state(k->f.db, v[n - 1].fence.job) == JOB_RUNNING,
	   "%s", what);
}

static void test_refusals(void)
{
	struct desk k = desk_open();
	struct verdict v[2], wrong;
	bool fenced[2] = { true, true };
	struct job *job = NULL;

	for (int i = 0; i < 4; i++)
		add_job(k.f.db, "a");
	OK(trade(&k, NULL, 0, 2) && k.got.jobs == 2, "two jobs run");
	v[0] = verdict_of(&k, 0, VERDICT_DONE);
	v[1] = verdict_of(&k, 1, VERDICT_DONE);
	wrong = v[0];
	wrong.fence.attempt++;
	refuses(&k, &wrong, 1, "another attempt is not ended");
	wrong = v[0];
	wrong.fence.session++;
	refuses(&k, &wrong, 1, "nor is one of another session");
	for (int i = VERDICT_RETRY; i <= VERDICT_RELEASED; i++) {
		wrong = v[0];
		wrong.kind = (enum verdict_kind)i;
		if (i != VERDICT_DEAD && i != VERDICT_CANCELLED)
			refuses(&k, &wrong, 1, "nor one that is to wait again");
	}
	v[1].fence.attempt++;
	refuses(&k, v, 2, "one of two that was overtaken keeps others from coming");
	must(queue_finish(k.db, v, 2, fenced, &oops));
	OK(!fenced[0] && fenced[1] && job_outcome(k.f.db, v[0].fence.job) == JOB_SUCCEEDED,
	   "asked about both, the longer way knows which");
	OK(claim_jobs(&k.f, k.f.db, k.session, 9, &job) == 2, "the others still wait");
	desk_close(&k);
}

static void test_lanes(void)
{
	struct desk k = desk_open();
	struct job_draft laned = { .task = STR("a"), .lane = STR("l"), .priority = -1 };
	int64_t first = add_draft(k.f.db, laned).id, other = add_job(k.f.db, "a");
	struct verdict v;
	struct job j;

	OK(trade(&k, NULL, 0, 1) && k.got.jobs == 0 && k.got.lanes,
	   "a job of a lane is left to a claim, and nobody goes before it");
	OK(job_state(k.f.db, first) == JOB_READY && job_int(k.f.db, first, "attempt") == 0,
	   "untouched");
	OK(trade(&k, NULL, 0, 2) && came(&k) == other && k.got.lanes, "beside it others come");
	j = claim_job(&k.f, k.session);
	OK(j.fence.job == first, "the claim takes it");
	v = (struct verdict){ .fence = j.fence, .kind = VERDICT_DONE };
	refuses(&k, &v, 1, "and it is not ended here, for it has a slot to give back");
	desk_close(&k);
}

static void test_pauses(void)
{
	struct desk k = desk_open();
	struct str task = STR("b");
	struct claim c = { .session = k.session, .max = 9, .task = &task, .tasks = 1 };
	int64_t b;

	add_job(k.f.db, "a");
	b = add_job(k.f.db, "b");
	run_sql(k.f.db, "INSERT INTO lockstep_pauses (scope, reason, actor, since_ms) VALUES "
			"('task:a', '', '', 0)");
	OK(trade(&k, NULL, 0, 1) && came(&k) == b, "a paused task's job stays");
	must(queue_trade(k.db, k.f.a, NULL, 0, &c, &k.got, &oops));
	OK(k.got.ended && k.got.jobs == 0, "so do those of other tasks than asked for");
	add_job(k.f.db, "b");
	run_sql(k.f.db, "INSERT INTO lockstep_pauses (scope, reason, actor, since_ms) VALUES "
			"('*', '', '', 0)");
	OK(trade(&k, NULL, 0, 9) && k.got.jobs == 0, "and all when everything is paused");
	c.force = true;
	must(queue_trade(k.db, k.f.a, NULL, 0, &c, &k.got, &oops));
	OK(!k.got.ended && k.got.jobs == 0, "a forced claim is not for here");
	desk_close(&k);
}

static void test_haste(void)
{
	struct desk k = desk_open();
	int64_t first = add_job(k.f.db, "a"), second = add_job(k.f.db, "a");
	struct claim c = { .session = k.session, .max = 1, .hasty = true };

	must(db_begin(k.f.db, &oops));
	OK(sql_int(k.f.db, "SELECT min(id) FROM (SELECT id FROM lockstep_jobs ORDER BY id LIMIT 1 "
			   "FOR UPDATE) j") == first,
	   "somebody touches a job");
	db_rollback(k.f.db);
	must(queue_trade(k.db, k.f.a, NULL, 0, &c, &k.got, &oops));
	OK(k.got.ended && came(&k) == second, "a hasty claim passes it over for now");
	must(queue_trade(k.db, k.f.a, NULL, 0, &c, &k.got, &oops));
	OK(k.got.ended && k.got.jobs == 0, "even when there is no other");
	OK(trade(&k, NULL, 0, 1) && came(&k) == first, "one that is not takes it");
	add_job(k.f.db, "a");
	run_sql(k.f.db, "SELECT id FROM lockstep_jobs WHERE state = 0 FOR UPDATE");
	for (int i = 0; i < 64; i++)
		run_sql(k.f.db, "SELECT pg_current_xact_id()");
	must(queue_trade(k.db, k.f.a, NULL, 0, &c, &k.got, &oops));
	OK(k.got.jobs == 1, "64 transactions later it is forgotten");
	desk_close(&k);
}

/* Four at once, one job after another, until nothing is left. */
static void *trade_all(void *arg)
{
	struct desk *k = arg;
	bool ended = trade(k, NULL, 0, 1);
	struct verdict v;

	while (ended && k->got.jobs) {
		v = verdict_of(k, 0, VERDICT_DONE);
		ended = trade(k, &v, 1, 1);
	}
	return NULL;
}

static void test_together(void)
{
	struct fixture f = queue_open(NULL);
	struct desk k[4];
	pthread_t thread[COUNT(k)];

	run_sql(f.db, "INSERT INTO lockstep_jobs (task) SELECT 'a' FROM generate_series(1, 400)");
	for (size_t i = 0; i < COUNT(k); i++) {
		k[i].f = (struct fixture){ .a = arena_new("desk", (size_t)1 << 28) };
		k[i].db = open_prepared(&f);
		k[i].session = begin_session(k[i].db);
		OK(pthread_create(&thread[i], NULL, trade_all, &k[i]) == 0, "desk %zu", i);
	}
	for (size_t i = 0; i < COUNT(k); i++) {
		pthread_join(thread[i], NULL);
		db_close(k[i].db);
		arena_free(k[i].f.a);
	}
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_job_history WHERE attempt = 1") == 400 &&
		   sql_int(f.db, "SELECT count(*) FROM lockstep_jobs") == 0,
	   "of four that trade together each job is one's");
	fixture_close(&f);
}

static void test_elsewhere(void)
{
	struct fixture f = queue_open(NULL);
	struct desk k = { .f = f, .db = f.db, .session = begin_session(f.db) };

	add_job(f.db, "a");
	OK(!trade(&k, NULL, 0, 1) && k.got.jobs == 0,
	   "a connection that was not asked to prepare has no trade");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	test_elsewhere();
	if (!on_postgres())
		return tap_done();
	test_turns();
	test_many();
	test_refusals();
	test_lanes();
	test_pauses();
	test_haste();
	test_together();
	return tap_done();
}
