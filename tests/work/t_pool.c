/* SPDX-License-Identifier: Apache-2.0 */
/* t_pool.c - workers that claim, run, retry, stop and recover, on either database. */
#include "jobs.h"

#include "base/thread.h"
#include "work/pool.h"

#include "tap.h"

#include <signal.h>
#include <stdlib.h>

#define PATIENCE_MS 60000

/* ---- what a pool told, and handlers that wait for a word ---- */

struct world {
	struct fixture f;
	struct mutex lock;
	struct condition news;
	int told, claimed, finished, fenced, lost, begun;
	struct verdict last;
	char error[512]; /* of the last verdict */
	bool go;         /* handlers that hold may go on */
	int refused;     /* fences that did not hold */
	int stopped;     /* handlers that were told to stop */
};

static void hear(void *arg, const struct pool_event *ev)
{
	struct world *w = arg;

	mutex_lock(&w->lock);
	w->told++;
	switch (ev->kind) {
	case POOL_CLAIMED:
		w->claimed++;
		break;
	case POOL_FINISHED:
		w->finished++;
		w->last = *ev->verdict;
		snprintf(w->error, sizeof(w->error), "%.*s", STR_ARG(ev->verdict->error));
		break;
	case POOL_FENCED:
		w->fenced++;
		break;
	case POOL_SESSION_LOST:
		w->lost++;
		break;
	case POOL_REAPED:
		break;
	}
	condition_broadcast(&w->news);
	mutex_unlock(&w->lock);
}

/* Until *n has reached `want`; what it is in the end. */
static int wait_for(struct world *w, const int *n, int want)
{
	int64_t until = clock_steady_now() + PATIENCE_MS;
	int got;

	mutex_lock(&w->lock);
	while (*n < want && clock_steady_now() < until)
		(void)condition_wait_for(&w->news, &w->lock, 1000);
	got = *n;
	mutex_unlock(&w->lock);
	return got;
}

static void begin(struct world *w)
{
	mutex_lock(&w->lock);
	w->begun++;
	condition_broadcast(&w->news);
	mutex_unlock(&w->lock);
}

/* ---- handlers ---- */

/* An effect in the database, once for every job that is done. */
static bool write_once(struct job_run *r, struct err *e)
{
	struct value id = value_int(r->job->fence.job);

	if (!db_begin(r->db, e))
		return false;
	if (fence_hold(r->db, &r->job->fence, e) &&
	    db_exec(r->db, "INSERT INTO effects (job) VALUES (?1)", &id, 1, NULL, e) &&
	    db_commit(r->db, e))
		return true;
	db_rollback(r->db);
	return false;
}

/* Fails as its arguments say: {"kind":N}. */
static bool fail(struct job_run *r, struct err *e)
{
	struct str digits =
		str_slice(r->job->args, str_find(r->job->args, STR(":")) + 1, r->job->args.len - 1);
	int64_t kind = 0;

	if (!str_to_i64(str_trim(digits), &kind))
		return err_set(e, ERR_CONFIG, "no kind");
	return err_set(e, (enum err_kind)kind, "on purpose");
}

static bool fail_twice(struct job_run *r, struct err *e)
{
	return r->job->fence.attempt > 2 || err_set(e, ERR_TRANSIENT, "not yet");
}

static bool snooze_once(struct job_run *r, struct err *e)
{
	struct world *w = r->arg;
	bool first;

	(void)e;
	mutex_lock(&w->lock);
	first = w->begun++ == 0;
	mutex_unlock(&w->lock);
	if (first)
		job_snooze(r, 10, "the vendor is asleep");
	else
		job_output(r, STR("{\"woken\":true}"));
	return true;
}

static bool wait_for_stop(struct job_run *r, struct err *e)
{
	struct world *w = r->arg;
	bool slept;

	job_progress(r, STR("{\"page\":1}"));
	job_progress(r, STR("{\"page\":2}"));
	begin(w);
	slept = clock_sleep(r->clock, PATIENCE_MS, r->stop, e);
	mutex_lock(&w->lock);
	w->stopped += !slept;
	condition_broadcast(&w->news);
	mutex_unlock(&w->lock);
	return slept;
}

