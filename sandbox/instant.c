/* SPDX-License-Identifier: Apache-2.0 */
/* instant.c - what time the stand-in says it is, and how a vendor writes times. */
#include "instant.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define PACIFIC_SUMMER_H 7 /* hours behind UTC */
#define PACIFIC_WINTER_H 8

struct timepiece timepiece_standing(void)
{
	return (struct timepiece){ .standing = true, .ms = INSTANT_VIRTUAL_START };
}

int64_t timepiece_now(const struct timepiece *t)
{
	return t->standing ? t->ms : clock_wall_now() + t->ms;
}

void timepiece_advance(struct timepiece *t, int64_t by_ms)
{
	t->ms += by_ms;
}

static struct tm civil(int64_t ms)
{
	time_t s = (time_t)(ms / MS_PER_S - (ms % MS_PER_S < 0));
	struct tm tm;

	if (!gmtime_r(&s, &tm))
		tm = (struct tm){ .tm_mday = 1 };
	return tm;
}

static char *digits(char *to, int value, int width)
{
	for (int i = width - 1; i >= 0; i--, value /= 10)
		to[i] = (char)('0' + value % 10);
	return to + width;
}

void instant_put(struct buf *b, int64_t ms)
{
	struct tm tm = civil(ms);
	int fraction = (int)((ms % MS_PER_S + MS_PER_S) % MS_PER_S);
	char text[24], *at = digits(text, tm.tm_year + 1900, 4);

	*at++ = '-';
	at = digits(at, tm.tm_mon + 1, 2);
	*at++ = '-';
	at = digits(at, tm.tm_mday, 2);
	*at++ = 'T';
	at = digits(at, tm.tm_hour, 2);
	*at++ = ':';
	at = digits(at, tm.tm_min, 2);
	*at++ = ':';
	at = digits(at, tm.tm_sec, 2);
	if (fraction) {
		*at++ = '.';
		at = digits(at, fraction, 3);
		while (at[-1] == '0')
			at--;
	}
	buf_add(b, (struct str){ text, (size_t)(at - text) });
}

void instant_http(char out[INSTANT_HTTP_SIZE], int64_t ms)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm = civil(ms);

	snprintf(out, INSTANT_HTTP_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[tm.tm_wday],
		 (unsigned)tm.tm_mday % 100, months[tm.tm_mon],
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
		 (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

/* Exactly `width` digits followed by `then` (0: whatever follows); moves *s past both. */
static bool take(struct str *s, int width, char then, int *out)
{
	int value = 0;

	if (s->len < (size_t)width + (then != 0))
		return false;
	for (int i = 0; i < width; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return false;
		value = value * 10 + (s->at[i] - '0');
	}
	if (then && s->at[width] != then)
		return false;
	*s = str_slice(*s, (size_t)width + (then != 0), s->len);
	*out = value;
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (!s->len || s->at[0] != c)
		return false;
	*s = str_slice(*s, 1, s->len);
	return true;
}

/* "", "Z", "+hh:mm", "-hh:mm"; all that is left. */
static bool take_offset(struct str s, int64_t *offset_ms)
{
	int hours, minutes, sign = 1;

	*offset_ms = 0;
	if (!s.len || (take_char(&s, 'Z') && !s.len))
		return true;
	if (take_char(&s, '-'))
		sign = -1;
	else if (!take_char(&s, '+'))
		return false;
	if (!take(&s, 2, ':', &hours) || !take(&s, 2, 0, &minutes) || s.len)
		return false;
	*offset_ms = sign * (hours * 60 + minutes) * 60 * MS_PER_S;
	return true;
}

/* Up to 7 fraction digits, as .NET writes them; what is below a millisecond is dropped. */
static int take_fraction(struct str *s)
{
	int ms = 0, scale = 100;

	if (!take_char(s, '.'))
		return 0;
	while (s->len && s->at[0] >= '0' && s->at[0] <= '9') {
		ms += (s->at[0] - '0') * scale;
		scale /= 10;
		*s = str_slice(*s, 1, s->len);
	}
	return ms;
}

static bool in_range(const struct tm *tm)
{
	struct tm again = *tm;

	timegm(&again);
	return again.tm_mon == tm->tm_mon && again.tm_mday == tm->tm_mday &&
	       again.tm_hour == tm->tm_hour && again.tm_min == tm->tm_min &&
	       again.tm_sec == tm->tm_sec;
}

bool instant_parse(struct str s, int64_t *ms, struct err *e)
{
	struct str rest = s;
	struct tm tm = { 0 };
	int year, month, fraction = 0;
	int64_t offset_ms = 0;
	bool ok = take(&rest, 4, '-', &year) && take(&rest, 2, '-', &month) &&
		  take(&rest, 2, 0, &tm.tm_mday);

	if (ok && rest.len) {
		ok = take_char(&rest, 'T') && take(&rest, 2, ':', &tm.tm_hour) &&
		     take(&rest, 2, ':', &tm.tm_min) && take(&rest, 2, 0, &tm.tm_sec);
		fraction = take_fraction(&rest);
		ok = ok && take_offset(rest, &offset_ms);
	}
	if (!ok)
		return err_set(e, ERR_USAGE, "'%.*s' is not a date and time", STR_ARG(s));
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	if (!in_range(&tm))
		return err_set(e, ERR_USAGE, "'%.*s' is not on the calendar", STR_ARG(s));
	*ms = (int64_t)timegm(&tm) * MS_PER_S + fraction - offset_ms;
	return true;
}

/* Second Sunday of March to first Sunday of November, since 2007. */
static bool pacific_summer(const struct tm *tm)
{
	int sunday = tm->tm_mday - tm->tm_wday; /* the day of the month of the last Sunday */

	if (tm->tm_mon == 2)
		return sunday >= 8;
	if (tm->tm_mon == 10)
		return sunday < 1;
	return tm->tm_mon > 2 && tm->tm_mon < 10;
}

int64_t instant_pacific_midnight(int64_t ms)
{
	int64_t day = ms / MS_PER_DAY * MS_PER_DAY;
	struct tm tm = civil(day);
	int hours = pacific_summer(&tm) ? PACIFIC_SUMMER_H : PACIFIC_WINTER_H;

	/* On the two days of change midnight still has the offset of the day before. */
	if (tm.tm_wday == 0 && tm.tm_mon == 2 && tm.tm_mday >= 8 && tm.tm_mday <= 14)
		hours = PACIFIC_WINTER_H;
	if (tm.tm_wday == 0 && tm.tm_mon == 10 && tm.tm_mday <= 7)
		hours = PACIFIC_SUMMER_H;
	return day + hours * 3600 * MS_PER_S;
}
