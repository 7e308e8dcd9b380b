/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - the last events in a ring, and streams that read along (text/event-stream).
 *
 * Always: event number i stands at ring[i % EVENTS_KEPT] until i + EVENTS_KEPT is published.  The
 * lock is held for copying alone; a reader has a place in the ring and nothing else, so it can
 * never hold anybody up.  Ids start at the time of the process's start, so that those of an earlier
 * process are always behind.
 */
#include "api/api_part.h"

#include "base/log.h"
#include "base/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define KIND_BYTES_MAX 32
#define ID_BYTES_MAX 32
#define RETRY_MS 3000
/* After this a stream ends and its reader asks again, with what it may see by then. */
#define STREAM_MS_MAX ((int64_t)15 * 60 * 1000)
/* Room that any event needs on the wire. */
#define WIRE_BYTES_MAX (EVENT_BYTES_MAX + KIND_BYTES_MAX + 3 * ID_BYTES_MAX)

struct event {
	unsigned roles;
	char kind[KIND_BYTES_MAX];
	char data[EVENT_BYTES_MAX + 1];
};

struct events {
	struct mutex lock;
	int64_t first, last; /* ids; last < first: none yet */
	struct event *ring[EVENTS_KEPT];
	size_t readers;
	struct mutex server_lock; /* held while the server is woken */
	struct server *server;
};

/* One reader.  What did not fit into the server's buffer waits in `rest`. */
struct stream {
	struct events *events;
	unsigned roles;
	int64_t next; /* the id it reads next */
	int64_t said_ms, ends_ms;
	bool greeted;
	char text[WIRE_BYTES_MAX];
	size_t at, len;
};

struct events *events_new(void)
{
	struct events *ev = calloc(1, sizeof(*ev));

	if (!ev)
		abort();
	mutex_init(&ev->lock);
	mutex_init(&ev->server_lock);
	ev->first = clock_wall_now();
	ev->last = ev->first - 1;
	return ev;
}

void events_free(struct events *ev)
{
	if (!ev)
		return;
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(ev->ring[i]);
	mutex_done(&ev->lock);
	mutex_done(&ev->server_lock);
	free(ev);
}

void events_bind(struct events *ev, struct server *server)
{
	mutex_lock(&ev->server_lock);
	ev->server = server;
	mutex_unlock(&ev->server_lock);
}

int64_t events_last_id(struct events *ev)
{
	int64_t id;

	mutex_lock(&ev->lock);
	id = ev->last;
	mutex_unlock(&ev->lock);
	return id;
}

size_t events_readers(struct events *ev)
{
	size_t n;

	mutex_lock(&ev->lock);
	n = ev->readers;
	mutex_unlock(&ev->lock);
	return n;
}

/* A line break in the data would end it. */
static bool is_one_line(struct str s)
{
	return !memchr(s.at ? s.at : "", '\n', s.len) && !memchr(s.at ? s.at : "", '\r', s.len);
}

void events_publish(struct events *ev, const char *kind, struct str data, unsigned roles)
{
	struct event *one, **place;

	if (data.len == 0 || data.len > EVENT_BYTES_MAX || !is_one_line(data))
		data = STR("{}");
	mutex_lock(&ev->lock);
	place = &ev->ring[++ev->last % EVENTS_KEPT];
	if (!*place)
		*place = calloc(1, sizeof(**place));
	if (!*place)
		abort();
	one = *place;
	one->roles = roles;
	snprintf(one->kind, sizeof(one->kind), "%s", kind);
	memcpy(one->data, data.at, data.len);
	one->data[data.len] = 0;
	mutex_unlock(&ev->lock);
	mutex_lock(&ev->server_lock);
	if (ev->server)
		server_wake(ev->server);
	mutex_unlock(&ev->server_lock);
}

/* ---- one reader ---- */

void *events_stream(struct events *ev, unsigned roles, int64_t after)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->events = ev;
	s->roles = roles;
	s->ends_ms = clock_steady_now() + STREAM_MS_MAX;
	mutex_lock(&ev->lock);
	s->next = after < 0 ? ev->last + 1 : after + 1;
	ev->readers++;
	mutex_unlock(&ev->lock);
	return s;
}

PRINTF(2, 3)
static void say(struct stream *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text, sizeof(s->text), fmt, ap);
	va_end(ap);
	assert(n > 0 && (size_t)n < sizeof(s->text));
	s->at = 0;
	s->len = (size_t)n;
	s->said_ms = clock_steady_now();
}

/* Whether events that this reader wants are gone, or its ids are another process's. */
static bool is_lost(const struct events *ev, const struct stream *s)
{
	int64_t kept = ev->last - EVENTS_KEPT + 1;

	return s->next < ev->first || s->next < kept || s->next > ev->last + 1;
}

/* The next event that it may see becomes its text; false when there is none. */
static bool take_event(struct stream *s)
{
	struct events *ev = s->events;
	bool taken = false;

	mutex_lock(&ev->lock);
	if (is_lost(ev, s)) {
		s->next = ev->last + 1;
		say(s, "id: %lld\nevent: reset\ndata: {}\n\n", (long long)ev->last);
		taken = true;
	}
	while (!taken && s->next <= ev->last) {
		const struct event *one = ev->ring[s->next % EVENTS_KEPT];

		taken = (one->roles & s->roles) != 0;
		if (taken)
			say(s, "id: %lld\nevent: %s\ndata: %s\n\n", (long long)s->next, one->kind,
			    one->data);
		s->next++;
	}
	mutex_unlock(&ev->lock);
	return taken;
}

/* Fills the stream's text when it is empty; false when there is nothing to say. */
static bool refill(struct stream *s)
{
	if (s->at < s->len)
		return true;
	if (!s->greeted) {
		s->greeted = true;
		say(s, "retry: %d\n\n", RETRY_MS);
		return true;
	}
	if (take_event(s))
		return true;
	if (clock_steady_now() - s->said_ms < SERVER_BEAT_MS)
		return false;
	say(s, ": still here\n\n");
	return true;
}

static ptrdiff_t stream_read(void *stream, char *to, size_t max)
{
	struct stream *s = stream;
	size_t n = 0;

	if (clock_steady_now() >= s->ends_ms && s->at == s->len)
		return -1;
	while (n < max && refill(s)) {
		size_t part = s->len - s->at < max - n ? s->len - s->at : max - n;

		memcpy(to + n, s->text + s->at, part);
		s->at += part;
		n += part;
	}
	return (ptrdiff_t)n;
}

static void stream_close(void *stream)
{
	struct stream *s = stream;

	mutex_lock(&s->events->lock);
	s->events->readers--;
	mutex_unlock(&s->events->lock);
	free(s);
}

const struct server_stream_ops events_stream_ops = { stream_read, stream_close };

/* ---- the route ---- */

static bool events_get(struct call *c, struct err *e)
{
	return call_events(c, e);
}

const struct route events_routes[] = {
	{ .method = "GET",
	  .path = "/api/events",
	  .roles = ROLE_ALL,
	  .handle = events_get,
	  .summary = "What happens, as server-sent events: hints to look again, not data",
	  .tag = "events",
	  .answer_type = "text/event-stream",
	  .problems = "too_many_streams:503" },
	{ 0 },
};
