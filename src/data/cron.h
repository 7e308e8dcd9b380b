/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron.h - cron expressions: parsed, said in words, and when they are next true.  Pure.
 *
 * Five fields (minute, hour, day of the month, month, weekday; 0 and 7 are Sunday), each a list of
 * "*", numbers, names (jan…dec, sun…sat), ranges, with a "/step"; or @hourly, @daily, @midnight,
 * @weekly, @monthly, @yearly, @annually.  When both days are restricted either makes it true
 * (POSIX crontab(5)); a field that begins with "*" does not restrict.
 *
 * In a zone with daylight saving: a wall time that is skipped runs once, at the first valid instant
 * after the gap; one that is shown twice runs once, the first time.  Only times that the expression
 * names are moved or merged: an expression of every minute or hour ("*" or "*" with a step in the
 * hour field) runs by elapsed wall times as they are shown, without a made-up one in the gap, and
 * once more in the repeated hour.
 */
#ifndef CRON_H
#define CRON_H

#include "base/err.h"
#include "data/zone.h"

struct cron {
	uint64_t minute;           /* bit per value */
	uint32_t hour, day, month; /* day and month from 1 */
	uint8_t weekday;           /* bit 0 Sunday … 6 */
	bool any_day, any_weekday; /* the field began with "*" */
	bool every_hour;           /* the hour field began with "*" */
};

/* All of `s`.  ERR_CONFIG names the field and says what would be right.  An expression that is
 * never true ("0 0 31 2 *") is refused. */
MUST_CHECK bool cron_parse(struct str s, struct cron *out, struct err *e);

/* The first instant (microseconds) after `after_us` at which it is true in that zone; INT64_MAX
 * when the calendar (year 9999) ends before. */
int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after_us);

/* "every 15 minutes", "at 02:00 every day", "at 03:15 on Monday and Friday". */
struct str cron_words(struct arena *a, const struct cron *c);

#endif
