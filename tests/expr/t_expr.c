/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_expr.c - what expr.h promises beyond the language itself: limits, memory, defaults, tables.
 */
#include "data/json.h"
#include "expr/expr.h"

#include "tap.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

static const char *const names[] = { "record", "config" };
static const struct expr_scope scope = { names, 2 };
static struct arena *config_arena, *page;
static struct value variable[2];

static const struct template *compile(const char *text, enum template_typing typing)
{
	struct template *made;
	struct err e;
	bool ok = template_compile(config_arena, str_from(text), typing, &scope, &made, &e);

	OK(ok, "'%.*s' compiles", (int)strcspn(text, "\n"), text);
	if (!ok)
		printf("# %s\n", e.text);
	return ok ? made : NULL;
}

static struct expr_context context(struct arena *a)
{
	return (struct expr_context){ .arena = a, .variable = variable, .clock = clock_system() };
}

static void set_record(const char *json)
{
	struct err e;
	bool ok = json_parse(config_arena, str_from(json), &variable[0], NULL, &e);

	OK(ok, "the record is JSON");
	variable[1] = value_map_new(config_arena);
}

static bool fails(const char *text, enum err_kind kind)
{
	const struct template *t = compile(text, TEMPLATE_PLAN);
	struct expr_context c = context(page);
	struct value v = value_int(77);
	struct err e;

	if (!t || template_eval(t, &c, &v, &e))
		return false;
	return e.kind == kind && v.kind == VALUE_INT && v.i == 77;
}

static void a_lone_expression_allocates_nothing(void)
{
	static const char *const hot[] = { "{{ record.id }}", "{{ record.a or record.b }}",
					   "{{ record.n + 1 }}", "{{ record['id'] == 'x' }}" };
	struct expr_context c = context(page);
	struct value v;
	struct err e;

	set_record("{\"id\":\"x\",\"a\":\"\",\"b\":\"y\",\"n\":4}");
	for (size_t i = 0; i < COUNT(hot); i++) {
		const struct template *t = compile(hot[i], TEMPLATE_PLAN);
		size_t before = arena_used(page);

		OK(t && template_eval(t, &c, &v, &e) && arena_used(page) == before,
		   "%s takes no memory", hot[i]);
	}
}

static void constants_are_told_apart(void)
{
	struct expr_context c = context(page);
	struct value v;
	struct err e;

	OK(template_is_constant(compile("plain", TEMPLATE_PLAN)), "text is constant");
	OK(template_is_constant(compile("", TEMPLATE_MANIFEST)), "so is nothing");
	OK(template_is_constant(compile("a{# x #}b", TEMPLATE_MANIFEST)), "and a comment");
	OK(!template_is_constant(compile("{{ 1 }}", TEMPLATE_PLAN)), "an expression is not");
	OK(template_eval(compile("5", TEMPLATE_MANIFEST), &c, &v, &e) && v.kind == VALUE_INT,
	   "a manifest's text is a literal all the same");
	OK(template_eval(compile("", TEMPLATE_MANIFEST), &c, &v, &e) && v.kind == VALUE_NULL,
	   "nothing is null there");
	OK(template_eval(compile("", TEMPLATE_PLAN), &c, &v, &e) && v.kind == VALUE_STR &&
		   v.s.len == 0,
	   "and empty text in a plan");
	OK(str_eq(template_source(compile("x{{ 1 }}\n", TEMPLATE_PLAN)), STR("x{{ 1 }}\n")),
	   "the source is kept");
}

static void conditions_follow_their_typing(void)
{
	struct expr_context c = context(page);
	bool yes = false;
	struct err e;

	set_record("{\"no\":\"no\",\"f\":\"false\",\"zero\":0.0,\"e\":[]}");
	OK(template_test(compile("{{ record.f }}", TEMPLATE_PLAN), &c, &yes, &e) && yes,
	   "a plan's 'false' is a text like others");
	OK(template_test(compile("{{ record.f }}", TEMPLATE_MANIFEST), &c, &yes, &e) && !yes,
	   "a manifest's 'false' is false");
	OK(template_test(compile("{{ record.x.y }}", TEMPLATE_PLAN), &c, &yes, &e) && !yes,
	   "nothing is false");
	OK(template_test(compile("{{ record.zero }}", TEMPLATE_PLAN), &c, &yes, &e) && !yes,
	   "0.0 is false");
	OK(template_test(compile("{{ record.e }}", TEMPLATE_PLAN), &c, &yes, &e) && !yes,
	   "an empty list is false");
	OK(template_test(compile("x", TEMPLATE_PLAN), &c, &yes, &e) && yes, "a text is true");
}

