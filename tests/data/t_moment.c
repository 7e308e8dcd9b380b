/* SPDX-License-Identifier: Apache-2.0 */
/* t_moment.c - times and lengths of time: every form vendors write, and none that only looks like
 * it. */
#include "data/moment.h"
#include "tap.h"

#define DAY_US ((int64_t)86400 * US_PER_S)

static void every_day_has_one_number(void)
{
	int64_t bad = 0, weekdays_bad = 0;
	int month = 1, day = 0;

	for (int64_t us = MOMENT_MIN_US; us <= MOMENT_MAX_US; us += DAY_US) {
		struct civil c = civil_from_us(us + 1);

		/* The day after is the next of the month, or the first of the next. */
		bad += !(c.day == day + 1 && c.month == month) && c.day != 1;
		bad += civil_to_us(c) != us + 1 || !civil_valid(c);
		weekdays_bad += civil_weekday(c) != (us - MOMENT_MIN_US) / DAY_US % 7;
		month = c.month;
		day = c.day;
	}
	OK(bad == 0, "%d days are out of order", (int)bad);
	OK(weekdays_bad == 0, "0001-01-01 was a Monday, and so on");
	OK(civil_yearday((struct civil){ .year = 2024, .month = 12, .day = 31 }) == 366,
	   "a leap year");
	OK(!civil_valid((struct civil){ .year = 1900, .month = 2, .day = 29 }), "1900 was none");
	OK(civil_valid((struct civil){ .year = 2000, .month = 2, .day = 29 }), "2000 was");
}

static void vendors_write_times_in_many_ways(void)
{
	static const struct {
		const char *in, *out;
		int offset_min; /* 9999: none */
	} rows[] = {
		{ "2026-11-21", "2026-11-21T00:00:00Z", 9999 },
		{ "2026-11-21T02:00:00Z", "2026-11-21T02:00:00Z", 0 },
		{ "2026-11-21 02:00", "2026-11-21T02:00:00Z", 9999 },
		{ "2025-07-30T16:45:00.1", "2025-07-30T16:45:00.100Z", 9999 },
		{ "2025-07-30T16:45:00.12", "2025-07-30T16:45:00.120Z", 9999 },
		{ "2025-07-30T16:45:00.123456789+02:00", "2025-07-30T14:45:00.123456Z", 120 },
		{ "2025-07-30t16:45:00-0330", "2025-07-30T20:15:00Z", -210 },
		{ "2025-07-30T16:45+05", "2025-07-30T11:45:00Z", 300 },
		{ "2024-02-29T23:59:59z", "2024-02-29T23:59:59Z", 0 },
		{ "0001-01-01", "0001-01-01T00:00:00Z", 9999 },
		{ "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z", 0 },
		{ "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z", 0 },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool offset = rows[i].offset_min != 9999;

		OK(moment_parse(str_from(rows[i].in), &v, &e), "%s", rows[i].in);
		IS(moment_text(a, v.us).at, rows[i].out, rows[i].in);
		OK(v.kind == VALUE_TIME && v.has_offset == offset &&
			   v.offset_s == (offset ? rows[i].offset_min * 60 : 0),
		   "its offset");
	}
}

static void what_is_no_time_is_refused(void)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-02-29",
		"2026-13-01",
		"2026-00-01",
		"2026-01-00",
		"0000-01-01",
		"2026-1-1",
		"2026-01-01T",
		"2026-01-01T24:00:00",
		"2026-01-01T12:60",
		"2026-01-01T12:00:60Z",
		"2026-01-01T12",
		"2026-01-01T12:00:",
		"2026-01-01T12:00:00.",
		"2026-01-01T12:00:00.1234567890",
		"2026-01-01T12:00:00+2",
		"2026-01-01T12:00:00+24:00",
		"2026-01-01T12:00:00+02:60",
		"2026-01-01T12:00:00 Z",
		"2026-01-01Z",
		" 2026-01-01",
		"2026-01-01 ",
		"20260101",
		"-001-01-01",
		"1785024000",
		"0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-00:01",
	};
	struct value v = value_int(7);
	struct err e;

	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!moment_parse(str_from(bad[i]), &v, &e) && e.kind == ERR_REMOTE, "'%s': %s",
		   bad[i], e.text);
	OK(v.i == 7, "the result is untouched");
}

