/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_golden.c - the typing of manifests, as the reference gives it: interpolation-golden.txt.
 *
 * Every row is run; nothing is skipped.  A row is a template and a config in Python's notation,
 * which the reader for literals reads, and the repr() and type of the result.  Read with sense:
 *
 *   "EXC …"                  must not compile
 *   a time                   compared digit for digit as '0'
 *   "… at 0x7f…"             a memory address: compared up to it
 *   after "--- bool"         conditions, on an empty config: template_test()
 */
#include "expr/expr.h"
#include "expr/literal.h"
#include "expr/repr.h"

#include "tap.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define ROWS_LEAST 85

static const char *const names[] = { "config" };
static const struct expr_scope scope = { names, 1 };

struct row {
	struct str template, config, want, type;
};

/* Cuts `s` at the first `mark`; false when there is none. */
static bool cut_at(struct str *s, struct str mark, struct str *head)
{
	ptrdiff_t at = str_find(*s, mark);

	if (at < 0)
		return false;
	*head = str_slice(*s, 0, (size_t)at);
	*s = str_slice(*s, (size_t)at + mark.len, s->len);
	return true;
}

static bool read_row(struct str line, struct row *out)
{
	struct str rest = line;
	size_t n;

	if (!cut_at(&rest, STR(" cfg="), &out->template) ||
	    !cut_at(&rest, STR("-> "), &out->config))
		return false;
	for (n = rest.len; n > 0 && rest.at[n - 1] != '('; n--)
		;
	out->want = str_trim(str_slice(rest, 0, n - 1));
	out->type = str_slice(rest, n, rest.len - 1);
	return true;
}

static const char *type_name(struct value v)
{
	static const char *const of[] = {
		[VALUE_NULL] = "NoneType", [VALUE_BOOL] = "bool",   [VALUE_INT] = "int",
		[VALUE_NUMBER] = "int",    [VALUE_FLOAT] = "float", [VALUE_STR] = "str",
		[VALUE_LIST] = "list",     [VALUE_MAP] = "dict",    [VALUE_OTHER] = "ellipsis",
	};

	if (v.kind == VALUE_LIST && v.shape != SHAPE_PLAIN)
		return v.shape == SHAPE_TUPLE ? "tuple" : "set";
	if (v.kind == VALUE_OTHER && str_starts(v.s, STR("b")))
		return "bytes";
	return v.kind < COUNT(of) && of[v.kind] ? of[v.kind] : "?";
}

static struct str zero_digits(struct arena *a, struct str s)
{
	char *to = arena_alloc(a, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		to[i] = s.at[i] >= '0' && s.at[i] <= '9' ? '0' : s.at[i];
	return (struct str){ to, s.len };
}

static bool matches(struct arena *a, struct row r, struct value v)
{
	ptrdiff_t address = str_find(r.want, STR(" at 0x"));
	struct str got;
	struct err e;
	struct buf b;

	buf_in(&b, a, 65536);
	if (!str_eq(r.type, str_from(type_name(v))) || !repr_add(&b, v, NUMBERS_PYTHON, &e))
		return false;
	got = buf_str(&b);
	if (address >= 0)
		return str_starts(got, str_slice(r.want, 0, (size_t)address));
	if (str_find(r.template, STR("now_utc")) >= 0)
		return str_eq(zero_digits(a, got), zero_digits(a, r.want));
	return str_eq(got, r.want);
}

static bool evaluate(struct arena *a, struct row r, struct value template, struct value *out,
		     struct err *e)
{
	struct template *t;
	struct value config;
	struct expr_context c = { .arena = a, .variable = &config, .clock = clock_system() };

	return literal_read(a, r.config, EXPR_BYTES_MAX, &config, e) &&
	       template_compile(a, template.s, TEMPLATE_MANIFEST, &scope, &t, e) &&
	       template_eval(t, &c, out, e);
}

static void check_typed(struct arena *a, struct str line)
{
	struct value template = UNDEFINED, v = UNDEFINED;
	struct err e;
	struct row r = { 0 };
	bool ok;

	OK(read_row(line, &r) && literal_read(a, r.template, EXPR_BYTES_MAX, &template, &e) &&
		   template.kind == VALUE_STR,
	   "the row can be read");
	ok = evaluate(a, r, template, &v, &e);
	if (str_find(r.want, STR("EXC ")) >= 0)
		OK(!ok && e.kind == ERR_CONFIG, "%.*s is refused", STR_ARG(r.template));
	else
		OK(ok && matches(a, r, v), "%.*s %.*s", STR_ARG(r.template), STR_ARG(r.config));
}

static void check_condition(struct arena *a, struct str line)
{
	struct value config = value_map_new(a);
	struct expr_context c = { .arena = a, .variable = &config, .clock = clock_system() };
	struct str rest = line, template;
	struct template *t;
	struct err e;
	bool yes = false;

	OK(cut_at(&rest, STR(" -> "), &template), "the row can be read");
	OK(template_compile(a, template, TEMPLATE_MANIFEST, &scope, &t, &e) &&
		   template_test(t, &c, &yes, &e) && yes == str_eq(rest, STR("True")),
	   "%.*s is %.*s", STR_ARG(template), STR_ARG(rest));
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new("golden", ARENA_MAX);
	FILE *f = fopen(argc > 1 ? argv[1] : "interpolation-golden.txt", "r");
	bool conditions = false;
	char *line = NULL;
	size_t cap = 0, rows = 0;
	ssize_t n;

	OK(f != NULL, "the golden file is there");
	while (f && (n = getline(&line, &cap, f)) > 0) {
		struct str s = str_slice((struct str){ line, (size_t)n }, 0,
					 (size_t)n - (line[n - 1] == '\n'));

		if (str_starts(s, STR("--- "))) {
			conditions = str_starts(s, STR("--- bool"));
			continue;
		}
		rows++;
		if (conditions)
			check_condition(a, s);
		else
			check_typed(a, s);
	}
	OK(rows >= ROWS_LEAST, "all %zu rows were run", rows);
	if (f)
		fclose(f);
	free(line);
	arena_free(a);
	return tap_done();
}