/* Waits for a word, and would rather not be told to stop meanwhile. */
static bool wait_for_word(struct job_run *r, struct err *e)
{
	struct world *w = r->arg;

	begin(w);
	mutex_lock(&w->lock);
	while (!w->go)
		condition_wait(&w->news, &w->lock);
	mutex_unlock(&w->lock);
	return cancel_check(r->stop, e);
}

/* Stops for nobody, then tries to write. */
static bool hold(struct job_run *r, struct err *e)
{
	struct world *w = r->arg;
	bool first, wrote;

	mutex_lock(&w->lock);
	first = w->begun++ == 0;
	condition_broadcast(&w->news);
	while (first && !w->go)
		condition_wait(&w->news, &w->lock);
	mutex_unlock(&w->lock);
	wrote = write_once(r, e);
	mutex_lock(&w->lock);
	w->refused += !wrote && e->kind == ERR_FENCED;
	condition_broadcast(&w->news);
	mutex_unlock(&w->lock);
	return wrote;
}

#define MEETING 4
#define LONG_MS ((int64_t)1000000000) /* a retry that this test does not see */

/* Ends when as many run at the same time. */
static bool meet(struct job_run *r, struct err *e)
{
	struct world *w = r->arg;

	begin(w);
	return wait_for(w, &w->begun, MEETING) >= MEETING || err_set(e, ERR_CONFIG, "alone");
}

static const struct task task[] = {
	{ .name = "meet", .run = meet },
	{ .name = "write", .run = write_once, .base_ms = 1, .cap_ms = 200 },
	{ .name = "fail", .run = fail, .base_ms = LONG_MS, .cap_ms = LONG_MS },
	{ .name = "fail_twice", .run = fail_twice, .base_ms = 1, .cap_ms = 2 },
	{ .name = "snooze_once", .run = snooze_once },
	{ .name = "wait", .run = wait_for_stop },
	{ .name = "slow", .run = wait_for_stop, .time_max_ms = 50 },
	{ .name = "patient", .run = wait_for_word, .drain_ms = PATIENCE_MS },
	{ .name = "hold", .run = hold },
};

/* ---- a world ---- */

static void world_open(struct world *w)
{
	*w = (struct world){ .f = queue_open(NULL) };
	mutex_init(&w->lock);
	condition_init(&w->news);
	run_sql(w->f.db, "CREATE TABLE effects (job bigint NOT NULL)");
}

static void world_close(struct world *w)
{
	fixture_close(&w->f);
	condition_done(&w->news);
	mutex_done(&w->lock);
}

static struct pool *workers(struct world *w, size_t threads, size_t batch)
{
	struct pool_options o = {
		.database = w->f.url,
		.task = task,
		.tasks = COUNT(task),
		.task_arg = w,
		.threads = threads,
		.batch = batch,
		.version = STR("test"),
		.tell = hear,
		.tell_arg = w,
	};
	struct pool *p = NULL;

	must(pool_open(&o, &p, &oops));
	return p;
}

static int64_t add(struct world *w, const char *name, const char *args)
{
	struct job_draft draft = { .task = str_from(name), .args = str_from(args) };
	struct job_ticket ticket;

	must(queue_add(w->f.db, &draft, &ticket, &oops));
	return ticket.id;
}

/* How many are in history as done.  A server that was restarted is found at the second try. */
static int64_t done_jobs(struct world *w)
{
	struct err e;

	if (!db_begin(w->f.db, &e))
		must(db_begin(w->f.db, &oops));
	must(db_commit(w->f.db, &oops));
	return sql_int(w->f.db, "SELECT count(*) FROM lockstep_job_history WHERE outcome = 0");
}

static int64_t effects(struct world *w, const char *what)
{
	return sql_int(w->f.db, str_printf(w->f.a, "SELECT %s FROM effects", what).at);
}

static bool is_done(struct world *w, int64_t id)
{
	return job_outcome(w->f.db, id) == JOB_SUCCEEDED;
}

/* Waits again at once, its last attempt not counted. */
static bool is_released(struct world *w, int64_t id)
{
	return job_state(w->f.db, id) == JOB_READY && job_int(w->f.db, id, "attempt") == 0;
}

/* ---- the sentences ---- */

