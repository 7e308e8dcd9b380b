/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_stream.c - answers that go on: asked by the byte thread, asleep when they have nothing.
 *
 * Always: a stream is in the list from its first to its last moment on the byte thread.  To find
 * nothing and to fall asleep is one step under the lock, and so is waking; hence no news is missed.
 */
#include "base/clock.h"
#include "http/server_part.h"

#include <poll.h>

void stream_begin(struct exchange *x)
{
	struct server *s = x->server;

	mutex_lock(&s->streams_lock);
	x->read_ms = clock_steady_now();
	x->next_stream = s->streams;
	if (x->next_stream)
		x->next_stream->prev_stream = x;
	s->streams = x;
	mutex_unlock(&s->streams_lock);
}

ptrdiff_t stream_read(void *arg, uint64_t at, char *to, size_t max)
{
	struct exchange *x = arg;
	struct server *s = x->server;
	struct server_answer *answer = &x->request.answer;
	ptrdiff_t n;

	(void)at;
	mutex_lock(&s->streams_lock);
	x->read_ms = clock_steady_now();
	n = atomic_load(&s->draining) || x->left
		    ? -1
		    : answer->stream->read(answer->stream_state, to, max);
	if (n == 0) {
		x->asleep = true;
		MHD_suspend_connection(x->mhd);
	}
	mutex_unlock(&s->streams_lock);
	if (n > 0)
		x->request.bytes_sent += n;
	return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

void stream_end(struct exchange *x)
{
	struct server *s = x->server;
	struct server_answer *answer = &x->request.answer;
	bool listed = x->stage == EXCHANGE_SENT;

	mutex_lock(&s->streams_lock);
	if (listed && x->next_stream)
		x->next_stream->prev_stream = x->prev_stream;
	if (listed && x->prev_stream)
		x->prev_stream->next_stream = x->next_stream;
	else if (listed)
		s->streams = x->next_stream;
	s->streams_reserved--;
	mutex_unlock(&s->streams_lock);
	answer->stream->close(answer->stream_state);
}

bool server_stream_reserve(struct server *s)
{
	bool room;

	mutex_lock(&s->streams_lock);
	room = s->streams_reserved < SERVER_STREAMS_MAX && !atomic_load(&s->draining);
	s->streams_reserved += room;
	mutex_unlock(&s->streams_lock);
	return room;
}

static void wake(struct exchange *x)
{
	if (!x->asleep)
		return;
	x->asleep = false;
	x->read_ms = clock_steady_now();
	MHD_resume_connection(x->mhd);
}

void server_wake(struct server *s)
{
	mutex_lock(&s->streams_lock);
	for (struct exchange *x = s->streams; x; x = x->next_stream)
		wake(x);
	mutex_unlock(&s->streams_lock);
}

/* Nobody looks at the socket of a suspended connection: that its client has gone would be noticed
 * when something is written, and then once more.  Until then it would count for one. */
static bool has_left(const struct exchange *x)
{
	struct pollfd at = { .fd = x->connection->fd, .events = POLLRDHUP };

	return poll(&at, 1, 0) > 0 && at.revents;
}

void stream_sweep(struct server *s)
{
	int64_t now = clock_steady_now();

	mutex_lock(&s->streams_lock);
	for (struct exchange *x = s->streams; x; x = x->next_stream) {
		if (x->asleep)
			x->left = has_left(x);
		if (x->asleep && (x->left || now - x->read_ms >= s->o.beat_ms))
			wake(x);
		else if (!x->asleep && now - x->read_ms >= s->o.stall_ms)
			shutdown(x->connection->fd, SHUT_RDWR);
	}
	mutex_unlock(&s->streams_lock);
}
