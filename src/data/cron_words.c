/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron_words.c - cron expressions in words for people.
 *
 * Always: two expressions that are true at different times of the clock read differently.  Few
 * times of day are told one by one; else the minutes are told, then the hours.
 */
#include "base/buf.h"
#include "data/cron.h"

#define WORDS_BYTES_MAX 4096
#define TIMES_MAX 6

#define EVERY_MINUTE (((uint64_t)1 << 60) - 1)
#define EVERY_HOUR ((1u << 24) - 1)
#define EVERY_DAY 0xfffffffeu /* 1 to 31 */
#define EVERY_MONTH 0x1ffeu   /* 1 to 12 */
#define EVERY_WEEKDAY 0x7fu

static const char *const weekdays[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					"Thursday", "Friday", "Saturday" };
static const char *const months[] = { "",        "January",  "February", "March",  "April",
				      "May",     "June",     "July",     "August", "September",
				      "October", "November", "December" };

static int count(uint64_t bits)
{
	return __builtin_popcountll(bits);
}

static int lowest(uint64_t bits)
{
	return __builtin_ctzll(bits);
}

static int highest(uint64_t bits)
{
	return 63 - __builtin_clzll(bits);
}

/* Whether the bits stand side by side, at least `few` of them. */
static bool is_run(uint64_t bits, int few)
{
	return count(bits) >= few && highest(bits) - lowest(bits) + 1 == count(bits);
}

/* n when the bits are 0, n, 2n … and n divides `size`, so that they come at even distances round
 * the clock; else 0. */
static int step_of(uint64_t bits, int size)
{
	int n = count(bits) > 0 ? size / count(bits) : 0;
	uint64_t want = 0;

	if (n == 0 || size % n != 0)
		return 0;
	for (int i = 0; i < size; i += n)
		want |= (uint64_t)1 << i;
	return bits == want ? n : 0;
}

static void say_weekday(struct buf *b, int i)
{
	buf_printf(b, "%s", weekdays[i]);
}

static void say_month(struct buf *b, int i)
{
	buf_printf(b, "%s", months[i]);
}

static void say_hour(struct buf *b, int i)
{
	buf_printf(b, "%02d:00", i);
}

static void say_minute(struct buf *b, int i)
{
	buf_printf(b, ":%02d", i);
}

static void say_nth(struct buf *b, int i)
{
	static const char *const ends[] = { "th", "st", "nd", "rd" };
	bool plain = i % 10 > 3 || (i >= 11 && i <= 13);

	buf_printf(b, "%d%s", i, ends[plain ? 0 : i % 10]);
}

/* "a, b and c" */
static void say_list(struct buf *b, uint64_t bits, void (*say)(struct buf *b, int i))
{
	while (bits) {
		say(b, lowest(bits));
		bits &= bits - 1;
		if (bits)
			buf_add(b, count(bits) == 1 ? STR(" and ") : STR(", "));
	}
}

/* A list, or "a to d" when four or more stand side by side. */
static void say_values(struct buf *b, uint64_t bits, void (*say)(struct buf *b, int i))
{
	if (!is_run(bits, 4)) {
		say_list(b, bits, say);
		return;
	}
	say(b, lowest(bits));
	buf_add(b, STR(" to "));
	say(b, highest(bits));
}

/* ---- the time of day ---- */

static void say_times(struct buf *b, const struct cron *c)
{
	int left = count(c->hour) * count(c->minute);

	buf_add(b, STR("at "));
	for (int hour = 0; hour < 24; hour++)
		for (int minute = 0; minute < 60; minute++) {
			if (!(c->hour >> hour & 1) || !(c->minute >> minute & 1))
				continue;
			left--;
			buf_printf(b, "%02d:%02d%s", hour, minute,
				   left > 1    ? ", "
				   : left == 1 ? " and "
					       : "");
		}
}

