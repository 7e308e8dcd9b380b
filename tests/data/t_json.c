/* SPDX-License-Identifier: Apache-2.0 */
/* t_json.c - JSON in and out: nothing lost, nothing invalid written, no way to crash it. */
#include "data/json.h"
#include "tap.h"

static const char *written(struct arena *a, struct value v)
{
	struct buf b;
	struct err e;

	buf_in(&b, a, 1 << 16);
	return json_write(&b, v, &e) ? b.at : str_printf(a, "%s", e.text).at;
}

static const char *round_trip(struct arena *a, struct str text, size_t *repaired)
{
	struct value v;
	struct err e;

	if (!json_parse(a, text, &v, repaired, &e))
		return str_printf(a, "%s", e.text).at;
	return written(a, v);
}

static void what_is_read_is_written_again(void)
{
	static const char *const same[] = {
		"null",
		"true",
		"\"a tab\\tinside a long run of plain text, a bell\\u0007 too\"",
		"-0.50",
		"\"\"",
		"[]",
		"{}",
		"[1,[],{\"a\":{}},false]",
		"{\"b\":1e3,\"a\":12345678901234567890,\"s\":\"\\u0000 \\\"\\\\\\n\\b\\f\\r\\t\\u001f\"}",
		"\"caf\xC3\xA9 \xF0\x9F\x98\x80 and a longer plain run that spans words\"",
	};
	AUTO_ARENA *a = arena_new("test", 1 << 22);

	for (size_t i = 0; i < COUNT(same); i++)
		IS(round_trip(a, str_from(same[i]), NULL), same[i], same[i]);
	IS(round_trip(a, STR("\xEF\xBB\xBF [ 1 , 2 ] \n"), NULL), "[1,2]", "a byte order mark");
	IS(round_trip(a, STR("\"\\ud83d\\ude00\\/\""), NULL), "\"\xF0\x9F\x98\x80/\"", "escapes");
}

static void spoilt_text_is_repaired_and_counted(void)
{
	static const struct {
		const char *in, *out;
		size_t count;
	} rows[] = {
		{ "[\"\\ud83d\"]", "[\"\xEF\xBF\xBD\"]", 1 },
		{ "[\"\\ude00x\\ud83d\\u0041\"]",
		  "[\"\xEF\xBF\xBDx\xEF\xBF\xBD"
		  "A\"]",
		  2 },
		{ "[\"\\\\ud83d\\ud83d\\ud83d\\ude00\"]",
		  "[\"\\\\ud83d\xEF\xBF\xBD\xF0\x9F\x98\x80\"]", 1 },
		{ "[\"a\xFF\xFE\"]", "[\"a\xEF\xBF\xBD\xEF\xBF\xBD\"]", 2 },
		{ "[\"\xE2\x82\"]", "[\"\xEF\xBF\xBD\"]", 1 },
		{ "[\"\xF0\x9F\x98\"]", "[\"\xEF\xBF\xBD\"]", 1 },
		{ "[\"\xED\xA0\x80\"]", "[\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"]", 3 },
		{ "{\"\xC3\":\"\xC3\xA9\"}", "{\"\xEF\xBF\xBD\":\"\xC3\xA9\"}", 1 },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 22);
	size_t count;

	for (size_t i = 0; i < COUNT(rows); i++) {
		count = 99;
		IS(round_trip(a, str_from(rows[i].in), &count), rows[i].out, rows[i].in);
		OK(count == rows[i].count, "%zu repaired", count);
	}
	count = 99;
	OK(strcmp(round_trip(a, STR("[1]"), &count), "[1]") == 0 && count == 0, "none to repair");
}

static void errors_say_where_and_never_what(void)
{
	static const struct {
		const char *in;
		const char *where;
	} rows[] = {
		{ "{\"a\":1,\n \"secret\": tru}", "line 2, column 12" },
		{ "[\"\xC3\xA9\xC3\xA9\", x]", "line 1, column 8" },
		{ "[1] 2", "line 1, column 5" },
		{ "[\"\xFF\", secret]", "line 1, column 7" },
		{ "[01]", "line 1, column 2" },
	};
	static const char *const bad[] = { " ",       "[1,]",  "{\"a\":}", "NaN",
					   "{'a':1}", "[1 2]", "\"\n\"",   "\"\\x\"",
					   "-",       "1.",    "[",        "\"a" };
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v = value_int(7);
	size_t repaired = 42;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		OK(!json_parse(a, str_from(rows[i].in), &v, &repaired, &e) && e.kind == ERR_REMOTE,
		   "refused");
		OK(strstr(e.text, rows[i].where), "%s has %s", e.text, rows[i].where);
		OK(!strstr(e.text, "secret"), "and nothing of the text");
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!json_parse(a, str_from(bad[i]), &v, &repaired, &e) && e.kind == ERR_REMOTE,
		   "no JSON: %s", e.text);
	OK(!json_parse(a, STR(""), &v, &repaired, &e) && e.kind == ERR_REMOTE, "empty");
	OK(v.i == 7 && repaired == 42, "the results are untouched");
}

static struct str nested(struct arena *a, int depth)
{
	struct buf b;

	buf_in(&b, a, 1 << 20);
	for (int i = 0; i < depth; i++)
		buf_add(&b, i % 2 ? STR("[") : STR("{\"a\":"));
	buf_char(&b, '1');
	for (int i = depth - 1; i >= 0; i--)
		buf_char(&b, i % 2 ? ']' : '}');
	return buf_str(&b);
}

