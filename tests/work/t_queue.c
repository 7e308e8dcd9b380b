/* SPDX-License-Identifier: Apache-2.0 */
/* t_queue.c - jobs come in, go out and end: the contract on both databases. */
#include "jobs.h"
#include "tap.h"
#include "work/queue_inner.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

static void test_plan(void)
{
	struct fixture f = queue_open(NULL);
	struct str *statement = NULL;
	size_t n = 1;

	must(queue_plan(f.db, f.a, &statement, &n, &oops));
	OK(n == 0, "tables that are there need no statement");
	fixture_close(&f);
}

static void test_order(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), first, late, urgent, early;
	struct job *job = NULL;

	first = add_draft(f.db, (struct job_draft){ .task = STR("a"), .run_at_ms = 2000 }).id;
	late = add_draft(f.db, (struct job_draft){ .task = STR("b"), .run_at_ms = 2000 }).id;
	urgent = add_draft(f.db, (struct job_draft){ .task = STR("c"), .priority = -5 }).id;
	early = add_draft(f.db, (struct job_draft){ .task = STR("d"), .run_at_ms = 1000 }).id;
	OK(claim_jobs(&f, f.db, s, 10, &job) == 4, "all four are claimed");
	OK(job[0].fence.job == urgent && job[1].fence.job == early && job[2].fence.job == first &&
		   job[3].fence.job == late,
	   "by priority, then by time, then as they came");
	OK(job[0].fence.attempt == 1 && job[0].fence.session == s,
	   "an attempt counts at its claim");
	OK(claim_jobs(&f, f.db, s, 10, &job) == 0, "and nothing twice");
	fixture_close(&f);
}

static void test_draft(void)
{
	struct fixture f = queue_open(NULL);
	struct job_ticket t = { 0 };
	struct err e;
	struct job_draft full = { .task = STR("sync"),
				  .args = STR("{\"q\":\"it's ?1\"}"),
				  .lane = STR("l"),
				  .trigger = STR("cli"),
				  .actor = STR("ann"),
				  .unique = JOB_ONE_WAITING,
				  .key = STR("k"),
				  .attempts_max = 7 };
	struct job j;

	add_draft(f.db, full);
	j = claim_job(&f, begin_session(f.db));
	OK(str_eq(j.task, full.task) && str_eq(j.args, full.args) && str_eq(j.lane, full.lane) &&
		   str_eq(j.trigger, full.trigger) && str_eq(j.actor, full.actor) &&
		   str_eq(j.key, full.key) && j.attempts_max == 7,
	   "a job says what its draft said");
	full.args = STR("[1]");
	OK(!queue_add(f.db, &full, &t, &e) && e.kind == ERR_USAGE, "arguments are an object");
	full.args = STR("{}");
	full.key = STR("");
	OK(!queue_add(f.db, &full, &t, &e) && e.kind == ERR_USAGE,
	   "unique without a key is refused");
	full = (struct job_draft){ .task = STR("x"), .priority = 101 };
	OK(!queue_add(f.db, &full, &t, &e) && e.kind == ERR_USAGE, "so is a priority of 101");
	full = (struct job_draft){ .task = STR("") };
	OK(!queue_add(f.db, &full, &t, &e) && e.kind == ERR_USAGE, "and a job without a task");
	fixture_close(&f);
}

