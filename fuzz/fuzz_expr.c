/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_expr.c - templates from strangers: an input is a template, and after a NUL the record it
 * sees, as JSON.
 *
 * Checks that compiling and evaluating end, in both typings, within their limits: what is taken of
 * the arena stays below what evaluation promises.
 */
#include "data/json.h"
#include "expr/expr.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define USED_MAX (EXPR_BYTES_MAX + EXPR_BYTES_MAX / 8)

static const char *const names[] = { "record", "config" };
static const struct expr_scope scope = { names, 2 };
static const char some_record[] = "{\"name\":\"Ann O'Neil\",\"n\":-3,\"x\":1.50,\"big\":1e400,"
				  "\"list\":[3,1,[2]],\"map\":{\"items\":1,\"k\":null},\"t\":true}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void evaluate(struct arena *a, const struct template *t, const struct value *variable)
{
	struct expr_context c = { .arena = a, .variable = variable, .clock = clock_system() };
	size_t before = arena_used(a);
	struct value v = UNDEFINED;
	struct str text;
	struct err e;
	struct buf b;
	bool yes;

	if (template_render(t, &c, &text, &e))
		assert(str_is_utf8(text));
	assert(arena_used(a) - before <= USED_MAX);
	if (template_eval(t, &c, &v, &e)) {
		buf_in(&b, a, EXPR_BYTES_MAX);
		if (!json_write(&b, v, &e) || !expr_str(&b, v, &e))
			assert(e.kind == ERR_LIMIT);
	}
	if (!template_test(t, &c, &yes, &e))
		assert(e.kind == ERR_REMOTE || e.kind == ERR_LIMIT || e.kind == ERR_CONFIG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum template_typing typings[] = { TEMPLATE_MANIFEST, TEMPLATE_PLAN };
	struct arena *a = arena_new("fuzz", ARENA_MAX);
	struct str json = { (const char *)data, size }, text = str_cut(&json, 0);
	struct value variable[] = { UNDEFINED, value_map_new(a) };
	struct template *t;
	struct err e;

	if (json.len == 0 || !json_parse(a, json, &variable[0], NULL, &e)) {
		bool ok = json_parse(a, str_from(some_record), &variable[0], NULL, &e);

		assert(ok);
		(void)ok;
	}
	for (size_t i = 0; i < COUNT(typings); i++) {
		if (template_compile(a, text, typings[i], &scope, &t, &e))
			evaluate(a, t, variable);
		else
			assert(e.kind == ERR_CONFIG || e.kind == ERR_LIMIT);
	}
	arena_free(a);
	return 0;
}