static void many_jobs_through_several_threads(void)
{
	struct world w;
	struct pool *p;
	struct pool_stats s;

	world_open(&w);
	add_jobs(w.f.db, "write", 300, 5);
	p = workers(&w, 4, 20);
	OK(wait_for(&w, &w.finished, 300) == 300, "what was there when they came is done");
	add_jobs(w.f.db, "write", 200, 5);
	pool_wake(p);
	OK(wait_for(&w, &w.finished, 500) == 500, "and what was added later");
	OK(effects(&w, "count(*)") == 500 && effects(&w, "count(DISTINCT job)") == 500,
	   "each once");
	OK(done_jobs(&w) == 500, "history knows them");
	pool_stats(p, &s);
	OK(s.finished == 500 && s.claimed == 500 && s.fenced == 0 && s.busy == 0 && s.session != 0,
	   "and so do the pool's numbers");
	pool_close(p);
	world_close(&w);
}

static void a_handlers_error_decides(void)
{
	static const struct {
		enum err_kind kind;
		enum verdict_kind verdict;
		int64_t attempts; /* that count; -1: it is dead */
	} rows[] = {
		{ ERR_TRANSIENT, VERDICT_RETRY, 1 }, { ERR_STORE, VERDICT_RETRY, 1 },
		{ ERR_BUSY, VERDICT_SNOOZE, 0 },     { ERR_LIMIT, VERDICT_SNOOZE, 0 },
		{ ERR_AUTH, VERDICT_DEAD, -1 },      { ERR_MISSING, VERDICT_DEAD, -1 },
	};
	struct world w;
	struct pool *p;

	world_open(&w);
	p = workers(&w, 1, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char args[32];
		int64_t id;

		snprintf(args, sizeof(args), "{\"kind\":%d}", (int)rows[i].kind);
		id = add(&w, "fail", args);
		pool_wake(p);
		OK(wait_for(&w, &w.finished, (int)i + 1) == (int)i + 1 &&
			   w.last.kind == rows[i].verdict,
		   "%s", err_kind_name(rows[i].kind));
		if (rows[i].attempts < 0)
			OK(job_outcome(w.f.db, id) == JOB_FAILED, "is dead");
		else
			OK(job_state(w.f.db, id) == JOB_LATER &&
				   job_int(w.f.db, id, "attempt") == rows[i].attempts,
			   "waits, after %d attempts", (int)rows[i].attempts);
		OK(strstr(job_text(&w.f, id, "error"), "on purpose") != NULL, "and says why");
	}
	pool_close(p);
	world_close(&w);
}

static void retries_and_snoozes_come_again(void)
{
	struct world w;
	struct pool *p;
	int64_t id;

	world_open(&w);
	id = add(&w, "fail_twice", "");
	p = workers(&w, 2, 0);
	OK(wait_for(&w, &w.finished, 3) == 3 && w.last.kind == VERDICT_DONE, "the third time");
	OK(job_int(w.f.db, id, "attempt") == 3, "three attempts");
	id = add(&w, "snooze_once", "");
	pool_wake(p);
	OK(wait_for(&w, &w.finished, 5) == 5 && w.last.kind == VERDICT_DONE, "woken again");
	OK(job_int(w.f.db, id, "attempt") == 1, "the snooze did not count");
	OK(strstr(job_text(&w.f, id, "output"), "woken") != NULL, "its output is kept");
	pool_close(p);
	world_close(&w);
}

static void a_running_job_is_cancelled(void)
{
	struct world w;
	struct pool *p;
	int64_t id;

	world_open(&w);
	id = add(&w, "wait", "");
	p = workers(&w, 1, 0);
	OK(wait_for(&w, &w.begun, 1) == 1, "it runs");
	OK(strstr(job_text(&w.f, id, "progress"), "\"page\"") != NULL, "and tells where it stands");
	must(queue_cancel(w.f.db, id, STR("enough"), &oops));
	OK(wait_for(&w, &w.finished, 1) == 1 && w.last.kind == VERDICT_CANCELLED, "it stops");
	OK(job_outcome(w.f.db, id) == JOB_CANCELLED, "and is cancelled");
	pool_close(p);
	world_close(&w);
}

static void what_takes_too_long_is_stopped(void)
{
	struct world w;
	struct pool *p;
	int64_t id;

	world_open(&w);
	id = add(&w, "slow", "");
	p = workers(&w, 1, 0);
	OK(wait_for(&w, &w.finished, 1) == 1 && w.last.kind == VERDICT_RETRY, "for another try");
	OK(strstr(w.error, "longer") != NULL, "says why: %s", w.error);
	OK(job_state(w.f.db, id) == JOB_LATER, "it waits");
	pool_close(p);
	world_close(&w);
}

