/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moment.c - instants and lengths of time as numbers, and their texts.
 *
 * Always: the calendar is the proleptic Gregorian one, in days counted from 1970-01-01; days before
 * it are negative, so every division here rounds down.
 */
#include "data/moment.h"

#include "data/scan.h"

#include <inttypes.h>

#define US_PER_MS ((int64_t)1000)
#define S_PER_DAY ((int64_t)86400)
#define US_PER_DAY (S_PER_DAY * US_PER_S)
#define DAYS_PER_ERA 146097 /* 400 years */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years are counted from March here, so that the leap day is a year's last. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - DAYS_TO_1970;
}

static void civil_from_days(int64_t days, struct civil *c)
{
	int64_t era = floor_div(days + DAYS_TO_1970, DAYS_PER_ERA);
	int64_t day = days + DAYS_TO_1970 - era * DAYS_PER_ERA;
	int64_t year = (day - day / 1460 + day / 36524 - day / (DAYS_PER_ERA - 1)) / 365;
	int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	c->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = (int)(year + era * 400 + (c->month <= 2));
}

int64_t civil_to_us(struct civil c)
{
	int64_t s = days_from_civil(c.year, c.month, c.day) * S_PER_DAY + c.hour * 3600 +
		    c.minute * 60 + c.second;

	return s * US_PER_S + c.us;
}

struct civil civil_from_us(int64_t us)
{
	int64_t days = floor_div(us, US_PER_DAY), rest = us - days * US_PER_DAY;
	int s = (int)(rest / US_PER_S);
	struct civil c = { .hour = s / 3600,
			   .minute = s / 60 % 60,
			   .second = s % 60,
			   .us = (int)(rest % US_PER_S) };

	civil_from_days(days, &c);
	return c;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

bool civil_valid(struct civil c)
{
	return c.year >= 1 && c.year <= 9999 && c.month >= 1 && c.month <= 12 && c.day >= 1 &&
	       c.day <= days_in_month(c.year, c.month) && c.hour >= 0 && c.hour <= 23 &&
	       c.minute >= 0 && c.minute <= 59 && c.second >= 0 && c.second <= 59 && c.us >= 0 &&
	       c.us < US_PER_S;
}

int civil_weekday(struct civil c)
{
	int64_t days = days_from_civil(c.year, c.month, c.day) + 3; /* 1970-01-01 was a Thursday */

	return (int)(days - floor_div(days, 7) * 7);
}

int civil_yearday(struct civil c)
{
	return (int)(days_from_civil(c.year, c.month, c.day) - days_from_civil(c.year, 1, 1)) + 1;
}

/* Reading. */

static bool scan_field(struct str *rest, size_t digits, int *out)
{
	int64_t n;

	if (!scan_digits(rest, digits, digits, &n))
		return false;
	*out = (int)n;
	return true;
}

static bool scan_date(struct str *rest, struct civil *c)
{
	return scan_field(rest, 4, &c->year) && scan_char(rest, '-') &&
	       scan_field(rest, 2, &c->month) && scan_char(rest, '-') &&
	       scan_field(rest, 2, &c->day);
}

#define FRACTION_DIGITS 9

static bool scan_clock(struct str *rest, struct civil *c)
{
	if (!scan_field(rest, 2, &c->hour) || !scan_char(rest, ':') ||
	    !scan_field(rest, 2, &c->minute))
		return false;
	if (!scan_char(rest, ':'))
		return true;
	if (!scan_field(rest, 2, &c->second))
		return false;
	return !scan_char(rest, '.') || scan_fraction(rest, FRACTION_DIGITS, &c->us);
}

bool moment_parse(struct str s, struct value *out, struct err *e)
{
	struct value time = { .kind = VALUE_TIME };
	struct civil c = { 0 };
	bool good = scan_date(&s, &c);

	if (good && s.len > 0)
		good = (scan_char(&s, 'T') || scan_char(&s, 't') || scan_char(&s, ' ')) &&
		       scan_clock(&s, &c);
	if (good && s.len > 0)
		good = time.has_offset = scan_offset(&s, &time.offset_s);
	if (!good || s.len > 0)
		return err_set(e, ERR_REMOTE, "not a time in the form of RFC 3339 or ISO 8601");
	if (!civil_valid(c))
		return err_set(e, ERR_REMOTE, "a time that no calendar or clock shows");
	time.us = civil_to_us(c) - time.offset_s * US_PER_S;
	if (time.us < MOMENT_MIN_US || time.us > MOMENT_MAX_US)
		return err_set(e, ERR_REMOTE, "a time outside the years 1 to 9999");
	*out = time;
	return true;
}

/* Writing. */

/* 0, 3 or 6 digits of a fraction of a second with their point. */
static void write_fraction(struct buf *b, int us)
{
	if (us % US_PER_MS != 0)
		buf_printf(b, ".%06d", us);
	else if (us != 0)
		buf_printf(b, ".%03d", us / (int)US_PER_MS);
}

void moment_write(struct buf *b, struct value time)
{
	int64_t local_us = time.us + time.offset_s * US_PER_S;
	/* RFC 3339 knows no seconds in an offset and no year 10000. */
	bool writable =
		time.offset_s % 60 == 0 && local_us >= MOMENT_MIN_US && local_us <= MOMENT_MAX_US;
	int32_t offset_s = writable ? time.offset_s : 0;
	int32_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
	struct civil c = civil_from_us(writable ? local_us : time.us);

	assert(time.kind == VALUE_TIME);
	buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
		   c.second);
	write_fraction(b, c.us);
	if (offset_s == 0)
		buf_char(b, 'Z');
	else
		buf_printf(b, "%c%02d:%02d", offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

#define MOMENT_TEXT_MAX 64

struct str moment_text(struct arena *a, int64_t us)
{
	struct buf b;

	buf_in(&b, a, MOMENT_TEXT_MAX);
	moment_write(&b, (struct value){ .kind = VALUE_TIME, .us = us });
	assert(!b.failed);
	return buf_str(&b);
}

struct value moment_or_null(struct arena *a, int64_t wall_ms)
{
	return wall_ms ? value_str(moment_text(a, wall_ms * 1000)) : NULL_VALUE;
}

void span_write(struct buf *b, int64_t us)
{
	uint64_t rest = us < 0 ? -(uint64_t)us : (uint64_t)us;
	uint64_t s = rest / US_PER_S, fraction = rest % US_PER_S;

	if (us < 0)
		buf_char(b, '-');
	buf_char(b, 'P');
	if (s >= S_PER_DAY)
		buf_printf(b, "%" PRIu64 "D", s / S_PER_DAY);
	s %= S_PER_DAY;
	if (rest > 0 && s == 0 && fraction == 0)
		return;
	buf_char(b, 'T');
	if (s >= 3600)
		buf_printf(b, "%" PRIu64 "H", s / 3600);
	if (s / 60 % 60 > 0)
		buf_printf(b, "%" PRIu64 "M", s / 60 % 60);
	if (s % 60 == 0 && fraction == 0 && s > 0)
		return;
	buf_printf(b, "%" PRIu64, s % 60);
	write_fraction(b, (int)fraction);
	buf_char(b, 'S');
}
