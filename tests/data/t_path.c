/* SPDX-License-Identifier: Apache-2.0 */
/* t_path.c - steps into values: literal, with globs, and copies with a change. */
#include "data/json.h"
#include "data/path.h"
#include "tap.h"

#define TEXT \
	"{\"a\":{\"b\":[{\"id\":1},{\"id\":2,\"x\":null},3]},\"0\":\"zero\",\"*\":{\"id\":9},\"\":4}"

static struct value parsed(struct arena *a, const char *text)
{
	struct value v = UNDEFINED;
	struct err e;

	if (!json_parse(a, str_from(text), &v, NULL, &e))
		OK(false, "%s", e.text);
	return v;
}

static const char *json(struct arena *a, struct value v)
{
	struct buf b;
	struct err e;

	buf_in(&b, a, 1 << 16);
	if (!json_write(&b, v, &e))
		OK(false, "%s", e.text);
	return v.kind == VALUE_UNDEFINED ? "nothing" : b.at;
}

/* "a/b/0"; "" has no steps. */
static struct path path(struct arena *a, const char *text)
{
	struct str rest = str_from(text);
	struct path p = { arena_new_array(a, struct str, 100), 0 };

	while (rest.len > 0)
		p.step[p.n++] = str_cut(&rest, '/');
	return p;
}

static void literal_steps_lead_to_one_value(void)
{
	static const char *const rows[][2] = {
		{ "a/b/0/id", "1" },
		{ "a/b/-1", "3" },
		{ "a/b/-3/id", "1" },
		{ "a/b/3", "nothing" },
		{ "a/b/-4", "nothing" },
		{ "a/b/x", "nothing" },
		{ "a/b/+1", "nothing" },
		{ "a/b/1/x", "null" },
		{ "a/b/1/x/y", "nothing" },
		{ "0", "\"zero\"" },
		{ "*/id", "9" },
		{ "a/c/d", "nothing" },
		{ "a/b/2/id", "nothing" },
		{ "a/b/1", "{\"id\":2,\"x\":null}" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v = parsed(a, TEXT);

	for (size_t i = 0; i < COUNT(rows); i++)
		IS(json(a, path_get(v, path(a, rows[i][0]))), rows[i][1], rows[i][0]);
	IS(json(a, path_get(v, (struct path){ NULL, 0 })), TEXT, "no steps");
	IS(json(a, path_get(v, (struct path){ &STR(""), 1 })), "4", "the empty key");
}

static void globs_match_in_document_order(void)
{
	static const char *const rows[][2] = {
		{ "a/b/*", "[{\"id\":1},{\"id\":2,\"x\":null},3]" },
		{ "a/b/*/id", "[1,2]" },
		{ "**/id", "[1,2,9]" },
		{ "**/**/id", "[1,2,9]" },
		{ "a/**/id", "[1,2]" },
		{ "a/*/-1", "[3]" },
		{ "*/b/0/**", "[{\"id\":1},1]" },
		{ "*/i*", "[9]" },
		{ "*/*d", "[9]" },
		{ "*/nothing", "[]" },
		{ "a/b/7", "[]" },
		{ "", "[" TEXT "]" },
		{ "0/*", "[]" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v = parsed(a, TEXT), own = value_map_copy(a, v);

	for (size_t i = 0; i < COUNT(rows); i++) {
		IS(json(a, path_match(a, v, path(a, rows[i][0]), 100)), rows[i][1], rows[i][0]);
		IS(json(a, path_match(a, own, path(a, rows[i][0]), 100)), rows[i][1], "our own");
	}
	OK(value_len(path_match(a, v, path(a, "**"), 100)) == 12, "everything but the root");
	IS(json(a, path_match(a, v, path(a, "**/id"), 2)), "[1,2]", "no more than asked for");
	OK(value_len(path_match(a, v, path(a, "**/id"), 0)) == 0, "none at all");
}

static void a_path_too_long_matches_nothing(void)
{
	struct str steps[PATH_STEPS_MAX + 1];
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	struct value v = parsed(a, TEXT);

	for (size_t i = 0; i < COUNT(steps); i++)
		steps[i] = STR("**");
	OK(value_len(path_match(a, v, (struct path){ steps, PATH_STEPS_MAX }, 100)) == 12, "63");
	OK(value_len(path_match(a, v, (struct path){ steps, PATH_STEPS_MAX + 1 }, 100)) == 0, "64");
	OK(value_eq(path_remove(a, v, (struct path){ steps, PATH_STEPS_MAX + 1 }), v),
	   "and removes nothing");
}

static void setting_copies_only_the_way(void)
{
	static const char *const rows[][3] = {
		{ "{\"a\":1}", "b", "{\"a\":1,\"b\":7}" },
		{ "{\"a\":1}", "a", "{\"a\":7}" },
		{ "{}", "a/b/c", "{\"a\":{\"b\":{\"c\":7}}}" },
		{ "{\"a\":null}", "a/b", "{\"a\":{\"b\":7}}" },
		{ "{\"a\":[1,2]}", "a/-1", "{\"a\":[1,7]}" },
		{ "{\"a\":[1,{\"x\":1}]}", "a/1/y", "{\"a\":[1,{\"x\":1,\"y\":7}]}" },
		{ "{\"a\":[1,2]}", "a/2", "{\"a\":[1,2]}" },
		{ "{\"a\":[1,2]}", "a/5/b", "{\"a\":[1,2]}" },
		{ "{\"a\":\"text\"}", "a/b", "{\"a\":\"text\"}" },
		{ "{\"a\":1}", "*", "{\"a\":1,\"*\":7}" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct value v = parsed(a, rows[i][0]);

		IS(json(a, path_set(a, v, path(a, rows[i][1]), value_int(7))), rows[i][2],
		   rows[i][1]);
		IS(json(a, v), rows[i][0], "the source is as it was");
	}
}

static void removing_copies_and_leaves_nulls_in_lists(void)
{
	static const char *const rows[][3] = {
		{ "{\"a\":1,\"b\":2}", "a", "{\"b\":2}" },
		{ "{\"a\":1}", "b", "{\"a\":1}" },
		{ "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":3}}", "*/x",
		  "{\"a\":{\"y\":2},\"b\":{}}" },
		{ "{\"a\":[{\"x\":1,\"y\":[{\"x\":2}]}],\"x\":3}", "**/x",
		  "{\"a\":[{\"y\":[{}]}]}" },
		{ "{\"a\":[1,2,3]}", "a/1", "{\"a\":[1,null,3]}" },
		{ "{\"a\":[1,2,3]}", "a/*", "{\"a\":[null,null,null]}" },
		{ "{\"_x\":1,\"_y\":2,\"z\":3}", "_*", "{\"z\":3}" },
		{ "{\"a\":1}", "", "{\"a\":1}" },
		{ "{\"a\":{\"b\":1}}", "a/b/c", "{\"a\":{\"b\":1}}" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct value v = parsed(a, rows[i][0]);

		IS(json(a, path_remove(a, v, path(a, rows[i][1]))), rows[i][2], rows[i][1]);
		IS(json(a, v), rows[i][0], "the source is as it was");
	}
}

static void paths_have_a_text(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);

	IS(path_text(a, path(a, "a/b/0")).at, "a.b.0", "with dots");
	IS(path_text(a, path(a, "")).at, "", "of no steps");
}

int main(void)
{
	literal_steps_lead_to_one_value();
	globs_match_in_document_order();
	a_path_too_long_matches_nothing();
	setting_copies_only_the_way();
	removing_copies_and_leaves_nulls_in_lists();
	paths_have_a_text();
	return tap_done();
}
