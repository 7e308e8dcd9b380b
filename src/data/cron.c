/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron.c - cron expressions: read, and when they are next true in a zone.
 *
 * Always: a cron that was parsed has a bit in every field and is true on some day of the calendar.
 * No number is used before it is known to lie within its field, so that an expression costs the
 * same whatever it says.
 *
 * Two ways of walking, for an expression means one of two things.  One that names hours means times
 * of the wall clock: they are taken in order and each is turned into the one instant it stands for
 * (zone_instant()), which moves skipped times behind the gap and shows repeated ones once.  One of
 * every hour means what the clock shows as time passes: instants are taken in order, from one
 * change of the offset to the next, and no time is moved.
 *
 * No zone moves its clock forward and then back over the same times of day before they have passed,
 * so the instants of ascending wall times ascend.
 */
#include "data/cron.h"

#include <inttypes.h>
#include <stdio.h>

#define CRON_BYTES_MAX 256
#define MINUTE_S ((int64_t)60)
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)
/* More than any two offsets of a zone differ by (Apia went from -10 to +14 hours). */
#define SHIFT_S_MAX (2 * DAY_S)

/* ---- reading ---- */

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun",
				      "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const weekdays[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

/* A row a field; a number is also one of the `names`, from `min` on. */
struct field {
	const char *name;
	int64_t min, max;
	const char *const *names;
	size_t named;
};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct field fields[FIELDS] = {
	[MINUTE] = { "minute", 0, 59, NULL, 0 },
	[HOUR] = { "hour", 0, 23, NULL, 0 },
	[DAY] = { "day of the month", 1, 31, NULL, 0 },
	[MONTH] = { "month", 1, 12, months, COUNT(months) },
	[WEEKDAY] = { "weekday", 0, 7, weekdays, COUNT(weekdays) },
};

