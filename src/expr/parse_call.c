/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse_call.c - calls, with their arguments put in place while compiling.
 *
 * Always: the tree holds only calls whose names exist and whose arguments fit a row of the table.
 */
#include "expr/parse.h"

struct given {
	struct node_list plain;
	struct node_list named;
	struct str name[ARGS_MAX];
	size_t at; /* of the name of what is called */
};

static bool parse_argument(struct parser *p, struct given *g)
{
	struct lexer ahead = p->l;
	struct token next;
	struct node *value;
	bool named = false;

	if (parse_is_op(p, "*") || parse_is_op(p, "**"))
		return parse_fail(p, p->t.at, "unknown construct: '%.*s' in a call",
				  STR_ARG(p->t.text));
	if (p->t.kind == TOKEN_NAME) {
		if (!lex_next(&ahead, &next, p->e))
			return false;
		named = next.kind == TOKEN_OP && str_eq(next.text, STR("="));
	}
	if (g->plain.n + g->named.n >= ARGS_MAX)
		return parse_fail(p, p->t.at, "too many arguments");
	if (named) {
		g->name[g->named.n] = p->t.text;
		if (!parse_advance(p) || !parse_advance(p))
			return false;
	} else if (g->named.n > 0) {
		return parse_fail(p, p->t.at, "a plain argument after a named one");
	}
	value = parse_expression(p);
	if (!value)
		return false;
	node_list_add(p->a, named ? &g->named : &g->plain, value);
	return true;
}

/* The token at hand is "(". */
static bool parse_arguments(struct parser *p, struct given *g)
{
	if (!parse_advance(p))
		return false;
	while (!parse_is_op(p, ")")) {
		if (!parse_argument(p, g))
			return false;
		if (parse_is_op(p, ")"))
			break;
		if (!parse_is_op(p, ","))
			return parse_fail(p, p->t.at, "',' or ')' is expected here");
		if (!parse_advance(p))
			return false;
	}
	return parse_advance(p);
}

/* An argument that names a test or filter is checked now rather than for the first record. */
static bool check_named_builtin(struct parser *p, const struct call *c)
{
	size_t i = c->fn->on & NAMES_SECOND ? 1 : 0;
	enum builtin_kind kind = c->fn->on & NAMES_TEST ? BUILTIN_TEST : BUILTIN_FILTER;
	const struct node *n = i < c->n ? c->arg[i] : NULL;

	if (!(c->fn->on & (NAMES_TEST | NAMES_FILTER)) || !n || n->kind != NODE_CONST ||
	    n->value.kind != VALUE_STR || builtin_find(kind, n->value.s, NULL))
		return true;
	return parse_fail(p, n->at, "there is no %s '%.*s'", builtin_kind_name(kind),
			  STR_ARG(n->value.s));
}

static bool bind(struct parser *p, const struct builtin *fn, const struct given *g,
		 struct call *out)
{
	struct call c = { .fn = fn, .n = g->plain.n };
	size_t count = g->plain.n + g->named.n;

	if (count < fn->args_min || count > fn->args_max)
		return parse_fail(p, g->at, "%s '%s' takes %zu to %zu arguments, not %zu",
				  builtin_kind_name(fn->kind), fn->name, fn->args_min, fn->args_max,
				  count);
	c.arg = arena_new_array(p->a, struct node *, ARGS_MAX);
	for (size_t i = 0; i < g->plain.n; i++)
		c.arg[i] = g->plain.at[i];
	for (size_t i = 0; i < g->named.n; i++) {
		size_t to = builtin_argument(fn, g->name[i]);

		if (to >= fn->args_max || c.arg[to])
			return parse_fail(p, g->named.at[i]->at,
					  "%s '%s' has no argument '%.*s' left to give",
					  builtin_kind_name(fn->kind), fn->name,
					  STR_ARG(g->name[i]));
		c.arg[to] = g->named.at[i];
		c.n = to >= c.n ? to + 1 : c.n;
	}
	for (size_t i = 0; i < fn->args_min; i++)
		if (!c.arg[i])
			return parse_fail(p, g->at, "%s '%s' misses an argument",
					  builtin_kind_name(fn->kind), fn->name);
	if (!check_named_builtin(p, &c))
		return false;
	*out = c;
	return true;
}

static struct node *no_such(struct parser *p, enum builtin_kind kind, const struct token *name)
{
	const char *near = builtin_nearest(kind, name->text);

	parse_fail(p, name->at, "there is no %s '%.*s'%s%s%s", builtin_kind_name(kind),
		   STR_ARG(name->text), near ? "; did you mean '" : "", near ? near : "",
		   near ? "'?" : "");
	return NULL;
}

struct node *parse_call(struct parser *p, enum builtin_kind kind, const struct token *name,
			struct node *self, struct node *single)
{
	const struct builtin *fn = builtin_find(kind, name->text, NULL);
	struct given g = { .at = name->at };
	struct node_list kids = { 0 };
	struct call call[2];
	struct node *new;
	size_t n = 0;

	if (!fn)
		return no_such(p, kind, name);
	if (single)
		node_list_add(p->a, &g.plain, single);
	else if (parse_is_op(p, "(") && !parse_arguments(p, &g))
		return NULL;
	for (; fn && n < COUNT(call); fn = builtin_find(kind, name->text, fn))
		n += bind(p, fn, &g, &call[n]);
	if (n == 0)
		return NULL;
	if (self)
		node_list_add(p->a, &kids, self);
	for (size_t i = 0; i < g.plain.n; i++)
		node_list_add(p->a, &kids, g.plain.at[i]);
	for (size_t i = 0; i < g.named.n; i++)
		node_list_add(p->a, &kids, g.named.at[i]);
	new = parse_node(p, NODE_CALL, name->at, kids.at, kids.n);
	if (!new)
		return NULL;
	new->slot = (uint32_t)n;
	new->op = self != NULL;
	new->call = arena_new_array(p->a, struct call, n);
	memcpy(new->call, call, n * sizeof(*call));
	return new;
}
