/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moment_format.c - times by the strptime formats of the manifests, read and written.
 *
 * Always: a directive is one row of a table, and reading, writing and checking a format walk it by
 * the same rows.  Names of days and months are English whatever the locale, as in the manifests.
 */
#include "data/moment.h"
#include "data/decimal.h"
#include "data/scan.h"

#include <inttypes.h>
#include <math.h>

/* What a format can read or write; reading starts from 1900-01-01T00:00:00, as strptime does. */
struct parts {
	int year, month, day, hour, minute, second, us;
	int yearday; /* reading: 0 when not given */
	int hour12;  /* reading: 0 when not given */
	int weekday; /* 0 = Monday */
	bool afternoon;
	bool has_offset;
	int32_t offset_s;
};

struct directive {
	const char *name;
	const char *stands_for; /* another format, or NULL */
	bool (*scan)(struct str *rest, struct parts *p);
	void (*write)(struct buf *b, const struct parts *p);
	/* A plain number, when the two are NULL: */
	size_t field; /* offset of an int in struct parts */
	uint8_t digits_min, digits_max;
	int16_t low, high;
};

static const char *const months[] = { "January",   "February", "March",    "April",
				      "May",       "June",     "July",     "August",
				      "September", "October",  "November", "December" };
static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
				    "Friday", "Saturday", "Sunday" };

#define ABBREVIATED 3

/* Which of `n` names (their first `len` letters; 0: all) stands at the start of *rest; or -1. */
static int scan_name(struct str *rest, const char *const *names, int n, size_t len)
{
	for (int i = 0; i < n; i++) {
		struct str name = str_slice(str_from(names[i]), 0, len ? len : SIZE_MAX);

		if (!str_eq_nocase(str_slice(*rest, 0, name.len), name))
			continue;
		*rest = str_slice(*rest, name.len, rest->len);
		return i;
	}
	return -1;
}

static bool scan_month(struct str *rest, struct parts *p, size_t len)
{
	int i = scan_name(rest, months, COUNT(months), len);

	p->month = i + 1;
	return i >= 0;
}

static bool scan_month_brief(struct str *rest, struct parts *p)
{
	return scan_month(rest, p, ABBREVIATED);
}

static bool scan_month_full(struct str *rest, struct parts *p)
{
	return scan_month(rest, p, 0);
}

static bool scan_day_brief(struct str *rest, struct parts *p)
{
	p->weekday = scan_name(rest, days, COUNT(days), ABBREVIATED);
	return p->weekday >= 0;
}

static bool scan_day_full(struct str *rest, struct parts *p)
{
	p->weekday = scan_name(rest, days, COUNT(days), 0);
	return p->weekday >= 0;
}

static void write_month_brief(struct buf *b, const struct parts *p)
{
	buf_add(b, str_slice(str_from(months[p->month - 1]), 0, ABBREVIATED));
}

static void write_month_full(struct buf *b, const struct parts *p)
{
	buf_add(b, str_from(months[p->month - 1]));
}

static void write_day_brief(struct buf *b, const struct parts *p)
{
	buf_add(b, str_slice(str_from(days[p->weekday]), 0, ABBREVIATED));
}

static void write_day_full(struct buf *b, const struct parts *p)
{
	buf_add(b, str_from(days[p->weekday]));
}

static bool scan_us(struct str *rest, struct parts *p)
{
	return scan_fraction(rest, 6, &p->us);
}

static void write_us(struct buf *b, const struct parts *p)
{
	buf_printf(b, "%06d", p->us);
}

static void write_ms(struct buf *b, const struct parts *p)
{
	buf_printf(b, "%03d", p->us / 1000);
}

/* POSIX: 69 to 99 are of the last century. */
static bool scan_year_brief(struct str *rest, struct parts *p)
{
	int64_t n;

	if (!scan_digits(rest, 2, 2, &n))
		return false;
	p->year = (int)n + (n < 69 ? 2000 : 1900);
	return true;
}

static void write_year_brief(struct buf *b, const struct parts *p)
{
	buf_printf(b, "%02d", p->year % 100);
}

static bool scan_noon(struct str *rest, struct parts *p)
{
	static const char *const halves[] = { "AM", "PM" };
	int i = scan_name(rest, halves, COUNT(halves), 0);

	p->afternoon = i == 1;
	return i >= 0;
}

