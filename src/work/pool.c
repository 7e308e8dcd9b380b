/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.c - this process's workers: opening, draining and closing them.
 *
 *     open ---> working --drain--> draining --nothing open--> drained --close--> (gone)
 *
 * Always: threads live from a successful pool_open() to pool_close(); what they share is crew.h's
 * board.
 */
#include "work/crew.h"

#include <stdlib.h>

#define SCRATCH_BYTES_MAX ((size_t)1 << 30)
#define POLL_DEFAULT_MS 1000

/*
 * The dispatcher would rather connect again than wait for a server that does not answer: a minute
 * of patience, right for a sync, is longer than its session lives.  What the URL says wins.
 */
static struct str impatient(struct arena *a, struct str url)
{
	static const char *const option[] = { "connect_timeout=3", "keepalives_idle=3",
					      "keepalives_interval=2", "keepalives_count=2",
					      "tcp_user_timeout=6000" };
	bool first = str_find(url, STR("?")) < 0;

	if (!str_starts(url, STR("postgres")))
		return url;
	for (size_t i = 0; i < COUNT(option); i++) {
		struct str all = str_from(option[i]), rest = all, word = str_cut(&rest, '=');

		if (str_find(url, word) >= 0)
			continue;
		url = str_printf(a, "%.*s%c%.*s", STR_ARG(url), first ? '?' : '&', STR_ARG(all));
		first = false;
	}
	return url;
}

static bool options_check(const struct pool_options *o, struct err *e)
{
	if (o->threads < 1 || o->threads > POOL_THREADS_MAX)
		return err_set(e, ERR_USAGE, "a pool has 1 to %d threads, not %zu",
			       POOL_THREADS_MAX, o->threads);
	if (!o->tasks)
		return err_set(e, ERR_USAGE, "a pool without tasks has nothing to do");
	return true;
}

static struct pool *pool_new(const struct pool_options *o)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->o = *o;
	p->arena = arena_new("pool", 1 << 20);
	p->o.database = str_keep(p->arena, o->database);
	p->o.version = str_keep(p->arena, o->version);
	p->o.poll_ms = o->poll_ms > 0 ? o->poll_ms : POLL_DEFAULT_MS;
	p->d.scratch = arena_new("dispatcher", SCRATCH_BYTES_MAX);
	p->d.rng.state = (uint64_t)clock_wall_now() ^ (uint64_t)(uintptr_t)p;
	p->d.task = arena_new_array(p->arena, struct str, o->tasks);
	for (size_t i = 0; i < o->tasks; i++)
		p->d.task[i] = str_from(o->task[i].name);
	board_init(&p->board);
	return p;
}

static bool open_worker(struct pool *p, struct worker *w, struct err *e)
{
	/* The dispatcher's has shown that there is a database. */
	struct db_options o = { .when_used = true };

	w->pool = p;
	w->arena = arena_new("attempt", SCRATCH_BYTES_MAX);
	w->stop = cancel_new();
	w->rng.state = rng_next(&p->d.rng);
	return db_open(p->o.database, &o, &w->db, e);
}

static bool open_all(struct pool *p, struct err *e)
{
	static const char *const channel[] = { LISTEN_JOBS };
	/* Who has to be deaf stands behind a pooler. */
	struct db_options o = { .prepare = !p->o.deaf, .indexed = !p->o.deaf };
	struct board *b = &p->board;

	b->worker = arena_new_array(p->arena, struct worker, p->o.threads);
	if (!db_open(impatient(p->arena, p->o.database), &o, &p->d.db, e))
		return false;
	if (!p->o.deaf && !listener_open(p->o.database, channel, COUNT(channel), &p->d.ears, e))
		return false;
	while (b->workers < p->o.threads)
		if (!open_worker(p, &b->worker[b->workers++], e))
			return false;
	return dispatcher_join(p, e);
}

static void start(struct pool *p)
{
	struct board *b = &p->board;

	for (size_t i = 0; i < b->workers; i++)
		b->worker[i].thread = thread_start(worker_run, &b->worker[i]);
	p->guard = thread_start(guard_run, p);
	p->dispatcher = thread_start(dispatcher_run, p);
	p->started = true;
}

bool pool_open(const struct pool_options *o, struct pool **out, struct err *e)
{
	struct pool *p;

	if (!options_check(o, e))
		return false;
	p = pool_new(o);
	if (!open_all(p, e)) {
		pool_close(p);
		return false;
	}
	start(p);
	*out = p;
	return true;
}

void pool_wake(struct pool *p)
{
	struct board *b = &p->board;

	mutex_lock(&b->lock);
	b->look = true;
	board_wake_locked(b);
	mutex_unlock(&b->lock);
}

void pool_force(struct pool *p, const int64_t *id, size_t n)
{
	struct board *b = &p->board;

	mutex_lock(&b->lock);
	for (size_t i = 0; i < n && b->forceds < COUNT(b->forced); i++)
		b->forced[b->forceds++] = id[i];
	b->look = true;
	board_wake_locked(b);
	mutex_unlock(&b->lock);
}

void pool_drain(struct pool *p, int64_t wait_ms)
{
	struct board *b = &p->board;

	mutex_lock(&b->lock);
	if (!b->draining) {
		b->draining = true;
		b->drain_ms = clock_steady_now();
	}
	b->drain_end_ms = clock_steady_now() + wait_ms;
	board_release_locked(b);
	condition_signal(&b->time);
	board_wake_locked(b);
	/* What has ended is acknowledged, or lost when the session is: that ends too. */
	while (b->open)
		condition_wait(&b->calm, &b->lock);
	mutex_unlock(&b->lock);
	p->drained = true;
}

static void stop_threads(struct pool *p)
{
	struct board *b = &p->board;

	mutex_lock(&b->lock);
	b->closing = true;
	board_wake_locked(b);
	condition_broadcast(&b->work);
	condition_broadcast(&b->time);
	mutex_unlock(&b->lock);
	thread_join(p->dispatcher);
	thread_join(p->guard);
	for (size_t i = 0; i < b->workers; i++)
		thread_join(b->worker[i].thread);
}

void pool_close(struct pool *p)
{
	if (!p)
		return;
	if (p->started && !p->drained)
		pool_drain(p, 0);
	if (p->started)
		stop_threads(p);
	for (size_t i = 0; i < p->board.workers; i++) {
		db_close(p->board.worker[i].db);
		cancel_free(p->board.worker[i].stop);
		arena_free(p->board.worker[i].arena);
	}
	listener_close(p->d.ears);
	db_close(p->d.db);
	board_done(&p->board);
	arena_free(p->d.scratch);
	arena_free(p->arena);
	free(p);
}

void pool_stats(struct pool *p, struct pool_stats *out)
{
	struct board *b = &p->board;

	mutex_lock(&b->lock);
	*out = b->stats;
	out->session = b->session;
	out->threads = b->workers;
	out->busy = b->running;
	out->draining = b->draining;
	mutex_unlock(&b->lock);
}