static const struct {
	const char *name, *means;
} shorthands[] = {
	{ "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" },   { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
};

static bool number_of(struct str s, const struct field *f, int64_t *out)
{
	for (size_t i = 0; i < f->named; i++)
		if (str_eq_nocase(s, str_from(f->names[i]))) {
			*out = f->min + (int64_t)i;
			return true;
		}
	return s.len > 0 && s.at[0] >= '0' && s.at[0] <= '9' && str_to_i64(s, out) &&
	       *out >= f->min && *out <= f->max;
}

/* What stands before a '/': "*", one number (*alone), or a range. */
static bool range_of(struct str s, const struct field *f, int64_t *from, int64_t *to, bool *alone)
{
	struct str last = s, first = str_cut(&last, '-');

	*alone = false;
	*from = f->min;
	*to = f->max;
	if (str_eq(s, STR("*")))
		return true;
	if (!number_of(first, f, from))
		return false;
	*alone = first.len == s.len;
	if (*alone)
		*to = *from;
	else if (!number_of(last, f, to))
		return false;
	if (f == &fields[WEEKDAY] && *to == 0 && *from > 0 && str_eq_nocase(last, STR("sun")))
		*to = 7; /* "fri-sun": a week ends with it too */
	return *from <= *to;
}

static bool refuse_item(const struct field *f, struct str item, const char *why, struct err *e)
{
	return err_set(e, ERR_CONFIG, "its %s '%.*s' is not right: %s", f->name, STR_ARG(item),
		       why);
}

/* One item of a list, its values as bits. */
static bool item_parse(struct str item, const struct field *f, uint64_t *bits, struct err *e)
{
	struct str every = item, range = str_cut(&every, '/');
	bool stepped = range.len < item.len, alone;
	int64_t from, to, step = 1;
	char why[80];

	if (!range_of(range, f, &from, &to, &alone)) {
		snprintf(why, sizeof(why), "it takes %" PRId64 " to %" PRId64 "%s, a range, or *",
			 f->min, f->max, f->named ? " or a name of three letters" : "");
		return refuse_item(f, item, why, e);
	}
	if (stepped && alone) {
		snprintf(why, sizeof(why), "a step needs a range, such as %" PRId64 "-%" PRId64,
			 from, f->max);
		return refuse_item(f, item, why, e);
	}
	if (stepped && (every.len == 0 || every.at[0] < '0' || every.at[0] > '9' ||
			!str_to_i64(every, &step) || step < 1 || step > f->max)) {
		snprintf(why, sizeof(why), "a step is a number from 1 to %" PRId64, f->max);
		return refuse_item(f, item, why, e);
	}
	for (int64_t i = from; i <= to; i += step)
		*bits |= (uint64_t)1 << (f == &fields[WEEKDAY] ? i % 7 : i);
	return true;
}

static bool field_parse(struct str s, const struct field *f, uint64_t *bits, struct err *e)
{
	*bits = 0;
	if (s.at[s.len - 1] == ',')
		return refuse_item(f, s, "nothing stands behind the last comma", e);
	while (s.len > 0)
		if (!item_parse(str_cut(&s, ','), f, bits, e))
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the next word off *rest; empty at the end. */
static struct str word_cut(struct str *rest)
{
	size_t from = 0, to;
	struct str word;

	while (from < rest->len && is_blank(rest->at[from]))
		from++;
	to = from;
	while (to < rest->len && !is_blank(rest->at[to]))
		to++;
	word = str_slice(*rest, from, to);
	*rest = str_slice(*rest, to, rest->len);
	return word;
}

static bool shorthand_find(struct str *s, struct err *e)
{
	for (size_t i = 0; i < COUNT(shorthands); i++)
		if (str_eq_nocase(*s, str_from(shorthands[i].name))) {
			*s = str_from(shorthands[i].means);
			return true;
		}
	return err_set(e, ERR_CONFIG,
		       "there is no such word; there are @hourly, @daily, @midnight, @weekly, "
		       "@monthly, @yearly and @annually");
}

/* Whether there is a day at all on which it is true. */
static bool is_possible(const struct cron *c)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (!c->any_day && !c->any_weekday)
		return true; /* a weekday comes in every month */
	for (int month = 1; month <= 12; month++)
		if (c->month >> month & 1 && c->day & (((uint32_t)2 << days[month - 1]) - 1))
			return true; /* and in 400 years each on every day, 29 February too */
	return false;
}

static bool cron_read(struct str s, struct cron *out, struct err *e)
{
	struct str word[FIELDS + 1];
	uint64_t bits[FIELDS];
	struct cron c;
	size_t n = 0;

	if (s.len > CRON_BYTES_MAX)
		return err_set(e, ERR_CONFIG, "it is longer than %d bytes", CRON_BYTES_MAX);
	s = str_trim(s);
	if (str_starts(s, STR("@")) && !shorthand_find(&s, e))
		return false;
	while (n <= FIELDS && (word[n] = word_cut(&s)).len > 0)
		n++;
	if (n != FIELDS)
		return err_set(e, ERR_CONFIG, "it has %s than five fields",
			       n < FIELDS ? "fewer" : "more");
	for (size_t i = 0; i < FIELDS; i++)
		if (!field_parse(word[i], &fields[i], &bits[i], e))
			return false;
	c = (struct cron){ .minute = bits[MINUTE],
			   .hour = (uint32_t)bits[HOUR],
			   .day = (uint32_t)bits[DAY],
			   .month = (uint32_t)bits[MONTH],
			   .weekday = (uint8_t)bits[WEEKDAY],
			   .any_day = word[DAY].at[0] == '*',
			   .any_weekday = word[WEEKDAY].at[0] == '*',
			   .every_hour = word[HOUR].at[0] == '*' };
	if (!is_possible(&c))
		return err_set(e, ERR_CONFIG, "there is no such day in such a month");
	*out = c;
	return true;
}

bool cron_parse(struct str s, struct cron *out, struct err *e)
{
	struct err why;

	if (cron_read(s, out, &why))
		return true;
	return err_set(e, ERR_CONFIG,
		       "not a cron expression: %s (minute, hour, day of the month, month, weekday, "
		       "such as \"0 2 * * *\")",
		       why.text);
}

/* ---- walking on the calendar ---- */

/* The lowest bit at or above `from`, -1 when there is none. */
static int bit_from(uint64_t bits, int from)
{
	bits = from < 64 ? bits >> from << from : 0;
	return bits ? __builtin_ctzll(bits) : -1;
}

static bool on_day(const struct cron *c, struct civil at)
{
	bool day = c->day >> at.day & 1;
	bool weekday = c->weekday >> (civil_weekday(at) + 1) % 7 & 1;

	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

/* Moves hour and minute to the first time of that day that is not before; false when none is. */
static bool time_from(const struct cron *c, struct civil *at)
{
	int hour = bit_from(c->hour, at->hour), minute;

	if (hour == at->hour) {
		minute = bit_from(c->minute, at->minute);
		if (minute >= 0) {
			at->minute = minute;
			return true;
		}
		hour = bit_from(c->hour, at->hour + 1);
	}
	at->hour = hour;
	at->minute = bit_from(c->minute, 0);
	return hour >= 0;
}

static struct civil month_after(struct civil at)
{
	return (struct civil){ .year = at.year + at.month / 12,
			       .month = at.month % 12 + 1,
			       .day = 1 };
}

static struct civil day_after(struct civil at)
{
	struct civil next = { .year = at.year, .month = at.month, .day = at.day + 1 };

	return civil_valid(next) ? next : month_after(at);
}

/* Moves a whole minute of the wall clock to the first that the expression names and that is not
 * before it; false when the calendar ends. */
static bool wall_from(const struct cron *c, struct civil *at)
{
	struct civil w = *at, time;

	while (w.year <= 9999) {
		time = w;
		if (!(c->month >> w.month & 1)) {
			w = month_after(w);
		} else if (!on_day(c, w) || !time_from(c, &time)) {
			w = day_after(w);
		} else {
			*at = time;
			return true;
		}
	}
	return false;
}

static struct civil minute_after(struct civil at)
{
	struct civil next = at;

	next.second = next.us = 0;
	if (++next.minute < 60)
		return next;
	next.minute = 0;
	if (++next.hour < 24)
		return next;
	return day_after(at);
}

/* ---- and in time ---- */

static int64_t next_by_wall(const struct cron *c, const struct zone *z, int64_t after_us)
{
	struct civil at = zone_civil(z, after_us);
	int64_t us;

	at.second = at.us = 0;
	while (wall_from(c, &at)) {
		us = zone_instant(z, at);
		if (us > after_us)
			return us;
		at = minute_after(at); /* it was shown before, or moved to before */
	}
	return INT64_MAX;
}

static int64_t seconds_of(int64_t us)
{
	return us / US_PER_S - (us % US_PER_S < 0);
}

static int32_t offset_at(const struct zone *z, int64_t s)
{
	return zone_offset_s(z, s * US_PER_S);
}

/* The first second in (from, to] with another offset than `from` has; `to` has another. */
static int64_t change_in(const struct zone *z, int64_t from, int64_t to)
{
	int32_t before = offset_at(z, from);

	while (to - from > 1) {
		int64_t middle = from + (to - from) / 2;

		if (offset_at(z, middle) == before)
			from = middle;
		else
			to = middle;
	}
	return to;
}

/*
 * The expression is true at no wall time between that of `s` and the one `gap_s` later.  Goes on
 * from `s`, where the offset is `offset_s`, by at most a quarter of a day, as far as that offset
 * lasts; sets *found when the end of the gap was reached.
 */
static int64_t hop(const struct zone *z, int64_t s, int32_t offset_s, int64_t gap_s, bool *found)
{
	int64_t to = s + (gap_s < DAY_S / 4 ? gap_s : DAY_S / 4);

	*found = false;
	if (offset_at(z, to) != offset_s)
		return change_in(z, s, to);
	*found = to == s + gap_s;
	return to;
}

/* Whether the clock shows at `s` a whole minute that the expression names. */
static bool is_true_at(const struct cron *c, const struct zone *z, int64_t s)
{
	struct civil at = zone_civil(z, s * US_PER_S), first = at;

	return at.second == 0 && wall_from(c, &first) && civil_to_us(first) == civil_to_us(at);
}

static int64_t next_by_clock(const struct cron *c, const struct zone *z, int64_t after_us)
{
	int64_t start = seconds_of(after_us), s = start;

	while (s < MOMENT_MAX_US / US_PER_S - SHIFT_S_MAX) {
		int32_t offset_s = offset_at(z, s);
		struct civil at = minute_after(zone_civil(z, s * US_PER_S));
		int64_t gap_s;
		bool found;

		if (!wall_from(c, &at))
			return INT64_MAX;
		gap_s = seconds_of(civil_to_us(at)) - offset_s - s;
		/* Past where a clock that is set back could show again what is behind, and not as
		 * far as where one that is set forward could show what is ahead. */
		if (gap_s > 2 * SHIFT_S_MAX && s - start > SHIFT_S_MAX) {
			s += gap_s - SHIFT_S_MAX;
			continue;
		}
		s = hop(z, s, offset_s, gap_s, &found);
		if (found || is_true_at(c, z, s))
			return s * US_PER_S;
	}
	return INT64_MAX;
}

int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after_us)
{
	const int64_t low = MOMENT_MIN_US + SHIFT_S_MAX * US_PER_S;
	const int64_t high = MOMENT_MAX_US - SHIFT_S_MAX * US_PER_S;

	assert(c->minute && c->hour && c->month && c->day && c->weekday);
	if (after_us >= high)
		return INT64_MAX;
	if (after_us < low)
		after_us = low;
	return c->every_hour ? next_by_clock(c, z, after_us) : next_by_wall(c, z, after_us);
}
