/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_queue.c - Lockstep's queue and pool, as bench/queue/run measures them.
 *
 *   bench_queue load URL JOBS                      makes the tables when they are missing, adds
 * jobs bench_queue work URL POOLS THREADS BATCH       works until standard input ends bench_queue
 * latency URL JOBS                   one job after another: added, then begun
 *
 * `work` prints "ready", begins when it has read a line, and prints at the end how many jobs it
 * ran.
 */
#include "work/pool.h"
#include "base/thread.h"
#include "store/table.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define POOLS_MAX 64

#define must(call)                         \
	do {                               \
		struct err oops = { 0 };   \
		if (!(call))               \
			die(#call, &oops); \
	} while (0)

static NORETURN void die(const char *call, const struct err *e)
{
	fprintf(stderr, "bench_queue: %s: %s: %s\n", call, err_kind_name(e->kind), e->text);
	exit(1);
}

static int64_t number(const char *text)
{
	int64_t n = 0;

	if (!str_to_i64(str_from(text), &n) || n < 0) {
		fprintf(stderr, "bench_queue: '%s' is no amount\n", text);
		exit(2);
	}
	return n;
}

static struct db *open_db(const char *url)
{
	struct db_options o = { .create = true };
	struct db *d = NULL;

	must(db_open(str_from(url), &o, &d, &oops));
	return d;
}

static void make_tables(struct db *d)
{
	struct arena *a = arena_new("tables", 1 << 24);
	struct str *statement = NULL;
	size_t n = 0;

	must(control_plan(d, a, &statement, &n, &oops));
	must(schema_apply(d, statement, n, &oops));
	must(queue_plan(d, a, &statement, &n, &oops));
	must(schema_apply(d, statement, n, &oops));
	arena_free(a);
}

static void load(struct db *d, int64_t jobs)
{
	struct value param = value_int(jobs);

	make_tables(d);
	must(db_exec(d,
		     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
		     " i < CAST(?1 AS bigint)) INSERT INTO lockstep_jobs (task, args)"
		     " SELECT 'noop', '{\"n\":1}' FROM n",
		     &param, 1, NULL, &oops));
}

/* ---- workers ---- */

static atomic_llong ran;

static bool noop(struct job_run *r, struct err *e)
{
	(void)r;
	(void)e;
	atomic_fetch_add(&ran, 1);
	return true;
}

struct opening {
	const struct pool_options *o;
	struct pool *pool;
};

static void *open_pool(void *arg)
{
	struct opening *x = arg;

	must(pool_open(x->o, &x->pool, &oops));
	return NULL;
}

static void wait_for_go(void)
{
	int c;

	printf("ready\n");
	fflush(stdout);
	while ((c = getchar()) != '\n' && c != EOF)
		continue;
}

static void work(const char *url, int64_t pools, int64_t threads, int64_t batch)
{
	static const struct task task = { .name = "noop", .run = noop };
	struct pool_options o = {
		.database = str_from(url),
		.task = &task,
		.tasks = 1,
		.threads = (size_t)threads,
		.batch = (size_t)batch,
		.version = STR("bench"),
	};
	struct opening opening[POOLS_MAX];
	pthread_t opener[POOLS_MAX];

	if (pools > POOLS_MAX)
		pools = POOLS_MAX;
	wait_for_go();
	for (int64_t i = 0; i < pools; i++) {
		opening[i] = (struct opening){ .o = &o };
		opener[i] = thread_start(open_pool, &opening[i]);
	}
	for (int64_t i = 0; i < pools; i++)
		thread_join(opener[i]);
	while (getchar() != EOF)
		continue;
	for (int64_t i = 0; i < pools; i++)
		pool_close(opening[i].pool);
	printf("%lld\n", (long long)atomic_load(&ran));
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- until so many are acknowledged ---- */

static atomic_llong acknowledged;

static void count_finished(void *arg, const struct pool_event *ev)
{
	(void)arg;
	if (ev->kind == POOL_FINISHED)
		atomic_fetch_add(&acknowledged, 1);
}

static void drain(const char *url, int64_t jobs, int64_t threads, int64_t batch)
{
	static const struct task task = { .name = "noop", .run = noop };
	struct pool_options o = {
		.database = str_from(url),
		.task = &task,
		.tasks = 1,
		.threads = (size_t)threads,
		.batch = (size_t)batch,
		.version = STR("bench"),
		.tell = count_finished,
	};
	struct timespec nap = { .tv_nsec = 1000000 };
	int64_t began_us = now_us();
	struct pool *p = NULL;

	must(pool_open(&o, &p, &oops));
	while (atomic_load(&acknowledged) < jobs)
		nanosleep(&nap, NULL);
	printf("%.1f\n", (double)jobs * 1e6 / (double)(now_us() - began_us));
	pool_close(p);
}

/* ---- from adding a job to its handler's first line ---- */

struct stopwatch {
	struct mutex lock;
	struct condition begun;
	int64_t at_us; /* 0: not yet */
};

static bool stop_watch(struct job_run *r, struct err *e)
{
	struct stopwatch *s = r->arg;

	(void)e;
	mutex_lock(&s->lock);
	s->at_us = now_us();
	condition_signal(&s->begun);
	mutex_unlock(&s->lock);
	return true;
}

static int64_t one_latency(struct db *d, struct stopwatch *s)
{
	struct job_draft draft = { .task = STR("noop"), .args = STR("{\"n\":1}") };
	struct job_ticket ticket;
	int64_t began_us = now_us(), took_us;

	must(queue_add(d, &draft, &ticket, &oops));
	mutex_lock(&s->lock);
	while (!s->at_us)
		condition_wait(&s->begun, &s->lock);
	took_us = s->at_us - began_us;
	s->at_us = 0;
	mutex_unlock(&s->lock);
	return took_us;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

#define WARM 50

static void latency(const char *url, int64_t jobs)
{
	static const struct task task = { .name = "noop", .run = stop_watch };
	struct stopwatch s = { 0 };
	struct pool_options o = {
		.database = str_from(url),
		.task = &task,
		.tasks = 1,
		.task_arg = &s,
		.threads = 4,
		.version = STR("bench"),
	};
	int64_t *took_us = calloc((size_t)jobs + 1, sizeof(*took_us));
	struct db *d = open_db(url);
	struct pool *p = NULL;
	size_t middle, late;

	if (!took_us)
		abort();
	make_tables(d);
	mutex_init(&s.lock);
	condition_init(&s.begun);
	must(pool_open(&o, &p, &oops));
	for (int64_t i = -WARM; i < jobs; i++)
		took_us[i < 0 ? 0 : i] = one_latency(d, &s);
	pool_close(p);
	db_close(d);
	qsort(took_us, (size_t)jobs, sizeof(*took_us), by_size);
	middle = (size_t)jobs / 2;
	late = (size_t)jobs * 99 / 100;
	printf("%.3f %.3f\n", (double)took_us[middle] / 1000, (double)took_us[late] / 1000);
	condition_done(&s.begun);
	mutex_done(&s.lock);
	free(took_us);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "load") == 0) {
		struct db *d = open_db(argv[2]);

		load(d, number(argv[3]));
		db_close(d);
		return 0;
	}
	if (argc == 6 && strcmp(argv[1], "work") == 0) {
		work(argv[2], number(argv[3]), number(argv[4]), number(argv[5]));
		return 0;
	}
	if (argc == 6 && strcmp(argv[1], "drain") == 0) {
		drain(argv[2], number(argv[3]), number(argv[4]), number(argv[5]));
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "latency") == 0) {
		latency(argv[2], number(argv[3]));
		return 0;
	}
	fprintf(stderr, "bench_queue load URL JOBS | work URL POOLS THREADS BATCH | "
			"drain URL JOBS THREADS BATCH | latency URL JOBS\n");
	return 2;
}
