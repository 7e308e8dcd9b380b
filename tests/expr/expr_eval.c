/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr_eval.c - evaluates templates given as JSON lines, for tests written in other languages.
 *
 * In:  {"template": "{{ a }}", "vars": {"a": 1}, "typing": "plan" or "manifest"}
 * Out: {"text": rendered, "value": typed}, or {"error": kind, "message": text}
 */
#include "data/json.h"
#include "expr/expr.h"

#include <stdio.h>
#include <stdlib.h>

#define VARIABLES_MAX 64
#define ARENA_MAX ((size_t)256 * 1024 * 1024)

struct scope {
	struct expr_scope names;
	const char *name[VARIABLES_MAX];
	struct value value[VARIABLES_MAX];
};

static void scope_fill(struct arena *a, struct value vars, struct scope *s)
{
	struct value_iter it = value_iter(vars);
	struct value item;
	struct str key;

	s->names = (struct expr_scope){ .name = s->name };
	if (vars.kind != VALUE_MAP)
		return;
	while (s->names.n < VARIABLES_MAX && value_next(&it, &key, &item)) {
		s->name[s->names.n] = str_keep(a, key).at;
		s->value[s->names.n++] = item;
	}
}

static bool answer(struct arena *a, struct str line, struct value result, struct err *e)
{
	struct scope s;
	struct expr_context c = { .arena = a, .variable = s.value, .clock = clock_system() };
	enum template_typing typing;
	struct template *t;
	struct value in, v;
	struct str text;

	if (!json_parse(a, line, &in, NULL, e))
		return false;
	scope_fill(a, value_get(in, STR("vars")), &s);
	typing = str_eq(value_get(in, STR("typing")).s, STR("manifest")) ? TEMPLATE_MANIFEST
									 : TEMPLATE_PLAN;
	if (!template_compile(a, value_get(in, STR("template")).s, typing, &s.names, &t, e) ||
	    !template_render(t, &c, &text, e) || !template_eval(t, &c, &v, e))
		return false;
	value_map_set(a, result, STR("text"), value_str(text));
	value_map_set(a, result, STR("value"), v);
	return true;
}

int main(void)
{
	struct arena *a = arena_new("line", ARENA_MAX);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		struct value result = value_map_new(a);
		struct err e;
		struct buf b;

		buf_in(&b, a, ARENA_MAX / 4);
		if (!answer(a, (struct str){ line, (size_t)n }, result, &e)) {
			result = value_map_new(a);
			value_map_set(a, result, STR("error"),
				      value_str(str_from(err_kind_name(e.kind))));
			value_map_set(a, result, STR("message"), value_str(str_from(e.text)));
		}
		if (!json_write(&b, result, &e))
			return 1;
		puts(b.at);
		fflush(stdout);
		arena_reset(a);
	}
	free(line);
	arena_free(a);
	return 0;
}
