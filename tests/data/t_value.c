/* SPDX-License-Identifier: Apache-2.0 */
/* t_value.c - values: ours and those of a parsed document, through the same accessors. */
#include "data/decimal.h"
#include "data/json.h"
#include "tap.h"

static struct value parsed(struct arena *a, const char *text)
{
	struct value v = UNDEFINED;
	struct err e;

	OK(json_parse(a, str_from(text), &v, NULL, &e), "parses: %.40s", text);
	return v;
}

static bool same(struct arena *a, const char *x, const char *y)
{
	return value_eq(parsed(a, x), parsed(a, y));
}

static void numbers_keep_their_digits(void)
{
	static const char *const texts[] = { "509135.89", "1e3",  "12345678901234567890",
					     "-0",        "-0.5", "9223372036854775808",
					     "1.0",       "0.10" };
	AUTO_ARENA *a = arena_new("test", 1 << 20);

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct value v = parsed(a, texts[i]);

		OK(v.kind == VALUE_NUMBER && str_eq(v.s, str_from(texts[i])), "%s stays as it is",
		   texts[i]);
	}
	OK(parsed(a, "9223372036854775807").i == INT64_MAX, "the largest integer");
	OK(parsed(a, "-9223372036854775808").i == INT64_MIN, "the smallest integer");
	OK(parsed(a, "999999999999999999").i == 999999999999999999, "18 digits");
	OK(parsed(a, "-12").i == -12 && parsed(a, "0").kind == VALUE_INT, "small ones");
	OK(value_to_double(parsed(a, "1e3")) == 1000 && value_to_double(value_int(-7)) == -7,
	   "as doubles");
	OK(value_to_double(parsed(a, "0.1000000000000000000000000000000000000000000000000000000000"
				     "0000000000000000000000000000001")) == 0.1,
	   "a long number becomes the nearest double");
}

static void numbers_compare_by_value(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);

	OK(same(a, "1e3", "1000") && same(a, "1000", "1e3"), "1e3 = 1000");
	OK(same(a, "1.50", "1.5") && same(a, "-0", "0"), "1.50 = 1.5, -0 = 0");
	OK(same(a, "12.5e-1", "1.25") && same(a, "0.00125e3", "1.25"), "exponents move the point");
	OK(!same(a, "12345678901234567890", "12345678901234567891"), "no digit is lost");
	OK(!same(a, "1.5", "-1.5") && !same(a, "15", "1.5"), "sign and point count");
	OK(value_eq(value_float(2), value_int(2)) && value_eq(value_int(2), value_float(2)),
	   "2.0 = 2");
	OK(!value_eq(value_float(9007199254740992.0), value_int(9007199254740993)),
	   "2^53 is not 2^53 + 1");
	OK(value_eq(value_float(0.1), parsed(a, "0.1")), "0.1 computed = 0.1 received");
	OK(!value_eq(value_float(9223372036854775808.0), value_int(INT64_MAX)), "2^63 fits no int");
	OK(!value_eq(value_int(1), value_bool(true)), "1 is not true");
	OK(!same(a, "1", "\"1\"") && !value_eq(UNDEFINED, NULL_VALUE), "kinds count");
}

static void maps_compare_whatever_their_order(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);

	OK(same(a, "{\"a\":1,\"b\":[1,{}]}", "{\"b\":[1.0,{}],\"a\":1}"), "another order");
	OK(!same(a, "{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}"), "another key");
	OK(!same(a, "[1,2]", "[2,1]"), "a list's order counts");
	OK(!same(a, "[1,2]", "[1]"), "a list's length counts");
}

static void the_last_of_duplicate_keys_wins_everywhere(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 22);
	struct value v = parsed(a, "{\"a\":{\"x\":1},\"b\":2,\"a\":[3],\"\":4,\"a\":5}");
	struct value_iter it = value_iter(v);
	struct str key;
	struct value item;
	struct buf b;
	struct err e;

	OK(value_get(v, STR("a")).i == 5 && value_get(v, STR("b")).i == 2, "value_get");
	OK(value_get(v, (struct str){ NULL, 0 }).i == 4, "the empty key");
	OK(value_len(v) == 3, "value_len");
	OK(value_next(&it, &key, &item) && str_eq(key, STR("b")), "value_next skips the first");
	OK(value_next(&it, &key, &item) && value_next(&it, &key, &item) && item.i == 5 &&
		   !value_next(&it, &key, &item),
	   "and the second");
	buf_in(&b, a, 100);
	OK(json_write(&b, v, &e), "writes");
	IS(b.at, "{\"b\":2,\"\":4,\"a\":5}", "json_write");
	OK(value_eq(value_map_copy(a, v), v), "value_map_copy");
	OK(value_eq(value_keep(a, v), v), "value_keep");
}

static void a_large_object_has_its_duplicates_found_too(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 24);
	struct value v;
	struct buf b;

	buf_in(&b, a, 1 << 20);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 1000; i++)
			buf_printf(&b, "%c\"key%d\":%d", b.len ? ',' : '{', i, round * 1000 + i);
	buf_char(&b, '}');
	v = parsed(a, b.at);
	OK(value_len(v) == 1000, "1000 members are left of 3000");
	OK(value_get(v, STR("key7")).i == 2007, "the last ones");
}