static void test_later(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), moved, next, id;
	struct job *job = NULL;

	id = add_draft(f.db, (struct job_draft){ .task = STR("a"),
						 .run_at_ms = clock_wall_now() + 3600000 })
		     .id;
	OK(job_state(f.db, id) == JOB_LATER, "a job of the future waits");
	OK(claim_jobs(&f, f.db, s, 10, &job) == 0, "and is not claimed");
	must(queue_promote(f.db, 10, &moved, &next, &oops));
	OK(moved == 0 && next > 3500000 && next <= 3600000, "it is due in an hour");
	must(queue_snooze(f.db, id, 1000, &oops));
	must(queue_promote(f.db, 10, &moved, &next, &oops));
	OK(claim_jobs(&f, f.db, s, 10, &job) == 1, "moved to the past it is due at once");
	must(queue_promote(f.db, 10, &moved, &next, &oops));
	OK(next == -1, "then nothing waits");
	run_sql(f.db, "INSERT INTO lockstep_jobs (state, task, run_at_ms) VALUES (2, 'b', 5)");
	run_sql(f.db, "INSERT INTO lockstep_jobs (state, task, run_at_ms) VALUES (2, 'b', 6)");
	must(queue_promote(f.db, 1, &moved, &next, &oops));
	OK(moved == 1 && next == 0, "promotion is by portions, and says that more is due");
	fixture_close(&f);
}

static void test_one_waiting(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d = { .task = STR("a"), .unique = JOB_ONE_WAITING, .key = STR("k") };
	int64_t s = begin_session(f.db);
	struct job_ticket one = add_draft(f.db, d), two = add_draft(f.db, d), three;
	struct job j;

	OK(!one.coalesced && two.coalesced && two.id == one.id,
	   "a waiting job stands for a second");
	j = claim_job(&f, s);
	three = add_draft(f.db, d);
	OK(!three.coalesced && three.id != one.id, "a running one does not");
	OK(add_draft(f.db, d).id == three.id, "but the one that waits beside it does");
	OK(finish_job(f.db, j.fence, VERDICT_RETRY, 1000) &&
		   job_outcome(f.db, one.id) == JOB_SUCCEEDED,
	   "a retry that meets a newer twin ends");
	IS(job_text(&f, one.id, "output"),
	   str_printf(f.a, "{\"coalesced_into\":%lld}", (long long)three.id).at,
	   "and says what stands for it");
	fixture_close(&f);
}

/* Both run, both are to wait again: one of them can. */
static void test_twins_retry(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d = { .task = STR("a"), .unique = JOB_ONE_WAITING, .key = STR("k") };
	int64_t s = begin_session(f.db);
	struct verdict v[2] = { { .kind = VERDICT_RETRY, .wait_ms = 9 },
				{ .kind = VERDICT_RETRY, .wait_ms = 9 } };
	bool fenced[2];

	for (int i = 0; i < 2; i++) {
		add_draft(f.db, d);
		v[i].fence = claim_job(&f, s).fence;
	}
	must(queue_finish(f.db, v, 2, fenced, &oops));
	OK(!fenced[0] && !fenced[1] && sql_int(f.db, "SELECT count(*) FROM lockstep_jobs") == 1 &&
		   sql_int(f.db, "SELECT count(*) FROM lockstep_job_history") == 1,
	   "of two of one key that retry in one batch, one waits and one is coalesced");
	fixture_close(&f);
}

static void test_one(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d = { .task = STR("a"), .unique = JOB_ONE, .key = STR("k") };
	int64_t s = begin_session(f.db);
	struct job_ticket one = add_draft(f.db, d), two;
	struct job j = claim_job(&f, s);

	two = add_draft(f.db, d);
	OK(two.coalesced && two.id == one.id && two.state == JOB_RUNNING,
	   "a running job stands for a second");
	OK(finish_job(f.db, j.fence, VERDICT_RETRY, 1000) && job_state(f.db, one.id) == JOB_LATER,
	   "it may wait again");
	OK(add_draft(f.db, d).id == one.id && job_state(f.db, one.id) == JOB_LATER,
	   "and its backoff is nobody's to undo");
	must(queue_retry(f.db, one.id, &oops));
	j = claim_job(&f, s);
	OK(finish_job(f.db, j.fence, VERDICT_DONE, 0) && !add_draft(f.db, d).coalesced,
	   "when it is finished the next is a new one");
	fixture_close(&f);
}

