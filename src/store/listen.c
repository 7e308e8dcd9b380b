/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen.c - a connection that waits to be told, and knows when it has gone deaf.
 *
 *     down --due--> connecting --ready--> subscribing --done--> hearing
 *      ^                |                     |                   |
 *      '--refused, lost, too late, no echo ---+-------------------'
 *
 * Always: only `down` has no connection, and then `due_ms` lies in the future by at least
 * RETRY_MIN_MS when it is entered: a dead server costs a few attempts a second at the most.
 */
#include "store/listen.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/rng.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_MS 5000
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 2000

enum listening { DOWN, CONNECTING, SUBSCRIBING, HEARING };

struct listener {
	enum listening state;
	PGconn *conn;
	char *url;
	const char *channel[LISTEN_CHANNELS_MAX];
	size_t channels;
	char echo[40];  /* the channel that nobody else hears */
	int64_t due_ms; /* steady.  DOWN: try again; HEARING: ping; else: give up */
	bool pinging;   /* HEARING: `due_ms` is the echo's */
	PostgresPollingStatusType wants;
	unsigned failures; /* in a row */
	struct rng rng;
};

static bool is_postgres(struct str url)
{
	return str_starts(url, STR("postgresql://")) || str_starts(url, STR("postgres://"));
}

static bool url_check(const char *url, struct err *e)
{
	char *says = NULL;
	PQconninfoOption *o = PQconninfoParse(url, &says);

	PQconninfoFree(o);
	PQfreemem(says); /* quotes the URL, password and all */
	return o ||
	       err_set(e, ERR_CONFIG, "the database URL is not one that PostgreSQL understands");
}

bool listener_open(struct str url, const char *const *channel, size_t channels,
		   struct listener **out, struct err *e)
{
	struct listener *l;

	assert(channels <= LISTEN_CHANNELS_MAX);
	if (!is_postgres(url)) {
		*out = NULL;
		return true;
	}
	l = calloc(1, sizeof(*l));
	if (!l || !(l->url = strndup(url.at, url.len)))
		abort();
	for (size_t i = 0; i < channels; i++)
		l->channel[i] = channel[i];
	l->channels = channels;
	l->due_ms = clock_steady_now();
	l->rng.state = (uint64_t)l->due_ms ^ (uint64_t)(uintptr_t)l;
	if (!url_check(l->url, e)) {
		listener_close(l);
		return false;
	}
	*out = l;
	return true;
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	PQfinish(l->conn);
	free(l->url);
	free(l);
}

int listener_fd(const struct listener *l)
{
	return l && l->conn ? PQsocket(l->conn) : -1;
}

short listener_events(const struct listener *l)
{
	if (!l || l->state == DOWN)
		return 0;
	if (l->state == CONNECTING)
		return l->wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	/* Two dozen bytes always find room in a socket that is alive; PQflush is called anyway. */
	return POLLIN;
}

int64_t listener_wait_ms(const struct listener *l)
{
	int64_t left;

	if (!l)
		return INT64_MAX;
	left = l->due_ms - clock_steady_now();
	return left > 0 ? left : 0;
}

bool listener_hears(const struct listener *l)
{
	return l && l->state == HEARING;
}

/* Waits longer after each failure, and never the same time as the listeners of others. */
static void go_down(struct listener *l)
{
	int64_t wait_ms = RETRY_MIN_MS;

	for (unsigned i = 0; i < l->failures && wait_ms < RETRY_MAX_MS; i++)
		wait_ms *= 2;
	l->failures++;
	PQfinish(l->conn);
	l->conn = NULL;
	l->state = DOWN;
	l->due_ms = clock_steady_now() + wait_ms + (int64_t)rng_below(&l->rng, RETRY_MIN_MS);
}