static void *drain(void *arg)
{
	pool_drain(arg, PATIENCE_MS);
	return NULL;
}

static void a_drain_waits_and_releases(void)
{
	struct world w;
	struct pool *p;
	struct pool_stats s = { 0 };
	pthread_t t;
	int64_t patient, waits, late;

	world_open(&w);
	patient = add(&w, "patient", "");
	p = workers(&w, 2, 2);
	OK(wait_for(&w, &w.begun, 1) == 1, "one that may end");
	waits = add(&w, "wait", "");
	pool_wake(p);
	OK(wait_for(&w, &w.begun, 2) == 2, "one that may not");
	late = add(&w, "wait", "");
	pool_wake(p);
	OK(wait_for(&w, &w.claimed, 3) == 3, "and one that was claimed ahead");
	t = thread_start(drain, p);
	OK(wait_for(&w, &w.finished, 2) == 2, "what is not waited for is released");
	OK(is_released(&w, waits), "at once, its attempt refunded");
	OK(is_released(&w, late), "so is what never ran");
	pool_stats(p, &s);
	OK(s.draining && s.busy == 1, "the other one still runs");
	mutex_lock(&w.lock);
	w.go = true;
	condition_broadcast(&w.news);
	mutex_unlock(&w.lock);
	thread_join(t);
	OK(is_done(&w, patient), "and is done");
	OK(w.claimed == 3, "nothing was claimed meanwhile");
	pool_close(p);
	world_close(&w);
}

static void a_lost_session_fences_what_comes_late(void)
{
	struct world w;
	struct pool *p;
	struct pool_stats s;
	int64_t id;

	world_open(&w);
	id = add(&w, "hold", "");
	p = workers(&w, 2, 0);
	OK(wait_for(&w, &w.begun, 1) == 1, "it holds");
	pool_stats(p, &s);
	must(session_end(w.f.db, s.session, &oops));
	OK(wait_for(&w, &w.lost, 1) == 1, "the session is found lost");
	OK(wait_for(&w, &w.finished, 1) == 1 && effects(&w, "count(*)") == 1,
	   "the job is done again under a new one");
	mutex_lock(&w.lock);
	w.go = true;
	condition_broadcast(&w.news);
	mutex_unlock(&w.lock);
	OK(wait_for(&w, &w.refused, 1) == 1, "the late write is refused");
	OK(wait_for(&w, &w.fenced, 1) == 1, "and the late verdict is dropped");
	OK(effects(&w, "count(*)") == 1, "one effect");
	OK(is_done(&w, id), "and it is done");
	pool_close(p);
	world_close(&w);
}

static void an_unknown_task_is_left_alone(void)
{
	struct world w;
	struct pool *p;
	int64_t other;

	world_open(&w);
	other = add(&w, "somebody_elses", "");
	p = workers(&w, 2, 5);
	add_jobs(w.f.db, "write", 20, 5);
	pool_wake(p);
	OK(wait_for(&w, &w.finished, 20) == 20, "the others are done");
	OK(job_state(w.f.db, other) == JOB_READY, "it waits for somebody who knows it");
	pool_close(p);
	world_close(&w);
}

static void two_pools_share_the_work(void)
{
	struct world w;
	struct pool *p[2];
	struct pool_stats s[2];

	world_open(&w);
	p[0] = workers(&w, 2, 0);
	p[1] = workers(&w, 2, 0);
	for (int i = 0; i < MEETING; i++)
		add(&w, "meet", "");
	pool_wake(p[0]);
	pool_wake(p[1]);
	OK(wait_for(&w, &w.finished, MEETING) == MEETING && w.last.kind == VERDICT_DONE,
	   "all threads of both run at once");
	add_jobs(w.f.db, "write", 400, 5);
	pool_wake(p[0]);
	pool_wake(p[1]);
	OK(wait_for(&w, &w.finished, 400 + MEETING) == 400 + MEETING, "all are done");
	OK(effects(&w, "count(DISTINCT job)") == 400 && effects(&w, "count(*)") == 400,
	   "each once");
	pool_stats(p[0], &s[0]);
	pool_stats(p[1], &s[1]);
	OK(s[0].claimed > 0 && s[1].claimed > 0 && s[0].claimed + s[1].claimed == 400 + MEETING,
	   "by both: %d and %d", (int)s[0].claimed, (int)s[1].claimed);
	pool_close(p[0]);
	pool_close(p[1]);
	world_close(&w);
}