static void test_lanes(void)
{
	struct fixture f = queue_open(NULL);
	struct db *other = fixture_again(&f);
	int64_t s = begin_session(f.db), s2 = begin_session(other), id[4], free_one;
	struct job_draft d = { .task = STR("a"), .lane = STR("l"), .lane_max = 2 };
	struct job *mine = NULL, *theirs = NULL;

	for (int i = 0; i < 4; i++)
		id[i] = add_draft(f.db, d).id;
	free_one = add_job(f.db, "b");
	OK(claim_jobs(&f, f.db, s, 1, &mine) == 1 && mine[0].fence.job == id[0],
	   "the first of a lane runs");
	OK(claim_jobs(&f, other, s2, 4, &theirs) == 2 && theirs[0].fence.job == id[1] &&
		   theirs[1].fence.job == free_one,
	   "another worker gets the second place, and what has no lane");
	OK(job_state(f.db, id[2]) == JOB_BLOCKED && job_state(f.db, id[3]) == JOB_BLOCKED &&
		   job_int(f.db, id[2], "attempt") == 0,
	   "the others wait for a place, and their attempts do not count");
	OK(finish_job(other, theirs[0].fence, VERDICT_DONE, 0) &&
		   job_state(f.db, id[2]) == JOB_READY && job_state(f.db, id[3]) == JOB_BLOCKED,
	   "one place that is given back lets one go");
	OK(claim_jobs(&f, f.db, s, 4, &mine) == 1 && mine[0].fence.job == id[2], "and it runs");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_lanes") == 2, "two places are taken");
	OK(finish_job(f.db, mine[0].fence, VERDICT_RETRY, 1000) &&
		   job_state(f.db, id[3]) == JOB_READY,
	   "who waits for a retry holds no place");
	db_close(other);
	fixture_close(&f);
}

static void test_retry(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d = { .task = STR("a"), .attempts_max = 2 };
	int64_t s = begin_session(f.db), id = add_draft(f.db, d).id;
	struct job j = claim_job(&f, s);

	OK(finish_job(f.db, j.fence, VERDICT_RETRY, 60000) && job_state(f.db, id) == JOB_LATER &&
		   job_int(f.db, id, "attempt") == 1,
	   "a retry waits and counts");
	IS(job_text(&f, id, "error"), "it did not work", "and says why");
	OK(job_int(f.db, id, "run_at_ms") > clock_wall_now() + 50000, "for as long as it was told");
	must(queue_retry(f.db, id, &oops));
	OK(job_state(f.db, id) == JOB_READY, "a person may make it due at once");
	j = claim_job(&f, s);
	OK(j.fence.attempt == 2 && finish_job(f.db, j.fence, VERDICT_SNOOZE, 60000) &&
		   job_int(f.db, id, "attempt") == 1 && job_state(f.db, id) == JOB_LATER,
	   "an attempt that was snoozed does not count");
	must(queue_retry(f.db, id, &oops));
	j = claim_job(&f, s);
	OK(finish_job(f.db, j.fence, VERDICT_RELEASED, 60000) &&
		   job_int(f.db, id, "attempt") == 1 && job_state(f.db, id) == JOB_READY,
	   "one that was released does not count either, and waits for nothing");
	j = claim_job(&f, s);
	OK(finish_job(f.db, j.fence, VERDICT_RETRY, 60000) && job_outcome(f.db, id) == JOB_FAILED,
	   "when no attempt is left it has failed");
	must(queue_retry(f.db, id, &oops));
	OK(job_state(f.db, id) == JOB_READY && job_int(f.db, id, "attempt") == 0 &&
		   job_outcome(f.db, id) == -1,
	   "and is redriven under the same id, from the first attempt");
	j = claim_job(&f, s);
	OK(j.fence.job == id && finish_job(f.db, j.fence, VERDICT_DEAD, 0) &&
		   job_outcome(f.db, id) == JOB_FAILED,
	   "what cannot succeed has failed at once");
	fixture_close(&f);
}