static void say_minutes(struct buf *b, uint64_t minute)
{
	int step = step_of(minute, 60);

	if (step == 1)
		buf_add(b, STR("every minute"));
	else if (step > 0 && step < 60)
		buf_printf(b, "every %d minutes", step);
	else
		buf_add(b, STR("every hour"));
	if (step > 0)
		return;
	buf_add(b, is_run(minute, 4) ? STR(" from ") : STR(" at "));
	say_values(b, minute, say_minute);
}

static void say_hours(struct buf *b, const struct cron *c)
{
	if (c->hour == EVERY_HOUR)
		return;
	if (is_run(c->hour, 2)) {
		buf_printf(b, " from %02d:00 to %02d:59", lowest(c->hour), highest(c->hour));
		return;
	}
	buf_add(b, STR(" in the hours from "));
	say_list(b, c->hour, say_hour);
}

/* Says true when it told single times of a day. */
static bool say_time(struct buf *b, const struct cron *c)
{
	int step = step_of(c->hour, 24);

	if (c->every_hour && count(c->minute) == 1 && step > 1 && step < 24) {
		buf_printf(b, "every %d hours", step);
		if (c->minute != 1) {
			buf_add(b, STR(" at "));
			say_minute(b, lowest(c->minute));
		}
		return false;
	}
	if (count(c->hour) * count(c->minute) <= TIMES_MAX) {
		say_times(b, c);
		return true;
	}
	say_minutes(b, c->minute);
	say_hours(b, c);
	return false;
}

/* ---- the day ---- */

/* "on Monday and Friday", "from Monday to Friday" */
static void say_weekdays(struct buf *b, uint8_t weekday)
{
	buf_add(b, is_run(weekday, 4) ? STR(" from ") : STR(" on "));
	say_values(b, weekday, say_weekday);
}

/* A day of the month that must be one of these too. */
static void say_if_weekday(struct buf *b, uint8_t weekday)
{
	buf_add(b, STR(" if that is "));
	if (count(weekday) == 1)
		buf_add(b, STR("a "));
	else
		buf_add(b, is_run(weekday, 4) ? STR("from ") : STR("one of "));
	say_values(b, weekday, say_weekday);
}

static void say_days_of(struct buf *b, const struct cron *c)
{
	buf_add(b, is_run(c->day, 4) ? STR(" from the ") : STR(" on the "));
	say_values(b, c->day, say_nth);
	if (c->month == EVERY_MONTH) {
		buf_add(b, STR(" of every month"));
	} else {
		buf_add(b, STR(" of "));
		say_values(b, c->month, say_month);
	}
}

static void say_in_months(struct buf *b, const struct cron *c)
{
	if (c->month == EVERY_MONTH)
		return;
	buf_add(b, is_run(c->month, 4) ? STR(" from ") : STR(" in "));
	say_values(b, c->month, say_month);
}

static void say_day(struct buf *b, const struct cron *c, bool at_times)
{
	bool days = c->day != EVERY_DAY, weekdays_only = c->weekday != EVERY_WEEKDAY;
	bool both = c->any_day || c->any_weekday;

	/* With either of two, one that is always true makes the day always right. */
	if (!both && (!days || !weekdays_only))
		days = weekdays_only = false;
	if (!days && !weekdays_only) {
		if (at_times || c->month != EVERY_MONTH)
			buf_add(b, STR(" every day"));
		say_in_months(b, c);
	} else if (days && weekdays_only) {
		say_days_of(b, c);
		if (both) {
			say_if_weekday(b, c->weekday);
			return;
		}
		buf_add(b, STR(" and"));
		say_weekdays(b, c->weekday);
		say_in_months(b, c);
	} else if (days) {
		say_days_of(b, c);
	} else {
		say_weekdays(b, c->weekday);
		say_in_months(b, c);
	}
}

struct str cron_words(struct arena *a, const struct cron *c)
{
	struct buf b;

	buf_in(&b, a, WORDS_BYTES_MAX);
	say_day(&b, c, say_time(&b, c));
	return buf_str(&b);
}
