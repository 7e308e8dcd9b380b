/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.c - the thread that looks at the clock: attempts that take too long, drains that do, and a
 * session that nobody has renewed in time.
 *
 * It never talks to a database, so that nothing can keep it from firing.
 */
#include "work/crew.h"

/* Condition variables do not count the time that the machine sleeps; steady time does. */
#define NAP_MAX_MS 1000

struct deadline {
	int64_t at_ms;
	enum stop_cause cause;
};

static void sooner(struct deadline *d, int64_t at_ms, enum stop_cause cause)
{
	if (at_ms < d->at_ms)
		*d = (struct deadline){ at_ms, cause };
}

/* When the attempt that `w` runs has to be told to stop. */
static struct deadline deadline_of(const struct board *b, const struct worker *w)
{
	struct deadline d = { INT64_MAX, STOP_NOT };
	const struct task *t = w->now->task;

	if (t->time_max_ms > 0)
		sooner(&d, w->now->began_ms + t->time_max_ms, STOP_TIME);
	if (b->draining) {
		sooner(&d, b->drain_ms + t->drain_ms, STOP_DRAIN);
		sooner(&d, b->drain_end_ms, STOP_DRAIN);
	}
	return d;
}

/* Fires what is due; when to look again. */
static int64_t look_locked(struct board *b, int64_t now_ms)
{
	int64_t next_ms = now_ms + NAP_MAX_MS;

	if (b->session && now_ms >= b->trusted_ms)
		board_distrust_locked(b);
	if (b->session && b->trusted_ms < next_ms)
		next_ms = b->trusted_ms;
	for (size_t i = 0; i < b->workers; i++) {
		struct worker *w = &b->worker[i];
		struct deadline d;

		if (!w->now || w->cause != STOP_NOT)
			continue;
		d = deadline_of(b, w);
		if (d.at_ms <= now_ms)
			board_stop_locked(w, d.cause);
		else if (d.at_ms < next_ms)
			next_ms = d.at_ms;
	}
	return next_ms;
}

void *guard_run(void *arg)
{
	struct board *b = &((struct pool *)arg)->board;

	mutex_lock(&b->lock);
	while (!b->closing) {
		int64_t now_ms = clock_steady_now(), next_ms = look_locked(b, now_ms);

		(void)condition_wait_for(&b->time, &b->lock, next_ms - now_ms);
	}
	mutex_unlock(&b->lock);
	return NULL;
}