static const char *attempts_text(struct fixture *f, int64_t id)
{
	struct job_attempt *t;
	struct buf b;
	size_t n;

	must(queue_attempts(f->db, f->a, id, &t, &n, &oops));
	buf_in(&b, f->a, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%lld %.*s: %.*s%s", i ? ", " : "", (long long)t[i].attempt,
			   STR_ARG(t[i].outcome), STR_ARG(t[i].error),
			   t[i].worker.len && t[i].claimed_ms && t[i].claimed_ms <= t[i].ended_ms
				   ? ""
				   : " without a worker or times");
	return buf_str(&b).at;
}

/* With a key and without: the two go different ways. */
static void test_attempts(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d[] = {
		{ .task = STR("a"), .attempts_max = 3 },
		{ .task = STR("a"), .attempts_max = 3, .unique = JOB_ONE_WAITING, .key = STR("k") },
	};
	int64_t s = begin_session(f.db), deleted;

	for (size_t i = 0; i < COUNT(d); i++) {
		int64_t id = add_draft(f.db, d[i]).id;

		must(finish_job(f.db, claim_job(&f, s).fence, VERDICT_RETRY, 0));
		must(finish_job(f.db, claim_job(&f, s).fence, VERDICT_SNOOZE, 0));
		IS(attempts_text(&f, id), "1 retry: it did not work",
		   "an attempt that failed is kept, one that was put off is none");
		must(finish_job(f.db, claim_job(&f, s).fence, VERDICT_DEAD, 0));
		IS(attempts_text(&f, id), "1 retry: it did not work", "the last stands in the job");
		must(queue_retry(f.db, id, &oops));
		IS(attempts_text(&f, id), "1 retry: it did not work, 2 failed: it did not work",
		   "until that begins anew");
		must(queue_delete(f.db, id, &oops));
		IS(attempts_text(&f, id), "", "they go with the job");
	}
	add_draft(f.db, d[0]);
	must(finish_job(f.db, claim_job(&f, s).fence, VERDICT_RETRY, 0));
	run_sql(f.db, "DELETE FROM lockstep_jobs");
	must(queue_cleanup(f.db, 0, true, &deleted, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_job_attempts") == 0,
	   "also when that was deleted by hand");
	fixture_close(&f);
}

static void test_census(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft lane = { .task = STR("a"), .lane = STR("l") };
	int64_t s = begin_session(f.db), total;
	struct job_minute *minute;
	struct lane_count *lanes;
	struct job_count *count;
	struct job_row *row;
	size_t n;

	for (int i = 0; i < 3; i++)
		add_draft(f.db, lane);
	must(queue_states(f.db, f.a, &count, &n, &oops));
	OK(n == 1 && str_eq(count[0].status, STR("ready")) && count[0].n == 3, "all are ready");
	must(finish_job(f.db, claim_job(&f, s).fence, VERDICT_DEAD, 0));
	claim_job(&f, s);
	must(queue_lanes(f.db, f.a, 10, &lanes, &n, &oops));
	OK(n == 1 && str_eq(lanes[0].lane, STR("l")) && lanes[0].running == 1 &&
		   lanes[0].waiting == 1,
	   "a lane's jobs");
	must(queue_minutes(f.db, f.a, 60, &minute, &n, &oops));
	OK(n == 1 && minute[0].ago <= 1 && minute[0].failed == 1 && minute[0].succeeded == 0,
	   "what ended in the last minute");
	for (int i = 0; i < 20; i++)
		add_job(f.db, "b");
	must(queue_list(f.db, f.a, &(struct job_filter){ .limit = 5, .count_max = 10 }, &row, &n,
			&total, &oops));
	OK(n == 5 && total == 11, "a count stops where it is told to: %lld", (long long)total);
	must(queue_list(f.db, f.a, &(struct job_filter){ .limit = 5, .beyond = row[4].id }, &row,
			&n, &total, &oops));
	OK(n == 5 && total == 18, "a page begins behind a job, and counts from there");
	fixture_close(&f);
}

static void test_batch(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db);
	struct job *job = NULL;
	struct verdict v[500];
	bool fenced[500];
	size_t n, wrong = 0;

	add_jobs(f.db, "a", 500, 5);
	n = claim_jobs(&f, f.db, s, 500, &job);
	OK(n == 500, "many jobs are claimed at once");
	for (size_t i = 0; i < n; i++)
		v[i] = (struct verdict){ .fence = job[i].fence,
					 .kind = i < 100 ? VERDICT_RETRY : VERDICT_DONE,
					 .output = STR("{\"n\":1}"),
					 .wait_ms = 1000 };
	v[499].fence.attempt++;
	must(queue_finish(f.db, v, n, fenced, &oops));
	for (size_t i = 0; i < n; i++)
		wrong += fenced[i] != (i == 499);
	OK(wrong == 0, "of many, only the one of another claim is fenced");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_job_history WHERE outcome = 0 AND "
			 "output = '{\"n\":1}'") == 399 &&
		   sql_int(f.db, "SELECT count(*) FROM lockstep_jobs WHERE state = 2") == 100,
	   "the others are where they belong");
	fixture_close(&f);
}

