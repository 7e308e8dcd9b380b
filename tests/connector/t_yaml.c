/* SPDX-License-Identifier: Apache-2.0 */
/* t_yaml.c - YAML files as trees that know where everything stands. */
#include "base/file.h"
#include "connector/yaml.h"
#include "data/json.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

static const char *as_json(struct arena *a, const char *text)
{
	struct node *n;
	struct err e;
	struct buf b;

	buf_in(&b, a, 1 << 20);
	if (!yaml_parse(a, str_from(text), STR("t.yaml"), &n, NULL, &e))
		return str_keep(a, str_from(e.text)).at;
	if (!json_write(&b, node_value(a, n), &e))
		return str_keep(a, str_from(e.text)).at;
	return str_keep(a, buf_str(&b)).at;
}

struct yaml_case {
	const char *name, *yaml, *json;
};

static void run_cases(const struct yaml_case *c, size_t n)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);

	for (size_t i = 0; i < n; i++)
		IS(as_json(a, c[i].yaml), c[i].json, c[i].name);
}

static void scalars_mean_what_the_core_schema_says(void)
{
	static const struct yaml_case cases[] = {
		{ "null", "[null, ~, Null, 'null', {a: }]",
		  "[null,null,null,\"null\",{\"a\":null}]" },
		{ "true and false", "[true, False, TRUE, 'true', yes]",
		  "[true,false,true,\"true\",\"yes\"]" },
		{ "integers", "[0, -7, +8, 0o17, 0xff, 007, 0x, 0o9]",
		  "[0,-7,8,15,255,7,\"0x\",\"0o9\"]" },
		{ "decimals keep their digits", "[1.50, -.5, 2., 1e3, +1.0E-2, 007.5, .]",
		  "[1.50,-0.5,2,1e3,1.0E-2,7.5,\".\"]" },
		{ "beyond 64 bits", "[12345678901234567890]", "[12345678901234567890]" },
		{ "quoted is text", "['12', \"1.5\"]", "[\"12\",\"1.5\"]" },
		{ "no sexagesimals, dates or underscores", "[1:30, 2024-01-02, 1_000, 1.2.3]",
		  "[\"1:30\",\"2024-01-02\",\"1_000\",\"1.2.3\"]" },
		{ "block text", "a: |\n  x\n  y\nb: >-\n  x\n  y\n",
		  "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}" },
		{ "core tags", "[!!str 12, !!int '12', ! 12, !!map {a: 1}]",
		  "[\"12\",12,\"12\",{\"a\":1}]" },
	};

	run_cases(cases, COUNT(cases));
}

static void aliases_and_merge_keys_are_resolved(void)
{
	static const struct yaml_case cases[] = {
		{ "alias", "a: &x {k: 1}\nb: *x\n", "{\"a\":{\"k\":1},\"b\":{\"k\":1}}" },
		{ "a later anchor of the same name wins", "[&x 1, *x, &x 2, *x]", "[1,1,2,2]" },
		{ "merge", "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n",
		  "{\"a\":{\"k\":1,\"l\":2},\"b\":{\"k\":3,\"l\":2}}" },
		{ "merge of a list: earlier wins",
		  "- &x {k: 1}\n- &y {k: 2, l: 2}\n- {<<: [*x, *y]}\n",
		  "[{\"k\":1},{\"k\":2,\"l\":2},{\"k\":1,\"l\":2}]" },
		{ "a quoted << is a key", "{'<<': 1}", "{\"<<\":1}" },
		{ "merge of a text", "a: {<<: text}",
		  "t.yaml:1:9: a.<<: a merge key (<<) takes a map or a list of maps" },
		{ "alias to itself", "a: &x [*x]",
		  "t.yaml:1:8: a[0]: the alias names an anchor that is not complete here, or is nowhere" },
		{ "alias to nowhere", "a: *nope",
		  "t.yaml:1:4: a: the alias names an anchor that is not complete here, or is nowhere" },
	};

	run_cases(cases, COUNT(cases));
}

static void what_is_wrong_is_said_with_its_place(void)
{
	static const struct yaml_case cases[] = {
		{ "duplicate key", "a:\n  b: 1\n  c: 2\n  b: 3\n",
		  "t.yaml:4:3: a.b: this key stands here twice" },
		{ "two merge keys", "a: {<<: {b: 1}, <<: {c: 1}}",
		  "t.yaml:1:17: a.<<: this key stands here twice" },
		{ "a key that is a list", "{[a]: 1}",
		  "t.yaml:1:2: a key must be plain text without an anchor" },
		{ "two documents", "a: 1\n---\nb: 1\n", "t.yaml:2:1: one file holds one document" },
		{ "empty", " \n", "t.yaml:1:1: the file is empty" },
		{ "comments only", "# nothing\n", "t.yaml:1:1: the file is empty" },
		{ "foreign tag", "a:\n- !python/object x\n",
		  "t.yaml:2:18: a[0]: this tag is not supported; only those of YAML's core schema are" },
		{ "bad UTF-8", "a: b\nc: \xC3(\n", "t.yaml:2:4: this is not valid UTF-8" },
		{ "control character", "a: \x01\n",
		  "t.yaml:1:4: a control character is not allowed" },
	};

	run_cases(cases, COUNT(cases));
}