static void our_maps_keep_order_through_growth_and_removal(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 24);
	struct value m = value_map_new(a), item;
	struct value_iter it;
	struct str key;
	int64_t want = 0;
	bool ordered = true;

	for (int i = 0; i < 1000; i++)
		value_map_set(a, m, str_printf(a, "k%d", i), value_int(i));
	value_map_set(a, m, STR("k500"), value_int(-1));
	OK(value_len(m) == 1000 && value_get(m, STR("k500")).i == -1, "set replaces");
	OK(value_get(m, STR("k999")).i == 999, "the last is found");
	OK(value_get(m, STR("none")).kind == VALUE_UNDEFINED, "what is not there is undefined");
	value_map_set(a, m, STR("k500"), value_int(500));
	for (int i = 0; i < 1000; i += 2)
		value_map_remove(m, str_printf(a, "k%d", i));
	value_map_remove(m, STR("none"));
	OK(value_len(m) == 500 && value_get(m, STR("k0")).kind == VALUE_UNDEFINED, "removed");
	for (it = value_iter(m); value_next(&it, &key, &item); want += 2)
		ordered &= item.i == want + 1 && value_get(m, key).i == want + 1;
	OK(ordered && want == 1000, "the rest in order, and found");
}

static void lists_grow(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 22);
	struct value l = value_list_new(a), item;
	struct value_iter it = value_iter(parsed(a, "[1,[2,[3]],\"x\"]"));
	struct str key;

	for (int i = 0; i < 100; i++)
		value_list_add(a, l, value_int(i));
	OK(value_len(l) == 100 && value_at(l, 99).i == 99, "ours");
	OK(value_at(it.of, 1).kind == VALUE_LIST && value_at(it.of, 2).kind == VALUE_STR, "theirs");
	OK(value_next(&it, &key, &item) && value_next(&it, &key, &item) && value_len(item) == 2 &&
		   value_next(&it, &key, &item) && str_eq(item.s, STR("x")) &&
		   !value_next(&it, &key, &item),
	   "walked over what is nested");
	it = value_iter(value_int(3));
	OK(!value_next(&it, &key, &item), "nothing in a number");
	OK(value_len(value_str(STR("h\xC3\xA9llo"))) == 5, "a text counts in code points");
}

static void what_is_kept_survives_its_source(void)
{
	static const char text[] =
		"{\"a\":[1,\"x\",2.50,null,true,{\"k\":\"\\u0000y\"}],\"a2\":{}}";
	AUTO_ARENA *a = arena_new("test", 1 << 22);
	AUTO_ARENA *page = arena_new("page", 1 << 20);
	struct value doc = parsed(page, text), own = value_map_new(page), kept, kept_own;

	value_map_set(page, own, str_keep(page, STR("doc")), doc);
	value_map_set(page, own, str_keep(page, STR("s")), value_str(str_keep(page, STR("t"))));
	kept = value_keep(a, doc);
	kept_own = value_keep(a, own);
	arena_reset(page);
	memset(arena_alloc(page, 4096), 'Z', 4096); /* what was there is gone */
	OK(value_eq(kept, parsed(a, text)), "a document");
	OK(value_eq(value_get(kept_own, STR("doc")), kept) &&
		   str_eq(value_get(kept_own, STR("s")).s, STR("t")),
	   "our own map around it");
}

static void too_deep_is_never_equal(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v = value_int(1);

	for (int i = 0; i < VALUE_DEPTH_MAX + 1; i++) {
		struct value outer = value_list_new(a);

		value_list_add(a, outer, v);
		if (i == VALUE_DEPTH_MAX)
			OK(value_eq(v, v), "at the limit it is");
		v = outer;
	}
	OK(!value_eq(v, v), "one deeper is not");
}

static void decimals_are_written_without_exponent(void)
{
	static const char *const rows[][2] = {
		{ "1e3", "1000" },    { "-0.00", "0.00" },
		{ "007.50", "7.50" }, { "1.5e-3", "0.0015" },
		{ "+12", "12" },      { ".5", "0.5" },
		{ "5.", "5" },        { "0", "0" },
		{ "1.25E1", "12.5" }, { "-10.0e1", "-100" },
		{ "0e5", "0" },       { "1234567890123456789012.10", "1234567890123456789012.10" },
		{ "100e-2", "1.00" },
	};
	static const char *const bad[] = { "",    "-",  "1e",  ".",    "1..2", "1.2.3",
					   "0x1", "1 ", "nan", "1e+-", "--1",  "1e99999999999" };
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct decimal d;
	struct str out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		OK(decimal_parse(str_from(rows[i][0]), &d) && decimal_text(a, d, &out), "%s",
		   rows[i][0]);
		IS(out.at, rows[i][1], rows[i][0]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!decimal_parse(str_from(bad[i]), &d), "'%s' is no decimal", bad[i]);
	OK(decimal_parse(STR("1e1000"), &d) && !decimal_text(a, d, &out), "1e1000 is too long");
	OK(decimal_parse(STR("1e-1000"), &d) && !decimal_text(a, d, &out), "1e-1000 too");
}

int main(void)
{
	numbers_keep_their_digits();
	numbers_compare_by_value();
	maps_compare_whatever_their_order();
	the_last_of_duplicate_keys_wins_everywhere();
	a_large_object_has_its_duplicates_found_too();
	our_maps_keep_order_through_growth_and_removal();
	lists_grow();
	what_is_kept_survives_its_source();
	too_deep_is_never_equal();
	decimals_are_written_without_exponent();
	return tap_done();
}