static void test_filters(void)
{
	struct fixture f = queue_open(NULL);
	struct str tasks[] = { STR("b"), STR("c") };
	int64_t s = begin_session(f.db), a = add_job(f.db, "a"), b = add_job(f.db, "b");
	struct claim by_task = { .session = s, .max = 9, .task = tasks, .tasks = 2 };
	struct claim by_id = { .session = s, .max = 9, .only = &a, .onlys = 1 };
	struct job *job = NULL;
	size_t n = 0;

	must(queue_claim(f.db, f.a, &by_task, &job, &n, &oops));
	OK(n == 1 && job[0].fence.job == b, "a worker takes only what it knows");
	by_id.task = tasks;
	by_id.tasks = 2;
	must(queue_claim(f.db, f.a, &by_id, &job, &n, &oops));
	OK(n == 0, "also among those that are named");
	by_id.tasks = 0;
	must(queue_claim(f.db, f.a, &by_id, &job, &n, &oops));
	OK(n == 1 && job[0].fence.job == a, "and only those that are named");
	fixture_close(&f);
}

/* Whole jobs would not fit. */
static void test_ids(void)
{
	AUTO_ARENA *small = arena_new("ids", (size_t)512 * 1024);
	struct fixture f = queue_open(NULL);
	struct job_filter filter = { .status = STR("pending"), .limit = 2 };
	int64_t first = add_job(f.db, "a"), second = add_job(f.db, "a"), total, *id;
	size_t n;

	run_sql(f.db, on_postgres() ? "UPDATE lockstep_jobs SET error = repeat('x', 1000000)"
				    : "UPDATE lockstep_jobs SET error = hex(zeroblob(500000))");
	must(queue_ids(f.db, small, &filter, &id, &n, &total, &oops));
	OK(n == 2 && total == 2 && id[0] == second && id[1] == first,
	   "the ids of a list, in its order, and nothing else");
	fixture_close(&f);
}

static size_t claimable(struct fixture *f, int64_t s, bool force)
{
	struct claim c = { .session = s, .max = 9, .force = force };
	struct job *job = NULL;
	size_t n = 0;

	must(queue_claim(f->db, f->a, &c, &job, &n, &oops));
	for (size_t i = 0; i < n; i++)
		finish_job(f->db, job[i].fence, VERDICT_RELEASED, 0);
	return n;
}

