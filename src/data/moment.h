/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moment.h - instants, their texts, and lengths of time.
 *
 * An instant is microseconds since 1970-01-01T00:00:00Z (proleptic Gregorian calendar, no leap
 * seconds), between the years 1 and 9999.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include "base/err.h"
#include "data/value.h"

#define US_PER_S ((int64_t)1000000)
#define MOMENT_MIN_US ((int64_t)-62135596800 * US_PER_S)
#define MOMENT_MAX_US ((int64_t)253402300799 * US_PER_S + 999999)

struct civil {
	int year, month, day, hour, minute, second, us; /* month and day from 1 */
};

/* Howard Hinnant's days_from_civil; the fields are in range. */
int64_t civil_to_us(struct civil c);
struct civil civil_from_us(int64_t us);
bool civil_valid(struct civil c);
int civil_weekday(struct civil c); /* 0 = Monday */
int civil_yearday(struct civil c); /* 1 = 1 January */

/*
 * RFC 3339 / ISO 8601 as vendors write it: date alone, 'T' or space,
 * hours:minutes[:seconds[.fraction of 1-9 digits]], nothing, 'Z', ±hh:mm, ±hhmm or ±hh.  Without an
 * offset it is UTC and has_offset is false.  All of `s`; impossible dates are refused, with
 * ERR_REMOTE; digits finer than a microsecond are cut off.
 */
MUST_CHECK bool moment_parse(struct str s, struct value *out, struct err *e);

/*
 * By a strptime format of the manifests: %Y %m %d %H %M %S %f %z %Z %b %B %a %A %y %j %I %p %e %T
 * %D %F %% and the reference's own %_ms (milliseconds of the second), and, each as a whole format,
 * %s (Unix seconds), %ms (milliseconds), %s_as_float, %epoch_microseconds.  Anything else in the
 * format is ERR_CONFIG; a text that does not match is ERR_REMOTE.  %Z reads UTC, GMT and Z only.
 */
MUST_CHECK bool moment_parse_as(struct str s, struct str format, struct value *out, struct err *e);

/* The same formats, written in the time's own offset. */
MUST_CHECK bool moment_format(struct arena *a, struct value time, struct str format,
			      struct str *out, struct err *e);

/* Whether moment_parse_as() and moment_format() know every directive: the check at load time. */
MUST_CHECK bool moment_format_check(struct str format, struct err *e);

/* "2026-11-21T02:00:00Z", with as many fraction digits as are needed (0, 3 or 6). UTC. */
struct str moment_text(struct arena *a, int64_t us);
/* A time of the wall clock so, or null for 0: never, or not yet. */
struct value moment_or_null(struct arena *a, int64_t wall_ms);

/* Appends a time as RFC 3339 in the offset it was written in, with as many fraction digits as are
 * needed (0, 3 or 6). */
void moment_write(struct buf *b, struct value time);

/* Appends a length of time as an ISO 8601 duration in days, hours, minutes and seconds: "P1DT2H",
 * "-PT0.5S", "PT0S". */
void span_write(struct buf *b, int64_t us);

/* An ISO 8601 duration: years and months are calendar steps, the rest is exact. */
struct duration {
	int32_t months;
	int64_t us;
};

/* "P1M", "PT5M", "P1DT12H", "PT0.5S", "P2W"; all of `s`. */
MUST_CHECK bool duration_parse(struct str s, struct duration *out, struct err *e);

/* Adds `n` times `d` (n may be negative) to an instant; a day past the month's end becomes its
 * last. */
int64_t moment_add(int64_t us, struct duration d, int n);

/* "15m", "2h", "1d", "30s", "500ms", or an ISO 8601 duration: what people write in plans. */
MUST_CHECK bool duration_parse_plain(struct str s, struct duration *out, struct err *e);

/* "4 m 10 s", "2 h 5 m", "850 ms": for people. */
struct str span_text(struct arena *a, int64_t ms);

#endif