static void formats_read_and_write(void)
{
	static const struct {
		const char *format, *in, *utc, *out; /* out NULL: as `in` */
	} rows[] = {
		{ "%Y-%m-%dT%H:%M:%SZ", "2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z", NULL },
		{ "%Y-%m-%dT%H:%M:%S%z", "2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z",
		  "2026-03-04T05:06:07+0000" },
		{ "%Y-%m-%dT%H:%M:%S%z", "2026-03-04T05:06:07-08:00", "2026-03-04T13:06:07Z",
		  "2026-03-04T05:06:07-0800" },
		{ "%Y-%m-%dT%H:%M:%S.%fZ", "2026-03-04T05:06:07.1Z", "2026-03-04T05:06:07.100Z",
		  "2026-03-04T05:06:07.100000Z" },
		{ "%Y-%m-%dT%H:%M:%S.%_msZ", "2026-03-04T05:06:07.012Z", "2026-03-04T05:06:07.012Z",
		  NULL },
		{ "%s", "1700000400", "2023-11-14T22:20:00Z", NULL },
		{ "%s", "-1", "1969-12-31T23:59:59Z", NULL },
		{ "%ms", "1700000400123", "2023-11-14T22:20:00.123Z", NULL },
		{ "%epoch_microseconds", "1700000400123456", "2023-11-14T22:20:00.123456Z", NULL },
		{ "%s_as_float", "1700000400.25", "2023-11-14T22:20:00.250Z", NULL },
		{ "%s_as_float", "1700000400", "2023-11-14T22:20:00Z", "1700000400.0" },
		{ "%s_as_float", "-0.5", "1969-12-31T23:59:59.500Z", NULL },
		{ "%a, %d %b %Y %H:%M:%S %Z", "Sat, 28 feb 2026 01:02:03 GMT",
		  "2026-02-28T01:02:03Z", "Sat, 28 Feb 2026 01:02:03 UTC" },
		{ "%A %B %e, %Y", "Wednesday May  6, 2026", "2026-05-06T00:00:00Z", NULL },
		{ "%m/%d/%Y %I:%M %p", "3/4/2026 12:30 am", "2026-03-04T00:30:00Z",
		  "03/04/2026 12:30 AM" },
		{ "%m/%d/%Y %I:%M %p", "03/04/2026 12:30 PM", "2026-03-04T12:30:00Z", NULL },
		{ "%D %T", "03/04/69 01:02:03", "1969-03-04T01:02:03Z", NULL },
		{ "%D %T", "03/04/68 01:02:03", "2068-03-04T01:02:03Z", NULL },
		{ "%F", "2026-03-04", "2026-03-04T00:00:00Z", NULL },
		{ "%Y-%j", "2024-366", "2024-12-31T00:00:00Z", NULL },
		{ "%H%M", "930", "1900-01-01T09:30:00Z", "0930" },
		{ "%Y%%%m", "2026%12", "2026-12-01T00:00:00Z", NULL },
		{ "%Y-%m-%d %H:%M", "2026-03-04 \t 05:06", "2026-03-04T05:06:00Z",
		  "2026-03-04 05:06" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct str out;
	struct value v;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		OK(moment_parse_as(str_from(rows[i].in), str_from(rows[i].format), &v, &e), "%s",
		   rows[i].in);
		IS(moment_text(a, v.us).at, rows[i].utc, rows[i].in);
		OK(moment_format(a, v, str_from(rows[i].format), &out, &e), "%s", rows[i].format);
		IS(out.at, rows[i].out ? rows[i].out : rows[i].in, rows[i].format);
	}
	v = (struct value){ .kind = VALUE_TIME, .us = 0, .offset_s = 7200, .has_offset = true };
	OK(moment_format(a, v, STR("%H:%M:%SZ %Z"), &out, &e), "in its own offset");
	IS(out.at, "02:00:00Z UTC+02:00", "even where the format claims otherwise");
}

static void formats_refuse_what_does_not_match(void)
{
	static const char *const rows[][2] = {
		{ "%Y-%m-%d", "2026-02-30" },
		{ "%Y-%m-%d", "2026-02-28x" },
		{ "%Y-%m-%d", "26-02-28" },
		{ "%Y-%m-%d", "2026-02" },
		{ "%s", "1700000400.5" },
		{ "%s", "" },
		{ "%s", "99999999999999999" },
		{ "%s_as_float", "inf" },
		{ "%s_as_float", "1e40" },
		{ "%H:%M", "24:00" },
		{ "%S", "60" },
		{ "%f", "1234567" },
		{ "%Y-%j", "2023-366" },
		{ "%Z", "CST" },
		{ "%b", "Foo" },
		{ "%p", "xm" },
		{ "%z", "+5" },
		{ "%Y %m", "202612" },
	};
	static const char *const formats[] = { "%Q", "%", "%Y-%", "%-d", "%U", "%\xC3\xA9" };
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v = value_int(7);
	struct str out;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++)
		OK(!moment_parse_as(str_from(rows[i][1]), str_from(rows[i][0]), &v, &e) &&
			   e.kind == ERR_REMOTE,
		   "%s: '%s'", rows[i][0], rows[i][1]);
	OK(v.i == 7, "the result is untouched");
	v = (struct value){ .kind = VALUE_TIME };
	for (size_t i = 0; i < COUNT(formats); i++) {
		OK(!moment_format_check(str_from(formats[i]), &e) && e.kind == ERR_CONFIG, "%s",
		   e.text);
		OK(!moment_format(a, v, str_from(formats[i]), &out, &e) && e.kind == ERR_CONFIG,
		   "nor written");
	}
	OK(moment_format_check(STR("%Y-%m-%dT%H:%M:%S.%fZ"), &e), "a good one");
}