/* Until all jobs are in history; verdicts whose acknowledgement was lost are told as fenced. */
static int64_t wait_for_history(struct world *w, int64_t want)
{
	int64_t until = clock_steady_now() + PATIENCE_MS, n = 0;

	for (;;) {
		int told = wait_for(w, &w->told, 0);

		n = done_jobs(w);
		if (n >= want || clock_steady_now() >= until)
			return n;
		(void)wait_for(w, &w->told, told + 1);
	}
}

static void a_restarted_server_loses_nothing(void)
{
	const char *restart = getenv("LOCKSTEP_TEST_POSTGRES_RESTART");
	struct world w;
	struct pool *p;
	int64_t doubled;
	int finished;

	if (!restart)
		return;
	world_open(&w);
	add_jobs(w.f.db, "write", 3000, 50);
	p = workers(&w, 4, 20);
	finished = wait_for(&w, &w.finished, 200);
	OK(finished >= 200, "under load");
	OK(system(restart) == 0, "the server is killed and started");
	OK(finished < 3000, "in the midst of it: after %d", finished);
	OK(wait_for_history(&w, 3000) == 3000, "every job is done");
	OK(effects(&w, "count(DISTINCT job)") == 3000, "and in effect");
	/* A thread whose COMMIT nobody answered cannot know that it was carried out, and tries
	 * again: whoever writes what may not be there twice writes it by a key, as runs do. */
	doubled = effects(&w, "count(*)") - 3000;
	OK(doubled <= 4, "twice at most what each of 4 threads was just committing: %d",
	   (int)doubled);
	pool_close(p);
	world_close(&w);
}

/* The dispatcher hangs in a call, as it does when the network is cut. */
static void a_silent_server_is_not_trusted_for_long(void)
{
	struct world w;
	struct pool *p;
	struct pool_stats s;
	pid_t pid;

	world_open(&w);
	add(&w, "wait", "");
	p = workers(&w, 1, 0);
	OK(wait_for(&w, &w.begun, 1) == 1, "it runs");
	pid = (pid_t)sql_int(w.f.db, "SELECT CAST(max(pid) AS bigint) FROM pg_locks WHERE "
				     "locktype = 'advisory'");
	if (kill(pid, SIGSTOP) != 0)
		abort();
	OK(wait_for(&w, &w.stopped, 1) == 1, "it is told to stop while nobody answers");
	pool_stats(p, &s);
	OK(s.session == 0, "the session is trusted no more");
	kill(pid, SIGCONT);
	OK(wait_for(&w, &w.begun, 2) == 2, "and the job begins again when somebody does");
	pool_close(p);
	world_close(&w);
}

static void mistakes_are_told(void)
{
	struct pool_options o = { .database = STR("sqlite:/nowhere/x.db"),
				  .task = task,
				  .tasks = COUNT(task),
				  .threads = 1 };
	struct pool *p;
	struct err e;

	OK(!pool_open(&o, &p, &e) && e.kind == ERR_MISSING, "no database: %s", e.text);
	o.threads = POOL_THREADS_MAX + 1;
	OK(!pool_open(&o, &p, &e) && e.kind == ERR_USAGE, "too many threads: %s", e.text);
	o.threads = 1;
	o.tasks = 0;
	OK(!pool_open(&o, &p, &e) && e.kind == ERR_USAGE, "nothing to do: %s", e.text);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	mistakes_are_told();
	many_jobs_through_several_threads();
	a_handlers_error_decides();
	retries_and_snoozes_come_again();
	a_running_job_is_cancelled();
	what_takes_too_long_is_stopped();
	a_drain_waits_and_releases();
	a_lost_session_fences_what_comes_late();
	an_unknown_task_is_left_alone();
	two_pools_share_the_work();
	if (on_postgres()) {
		a_silent_server_is_not_trusted_for_long();
		a_restarted_server_loses_nothing();
	}
	return tap_done();
}