static void syntax_errors_name_a_line(void)
{
	static const char *const bad[] = {
		"a: [1, 2\nb: 3\n", "a:\n\t- b\n",       "a: 'x\n", "{a: 1", "a: b: c\n",
		"- a\nb: 1\n",      "%YAML 9\n---\na\n", "@a",      "]"
	};
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct complaints list = { .n = 0 };
		struct node *n = NULL;
		struct err e;
		bool ok = yaml_parse(a, str_from(bad[i]), STR("t.yaml"), &n, &list, &e);

		OK(!ok && !n && e.kind == ERR_CONFIG && list.n == 1 && list.at[0].line > 0,
		   "bad %zu: %s", i, ok ? "" : e.text);
	}
}

static void places_are_remembered(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct node *n, *item;
	struct err e;

	OK(yaml_parse(a, STR("\n# c\nstreams:\n  - name: x\n    'q': \"v\"\n"), STR("t"), &n, NULL,
		      &e),
	   "parses");
	item = node_get(node_get(n, "streams")->item[0], "q");
	OK(item->line == 5 && item->column == 10, "line %zu, column %zu of a value", item->line,
	   item->column);
	IS(item->path.at, "streams[0].q", "path");
	OK(!item->plain, "quoted");
	n = node_get(n, "streams")->item[0];
	OK(n->key_mark[1].line == 5 && n->key_mark[1].column == 5, "and of a key");
	OK(node_get(n, "nope") == NULL && node_get(item, "x") == NULL, "nothing where nothing is");
}

/* Nine lists, each of nine aliases to the one before: a billion items. */
static void a_billion_laughs_end_early(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct node *n;
	struct err e;
	struct buf b;

	buf_in(&b, a, 10000);
	buf_printf(&b, "- &a0 lol\n");
	for (int i = 1; i < 10; i++) {
		buf_printf(&b, "- &a%d [", i);
		for (int j = 0; j < 9; j++)
			buf_printf(&b, "%s*a%d", j ? "," : "", i - 1);
		buf_printf(&b, "]\n");
	}
	OK(!yaml_parse(a, buf_str(&b), STR("t"), &n, NULL, &e), "refused");
	OK(e.kind == ERR_LIMIT && strstr(e.text, "too large"), "as a limit: %s", e.text);
}

static void depth_is_limited(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	char deep[20001];
	struct node *n;
	struct err e;

	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	deep[20000] = 0;
	OK(!yaml_parse(a, str_from(deep), STR("t"), &n, NULL, &e), "ten thousand lists: %s",
	   e.text);
	OK(yaml_parse(a, str_slice(str_from(deep), 9940, 10060), STR("t"), &n, NULL, &e),
	   "sixty pass");
}

static void long_paths_are_cut(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct str key = STR("abcdefghijklmnopqrstuvwxyz"), path = STR("");

	for (int i = 0; i < 100; i++)
		path = node_path_key(a, path, key);
	OK(path.len <= YAML_PATH_BYTES_MAX + 3 && str_ends(path, STR("z...")), "%s", path.at);
}

static void complaints_are_counted(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct complaints list = { .n = 0 };
	struct node *n;
	struct err e;

	OK(complaints_verdict(a, &list, &e), "none is good");
	OK(yaml_parse(a, STR("a: {b: c}"), STR("t"), &n, NULL, &e), "a tree");
	OK(!complain(&list, a, node_get(n, "a"), STR("f.yaml"), "bad\x1b[1m %s", "thing"), "false");
	IS(complaint_text(a, &list.at[0]).at, "f.yaml:1:4: a: bad [1m thing", "its text");
	OK(!complaints_verdict(a, &list, &e), "one is bad");
	IS(e.text, "f.yaml:1:4: a: bad [1m thing", "and is the error");
	for (int i = 0; i < 60; i++)
		complain_key(&list, a, node_get(n, "a"), 0, STR("f.yaml"), "%02d%0500d", i, 0);
	OK(list.n == COMPLAINTS_MAX && list.dropped == 11, "the rest is counted");
	OK(!complaints_verdict(a, &list, &e) && strstr(e.text, "(and 60 more)"), "%s", e.text);
	OK(list.at[1].says.len < 410 && str_ends(list.at[1].says, STR("000...")),
	   "long ones are cut");
	IS(list.at[1].path.at, "a.b", "a key's path");
	OK(!complain(NULL, a, n, STR("f"), "x"), "no list, no complaint");
}

static void files_are_read_and_limited(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	char path[] = "/tmp/t_yaml_XXXXXX";
	int fd = mkstemp(path);
	struct complaints list = { .n = 0 };
	struct node *n;
	struct err e;

	OK(fd >= 0 && write(fd, "a: 1\n", 5) == 5, "a file");
	OK(yaml_load(a, path, 5, &n, NULL, &e) && n->n == 1, "is read");
	OK(!yaml_load(a, path, 4, &n, &list, &e) && e.kind == ERR_LIMIT, "too large: %s", e.text);
	OK(list.n == 1, "and complained about");
	close(fd);
	unlink(path);
	OK(!yaml_load(a, path, 4, &n, NULL, &e) && e.kind == ERR_MISSING, "missing: %s", e.text);
}

int main(void)
{
	scalars_mean_what_the_core_schema_says();
	aliases_and_merge_keys_are_resolved();
	what_is_wrong_is_said_with_its_place();
	syntax_errors_name_a_line();
	places_are_remembered();
	a_billion_laughs_end_early();
	depth_is_limited();
	long_paths_are_cut();
	complaints_are_counted();
	files_are_read_and_limited();
	return tap_done();
}
