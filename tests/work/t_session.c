/* SPDX-License-Identifier: Apache-2.0 */
/* t_session.c - workers die, and what becomes of their jobs and of what they still write. */
#include "jobs.h"
#include "tap.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void reap(struct db *d, int64_t *sessions, int64_t *jobs)
{
	*sessions = *jobs = -1;
	must(session_reap(d, sessions, jobs, &oops));
}

/* As after SESSION_DEAD_MS without a beat. */
static void silence(struct db *d)
{
	run_sql(d, "UPDATE lockstep_sessions SET beat_ms = beat_ms - 3600000");
}

static void test_life(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), sessions, jobs, id = add_job(f.db, "a");
	struct session_row *row = NULL;
	struct job j;
	size_t n = 0;
	struct err e;

	must(session_renew(f.db, s, 3, true, &oops));
	must(session_list(f.db, f.a, &row, &n, &oops));
	OK(n == 1 && row[0].id == s && row[0].busy == 3 && row[0].draining &&
		   row[0].pid == getpid() && str_eq(row[0].host, STR("here")) &&
		   row[0].beat_ms >= row[0].started_ms,
	   "a session shows what it said");
	reap(f.db, &sessions, &jobs);
	OK(sessions == 0 && jobs == 0, "who beats is not reaped");
	j = claim_job(&f, s);
	must(session_end(f.db, s, &oops));
	OK(job_state(f.db, id) == JOB_READY && job_int(f.db, id, "attempt") == 0 &&
		   job_int(f.db, id, "crashes") == 0,
	   "a session that ends gives back its jobs, and the attempt does not count");
	OK(!session_renew(f.db, s, 0, false, &e) && e.kind == ERR_FENCED, "it is over");
	OK(!finish_job(f.db, j.fence, VERDICT_DONE, 0), "and acknowledges nothing more");
	fixture_close(&f);
}

static void test_unknown_commit(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), given = 0, known, stray;
	struct fence fence;

	known = add_job(f.db, "a");
	stray = add_draft(f.db, (struct job_draft){ .task = STR("b"), .lane = STR("l") }).id;
	fence = claim_job(&f, s).fence;
	claim_job(&f, s);
	must(session_release_others(f.db, s, &known, 1, &given, &oops));
	OK(given == 1 && job_state(f.db, known) == JOB_RUNNING &&
		   job_state(f.db, stray) == JOB_READY && job_int(f.db, stray, "attempt") == 0,
	   "what a worker does not know to have claimed is given back");
	OK(claim_job(&f, s).fence.job == stray, "with its place in the lane");
	OK(finish_job(f.db, fence, VERDICT_DONE, 0) && finish_job(f.db, fence, VERDICT_DONE, 0),
	   "an end that is told twice is written once, and nobody is fenced");
	OK(!finish_job(f.db, fence, VERDICT_DEAD, 0) && job_outcome(f.db, known) == JOB_SUCCEEDED,
	   "another end is");
	fixture_close(&f);
}

static void test_reap(void)
{
	struct fixture f = queue_open(NULL);
	struct db *other = fixture_again(&f);
	int64_t s = begin_session(f.db), s2, sessions, jobs, id = add_job(f.db, "a");
	struct job old = claim_job(&f, s), *taken = NULL;
	struct err e;

	silence(f.db);
	s2 = begin_session(other);
	reap(other, &sessions, &jobs);
	OK(sessions == 1 && jobs == 1, "who is silent is reaped");
	OK(job_state(f.db, id) == JOB_READY && job_int(f.db, id, "attempt") == 1 &&
		   job_int(f.db, id, "crashes") == 1,
	   "its job is ready again, and the crash counts");
	OK(!fence_hold(f.db, &old.fence, &e) && e.kind == ERR_FENCED, "its fence holds no more");
	OK(claim_jobs(&f, other, s2, 1, &taken) == 1 && taken[0].fence.attempt == 2,
	   "another takes the job");
	OK(!finish_job(f.db, old.fence, VERDICT_DONE, 0) && job_outcome(f.db, id) == -1 &&
		   job_state(f.db, id) == JOB_RUNNING,
	   "the late acknowledgement is fenced and writes nothing");
	OK(!queue_progress(f.db, &old.fence, STR("{}"), &e) && e.kind == ERR_FENCED,
	   "so is its progress");
	OK(finish_job(other, taken[0].fence, VERDICT_DONE, 0) &&
		   job_outcome(f.db, id) == JOB_SUCCEEDED,
	   "the other's is not");
	db_close(other);
	fixture_close(&f);
}

