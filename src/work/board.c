/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.c - what dispatcher, threads and guard tell one another.
 *
 * Always: `open` counts the attempts that are queued, running, ended or being acknowledged; an
 * attempt whose claim's session is not board.session is lost, wherever it stands.
 */
#include "work/crew.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

void board_init(struct board *b)
{
	mutex_init(&b->lock);
	condition_init(&b->work);
	condition_init(&b->time);
	condition_init(&b->calm);
	b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->wake_fd < 0)
		abort();
}

static void free_all(struct attempt_list *l)
{
	struct attempt *a;

	while ((a = attempt_shift(l)))
		attempt_free(a);
}

void board_done(struct board *b)
{
	free_all(&b->queued);
	free_all(&b->ended);
	free_all(&b->spare);
	close(b->wake_fd);
	condition_done(&b->calm);
	condition_done(&b->time);
	condition_done(&b->work);
	mutex_done(&b->lock);
}

void board_wake_locked(struct board *b)
{
	uint64_t one = 1;

	if (b->woken)
		return;
	b->woken = true;
	if (write(b->wake_fd, &one, sizeof(one)) < 0)
		abort(); /* an eventfd that was read refuses nothing */
}

void board_stop_locked(struct worker *w, enum stop_cause cause)
{
	if (!w->now || w->cause != STOP_NOT)
		return;
	w->cause = cause;
	cancel_fire(w->stop);
}

void board_release_locked(struct board *b)
{
	for (struct attempt *a = b->queued.first; a; a = a->next)
		attempt_judge(a, (struct judgement){ .kind = VERDICT_RELEASED }, NULL);
	attempt_move_all(&b->ended, &b->queued);
}

void board_distrust_locked(struct board *b)
{
	b->session = 0;
	board_release_locked(b);
	for (size_t i = 0; i < b->workers; i++)
		board_stop_locked(&b->worker[i], STOP_LOST);
	board_wake_locked(b);
}

struct attempt *board_spare(struct board *b)
{
	struct attempt *a;

	mutex_lock(&b->lock);
	a = attempt_shift(&b->spare);
	mutex_unlock(&b->lock);
	return a ? a : attempt_new();
}

size_t board_room(struct board *b, size_t ahead)
{
	size_t busy, most = b->workers + ahead;

	mutex_lock(&b->lock);
	busy = b->draining || b->closing || !b->session ? most : b->running + b->queued.n;
	mutex_unlock(&b->lock);
	return busy < most ? most - busy : 0;
}

void board_queue(struct board *b, struct attempt_list *l)
{
	size_t n = l->n;

	mutex_lock(&b->lock);
	b->open += n;
	b->stats.claimed += (int64_t)n;
	attempt_move_all(&b->queued, l);
	if (b->draining || !b->session) {
		board_release_locked(b);
		board_wake_locked(b);
	}
	if (n > 1)
		condition_broadcast(&b->work);
	else if (n == 1)
		condition_signal(&b->work);
	mutex_unlock(&b->lock);
}

struct attempt *board_take(struct board *b, struct worker *w)
{
	struct attempt *a;

	mutex_lock(&b->lock);
	while (!b->closing && !b->queued.n)
		condition_wait(&b->work, &b->lock);
	a = attempt_shift(&b->queued);
	if (a) {
		a->began_ms = clock_steady_now();
		w->now = a;
		b->running++;
		if (a->task->time_max_ms)
			condition_signal(&b->time);
	}
	mutex_unlock(&b->lock);
	return a;
}

static const char *why_stopped(enum stop_cause cause)
{
	switch (cause) {
	case STOP_PERSON:
		return "cancelled";
	case STOP_DRAIN:
		return "its worker ends";
	case STOP_TIME:
		return "it took longer than its task may";
	case STOP_NOT:
	case STOP_LOST:
		break;
	}
	return NULL;
}

static void judge_locked(struct worker *w, struct attempt *a, bool done, const struct err *e)
{
	const char *says = NULL;

	a->ran_ms = clock_steady_now() - a->began_ms;
	a->ending.done = done;
	a->ending.cause = w->cause;
	if (!done) {
		a->ending.kind = e->kind;
		a->failure = *e;
		says = e->kind == ERR_CANCELLED ? why_stopped(w->cause) : NULL;
	}
	attempt_judge(a, job_judge(a->task, &a->ending, &w->rng), says);
}

void board_end(struct board *b, struct worker *w, bool done, const struct err *e)
{
	mutex_lock(&b->lock);
	judge_locked(w, w->now, done, e);
	attempt_push(&b->ended, w->now);
	w->now = NULL;
	b->running--;
	if (w->cause != STOP_NOT) {
		cancel_free(w->stop);
		w->stop = cancel_new();
		w->cause = STOP_NOT;
	}
	board_wake_locked(b);
	mutex_unlock(&b->lock);
}

void board_settle(struct board *b, struct attempt_list *l)
{
	mutex_lock(&b->lock);
	b->open -= l->n;
	attempt_move_all(&b->spare, l);
	if (!b->open)
		condition_broadcast(&b->calm);
	mutex_unlock(&b->lock);
}

size_t board_claims(struct board *b, struct arena *a, struct fence **out)
{
	struct fence *f;
	size_t n = 0;

	mutex_lock(&b->lock);
	f = arena_new_array(a, struct fence, b->open + 1);
	for (struct attempt *t = b->queued.first; t; t = t->next)
		f[n++] = t->job.fence;
	for (struct attempt *t = b->ended.first; t; t = t->next)
		f[n++] = t->job.fence;
	for (size_t i = 0; i < b->workers; i++)
		if (b->worker[i].now)
			f[n++] = b->worker[i].now->job.fence;
	mutex_unlock(&b->lock);
	*out = f;
	return n;
}

static bool is_claim(const struct attempt *a, const struct fence *f)
{
	return a && a->job.fence.job == f->job && a->job.fence.session == f->session &&
	       a->job.fence.attempt == f->attempt;
}

void board_cancel_locked(struct board *b, const struct fence *f)
{
	struct attempt_list kept = { 0 };
	struct attempt *a;

	for (size_t i = 0; i < b->workers; i++)
		if (is_claim(b->worker[i].now, f))
			board_stop_locked(&b->worker[i], STOP_PERSON);
	while ((a = attempt_shift(&b->queued))) {
		if (!is_claim(a, f)) {
			attempt_push(&kept, a);
			continue;
		}
		attempt_judge(a, (struct judgement){ .kind = VERDICT_CANCELLED }, "cancelled");
		attempt_push(&b->ended, a);
		board_wake_locked(b);
	}
	b->queued = kept;
}