static void write_noon(struct buf *b, const struct parts *p)
{
	buf_add(b, p->hour >= 12 ? STR("PM") : STR("AM"));
}

static bool scan_day_padded(struct str *rest, struct parts *p)
{
	int64_t n;

	scan_char(rest, ' ');
	if (!scan_digits(rest, 1, 2, &n))
		return false;
	p->day = (int)n;
	return true;
}

static void write_day_padded(struct buf *b, const struct parts *p)
{
	buf_printf(b, "%2d", p->day);
}

static bool scan_zone(struct str *rest, struct parts *p)
{
	return p->has_offset = scan_offset(rest, &p->offset_s);
}

static void write_zone(struct buf *b, const struct parts *p)
{
	int32_t s = p->offset_s < 0 ? -p->offset_s : p->offset_s;

	buf_printf(b, "%c%02d%02d", p->offset_s < 0 ? '-' : '+', s / 3600, s / 60 % 60);
	if (s % 60)
		buf_printf(b, "%02d", s % 60);
}

/* Only what everybody understands alike; "CST" is at least three zones. */
static bool scan_zone_name(struct str *rest, struct parts *p)
{
	static const char *const utc[] = { "UTC", "GMT", "Z" };

	p->offset_s = 0;
	return p->has_offset = scan_name(rest, utc, COUNT(utc), 0) >= 0;
}

static void write_zone_name(struct buf *b, const struct parts *p)
{
	int32_t s = p->offset_s < 0 ? -p->offset_s : p->offset_s;

	buf_add(b, STR("UTC"));
	if (s)
		buf_printf(b, "%c%02d:%02d", p->offset_s < 0 ? '-' : '+', s / 3600, s / 60 % 60);
}

static bool scan_percent(struct str *rest, struct parts *p)
{
	(void)p; /* nothing to learn from it */
	return scan_char(rest, '%');
}

static void write_percent(struct buf *b, const struct parts *p)
{
	(void)p; /* as above */
	buf_char(b, '%');
}

#define NUMBER(letter, member, from_digits, to_digits, from, to)                       \
	{                                                                              \
		.name = (letter), .field = offsetof(struct parts, member),             \
		.digits_min = (from_digits), .digits_max = (to_digits), .low = (from), \
		.high = (to)                                                           \
	}

static const struct directive directives[] = {
	NUMBER("Y", year, 4, 4, 1, 9999),
	NUMBER("m", month, 1, 2, 1, 12),
	NUMBER("d", day, 1, 2, 1, 31),
	NUMBER("H", hour, 1, 2, 0, 23),
	NUMBER("M", minute, 1, 2, 0, 59),
	NUMBER("S", second, 1, 2, 0, 59),
	NUMBER("I", hour12, 1, 2, 1, 12),
	NUMBER("j", yearday, 1, 3, 1, 366),
	{ .name = "y", .scan = scan_year_brief, .write = write_year_brief },
	{ .name = "e", .scan = scan_day_padded, .write = write_day_padded },
	{ .name = "f", .scan = scan_us, .write = write_us },
	{ .name = "_ms", .scan = scan_us, .write = write_ms },
	{ .name = "z", .scan = scan_zone, .write = write_zone },
	{ .name = "Z", .scan = scan_zone_name, .write = write_zone_name },
	{ .name = "b", .scan = scan_month_brief, .write = write_month_brief },
	{ .name = "B", .scan = scan_month_full, .write = write_month_full },
	{ .name = "a", .scan = scan_day_brief, .write = write_day_brief },
	{ .name = "A", .scan = scan_day_full, .write = write_day_full },
	{ .name = "p", .scan = scan_noon, .write = write_noon },
	{ .name = "%", .scan = scan_percent, .write = write_percent },
	{ .name = "T", .stands_for = "%H:%M:%S" },
	{ .name = "D", .stands_for = "%m/%d/%y" },
	{ .name = "F", .stands_for = "%Y-%m-%d" },
};