static void test_poison(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d = { .task = STR("a"), .lane = STR("l") };
	int64_t id = add_draft(f.db, d).id, second = add_draft(f.db, d).id, sessions, jobs;

	for (int i = 0; i < JOB_CRASHES_MAX; i++) {
		int64_t s = begin_session(f.db);
		struct job j = claim_job(&f, s);

		OK(j.fence.job == id && j.crashes == i,
		   "a job that takes its worker down runs again");
		silence(f.db);
		reap(f.db, &sessions, &jobs);
	}
	OK(job_outcome(f.db, id) == JOB_FAILED, "but not for ever");
	OK(strncmp(job_text(&f, id, "error"), "poison", 6) == 0, "and the reason is told");
	OK(claim_job(&f, begin_session(f.db)).fence.job == second, "its lane is free");
	fixture_close(&f);
}

static void test_cancel(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), id = add_job(f.db, "a"), sessions, jobs;
	bool unwanted[2] = { false, false };
	struct fence fence[2];
	struct err e;

	must(queue_cancel(f.db, id, STR("not needed"), &oops));
	OK(job_outcome(f.db, id) == JOB_CANCELLED, "a job that waits is cancelled at once");
	IS(job_text(&f, id, "error"), "not needed", "and why is kept");
	OK(!queue_cancel(f.db, id, STR(""), &e) && e.kind == ERR_BUSY, "but only once");
	OK(!queue_cancel(f.db, 99, STR(""), &e) && e.kind == ERR_MISSING, "and only if it exists");
	must(queue_retry(f.db, id, &oops));
	add_job(f.db, "b");
	fence[0] = claim_job(&f, s).fence;
	fence[1] = claim_job(&f, s).fence;
	must(queue_cancel(f.db, id, STR(""), &oops));
	must(queue_unwanted(f.db, fence, 2, unwanted, &oops));
	OK(unwanted[0] && !unwanted[1], "a running one is asked to stop, no other");
	fence[1].attempt++;
	must(queue_unwanted(f.db, fence, 2, unwanted, &oops));
	OK(unwanted[1], "a claim that is not the job's is unwanted too");
	OK(!queue_delete(f.db, id, &e) && e.kind == ERR_BUSY, "what runs is not deleted");
	OK(!queue_retry(f.db, id, &e) && e.kind == ERR_BUSY, "nor retried");
	silence(f.db);
	reap(f.db, &sessions, &jobs);
	OK(job_outcome(f.db, id) == JOB_CANCELLED, "it does not run again when its worker dies");
	must(queue_delete(f.db, id, &oops));
	OK(!queue_delete(f.db, id, &e) && e.kind == ERR_MISSING, "and can be forgotten");
	fixture_close(&f);
}

static void test_mend(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d = { .task = STR("a"), .lane = STR("l") };
	int64_t s = begin_session(f.db), id[4], sessions, jobs;
	struct job *job = NULL;

	for (int i = 0; i < 4; i++)
		id[i] = add_draft(f.db, d).id;
	OK(claim_jobs(&f, f.db, s, 4, &job) == 1, "one of a lane runs");
	OK(finish_job(f.db, job[0].fence, VERDICT_DONE, 0), "and ends");
	must(queue_cancel(f.db, id[1], STR(""), &oops));
	OK(job_state(f.db, id[2]) == JOB_BLOCKED, "the next, whose turn it was, is cancelled");
	reap(f.db, &sessions, &jobs);
	OK(claim_job(&f, s).fence.job == id[2], "a look at the sessions lets another go");
	run_sql(f.db, "DELETE FROM lockstep_jobs WHERE state = 1");
	reap(f.db, &sessions, &jobs);
	OK(claim_job(&f, s).fence.job == id[3], "a place whose job is gone is nobody's");
	fixture_close(&f);
}

/* ---- the fence holds the taker off ---- */

static void test_hold(void)
{
	struct fixture f = queue_open(NULL);
	struct db *other;
	int64_t s = begin_session(f.db), sessions, jobs, id = add_job(f.db, "a");
	struct job j = claim_job(&f, s);
	struct err e;

	if (!on_postgres()) {
		must(db_begin(f.db, &oops));
		must(fence_hold(f.db, &j.fence, &oops));
		db_rollback(f.db);
		fixture_close(&f);
		return;
	}
	other = fixture_again(&f);
	silence(f.db);
	must(db_begin(f.db, &oops));
	must(fence_hold(f.db, &j.fence, &oops));
	run_sql(f.db, "UPDATE lockstep_queue_settings SET updated_ms = 7");
	reap(other, &sessions, &jobs);
	OK(jobs == 0 && job_state(other, id) == JOB_RUNNING, "who holds the fence keeps the job");
	OK(!session_renew(other, s, 0, false, &e) && e.kind == ERR_FENCED,
	   "though its session is given up");
	must(db_commit(f.db, &oops));
	reap(other, &sessions, &jobs);
	OK(sessions == 1 && jobs == 1 && job_state(other, id) == JOB_READY, "until it commits");
	must(db_begin(f.db, &oops));
	OK(!fence_hold(f.db, &j.fence, &e) && e.kind == ERR_FENCED, "then it writes no more");
	db_rollback(f.db);
	db_close(other);
	fixture_close(&f);
}

