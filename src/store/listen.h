/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen.h - "there is something new", from whoever commits on the same PostgreSQL server.
 *
 * A listener has a connection of its own, made and kept without ever blocking: whoever owns it
 * polls listener_fd() for listener_events(), at most for listener_wait_ms(), and then calls
 * listener_take().  What it says is a hint only.  After every new connection it says "look at
 * everything", for hints may have been lost; while there is no connection it says nothing, so a
 * slow poll of the tables stays the backstop.
 *
 * A connection that only looks alive is found by its own echo: a NOTIFY to a channel that nobody
 * else hears, every LISTEN_PING_MS; without an echo within LISTEN_ECHO_MS it is made anew.
 *
 * SQLite has nothing to listen to: listener_open() gives NULL, which all calls take.  Neither has a
 * transaction pooler: do not open one behind it.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include "base/err.h"
#include "base/str.h"

#define LISTEN_CHANNELS_MAX 16
#define LISTEN_PING_MS 10000
#define LISTEN_ECHO_MS 5000

/* What lockstep itself tells. */
#define LISTEN_JOBS "lockstep_jobs"

struct listener;

/* `channel` are names that need no quotes.  Connects later: ERR_CONFIG for a URL that is none. */
MUST_CHECK bool listener_open(struct str url, const char *const *channel, size_t channels,
			      struct listener **out, struct err *e);
void listener_close(struct listener *l);

/* For poll(); -1 while there is nothing to poll. */
int listener_fd(const struct listener *l);
short listener_events(const struct listener *l);
/* When listener_take() wants to be called at the latest, in ms from now. */
int64_t listener_wait_ms(const struct listener *l);

/* Goes on with whatever it is doing.  Bit i: channel i was told something, or may have been. */
unsigned listener_take(struct listener *l);
/* Whether hints arrive at present. */
bool listener_hears(const struct listener *l);

#endif