static void evaluation_ends(void)
{
	struct buf b;

	set_record("{\"id\":1}");
	OK(fails("{{ ([1] * 50000) | map('string') | map('string') | list }}", ERR_LIMIT), "steps");
	OK(fails("{{ ('x' * 9000000) ~ ('x' * 9000000) }}", ERR_LIMIT), "bytes");
	OK(fails("{{ ('ab' * 4000000).replace('a', 'x' * 1000) }}", ERR_LIMIT),
	   "bytes by replacing");
	OK(fails("{{ ('a' * 60000) | list | map('replace', '', 'xxxxxxxx') | join('zzzzzz' * 99999) }}",
		 ERR_LIMIT),
	   "bytes by joining");
	OK(fails("{{ '%4097d' % 1 }}", ERR_REMOTE), "widths");
	OK(fails("{{ '1'.zfill(100000) }}", ERR_LIMIT), "more widths");
	OK(fails("{{ '%.4000f' % 1.5 }}", ERR_LIMIT), "digits");
	OK(fails("{{ '%.399d' % 1 }}", ERR_LIMIT), "more digits");
	buf_in(&b, config_arena, 1 << 20);
	buf_add(&b, STR("{% set l = [] %}"));
	for (int i = 0; i < 200; i++)
		buf_add(&b, STR("{% set l = [l] %}"));
	buf_add(&b, STR("x{{ l }}"));
	OK(fails(b.at, ERR_LIMIT), "depth of what is printed");
	buf_add(&b, STR("{{ l == [l] }}"));
	OK(fails(b.at, ERR_LIMIT), "depth of what is compared");
}

static void a_small_arena_is_respected(void)
{
	struct arena *small = arena_new("small", 300 * 1024);
	const struct template *t = compile("{{ 'x' * 200000 ~ 'y' }}", TEMPLATE_PLAN);
	const struct template *l = compile("{{ [1] * 20000 }}", TEMPLATE_PLAN);
	const struct template *m = compile("{{ '[' ~ '1,' * 20000 ~ ']' }}", TEMPLATE_MANIFEST);
	struct expr_context c = context(small);
	struct value v;
	struct err e;

	OK(!template_eval(t, &c, &v, &e) && e.kind == ERR_LIMIT, "by texts");
	arena_reset(small);
	OK(!template_eval(l, &c, &v, &e) && e.kind == ERR_LIMIT, "by lists");
	arena_reset(small);
	OK(!template_eval(m, &c, &v, &e) && e.kind == ERR_LIMIT, "by literals");
	arena_free(small);
}

static void strangers_templates_are_bounded(void)
{
	char *text = arena_alloc(config_arena, 70000);
	struct template *t;
	struct err e;

	memset(text, 'x', 69999);
	OK(!template_compile(config_arena, str_from(text), TEMPLATE_PLAN, &scope, &t, &e) &&
		   e.kind == ERR_LIMIT,
	   "by length");
	OK(!template_compile(config_arena, STR("\xff{{ 1 }}"), TEMPLATE_PLAN, &scope, &t, &e) &&
		   e.kind == ERR_CONFIG,
	   "to UTF-8");
	memcpy(text, "{{ ", 3);
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 3 + 4 * i, "not ", 4);
	memcpy(text + 4003, "1 }}", 5);
	OK(!template_compile(config_arena, str_from(text), TEMPLATE_PLAN, &scope, &t, &e) &&
		   e.kind == ERR_CONFIG,
	   "in depth");
}

static void values_print_as_in_python(void)
{
	struct value v;
	struct buf b;
	struct err e;

	set_record("[1.50, -0, \"it's\", {\"a\":[null,true]}, 1e400, 12345678901234567890]");
	v = variable[0];
	buf_in(&b, page, 4096);
	OK(expr_str(&b, v, &e), "prints");
	IS(b.at, "[1.5, 0, \"it's\", {'a': [None, True]}, inf, 12345678901234567890]",
	   "like repr()");
	buf_reset(&b);
	OK(expr_str(&b, value_str(STR("it's")), &e), "prints");
	IS(b.at, "it's", "text as it is");
	buf_in(&b, page, 8);
	OK(!expr_str(&b, v, &e) && e.kind == ERR_LIMIT, "a full buf is told");
}

static void the_table_is_in_order(void)
{
	size_t n;
	const struct expr_builtin_doc *doc = expr_builtins(&n);

	OK(n > 100, "there are %zu", n);
	for (size_t i = 1; i < n; i++) {
		int kind = strcmp(doc[i - 1].kind, doc[i].kind);

		OK(kind < 0 || (kind == 0 && strcmp(doc[i - 1].name, doc[i].name) <= 0),
		   "%s %s is in its place", doc[i].kind, doc[i].name);
		OK(strchr(doc[i].says, '.') && doc[i].usage[0], "%s is told about", doc[i].name);
	}
}

int main(void)
{
	config_arena = arena_new("config", ARENA_MAX);
	page = arena_new("page", ARENA_MAX);
	variable[0] = UNDEFINED;
	variable[1] = UNDEFINED;
	a_lone_expression_allocates_nothing();
	constants_are_told_apart();
	conditions_follow_their_typing();
	evaluation_ends();
	a_small_arena_is_respected();
	strangers_templates_are_bounded();
	values_print_as_in_python();
	the_table_is_in_order();
	arena_free(page);
	arena_free(config_arena);
	return tap_done();
}