static void test_pauses(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db);
	struct pause all = { .scope = STR("*"), .reason = STR("why"), .actor = STR("ann") };
	struct pause task = { .scope = STR("task:a") }, lane = { .scope = STR("lane:l") },
		     *p = NULL;
	struct pause bad = { .scope = STR("a") };
	bool was = false;
	size_t n = 0;
	struct err e;

	add_job(f.db, "a");
	add_job(f.db, "b");
	add_draft(f.db, (struct job_draft){ .task = STR("c"), .lane = STR("l") });
	must(queue_pause(f.db, &task, &oops));
	OK(claimable(&f, s, false) == 2, "a task that is paused waits");
	must(queue_pause(f.db, &lane, &oops));
	OK(claimable(&f, s, false) == 1, "so does a lane");
	must(queue_pause(f.db, &all, &oops));
	OK(claimable(&f, s, false) == 0, "and everything");
	OK(claimable(&f, s, true) == 3, "unless it is forced");
	must(queue_pauses(f.db, f.a, &p, &n, &oops));
	OK(n == 3 && str_eq(p[0].scope, STR("*")) && str_eq(p[0].reason, STR("why")) &&
		   str_eq(p[0].actor, STR("ann")) && p[0].since_ms > 0,
	   "pauses say who and why");
	must(queue_resume(f.db, STR("*"), &was, &oops));
	OK(was && claimable(&f, s, false) == 1, "and end one by one");
	must(queue_resume(f.db, STR("*"), &was, &oops));
	OK(!was, "once");
	OK(!queue_pause(f.db, &bad, &e) && e.kind == ERR_USAGE, "other scopes there are none");
	fixture_close(&f);
}

static void test_draining_worker(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), other = begin_session(f.db);
	struct pause drain = { .scope = str_printf(f.a, "worker:%lld", (long long)s) };
	bool was = false;

	add_job(f.db, "a");
	must(queue_pause(f.db, &drain, &oops));
	OK(claimable(&f, s, false) == 0, "a worker that drains takes nothing");
	OK(claimable(&f, s, true) == 0, "not even what is forced");
	OK(claimable(&f, other, false) == 1, "others do");
	must(queue_resume(f.db, drain.scope, &was, &oops));
	OK(was && claimable(&f, s, false) == 1, "and it does when it may again");
	must(queue_pause(f.db, &drain, &oops));
	must(session_end(f.db, s, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_pauses") == 0, "it ends with the worker");
	fixture_close(&f);
}

/* ---- the wake-up ---- */

static bool is_woken(PGconn *c)
{
	PGnotify *n;
	bool woken = false;

	PQclear(PQexec(c, "SELECT 1")); /* what was said before is here with the answer */
	while ((n = PQnotifies(c))) {
		woken |= strcmp(n->relname, "lockstep_jobs") == 0;
		PQfreemem(n);
	}
	return woken;
}

static void test_wake(void)
{
	struct fixture f = queue_open(NULL);
	PGconn *c = PQconnectdb(f.url.at);
	int64_t s = begin_session(f.db), id;
	struct fence fence;
	bool was;

	PQclear(PQexec(c, "LISTEN lockstep_jobs"));
	id = add_job(f.db, "a");
	OK(is_woken(c), "an added job wakes who listens");
	run_sql(f.db, "INSERT INTO lockstep_jobs (task) VALUES ('a')");
	OK(is_woken(c), "a plain INSERT does");
	run_sql(f.db, "INSERT INTO job_queue (task_type) VALUES ('a')");
	OK(is_woken(c), "also one into the view");
	fence = claim_job(&f, s).fence;
	OK(fence.job == id && !is_woken(c), "a claim does not");
	must(queue_cancel(f.db, id, STR(""), &oops));
	OK(is_woken(c), "a wish to cancel does");
	OK(finish_job(f.db, fence, VERDICT_DONE, 0) && !is_woken(c), "an end does not");
	must(queue_retry(f.db, id, &oops));
	OK(is_woken(c), "a redrive does");
	must(queue_resume(f.db, STR("*"), &was, &oops));
	OK(is_woken(c), "and the end of a pause");
	PQfinish(c);
	fixture_close(&f);
}

/* ---- several at once ---- */

struct claimer {
	struct fixture *f;
	pthread_t thread;
};

static void *claim_all(void *arg)
{
	struct claimer *c = arg;
	struct fixture own = { .a = arena_new("claimer", (size_t)1 << 28),
			       .db = fixture_again(c->f) };
	int64_t s = begin_session(own.db);
	struct job *job = NULL;
	struct verdict v[50];
	bool fenced[50];
	size_t n;

	while ((n = claim_jobs(&own, own.db, s, 50, &job)) > 0) {
		for (size_t i = 0; i < n; i++)
			v[i] = (struct verdict){ .fence = job[i].fence, .kind = VERDICT_DONE };
		must(queue_finish(own.db, v, n, fenced, &oops));
		arena_reset(own.a);
	}
	db_close(own.db);
	arena_free(own.a);
	return NULL;
}

/* Four claimers until nothing is left to claim. */
static void claim_together(struct fixture *f)
{
	struct claimer c[4];

	for (size_t i = 0; i < COUNT(c); i++) {
		c[i].f = f;
		OK(pthread_create(&c[i].thread, NULL, claim_all, &c[i]) == 0, "a claimer begins");
	}
	for (size_t i = 0; i < COUNT(c); i++)
		pthread_join(c[i].thread, NULL);
}

/* Who finds a lane full while the last of it ends must not wait for ever. */
static void test_lanes_together(void)
{
	struct fixture f = queue_open(NULL);
	struct str lane[] = { STR("l"), STR("m"), STR("n") };

	for (size_t i = 0; i < 600; i++)
		add_draft(f.db, (struct job_draft){
					.task = STR("a"), .lane = lane[i % 3], .lane_max = 2 });
	claim_together(&f);
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_job_history WHERE attempt = 1") == 600,
	   "of 600 jobs in three lanes each ran once, and none is left waiting");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_lanes") == 0, "and all places are free");
	fixture_close(&f);
}