/* ---- deaths that show at once ---- */

static int die_running(struct fixture *f)
{
	int64_t s = begin_session(f->db);

	claim_job(f, s);
	raise(SIGKILL);
	return 0;
}

static void test_killed(void)
{
	struct fixture f = queue_open(NULL);
	int64_t sessions = 0, jobs = 0, id = add_job(f.db, "a");

	OK(fixture_wait(fixture_fork(&f, die_running)) == 128 + SIGKILL, "a worker is killed");
	/* The server may take a moment to see that the connection is gone; the process is dead. */
	reap(f.db, &sessions, &jobs);
	OK(sessions == 1 && jobs == 1 && job_state(f.db, id) == JOB_READY,
	   "which shows at once, without waiting for a beat");
	fixture_close(&f);
}

#define SESSION_LOCKS                                                    \
	"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND " \
	"classid = CAST(CAST('lockstep_sessions' AS regclass) AS oid)"

static void test_dropped(void)
{
	struct fixture f = queue_open(NULL);
	struct db *other = fixture_again(&f);
	int64_t s, sessions = 0, jobs = 0, id = add_job(f.db, "a");
	struct job *job = NULL;

	s = begin_session(other);
	OK(claim_jobs(&f, other, s, 1, &job) == 1, "a worker has a job");
	/* As if it were another machine's. */
	run_sql(f.db, "UPDATE lockstep_sessions SET holder = 'elsewhere/0:0:1:1'");
	reap(f.db, &sessions, &jobs);
	OK(sessions == 0, "as long as its connection lives, so does it");
	db_close(other);
	while (sql_int(f.db, SESSION_LOCKS) > 0)
		;
	reap(f.db, &sessions, &jobs);
	OK(sessions == 1 && jobs == 1 && job_state(f.db, id) == JOB_READY,
	   "when it drops, the jobs are given back");
	fixture_close(&f);
}

/* Behind a transaction pooler every statement may come from another connection. */
static void test_pooled(void)
{
	struct fixture f = queue_open(NULL);
	struct worker_info w = { .host = STR("elsewhere"), .version = STR("1"), .pooled = true };
	struct db *other = fixture_again(&f), *another = fixture_again(&f);
	int64_t s = 0, sessions, jobs;

	must(session_begin(other, &w, &s, &oops));
	run_sql(f.db, "UPDATE lockstep_sessions SET holder = 'elsewhere/0:0:1:1'");
	must(session_renew(another, s, 0, false, &oops));
	OK(sql_int(f.db, SESSION_LOCKS) == 0, "who has no connection of his own locks nothing");
	db_close(other);
	reap(f.db, &sessions, &jobs);
	OK(sessions == 0, "and is not dead when one of them drops");
	silence(f.db);
	reap(f.db, &sessions, &jobs);
	OK(sessions == 1, "but when he is silent");
	db_close(another);
	fixture_close(&f);
}

/* ---- leases that are taken for a job ---- */

static void test_lease(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), sessions, jobs;
	struct job one, two;
	struct lease l = { .name = STR("run:x"), .ttl_ms = LEASE_TTL_MS }, other = l;
	bool over = false;
	struct err e;

	add_job(f.db, "a");
	add_job(f.db, "a");
	one = claim_job(&f, s);
	l.fence = &one.fence;
	must(lease_take(f.db, f.a, &l, &over, &oops));
	OK(!lease_take(f.db, f.a, &other, &over, &e) && e.kind == ERR_BUSY,
	   "a lease of a job that runs is held");
	silence(f.db);
	reap(f.db, &sessions, &jobs);
	must(db_begin(f.db, &oops));
	OK(!lease_hold(f.db, &l, &e) && e.kind == ERR_FENCED, "with the job the lease is lost");
	db_rollback(f.db);
	OK(!lease_take(f.db, f.a, &l, &over, &e) && e.kind == ERR_FENCED,
	   "and is not taken again for it");
	two = claim_job(&f, begin_session(f.db));
	other.fence = &two.fence;
	must(lease_take(f.db, f.a, &other, &over, &oops));
	OK(over, "another job takes it over at once, in the same process");
	must(db_begin(f.db, &oops));
	must(lease_hold(f.db, &other, &oops));
	must(db_commit(f.db, &oops));
	OK(finish_job(f.db, two.fence, VERDICT_DONE, 0), "that job ends");
	l.fence = NULL;
	must(lease_take(f.db, f.a, &l, &over, &oops));
	OK(over, "what a finished job forgot to give back is free");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	test_life();
	test_unknown_commit();
	test_reap();
	test_poison();
	test_cancel();
	test_mend();
	test_hold();
	test_killed();
	test_lease();
	if (on_postgres()) {
		test_dropped();
		test_pooled();
	}
	return tap_done();
}