/* Formats that are a count since 1970 and stand alone. */
static const struct epoch {
	const char *format;
	int64_t us_per_unit;
	bool fraction;
} epochs[] = {
	{ "%s", US_PER_S, false },
	{ "%s_as_float", US_PER_S, true },
	{ "%ms", 1000, false },
	{ "%epoch_microseconds", 1, false },
};

static const struct epoch *epoch_find(struct str format)
{
	for (size_t i = 0; i < COUNT(epochs); i++)
		if (str_eq(format, str_from(epochs[i].format)))
			return &epochs[i];
	return NULL;
}

/* Takes the next directive off *format, which starts with its '%'; NULL when there is none such. */
static const struct directive *directive_next(struct str *format)
{
	struct str name = str_slice(*format, 1, format->len);

	for (size_t i = 0; i < COUNT(directives); i++) {
		struct str known = str_from(directives[i].name);

		if (!str_starts(name, known))
			continue;
		*format = str_slice(name, known.len, name.len);
		return &directives[i];
	}
	return NULL;
}

bool moment_format_check(struct str format, struct err *e)
{
	struct str rest = format;

	if (epoch_find(format))
		return true;
	while (rest.len > 0) {
		struct str at = rest;

		if (rest.at[0] != '%') {
			rest = str_slice(rest, 1, rest.len);
			continue;
		}
		if (directive_next(&rest))
			continue;
		at = str_slice(at, 0, 1 + str_utf8_len(str_slice(at, 1, at.len)));
		return err_set(e, ERR_CONFIG, "time format '%.*s': '%.*s' is not known here",
			       STR_ARG(format), STR_ARG(at));
	}
	return true;
}

/* Reading. */

static bool scan_number(struct str *rest, const struct directive *d, struct parts *p)
{
	struct str start = *rest;
	size_t digits = d->digits_max;
	int64_t n;

	/* "93" is no hour, but "9" is: as the pattern of the reference would have it. */
	for (; digits >= d->digits_min; digits--) {
		*rest = start;
		if (!scan_digits(rest, d->digits_min, digits, &n))
			return false;
		if (n < d->low || n > d->high)
			continue;
		memcpy((char *)p + d->field, &(int){ (int)n }, sizeof(int));
		return true;
	}
	return false;
}

static bool is_space(struct str s)
{
	return s.len > 0 && (s.at[0] == ' ' || (s.at[0] >= '\t' && s.at[0] <= '\r'));
}

static size_t skip_spaces(struct str *s)
{
	size_t n = 0;

	for (; is_space(*s); n++)
		*s = str_slice(*s, 1, s->len);
	return n;
}

/* A character of the format that stands for itself; any white space for any other. */
static bool scan_literal(struct str *rest, struct str *format)
{
	bool same;

	if (is_space(*format)) {
		skip_spaces(format);
		return skip_spaces(rest) > 0;
	}
	same = str_eq_nocase(str_slice(*rest, 0, 1), str_slice(*format, 0, 1));
	*rest = str_slice(*rest, 1, rest->len);
	*format = str_slice(*format, 1, format->len);
	return same;
}

static bool scan_parts(struct str *rest, struct str format, struct parts *p)
{
	while (format.len > 0) {
		const struct directive *d;
		bool good;

		if (format.at[0] != '%') {
			if (!scan_literal(rest, &format))
				return false;
			continue;
		}
		d = directive_next(&format);
		assert(d);
		if (d->stands_for)
			good = scan_parts(rest, str_from(d->stands_for), p);
		else
			good = d->scan ? d->scan(rest, p) : scan_number(rest, d, p);
		if (!good)
			return false;
	}
	return true;
}

static struct civil parts_civil(const struct parts *p)
{
	struct civil c = { p->year, p->month, p->day, p->hour, p->minute, p->second, p->us };

	if (p->yearday) {
		struct civil day = { .year = p->year, .month = 1, .day = 1 };

		day = civil_from_us(civil_to_us(day) + (p->yearday - 1) * 86400 * US_PER_S);
		c.year = day.year == p->year ? day.year : 0; /* no 366th day: not valid */
		c.month = day.month;
		c.day = day.day;
	}
	if (p->hour12)
		c.hour = p->hour12 % 12 + (p->afternoon ? 12 : 0);
	return c;
}