static void durations_are_read(void)
{
	static const struct {
		const char *in;
		int32_t months;
		int64_t us;
	} rows[] = {
		{ "P1M", 1, 0 },
		{ "PT5M", 0, 300 * US_PER_S },
		{ "P1DT12H", 0, 36 * 3600 * US_PER_S },
		{ "PT0.5S", 0, 500000 },
		{ "P2W", 0, 14 * DAY_US },
		{ "P1Y2M3DT4H5M6S", 14, 3 * DAY_US + (4 * 3600 + 5 * 60 + 6) * US_PER_S },
		{ "P0D", 0, 0 },
		{ "PT0.000001S", 0, 1 },
	};
	static const struct {
		const char *in;
		int64_t us;
	} plain[] = { { "15m", 900 * US_PER_S }, { "2h", 7200 * US_PER_S }, { "1d", DAY_US },
		      { "30s", 30 * US_PER_S },  { "500ms", 500000 },       { "1w", 7 * DAY_US },
		      { "PT5M", 300 * US_PER_S } };
	static const char *const bad[] = {
		"",
		"P",
		"PT",
		"P1",
		"P1DT",
		"1D",
		"P1T5M",
		"PT5M1H",
		"P1H",
		"PT1D",
		"P-1D",
		"P0.5D",
		"PT.5S",
		"P1M1M",
		"P1D ",
		"P99999Y",
		"PT1.S",
		"p1d",
		"P9999999999999999D",
		"PT999999999999999H",
	};
	static const char *const bad_plain[] = { "",    "5",     "m", "5x",         "5 m",
						 "-5m", "1h30m", "P", "9999999999d" };
	struct duration d = { 7, 7 };
	struct err e;

	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!duration_parse(str_from(bad[i]), &d, &e) && e.kind == ERR_CONFIG, "no '%s'",
		   bad[i]);
	for (size_t i = 0; i < COUNT(bad_plain); i++)
		OK(!duration_parse_plain(str_from(bad_plain[i]), &d, &e) && e.kind == ERR_CONFIG,
		   "no '%s'", bad_plain[i]);
	OK(d.months == 7 && d.us == 7, "the result is untouched");
	for (size_t i = 0; i < COUNT(rows); i++)
		OK(duration_parse(str_from(rows[i].in), &d, &e) && d.months == rows[i].months &&
			   d.us == rows[i].us,
		   "%s", rows[i].in);
	for (size_t i = 0; i < COUNT(plain); i++)
		OK(duration_parse_plain(str_from(plain[i].in), &d, &e) && d.months == 0 &&
			   d.us == plain[i].us,
		   "%s", plain[i].in);
}

static void steps_on_the_calendar_end_within_the_month(void)
{
	static const struct {
		const char *from, *step;
		int n;
		const char *to;
	} rows[] = {
		{ "2026-01-31", "P1M", 1, "2026-02-28T00:00:00Z" },
		{ "2026-01-31", "P1M", 2, "2026-03-31T00:00:00Z" },
		{ "2024-01-31T10:00", "P1M", 1, "2024-02-29T10:00:00Z" },
		{ "2026-03-31", "P1M", -1, "2026-02-28T00:00:00Z" },
		{ "2026-01-10", "P1M", -1, "2025-12-10T00:00:00Z" },
		{ "2024-02-29", "P1Y", 1, "2025-02-28T00:00:00Z" },
		{ "2026-01-31", "P1M1D", 1, "2026-03-01T00:00:00Z" },
		{ "2026-01-01", "PT0.5S", 3, "2026-01-01T00:00:01.500Z" },
		{ "2026-01-01", "P1D", -1, "2025-12-31T00:00:00Z" },
		{ "2026-01-01", "P9999Y", 2000000000, "9999-12-31T23:59:59.999999Z" },
		{ "2026-01-01", "P9999Y", -2000000000, "0001-01-01T00:00:00Z" },
		{ "2026-01-01", "P300000D", 2000000000, "9999-12-31T23:59:59.999999Z" },
		{ "2026-01-01", "P300000D", -2000000000, "0001-01-01T00:00:00Z" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct duration d;
	struct value v;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		OK(moment_parse(str_from(rows[i].from), &v, &e) &&
			   duration_parse(str_from(rows[i].step), &d, &e),
		   "%s %d times %s", rows[i].from, rows[i].n, rows[i].step);
		IS(moment_text(a, moment_add(v.us, d, rows[i].n)).at, rows[i].to, rows[i].step);
	}
}

static void spans_are_for_people(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0 ms" },           { 850, "850 ms" },
		{ 1000, "1 s" },         { 1500, "1 s 500 ms" },
		{ 12345, "12 s" },       { 250000, "4 m 10 s" },
		{ 7500000, "2 h 5 m" },  { 7200000, "2 h" },
		{ 90000000, "1 d 1 h" }, { -250000, "-4 m 10 s" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);

	for (size_t i = 0; i < COUNT(rows); i++)
		IS(span_text(a, rows[i].ms).at, rows[i].text, rows[i].text);
}

int main(void)
{
	every_day_has_one_number();
	vendors_write_times_in_many_ways();
	what_is_no_time_is_refused();
	formats_read_and_write();
	formats_refuse_what_does_not_match();
	durations_are_read();
	steps_on_the_calendar_end_within_the_month();
	spans_are_for_people();
	return tap_done();
}