static void depth_has_a_limit_both_ways(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 24);
	struct value v, outer = value_list_new(a);
	struct str out;
	struct buf b;
	struct err e;

	OK(json_parse(a, nested(a, VALUE_DEPTH_MAX), &v, NULL, &e), "128 levels are read");
	buf_init(&b, 1 << 16);
	OK(json_write(&b, v, &e), "and written");
	OK(json_pretty(a, v, &out, &e), "and written nicely");
	OK(!json_parse(a, nested(a, VALUE_DEPTH_MAX + 1), &outer, NULL, &e) && e.kind == ERR_LIMIT,
	   "129 are not read: %s", e.text);
	OK(!json_parse(a, nested(a, 100000), &outer, NULL, &e) && e.kind == ERR_LIMIT,
	   "nor 100000: %s", e.text);
	value_list_add(a, outer, v);
	OK(!json_write(&b, outer, &e) && e.kind == ERR_LIMIT, "one more is not written");
	buf_done(&b);
}

static void memory_has_a_limit(void)
{
	struct arena *a = arena_new("small", 4096);
	struct value v;
	struct err e;
	struct buf b, tiny;

	buf_init(&b, 1 << 16);
	buf_char(&b, '[');
	for (int i = 0; i < 3000; i++)
		buf_add(&b, STR("1,"));
	buf_add(&b, STR("1]"));
	OK(!json_parse(a, buf_str(&b), &v, NULL, &e) && e.kind == ERR_LIMIT, "%s", e.text);
	OK(json_parse(a, STR("[1,2,3]"), &v, NULL, &e), "a small one still fits");
	buf_init(&tiny, 4);
	OK(!json_write(&tiny, v, &e) && e.kind == ERR_LIMIT, "%s", e.text);
	buf_done(&tiny);
	buf_done(&b);
	arena_free(a);
}

static void what_only_we_have_is_written_too(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value time = { .kind = VALUE_TIME, .us = 1785024000123000 }, m = value_map_new(a);
	struct value span = { .kind = VALUE_SPAN, .us = 93784500000 };

	IS(written(a, UNDEFINED), "null", "undefined");
	IS(written(a, value_float(0.1)), "0.1", "0.1");
	IS(written(a, value_float(0.1 + 0.2)), "0.30000000000000004", "0.1 + 0.2");
	IS(written(a, value_float(-3)), "-3.0", "a whole float stays a float");
	IS(written(a, value_float(1e300)), "1e+300", "1e300");
	IS(written(a, value_float(1e308 * 10)), "null", "infinity");
	IS(written(a, value_float(0.0 * (1e308 * -10))), "null", "not a number");
	IS(written(a, value_int(INT64_MIN)), "-9223372036854775808", "the smallest integer");
	IS(written(a, time), "\"2026-07-26T00:00:00.123Z\"", "a time");
	time.offset_s = -(3 * 3600 + 30 * 60);
	time.us += 456;
	IS(written(a, time), "\"2026-07-25T20:30:00.123456-03:30\"", "in its own offset");
	IS(written(a, span), "\"P1DT2H3M4.500S\"", "a span");
	span.us = -172800000000;
	IS(written(a, span), "\"-P2D\"", "whole days, backwards");
	span.us = 0;
	IS(written(a, span), "\"PT0S\"", "no time at all");
	IS(written(a, value_str(STR("a\xFF\xC3"))), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"",
	   "bytes that are no text");
	value_map_set(a, m, STR("k\n"), value_list_new(a));
	IS(written(a, m), "{\"k\\n\":[]}", "our own containers");
}

static void pretty_is_pretty(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v;
	struct str out;
	struct err e;

	OK(json_parse(a, STR("{\"a\":[1,{}],\"b\":{\"c\":[]}}"), &v, NULL, &e) &&
		   json_pretty(a, v, &out, &e),
	   "pretty");
	IS(out.at, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}",
	   "two spaces");
}

static void two_members_of_one_name_are_noticed(void)
{
	static const struct {
		const char *text;
		bool twice;
	} row[] = {
		{ "{}", false },
		{ "1", false },
		{ "{\"a\":1,\"A\":1,\"b\":{\"a\":1}}", false },
		{ "{\"a\":1,\"a\":1}", true },
		{ "{\"a\":1,\"\\u0061\":2}", true },
		{ "[1,[{\"x\":{\"a\":1,\"a\":1}}]]", true },
		{ "{\"l\":{\"a\":1,\"a\":1},\"l\":2}", true },
	};
	AUTO_ARENA *a = arena_new("twice", 1 << 20);

	for (size_t i = 0; i < COUNT(row); i++) {
		struct value v = UNDEFINED;
		struct err e;

		OK(json_parse(a, str_from(row[i].text), &v, NULL, &e) &&
			   json_has_duplicates(v) == row[i].twice,
		   "%s", row[i].text);
	}
}

int main(void)
{
	two_members_of_one_name_are_noticed();
	what_is_read_is_written_again();
	spoilt_text_is_repaired_and_counted();
	errors_say_where_and_never_what();
	depth_has_a_limit_both_ways();
	memory_has_a_limit();
	what_only_we_have_is_written_too();
	pretty_is_pretty();
	return tap_done();
}