struct finisher {
	struct db *db;
	struct fence fence;
	pthread_t thread;
	atomic_bool done;
};

static void *finish_it(void *arg)
{
	struct finisher *x = arg;

	finish_job(x->db, x->fence, VERDICT_DONE, 0);
	atomic_store(&x->done, true);
	return NULL;
}

/* The same moment by moment: a claim has found the lane full, and before it says so the lane's job
 * ends. */
static void test_lane_race(void)
{
	struct fixture f = queue_open(NULL);
	struct job_draft d = { .task = STR("a"), .lane = STR("l") };
	struct finisher x = { .db = fixture_again(&f) };
	struct db *eye = fixture_again(&f);
	int64_t s = begin_session(f.db), second;
	struct job late = { .lane = STR("l") };
	bool full = false;

	add_draft(f.db, d);
	second = add_draft(f.db, d).id;
	x.fence = claim_job(&f, s).fence;
	late.fence = (struct fence){ second, s, 1 };
	must(db_begin(f.db, &oops));
	must(lane_take(f.db, &late, 1, &full, &oops));
	OK(full, "the lane is full");
	OK(pthread_create(&x.thread, NULL, finish_it, &x) == 0, "its job ends meanwhile");
	while (!atomic_load(&x.done) &&
	       sql_int(eye, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
		;
	run_sql(f.db, "UPDATE lockstep_jobs SET state = 3 WHERE state = 0");
	must(db_commit(f.db, &oops));
	pthread_join(x.thread, NULL);
	OK(job_state(eye, second) == JOB_READY, "and the one that was to wait is ready");
	db_close(eye);
	db_close(x.db);
	fixture_close(&f);
}

static void test_claimers(void)
{
	struct fixture f = queue_open(NULL);

	add_jobs(f.db, "a", 4000, 5);
	claim_together(&f);
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_job_history") == 4000 &&
		   sql_int(f.db, "SELECT count(*) FROM lockstep_job_history WHERE attempt <> 1") ==
			   0,
	   "of 4000 jobs each was claimed once");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	test_plan();
	test_order();
	test_draft();
	test_later();
	test_one_waiting();
	test_twins_retry();
	test_one();
	test_lanes();
	test_retry();
	test_attempts();
	test_census();
	test_batch();
	test_filters();
	test_ids();
	test_pauses();
	test_draining_worker();
	if (on_postgres()) {
		test_wake();
		test_claimers();
		test_lanes_together();
		test_lane_race();
	}
	return tap_done();
}
