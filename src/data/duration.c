/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duration.c - lengths of time: ISO 8601, what people write in plans, and steps on the calendar.
 *
 * Always: months and the exact rest are kept apart, for no month has a length.  Limits are such
 * that one duration never overflows, and n of them end at the edge of time.
 */
#include "data/moment.h"
#include "data/scan.h"

#include <inttypes.h>

#define DURATION_MONTHS_MAX (9999 * 12)
#define DURATION_US_MAX ((int64_t)9999 * 366 * 86400 * US_PER_S)
#define NUMBER_DIGITS 15

struct unit {
	const char *name;
	int32_t months;
	int64_t us;
};

#define SECOND US_PER_S
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* In the order in which they must come. */
static const struct unit date_units[] = {
	{ "Y", 12, 0 }, { "M", 1, 0 }, { "W", 0, 7 * DAY }, { "D", 0, DAY }
};
static const struct unit clock_units[] = { { "H", 0, HOUR },
					   { "M", 0, MINUTE },
					   { "S", 0, SECOND } };
static const struct unit plain_units[] = {
	{ "ms", 0, SECOND / 1000 }, { "s", 0, SECOND }, { "m", 0, MINUTE },
	{ "h", 0, HOUR },           { "d", 0, DAY },    { "w", 0, 7 * DAY },
};

static bool duration_grow(struct duration *d, const struct unit *unit, int64_t n, int fraction_us)
{
	int64_t us, months;

	if (__builtin_mul_overflow(n, unit->us, &us) || us > DURATION_US_MAX - d->us ||
	    __builtin_mul_overflow(n, (int64_t)unit->months, &months) ||
	    months > DURATION_MONTHS_MAX - d->months)
		return false;
	d->months += (int32_t)months;
	d->us += us + fraction_us;
	return true;
}

/* Numbers with units off the front of *rest, each unit at most once and in order; counts them. */
static bool scan_units(struct str *rest, const struct unit *units, size_t n, struct duration *d,
		       size_t *count)
{
	size_t from = 0;
	int64_t number;

	while (scan_digits(rest, 1, NUMBER_DIGITS, &number)) {
		int fraction_us = 0;
		bool fraction = scan_char(rest, '.');

		if (fraction && !scan_fraction(rest, 6, &fraction_us))
			return false;
		while (from < n && !scan_char(rest, units[from].name[0]))
			from++;
		if (from == n || (fraction && units[from].us != SECOND) ||
		    !duration_grow(d, &units[from], number, fraction_us))
			return false;
		from++;
		++*count;
	}
	return true;
}

/* What stands behind the 'P'. */
static bool scan_duration(struct str s, struct duration *d)
{
	size_t on_dates = 0, on_clocks = 0;
	bool good = scan_units(&s, date_units, COUNT(date_units), d, &on_dates);

	if (good && scan_char(&s, 'T'))
		good = scan_units(&s, clock_units, COUNT(clock_units), d, &on_clocks) &&
		       on_clocks > 0;
	return good && on_dates + on_clocks > 0 && s.len == 0;
}

bool duration_parse(struct str s, struct duration *out, struct err *e)
{
	struct duration d = { 0 };

	if (!scan_char(&s, 'P') || !scan_duration(s, &d))
		return err_set(e, ERR_CONFIG,
			       "not an ISO 8601 duration such as P1M, P1DT12H or PT5M");
	*out = d;
	return true;
}

bool duration_parse_plain(struct str s, struct duration *out, struct err *e)
{
	struct duration d = { 0 };
	int64_t number;

	if (str_starts(s, STR("P")))
		return duration_parse(s, out, e);
	if (scan_digits(&s, 1, NUMBER_DIGITS, &number))
		for (size_t i = 0; i < COUNT(plain_units); i++)
			if (str_eq(s, str_from(plain_units[i].name)) &&
			    duration_grow(&d, &plain_units[i], number, 0)) {
				*out = d;
				return true;
			}
	return err_set(e, ERR_CONFIG,
		       "not a length of time such as 500ms, 30s, 15m, 2h, 1d or PT5M");
}

static int64_t within_time(int64_t us)
{
	if (us < MOMENT_MIN_US)
		return MOMENT_MIN_US;
	return us > MOMENT_MAX_US ? MOMENT_MAX_US : us;
}

static int64_t add_months(int64_t us, int64_t months)
{
	struct civil c = civil_from_us(us);
	int64_t month = (int64_t)c.year * 12 + c.month - 1 + months;

	if (month < 12)
		return MOMENT_MIN_US;
	if (month >= 10000 * 12)
		return MOMENT_MAX_US;
	c.year = (int)(month / 12);
	c.month = (int)(month % 12) + 1;
	while (!civil_valid(c))
		c.day--;
	return civil_to_us(c);
}

int64_t moment_add(int64_t us, struct duration d, int n)
{
	int64_t rest;

	us = within_time(us);
	if (d.months != 0)
		us = add_months(us, (int64_t)d.months * n);
	if (__builtin_mul_overflow(d.us, (int64_t)n, &rest) ||
	    __builtin_add_overflow(us, rest, &us))
		return (d.us < 0) == (n < 0) ? MOMENT_MAX_US : MOMENT_MIN_US;
	return within_time(us);
}

struct str span_text(struct arena *a, int64_t ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }
	};
	const char *minus = ms < 0 ? "-" : "";
	size_t i = 0;
	int64_t big, small;

	assert(ms > INT64_MIN);
	ms = ms < 0 ? -ms : ms;
	while (i + 1 < COUNT(units) && ms < units[i].ms)
		i++;
	big = ms / units[i].ms;
	/* Milliseconds matter beside the first seconds only. */
	if (i + 1 == COUNT(units) || (units[i].ms == 1000 && big >= 10))
		return str_printf(a, "%s%" PRId64 " %s", minus, big, units[i].name);
	small = ms % units[i].ms / units[i + 1].ms;
	if (small == 0)
		return str_printf(a, "%s%" PRId64 " %s", minus, big, units[i].name);
	return str_printf(a, "%s%" PRId64 " %s %" PRId64 " %s", minus, big, units[i].name, small,
			  units[i + 1].name);
}
