/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_queue.c - requests that were read wholly, and the threads that handle them.
 *
 * Always: an exchange in the queue or in a handler's hands is suspended, so that nobody else
 * touches it; the handler's last touch is to resume it.
 */
#include "http/server_part.h"

#include "base/clock.h"

static struct exchange *take(struct server *s)
{
	struct exchange *x = s->queue;

	if (!x)
		return NULL;
	s->queue = x->next_queued;
	if (!s->queue)
		s->queue_end = &s->queue;
	s->queued--;
	return x;
}

bool queue_push(struct server *s, struct exchange *x)
{
	bool room;

	mutex_lock(&s->queue_lock);
	room = s->queued < s->o.queue_max && !s->ending;
	if (room) {
		/* Before a handler can resume it. */
		MHD_suspend_connection(x->mhd);
		x->next_queued = NULL;
		*s->queue_end = x;
		s->queue_end = &x->next_queued;
		s->queued++;
		condition_signal(&s->queue_filled);
	}
	mutex_unlock(&s->queue_lock);
	return room;
}

/* The time before the count: whoever sees the count finds no older time. */
static void answered(struct exchange *x)
{
	struct server *s = x->server;

	x->ready = true;
	if (atomic_load(&s->ready) == 0)
		atomic_store(&s->stepped_ms, clock_steady_now());
	atomic_fetch_add(&s->ready, 1);
}

void queue_seen(struct exchange *x)
{
	if (!x->ready)
		return;
	x->ready = false;
	atomic_store(&x->server->stepped_ms, clock_steady_now());
	atomic_fetch_sub(&x->server->ready, 1);
}

int64_t server_still_ms(const struct server *s)
{
	if (atomic_load(&s->ready) == 0)
		return 0;
	return clock_steady_now() - atomic_load(&s->stepped_ms);
}

void *queue_run(void *arg)
{
	struct server *s = arg;
	size_t number = atomic_fetch_add(&s->handler_number, 1);
	struct exchange *x;

	mutex_lock(&s->queue_lock);
	for (;;) {
		while (!s->ending && !s->queue)
			condition_wait(&s->queue_filled, &s->queue_lock);
		x = s->ending ? NULL : take(s);
		if (!x)
			break;
		mutex_unlock(&s->queue_lock);
		s->o.handle(s->o.arg, number, &x->request);
		assert(x->request.answer.status != 0);
		answered(x);
		MHD_resume_connection(x->mhd);
		mutex_lock(&s->queue_lock);
	}
	mutex_unlock(&s->queue_lock);
	if (s->o.handler_end)
		s->o.handler_end(s->o.arg, number);
	return NULL;
}

void queue_end(struct server *s)
{
	struct exchange *x;

	mutex_lock(&s->queue_lock);
	s->ending = true;
	condition_broadcast(&s->queue_filled);
	mutex_unlock(&s->queue_lock);
	for (size_t i = 0; i < s->handlers_started; i++)
		thread_join(s->handler[i]);
	s->handlers_started = 0;
	while ((x = take(s)) != NULL) {
		s->o.refuse(s->o.arg, &x->request, MHD_HTTP_SERVICE_UNAVAILABLE);
		MHD_resume_connection(x->mhd);
	}
}
