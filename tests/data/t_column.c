/* SPDX-License-Identifier: Apache-2.0 */
/* t_column.c - a cell holds exactly what the vendor sent, or there is an error that does not. */
#include "data/column.h"
#include "data/json.h"
#include "tap.h"

#include <math.h>

static struct value parsed(struct arena *a, const char *text)
{
	struct value v = UNDEFINED;
	struct err e;

	if (!json_parse(a, str_from(text), &v, NULL, &e))
		OK(false, "%s", e.text);
	return v;
}

/* The cell as JSON, or the error. */
static const char *cell_of(struct arena *a, enum column_type type, struct value v)
{
	struct value cell = UNDEFINED;
	bool repaired = false;
	struct buf b;
	struct err e;

	if (!column_cast(a, type, NULL, v, &cell, &repaired, &e))
		return str_printf(a, "%s%s", e.kind == ERR_REMOTE ? "" : "another kind: ", e.text)
			.at;
	buf_in(&b, a, 1 << 14);
	if (repaired)
		buf_add(&b, STR("repaired "));
	if (!json_write(&b, cell, &e))
		OK(false, "%s", e.text);
	return b.at;
}

static const struct {
	enum column_type type;
	const char *in, *cell;
} casts[] = {
	{ COLUMN_TEXT, "\"x\"", "\"x\"" },
	{ COLUMN_TEXT, "\"\"", "\"\"" },
	{ COLUMN_TEXT, "\"  \"", "\"  \"" },
	{ COLUMN_TEXT, "null", "null" },
	{ COLUMN_TEXT, "12345678901234567890.10", "\"12345678901234567890.10\"" },
	{ COLUMN_TEXT, "1e3", "\"1e3\"" },
	{ COLUMN_TEXT, "-42", "\"-42\"" },
	{ COLUMN_TEXT, "true", "\"true\"" },
	{ COLUMN_TEXT, "[1]", "a list where text is expected" },
	{ COLUMN_TEXT, "{}", "a map where text is expected" },
	{ COLUMN_TEXT, "\"a\\u0000b\"", "repaired \"ab\"" },
	{ COLUMN_TEXT, "\"a long enough text \\u0000 \xC3\xA9\"",
	  "repaired \"a long enough text  \xC3\xA9\"" },
	{ COLUMN_TEXT, "\"caf\xC3\xA9 au lait\"", "\"caf\xC3\xA9 au lait\"" },
	{ COLUMN_INTEGER, "7", "7" },
	{ COLUMN_INTEGER, "1e3", "1000" },
	{ COLUMN_INTEGER, "5.00", "5" },
	{ COLUMN_INTEGER, "5.5", "a number where an integer is expected" },
	{ COLUMN_INTEGER, "9223372036854775808", "a number where an integer is expected" },
	{ COLUMN_INTEGER, "\"-9223372036854775808\"", "-9223372036854775808" },
	{ COLUMN_INTEGER, "\"42\"", "42" },
	{ COLUMN_INTEGER, "\"42 \"", "text where an integer is expected" },
	{ COLUMN_INTEGER, "\"1e3\"", "text where an integer is expected" },
	{ COLUMN_INTEGER, "\"secret\"", "text where an integer is expected" },
	{ COLUMN_INTEGER, "\" \\t\"", "null" },
	{ COLUMN_INTEGER, "true", "a boolean where an integer is expected" },
	{ COLUMN_DECIMAL, "509135.80", "\"509135.80\"" },
	{ COLUMN_DECIMAL, "1e3", "\"1000\"" },
	{ COLUMN_DECIMAL, "-1.50E-1", "\"-0.150\"" },
	{ COLUMN_DECIMAL, "-0.00", "\"0.00\"" },
	{ COLUMN_DECIMAL, "-0", "\"0\"" },
	{ COLUMN_DECIMAL, "12", "\"12\"" },
	{ COLUMN_DECIMAL, "\"0012.50\"", "\"12.50\"" },
	{ COLUMN_DECIMAL, "\"1,000\"", "text where a decimal number is expected" },
	{ COLUMN_DECIMAL, "\"$5\"", "text where a decimal number is expected" },
	{ COLUMN_DECIMAL, "\"1e3\"", "text where a decimal number is expected" },
	{ COLUMN_DECIMAL, "1e2000", "a number of more than 1000 digits" },
	{ COLUMN_DECIMAL, "\"\"", "null" },
	{ COLUMN_DECIMAL, "[]", "a list where a decimal number is expected" },
	{ COLUMN_FLOAT, "1.5", "1.5" },
	{ COLUMN_FLOAT, "3", "3.0" },
	{ COLUMN_FLOAT, "\"2.5e1\"", "25.0" },
	{ COLUMN_FLOAT, "1e999", "a number too large for a float" },
	{ COLUMN_FLOAT, "\"nan\"", "text where a number is expected" },
	{ COLUMN_FLOAT, "false", "a boolean where a number is expected" },
	{ COLUMN_BOOLEAN, "true", "true" },
	{ COLUMN_BOOLEAN, "0", "false" },
	{ COLUMN_BOOLEAN, "1", "true" },
	{ COLUMN_BOOLEAN, "2", "an integer where true or false is expected" },
	{ COLUMN_BOOLEAN, "\"FALSE\"", "false" },
	{ COLUMN_BOOLEAN, "\"True\"", "true" },
	{ COLUMN_BOOLEAN, "\"yes\"", "text where true or false is expected" },
	{ COLUMN_BOOLEAN, "\"\"", "null" },
	{ COLUMN_TIMESTAMP, "\"2026-03-04T05:06:07.12\"", "\"2026-03-04T05:06:07.120Z\"" },
	{ COLUMN_TIMESTAMP, "\"2026-03-04T05:06:07+02:00\"", "\"2026-03-04T03:06:07Z\"" },
	{ COLUMN_TIMESTAMP, "\"2026-03-04\"", "\"2026-03-04T00:00:00Z\"" },
	{ COLUMN_TIMESTAMP, "1700000000", "an integer where a time is expected" },
	{ COLUMN_TIMESTAMP, "1700000000.5", "a number where a time is expected" },
	{ COLUMN_TIMESTAMP, "\"yesterday\"", "text where a time is expected" },
	{ COLUMN_TIMESTAMP, "\"\"", "null" },
	{ COLUMN_DATE, "\"2026-03-04\"", "\"2026-03-04\"" },
	{ COLUMN_DATE, "\"2026-02-30\"", "text where a date is expected" },
	{ COLUMN_DATE, "\"2026-03-04T23:30:00-02:00\"", "\"2026-03-05\"" },
	{ COLUMN_DATE, "20260304", "an integer where a date is expected" },
	{ COLUMN_UUID, "\"6F9619FF-8B86-D011-B42D-00C04FC964FF\"",
	  "\"6f9619ff-8b86-d011-b42d-00c04fc964ff\"" },
	{ COLUMN_UUID, "\"6f9619ff8b86d011b42d00c04fc964ff\"",
	  "\"6f9619ff-8b86-d011-b42d-00c04fc964ff\"" },
	{ COLUMN_UUID, "\"6f9619ff-8b86-d011-b42d-00c04fc964fg\"",
	  "text where a UUID is expected" },
	{ COLUMN_UUID, "\"6f9619ff08b86-d011-b42d-00c04fc964ff\"",
	  "text where a UUID is expected" },
	{ COLUMN_UUID, "\"6f9619ff-8b86-d011-b42d-00c04fc964f\"", "text where a UUID is expected" },
	{ COLUMN_UUID, "\"6f9619ff8b86-011b42d00c04fc964f--\"", "text where a UUID is expected" },
	{ COLUMN_UUID, "\" \"", "null" },
	{ COLUMN_UUID, "12", "an integer where a UUID is expected" },
	{ COLUMN_JSON, "{\"a\" : [1.50, null]}", "\"{\\\"a\\\":[1.50,null]}\"" },
	{ COLUMN_JSON, "\"text\"", "\"\\\"text\\\"\"" },
	{ COLUMN_JSON, "\"\"", "\"\\\"\\\"\"" },
	{ COLUMN_JSON, "null", "null" },
	{ COLUMN_JSON, "[\"a\\u0000b\\\\u0000\",\"\\\\\\u0000\\n\"]",
	  "repaired \"[\\\"ab\\\\\\\\u0000\\\",\\\"\\\\\\\\\\\\n\\\"]\"" },
	{ COLUMN_JSON, "[\"\\\\u0000\"]", "\"[\\\"\\\\\\\\u0000\\\"]\"" },
};

