/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what happened, for whoever looks at /api/events: hints, not data.
 *
 * A ring of the last EVENTS_KEPT events with growing ids; a stream that fell behind further is told
 * to start over ("reset").  Nothing in an event is secret or personal: kinds, ids, counts, states.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include "base/err.h"
#include "data/value.h"

struct access;
struct db;

#define EVENTS_KEPT 4096
#define EVENT_BYTES_MAX 2048
#define EVENTS_READERS_EACH 32 /* streams of one caller, so that nobody takes all there are */

struct events;

struct events *events_new(void);
void events_free(struct events *ev);

/* From any thread; never blocks on a reader.  `kind` is a word ("job", "run", "schedule");
 * `data` is JSON text of at most EVENT_BYTES_MAX (longer: dropped to "{}"); `roles` may see it. */
void events_publish(struct events *ev, const char *kind, struct str data, unsigned roles);
int64_t events_last_id(struct events *ev);
/* How many streams are read at present. */
size_t events_readers(struct events *ev);
/* Asks again who the readers are: who may no longer sees no more.  To be called every few seconds,
 * by a thread that has a database. */
MUST_CHECK bool events_attend(struct events *ev, struct access *access, struct db *d,
			      struct err *e);

#endif
