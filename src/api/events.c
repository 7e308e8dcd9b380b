/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - the last events in a ring, and streams that read along (text/event-stream).
 *
 * Always: event number i stands at ring[i % EVENTS_KEPT] until i + EVENTS_KEPT is published.  The
 * lock is held for copying alone; a reader has a place in the ring and nothing else, so it can
 * never hold anybody up.  Ids start at the time of the process's start, so that those of an earlier
 * process are always behind.
 *
 * A reader is in the list from his first to his last moment.  What he came with is kept and asked
 * about again (events_attend()): a stream goes on for longer than a request, so it must not outlive
 * the right to it.
 */
#include "api/api_part.h"

#include "base/log.h"
#include "base/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <sodium.h>
#include <stdlib.h>

#define KIND_BYTES_MAX 32
#define ID_BYTES_MAX 32
#define RETRY_MS 3000
/* After this a stream ends and its reader asks again, with what it may see by then. */
#define STREAM_MS_MAX ((int64_t)15 * 60 * 1000)
#define ATTEND_BYTES_MAX ((size_t)64 * 1024 * 1024)
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
	struct stream *streams;
	size_t readers;
	int64_t readers_ever;
	struct mutex server_lock; /* held while the server is woken */
	struct server *server;
};

/* One reader.  What did not fit into the server's buffer waits in `text`. */
struct stream {
	struct events *events;
	struct stream *next_stream, *prev_stream;
	int64_t number;               /* of all readers, ever */
	char *caller;                 /* identity_key() */
	char *authorization, *cookie; /* as they came; wiped at the end */
	unsigned roles;               /* guarded by the lock, as ends_ms is */
	int64_t next;                 /* the id it reads next */
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

static void wake(struct events *ev)
{
	mutex_lock(&ev->server_lock);
	if (ev->server)
		server_wake(ev->server);
	mutex_unlock(&ev->server_lock);
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
	wake(ev);
}

/* ---- one reader ---- */

static char *keep(struct str text)
{
	char *copy = malloc(text.len + 1);

	if (!copy)
		abort();
	memcpy(copy, text.len ? text.at : "", text.len);
	copy[text.len] = 0;
	return copy;
}

static void forget(char *secret)
{
	sodium_memzero(secret, strlen(secret));
	free(secret);
}

static void stream_free(struct stream *s)
{
	free(s->caller);
	forget(s->authorization);
	forget(s->cookie);
	free(s);
}

static size_t count_of(const struct events *ev, const char *caller)
{
	size_t n = 0;

	for (const struct stream *s = ev->streams; s; s = s->next_stream)
		n += strcmp(s->caller, caller) == 0;
	return n;
}

/* Under the lock; false when the caller has his share. */
static bool enlist(struct events *ev, struct stream *s)
{
	if (count_of(ev, s->caller) >= EVENTS_READERS_EACH)
		return false;
	s->next_stream = ev->streams;
	if (s->next_stream)
		s->next_stream->prev_stream = s;
	ev->streams = s;
	s->number = ++ev->readers_ever;
	ev->readers++;
	return true;
}

void *events_stream(struct events *ev, const struct event_reader *r, int64_t after)
{
	struct stream *s = calloc(1, sizeof(*s));
	int64_t left_ms = r->left_ms < STREAM_MS_MAX ? r->left_ms : STREAM_MS_MAX;
	bool room;

	if (!s)
		abort();
	*s = (struct stream){ .events = ev,
			      .caller = keep(r->caller),
			      .authorization = keep(r->given.authorization),
			      .cookie = keep(r->given.cookie),
			      .roles = r->roles,
			      .ends_ms = clock_steady_now() + left_ms };
	mutex_lock(&ev->lock);
	/* An id that is yet to come is another process's: it starts over. */
	s->next = after < 0 ? ev->last + 1 : after > ev->last ? 0 : after + 1;
	room = enlist(ev, s);
	mutex_unlock(&ev->lock);
	if (room)
		return s;
	stream_free(s);
	return NULL;
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

static bool is_over(struct stream *s)
{
	bool over;

	mutex_lock(&s->events->lock);
	over = clock_steady_now() >= s->ends_ms;
	mutex_unlock(&s->events->lock);
	return over;
}

static ptrdiff_t stream_read(void *stream, char *to, size_t max)
{
	struct stream *s = stream;
	size_t n = 0;

	if (is_over(s) && s->at == s->len)
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
	if (s->next_stream)
		s->next_stream->prev_stream = s->prev_stream;
	if (s->prev_stream)
		s->prev_stream->next_stream = s->next_stream;
	else
		s->events->streams = s->next_stream;
	s->events->readers--;
	mutex_unlock(&s->events->lock);
	stream_free(s);
}

const struct server_stream_ops events_stream_ops = { stream_read, stream_close };

/* ---- whether they still may ---- */

struct visitor {
	int64_t number;
	struct credentials given;
};

static size_t list_visitors(struct events *ev, struct arena *a, struct visitor **out)
{
	size_t n = 0;

	mutex_lock(&ev->lock);
	*out = arena_new_array(a, struct visitor, ev->readers + 1);
	for (const struct stream *s = ev->streams; s; s = s->next_stream)
		(*out)[n++] = (struct visitor){ s->number,
						{ str_keep(a, str_from(s->authorization)),
						  str_keep(a, str_from(s->cookie)) } };
	mutex_unlock(&ev->lock);
	return n;
}

/* Nothing for who may see nothing: his stream ends, and he learns why when he asks again. */
static void set_roles(struct events *ev, int64_t number, unsigned roles)
{
	mutex_lock(&ev->lock);
	for (struct stream *s = ev->streams; s; s = s->next_stream) {
		if (s->number != number)
			continue;
		s->roles = roles;
		if (!roles)
			s->ends_ms = 0;
	}
	mutex_unlock(&ev->lock);
}

bool events_attend(struct events *ev, struct access *access, struct db *d, struct err *e)
{
	AUTO_ARENA *a = arena_new("attend", ATTEND_BYTES_MAX);
	struct visitor *visitor;
	size_t n = list_visitors(ev, a, &visitor);
	bool ended = false;

	for (size_t i = 0; i < n; i++) {
		struct identity who = { .kind = IDENTITY_NOBODY };
		bool known = access_check(access, d, a, &visitor[i].given, &who, e);

		if (!known && e->kind != ERR_AUTH)
			return false;
		set_roles(ev, visitor[i].number, known ? who.roles : 0);
		ended = ended || !known || !who.roles;
	}
	if (ended)
		wake(ev);
	return true;
}

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