static void cells_are_exact_or_refused(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 22);

	for (size_t i = 0; i < COUNT(casts); i++) {
		char what[128];

		snprintf(what, sizeof(what), "%s: %s", column_type_name(casts[i].type),
			 casts[i].in);
		IS(cell_of(a, casts[i].type, parsed(a, casts[i].in)), casts[i].cell, what);
	}
	for (int t = 0; t < COLUMN_TYPES; t++)
		IS(cell_of(a, (enum column_type)t, UNDEFINED), "null", "undefined");
}

static void what_json_cannot_say_is_cast_too(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value time = { .kind = VALUE_TIME, .us = 0, .offset_s = 3600, .has_offset = true };
	struct value span = { .kind = VALUE_SPAN, .us = 1500000 };

	IS(cell_of(a, COLUMN_TEXT, value_float(0.1)), "\"0.1\"", "float as text");
	IS(cell_of(a, COLUMN_TEXT, value_float(NAN)), "a number where text is expected", "NaN");
	IS(cell_of(a, COLUMN_TEXT, time), "\"1970-01-01T01:00:00+01:00\"", "time as text");
	IS(cell_of(a, COLUMN_TEXT, span), "\"PT1.500S\"", "span as text");
	IS(cell_of(a, COLUMN_TEXT,
		   value_str(STR("a\xFF"
				 "b"))),
	   "repaired \"a\xEF\xBF\xBD"
	   "b\"",
	   "bytes that are no text");
	IS(cell_of(a, COLUMN_INTEGER, value_float(3)), "3", "whole float as integer");
	IS(cell_of(a, COLUMN_INTEGER, value_float(3.5)), "a number where an integer is expected",
	   "not whole");
	IS(cell_of(a, COLUMN_INTEGER, value_float(1e30)), "a number where an integer is expected",
	   "too large");
	IS(cell_of(a, COLUMN_INTEGER, value_float(INFINITY)),
	   "a number where an integer is expected", "infinite");
	IS(cell_of(a, COLUMN_DECIMAL, value_float(0.1)), "\"0.1\"", "float as decimal");
	IS(cell_of(a, COLUMN_DECIMAL, value_float(1e20)), "\"100000000000000000000\"",
	   "a large one");
	IS(cell_of(a, COLUMN_DECIMAL, value_int(INT64_MIN)), "\"-9223372036854775808\"", "an int");
	IS(cell_of(a, COLUMN_FLOAT, value_float(NAN)), "a number too large for a float", "NaN");
	IS(cell_of(a, COLUMN_TIMESTAMP, time), "\"1970-01-01T00:00:00Z\"", "time in UTC");
	IS(cell_of(a, COLUMN_DATE, time), "\"1970-01-01\"", "time as date");
	IS(cell_of(a, COLUMN_INTEGER, time), "a time where an integer is expected", "no integer");
	IS(cell_of(a, COLUMN_JSON, time), "\"\\\"1970-01-01T01:00:00+01:00\\\"\"", "time as JSON");
}

