/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instant.h - what time the stand-in says it is, and how a vendor writes times.
 *
 * Everything here is milliseconds since 1970 in UTC.  A timepiece either follows the machine's
 * clock (plus what a test has added) or stands still and moves only when it is told to.
 */
#ifndef INSTANT_H
#define INSTANT_H

#include "base/buf.h"
#include "base/err.h"

#define MS_PER_S ((int64_t)1000)
#define MS_PER_DAY (86400 * MS_PER_S)

/* 2026-11-01T00:00:00Z: where a timepiece that stands still begins. */
#define INSTANT_VIRTUAL_START ((int64_t)1793491200000)

struct timepiece {
	bool standing;
	int64_t ms; /* standing: the time; else what is added to the machine's */
};

struct timepiece timepiece_standing(void);
int64_t timepiece_now(const struct timepiece *t);
void timepiece_advance(struct timepiece *t, int64_t by_ms);

/* "2026-11-21T02:00:00.12": no offset, up to three fraction digits, trailing zeros left out. */
void instant_put(struct buf *b, int64_t ms);

/* "Sun, 01 Nov 2026 00:00:00 GMT" */
#define INSTANT_HTTP_SIZE 32
void instant_http(char out[INSTANT_HTTP_SIZE], int64_t ms);

/* Date, or date and time with 'Z', an offset or nothing (UTC).  ERR_USAGE when it is not one. */
MUST_CHECK bool instant_parse(struct str s, int64_t *ms, struct err *e);

/* The UTC instant of midnight in Los Angeles on the civil day that holds `ms`. */
int64_t instant_pacific_midnight(int64_t ms);

#endif
