/* SPDX-License-Identifier: Apache-2.0 */
/* t_plan_env.c - ${NAME} and { file: PATH } in a tree. */
#include "base/file.h"
#include "connector/env.h"
#include "data/json.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)64 * 1024 * 1024)

static const char *get(const char *name)
{
	static const char *const set[][2] = {
		{ "A", "one" },    { "EMPTY", "" },       { "NESTED", "${A}" },
		{ "YAML", "[1]" }, { "QUOTED", "\": x" }, { "BAD", "\xff" },
	};

	for (size_t i = 0; i < COUNT(set); i++)
		if (strcmp(set[i][0], name) == 0)
			return set[i][1];
	return NULL;
}

/* The tree as JSON after expansion, or the first complaint. */
static const char *expand(struct arena *a, struct str dir, const char *yaml)
{
	struct complaints list = { .n = 0 };
	struct env v = { a, STR("t.yaml"), dir, &list, get, NULL };
	struct node *tree;
	struct err e;
	struct buf b;

	env_init(&v);
	buf_in(&b, a, (size_t)1 << 20);
	if (!yaml_parse(a, str_from(yaml), STR("t.yaml"), &tree, &list, &e))
		return str_keep(a, str_from(e.text)).at;
	env_expand(&v, tree);
	env_read_files(&v, tree);
	if (env_broken(&v, tree) != (list.n > 0))
		return "broken without a complaint, or a complaint without broken";
	if (list.n)
		return complaint_text(a, &list.at[0]).at;
	return json_write(&b, node_value(a, tree), &e) ? buf_str(&b).at : "not written";
}

static const struct env_case {
	const char *yaml, *want;
} cases[] = {
	{ "${A}", "\"one\"" },
	{ "x${A}y${A}", "\"xoneyone\"" },
	{ "${NONE:-two}", "\"two\"" },
	{ "${NONE:-}", "\"\"" },
	{ "${EMPTY}", "\"\"" },
	{ "${EMPTY:-full}", "\"full\"" },
	{ "${A:-two}", "\"one\"" },
	{ "$${A}", "\"${A}\"" },
	{ "$A $ {A} $", "\"$A $ {A} $\"" },
	{ "'{{ record.a }}'", "\"{{ record.a }}\"" },
	{ "${NESTED}", "\"${A}\"" },
	{ "${YAML}", "\"[1]\"" },
	{ "${QUOTED}", "\"\\\": x\"" },
	{ "'${A}': 1", "{\"${A}\":1}" },
	{ "a: &x ${A}\nb: *x\nc: [*x]", "{\"a\":\"one\",\"b\":\"one\",\"c\":[\"one\"]}" },
	{ "- $${A}\n- 7\n- null", "[\"${A}\",7,null]" },
	{ "a: '${NONE}'", "t.yaml:1:4: a: the environment variable NONE is not set; set NONE, or "
			  "write ${NONE:-…}" },
	{ "'${}'", "t.yaml:1:1: '${' begins a variable: ${NAME} or ${NAME:-default}; write $${ for "
		   "the characters themselves" },
	{ "'${A'", "t.yaml:1:1: '${' begins a variable: ${NAME} or ${NAME:-default}; write $${ for "
		   "the characters themselves" },
	{ "'${A:default}'",
	  "t.yaml:1:1: '${' begins a variable: ${NAME} or ${NAME:-default}; write "
	  "$${ for the characters themselves" },
	{ "${BAD}", "t.yaml:1:1: the environment variable BAD does not hold valid UTF-8" },
	{ "a: { file: good.txt }", "{\"a\":\"secret\"}" },
	{ "a: { file: windows.txt }", "{\"a\":\"secret\"}" },
	{ "a: [{ file: two.txt }]", "{\"a\":[\"secret\\n\"]}" },
	{ "a: { file: empty.txt }", "{\"a\":\"\"}" },
	{ "a: { file: good.txt, more: 1 }", "{\"a\":{\"file\":\"good.txt\",\"more\":1}}" },
	{ "a: { file: nul.txt }", "t.yaml:1:12: a.file: the file 'nul.txt' does not hold text" },
	{ "a: { file: none.txt }", "t.yaml:1:12: a.file: the file 'none.txt' does not exist" },
	{ "a: { file: large.txt }", "t.yaml:1:12: a.file: the file 'large.txt' is larger than 64 "
				    "KiB" },
	{ "a: { file: '${A}' }", "t.yaml:1:12: a.file: the file '(from the environment)' does not "
				 "exist" },
};

static char large[ENV_FILE_MAX + 1];

static const struct {
	const char *name, *text;
	size_t len;
} files[] = {
	{ "good.txt", "secret\n", 7 },  { "windows.txt", "secret\r\n", 8 },
	{ "two.txt", "secret\n\n", 8 }, { "empty.txt", "", 0 },
	{ "nul.txt", "a\0b", 3 },       { "large.txt", large, sizeof large },
};

int main(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	char dir[] = "/tmp/lockstep-env-XXXXXX";
	struct err e;

	assert(mkdtemp(dir));
	memset(large, 'x', sizeof large);
	for (size_t i = 0; i < COUNT(files); i++) {
		struct str path = file_join(a, str_from(dir), str_from(files[i].name));

		OK(file_write(str_keep(a, path).at, 0600,
			      (struct str){ files[i].text, files[i].len }, &e),
		   "%s", files[i].name);
	}
	for (size_t i = 0; i < COUNT(cases); i++)
		IS(expand(a, str_from(dir), cases[i].yaml), cases[i].want,
		   str_printf(a, "case %zu", i).at);
	for (size_t i = 0; i < COUNT(files); i++)
		unlink(str_keep(a, file_join(a, str_from(dir), str_from(files[i].name))).at);
	rmdir(dir);
	return tap_done();
}