static bool epoch_read(struct str s, const struct epoch *epoch, int64_t *us)
{
	struct decimal d;
	int64_t n;

	if (epoch->fraction) {
		double f = decimal_parse(s, &d) ? decimal_to_double(s) * US_PER_S : NAN;

		if (!(f >= (double)MOMENT_MIN_US && f <= (double)MOMENT_MAX_US))
			return false;
		n = llround(f);
	} else if (!str_to_i64(s, &n) || __builtin_mul_overflow(n, epoch->us_per_unit, &n)) {
		return false;
	}
	*us = n;
	return true;
}

/* False when `s` is not of that format, which is known to be good. */
static bool read_as(struct str s, struct str format, struct value *time)
{
	const struct epoch *epoch = epoch_find(format);
	struct parts p = { .year = 1900, .month = 1, .day = 1 };
	struct civil c;

	if (epoch) {
		time->has_offset = true;
		return epoch_read(s, epoch, &time->us);
	}
	if (!scan_parts(&s, format, &p) || s.len > 0)
		return false;
	c = parts_civil(&p);
	if (!civil_valid(c))
		return false;
	time->has_offset = p.has_offset;
	time->offset_s = p.offset_s;
	time->us = civil_to_us(c) - p.offset_s * US_PER_S;
	return true;
}

bool moment_parse_as(struct str s, struct str format, struct value *out, struct err *e)
{
	struct value time = { .kind = VALUE_TIME };

	if (!moment_format_check(format, e))
		return false;
	if (!read_as(s, format, &time) || time.us < MOMENT_MIN_US || time.us > MOMENT_MAX_US)
		return err_set(e, ERR_REMOTE, "not a time in the format '%.*s'", STR_ARG(format));
	*out = time;
	return true;
}

/* Writing. */

static void write_parts(struct buf *b, struct str format, const struct parts *p)
{
	while (format.len > 0) {
		const struct directive *d;
		int n;

		if (format.at[0] != '%') {
			buf_char(b, format.at[0]);
			format = str_slice(format, 1, format.len);
			continue;
		}
		d = directive_next(&format);
		assert(d);
		if (d->stands_for) {
			write_parts(b, str_from(d->stands_for), p);
		} else if (d->write) {
			d->write(b, p);
		} else {
			memcpy(&n, (const char *)p + d->field, sizeof(n));
			buf_printf(b, "%0*d", d->digits_max, n);
		}
	}
}

static struct parts parts_of(struct value time)
{
	struct civil c = civil_from_us(time.us + time.offset_s * US_PER_S);

	return (struct parts){ .year = c.year,
			       .month = c.month,
			       .day = c.day,
			       .hour = c.hour,
			       .minute = c.minute,
			       .second = c.second,
			       .us = c.us,
			       .yearday = civil_yearday(c),
			       .hour12 = (c.hour + 11) % 12 + 1,
			       .weekday = civil_weekday(c),
			       .offset_s = time.offset_s };
}

static void write_epoch(struct buf *b, const struct epoch *epoch, int64_t us)
{
	int fraction = (int)(us % US_PER_S), digits = 6;

	if (!epoch->fraction) {
		buf_printf(b, "%" PRId64, us / epoch->us_per_unit);
		return;
	}
	fraction = fraction < 0 ? -fraction : fraction;
	for (; digits > 1 && fraction % 10 == 0; digits--)
		fraction /= 10;
	buf_printf(b, "%s%" PRId64 ".%0*d", us < 0 ? "-" : "",
		   us < 0 ? -(us / US_PER_S) : us / US_PER_S, digits, fraction);
}

#define DIRECTIVE_TEXT_MAX 32 /* no directive writes more */

bool moment_format(struct arena *a, struct value time, struct str format, struct str *out,
		   struct err *e)
{
	const struct epoch *epoch = epoch_find(format);
	struct parts p;
	struct buf b;

	assert(time.kind == VALUE_TIME);
	if (!moment_format_check(format, e))
		return false;
	buf_in(&b, a, DIRECTIVE_TEXT_MAX * (format.len + 1));
	p = parts_of(time);
	if (epoch)
		write_epoch(&b, epoch, time.us);
	else
		write_parts(&b, format, &p);
	assert(!b.failed);
	*out = buf_str(&b);
	return true;
}
