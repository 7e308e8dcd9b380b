/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor.h - windows of time over a stream with a DatetimeBasedCursor: pure arithmetic.
 *
 * From `since` (or the manifest's start) to now, in steps when the manifest has a step.  A stream
 * without a cursor has exactly one window without bounds.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include "flow/draft.h"

#define NO_TIME INT64_MIN

struct window {
	bool bounded;
	int64_t start_us, end_us; /* end inclusive, as the vendor is asked */
};

struct windows {
	const struct datetime_cursor *cursor; /* NULL: one window without bounds */
	int64_t start_us, end_us;
	struct duration step; /* zero: one window */
};

/*
 * `since_us` is where the last complete pass stood (NO_TIME: none), already less the overlap; the
 * manifest's lookback is taken off here.  Never before the manifest's start.
 */
MUST_CHECK bool windows_open(const struct stream *st, int64_t since_us, const struct scope *scope,
			     struct windows *out, struct err *e);

/* The window that begins at `start_us` (windows->start_us for the first). */
struct window windows_at(const struct windows *w, int64_t start_us);

/* Where the next one begins, or NO_TIME after the last. */
int64_t windows_after(const struct windows *w, const struct window *window);

/* Adds start_time and end_time to the slice, and what the manifest wants of them to the request. */
MUST_CHECK bool window_slice(const struct windows *w, const struct window *window,
			     struct value slice, const struct scope *scope, struct err *e);
MUST_CHECK bool window_inject(const struct windows *w, const struct window *window, struct draft *d,
			      const struct scope *scope, struct err *e);

/* The record's cursor value, or NO_TIME when it has none or it is no time. */
int64_t record_time(const struct datetime_cursor *c, struct value record,
		    const struct scope *scope);

#endif
