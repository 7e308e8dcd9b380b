/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_cases.c - runs cases.txt: a template, what it sees, what it yields. No C is needed to add one.
 *
 * The form is told at the head of cases.txt.
 */
#include "data/json.h"
#include "expr/expr.h"

#include "tap.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define VARIABLES_MAX 16
#define CASES_LEAST 100

/* A clock that stands still: 2026-03-01T12:30:45.678Z. */
static int64_t still_ms(struct clock *c)
{
	(void)c;
	return 1772368245678;
}

static struct clock still = { &(struct clock_ops){ .wall_ms = still_ms, .steady_ms = still_ms } };

struct seen {
	const char *name[VARIABLES_MAX];
	struct value value[VARIABLES_MAX];
	size_t n;
};

static bool read_context(struct arena *a, struct str json, struct seen *out, struct err *e)
{
	struct value_iter it;
	struct value vars, item;
	struct str key;

	if (!json_parse(a, json, &vars, NULL, e))
		return false;
	out->n = 0;
	for (it = value_iter(vars); out->n < VARIABLES_MAX && value_next(&it, &key, &item);) {
		out->name[out->n] = str_keep(a, key).at;
		out->value[out->n++] = item;
	}
	return true;
}

/* What is compared with the third line. */
static struct str result(struct arena *a, struct str template, struct seen *seen,
			 enum template_typing typing)
{
	struct expr_scope scope = { seen->name, seen->n };
	struct expr_context c = { .arena = a, .variable = seen->value, .clock = &still };
	struct template *t;
	struct value v;
	struct err e;
	struct buf b;

	buf_in(&b, a, ARENA_MAX / 8);
	if (!template_compile(a, template, typing, &scope, &t, &e) ||
	    !template_eval(t, &c, &v, &e)) {
		buf_printf(&b, "error: %s: %s", err_kind_name(e.kind), e.text);
		return buf_str(&b);
	}
	if (v.kind == VALUE_UNDEFINED)
		return STR("undefined");
	if (!json_write(&b, v, &e))
		return STR("no JSON");
	return buf_str(&b);
}

static bool agrees(struct str got, struct str want)
{
	if (!str_starts(want, STR("error: ")))
		return str_eq(got, want);
	return str_starts(got, STR("error: ")) &&
	       str_find(got, str_slice(want, strlen("error: "), want.len)) >= 0;
}

static void check(struct arena *a, const struct str line[3], enum template_typing typing, int at)
{
	struct seen seen;
	struct str got;
	struct err e;
	bool ok = read_context(a, line[1], &seen, &e);

	OK(ok, "line %d: the context is JSON", at);
	if (!ok)
		return;
	got = result(a, line[0], &seen, typing);
	OK(agrees(got, line[2]), "line %d: %.*s", at, STR_ARG(line[0]));
	if (!agrees(got, line[2]))
		printf("#  got: %.*s\n# want: %.*s\n", STR_ARG(got), STR_ARG(line[2]));
}

/* Keeps a line as one of the three of a case; true when it was the third. */
static bool add_line(struct arena *a, struct str s, struct str line[3], size_t *n)
{
	if (s.len == 0 || s.at[0] == '#') {
		OK(*n == 0, "every case has three lines");
		return false;
	}
	line[(*n)++] = str_keep(a, s);
	return *n == 3;
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new("cases", ARENA_MAX);
	FILE *f = fopen(argc > 1 ? argv[1] : "cases.txt", "r");
	enum template_typing typing = TEMPLATE_PLAN;
	struct str line[3];
	size_t cap = 0, n = 0, cases = 0;
	char *text = NULL;
	ssize_t len;

	OK(f != NULL, "the cases are there");
	for (int at = 1; f && (len = getline(&text, &cap, f)) > 0; at++) {
		struct str s = { text, (size_t)len - (text[len - 1] == '\n') };

		if (str_eq(s, STR("@manifest")) || str_eq(s, STR("@plan"))) {
			typing = str_eq(s, STR("@plan")) ? TEMPLATE_PLAN : TEMPLATE_MANIFEST;
			continue;
		}
		if (!add_line(a, s, line, &n))
			continue;
		check(a, line, typing, at - 2);
		cases++;
		n = 0;
	}
	OK(cases >= CASES_LEAST, "%zu cases were run", cases);
	if (f)
		fclose(f);
	free(text);
	arena_free(a);
	return tap_done();
}