static void hear_nothing(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static void connect(struct listener *l)
{
	/* The URL comes later in the list than what it may override. */
	static const char *const word[] = { "keepalives_idle",
					    "keepalives_interval",
					    "keepalives_count",
					    "tcp_user_timeout",
					    "fallback_application_name",
					    "dbname",
					    NULL };
	const char *const value[] = { "5", "2", "3", "10000", "lockstep listener", l->url, NULL };

	l->conn = PQconnectStartParams(word, value, 1);
	if (!l->conn)
		abort();
	if (PQstatus(l->conn) == CONNECTION_BAD)
		return go_down(l);
	PQsetNoticeReceiver(l->conn, hear_nothing, NULL);
	l->state = CONNECTING;
	l->wants = PGRES_POLLING_WRITING;
	l->due_ms = clock_steady_now() + CONNECT_MS;
}

/* Every server process has a number that no other one has while it lives. */
static void subscribe(struct listener *l)
{
	char text[1024];
	struct buf sql;
	struct arena *a = arena_new("listen", sizeof(text));

	snprintf(l->echo, sizeof(l->echo), "lockstep_echo_%d", PQbackendPID(l->conn));
	buf_in(&sql, a, sizeof(text) / 2);
	for (size_t i = 0; i < l->channels; i++)
		buf_printf(&sql, "LISTEN %s; ", l->channel[i]);
	buf_printf(&sql, "LISTEN %s", l->echo);
	assert(!sql.failed);
	l->state = SUBSCRIBING;
	l->due_ms = clock_steady_now() + LISTEN_ECHO_MS;
	if (PQsetnonblocking(l->conn, 1) != 0 || !PQsendQuery(l->conn, sql.at))
		go_down(l);
	arena_free(a);
}

static void go_on_connecting(struct listener *l)
{
	l->wants = PQconnectPoll(l->conn);
	if (l->wants == PGRES_POLLING_OK)
		subscribe(l);
	else if (l->wants == PGRES_POLLING_FAILED || clock_steady_now() >= l->due_ms)
		go_down(l);
}

/* Takes what the server sent.  False: the connection is of no use any more. */
static bool take_answers(struct listener *l, bool *idle)
{
	bool good = PQconsumeInput(l->conn) && PQflush(l->conn) >= 0;

	*idle = false;
	while (good && !PQisBusy(l->conn)) {
		PGresult *r = PQgetResult(l->conn);

		if (!r) {
			*idle = true;
			break;
		}
		good = PQresultStatus(r) == PGRES_COMMAND_OK;
		PQclear(r);
	}
	return good && PQstatus(l->conn) == CONNECTION_OK;
}

static unsigned everything(const struct listener *l)
{
	return (1u << l->channels) - 1;
}

static unsigned go_on_subscribing(struct listener *l)
{
	bool idle;

	if (!take_answers(l, &idle) || (!idle && clock_steady_now() >= l->due_ms)) {
		go_down(l);
		return 0;
	}
	if (!idle)
		return 0;
	l->state = HEARING;
	l->failures = 0;
	l->pinging = false;
	l->due_ms = clock_steady_now() + LISTEN_PING_MS;
	return everything(l);
}

static unsigned take_hints(struct listener *l)
{
	unsigned told = 0;
	PGnotify *n;

	while ((n = PQnotifies(l->conn))) {
		for (size_t i = 0; i < l->channels; i++)
			if (strcmp(n->relname, l->channel[i]) == 0)
				told |= 1u << i;
		if (l->pinging && strcmp(n->relname, l->echo) == 0) {
			l->pinging = false;
			l->due_ms = clock_steady_now() + LISTEN_PING_MS;
		}
		PQfreemem(n);
	}
	return told;
}

static void ping(struct listener *l)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "NOTIFY %s", l->echo);
	if (l->pinging || !PQsendQuery(l->conn, sql) || PQflush(l->conn) < 0)
		return go_down(l);
	l->pinging = true;
	l->due_ms = clock_steady_now() + LISTEN_ECHO_MS;
}

/* What has arrived counts before the clock does: the owner may have come late itself. */
static unsigned go_on_hearing(struct listener *l)
{
	bool idle;
	unsigned told;

	if (!take_answers(l, &idle)) {
		go_down(l);
		return 0;
	}
	told = take_hints(l);
	if (clock_steady_now() >= l->due_ms)
		ping(l);
	return told;
}

unsigned listener_take(struct listener *l)
{
	if (!l)
		return 0;
	switch (l->state) {
	case DOWN:
		if (clock_steady_now() >= l->due_ms)
			connect(l);
		return 0;
	case CONNECTING:
		go_on_connecting(l);
		return 0;
	case SUBSCRIBING:
		return go_on_subscribing(l);
	case HEARING:
		return go_on_hearing(l);
	}
	return 0;
}