static void dates_are_taken_in_the_zone(void)
{
	static const char *const rows[][2] = {
		{ "2026-07-01T06:59:59Z", "2026-06-30" }, { "2026-07-01T07:00:00", "2026-07-01" },
		{ "2026-01-01T07:00:00Z", "2025-12-31" }, { "2026-01-01T08:00:00", "2026-01-01" },
		{ "2026-01-01", "2026-01-01" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	const struct zone *z = NULL;
	struct value cell;
	struct err e;

	OK(zone_load(a, STR("America/Los_Angeles"), &z, &e), "the zone");
	for (size_t i = 0; z && i < COUNT(rows); i++) {
		OK(column_cast(a, COLUMN_DATE, z, value_str(str_from(rows[i][0])), &cell, NULL, &e),
		   "%s", rows[i][0]);
		OK(str_eq(cell.s, str_from(rows[i][1])), "is %s", rows[i][1]);
	}
	OK(z && !column_cast(a, COLUMN_DATE, z, value_str(STR("0001-01-01T00:00:00Z")), &cell, NULL,
			     &e),
	   "before the calendar: %s", e.text);
}

static void failures_touch_nothing(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value cell = value_int(7);
	bool repaired = true;
	struct err e;

	OK(!column_cast(a, COLUMN_INTEGER, NULL, value_str(STR("x")), &cell, &repaired, &e) &&
		   cell.i == 7 && repaired,
	   "not the cell");
	OK(column_cast(a, COLUMN_TEXT, NULL, value_str(STR("x")), &cell, &repaired, &e) && repaired,
	   "repaired is not cleared");
}

static void cells_compare_by_what_they_mean(void)
{
	struct value t = { .kind = VALUE_TIME, .us = 5 }, u = { .kind = VALUE_TIME, .us = 6 };

#define CELL(s) value_str(STR(s))
	OK(column_eq(COLUMN_DECIMAL, CELL("1.50"), CELL("1.5")), "1.50 = 1.5");
	OK(!column_eq(COLUMN_DECIMAL, CELL("1.50"), CELL("15")), "1.50 is not 15");
	OK(!column_eq(COLUMN_TEXT, CELL("1.50"), CELL("1.5")), "as text they differ");
	OK(column_eq(COLUMN_JSON, CELL("{\"a\":1,\"b\":[2]}"), CELL("{\"b\":[2.0], \"a\":1}")),
	   "JSON by content");
	OK(!column_eq(COLUMN_JSON, CELL("{\"a\":1}"), CELL("{\"a\":2}")), "other JSON");
	OK(!column_eq(COLUMN_JSON, CELL("[1"), CELL("[1]")), "no JSON at all");
	OK(column_eq(COLUMN_TEXT, NULL_VALUE, NULL_VALUE), "NULL is NULL");
	OK(!column_eq(COLUMN_TEXT, NULL_VALUE, CELL("")), "and nothing else");
	OK(!column_eq(COLUMN_DECIMAL, NULL_VALUE, CELL("0")), "not even 0");
	OK(column_eq(COLUMN_TIMESTAMP, t, t) && !column_eq(COLUMN_TIMESTAMP, t, u), "times");
	OK(column_eq(COLUMN_INTEGER, value_int(1), value_int(1)), "integers");
}

int main(void)
{
	cells_are_exact_or_refused();
	what_json_cannot_say_is_cast_too();
	dates_are_taken_in_the_zone();
	failures_touch_nothing();
	cells_compare_by_what_they_mean();
	return tap_done();
}
