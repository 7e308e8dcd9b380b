/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse.c - one expression, from words to a checked tree: all but its operators.
 *
 * Recursive descent.  Recursion is bounded by NESTING_MAX, the height of trees by NODE_DEPTH_MAX.
 */
#include "expr/parse.h"

#include <stdarg.h>
#include <stdio.h>

bool parse_fail(struct parser *p, size_t at, const char *fmt, ...)
{
	char text[sizeof(p->e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(p->e, ERR_CONFIG, "column %zu: %s", lex_column(p->l.text, at), text);
}

bool parse_advance(struct parser *p)
{
	return lex_next(&p->l, &p->t, p->e);
}

bool parse_token_is(const struct token *t, enum token_kind kind, const char *text)
{
	return t->kind == kind && str_eq(t->text, str_from(text));
}

bool parse_is_op(const struct parser *p, const char *op)
{
	return parse_token_is(&p->t, TOKEN_OP, op);
}

bool parse_is_name(const struct parser *p, const char *name)
{
	return parse_token_is(&p->t, TOKEN_NAME, name);
}

void node_list_add(struct arena *a, struct node_list *l, struct node *n)
{
	size_t cap = l->cap ? 2 * l->cap : 4;

	if (l->n == l->cap) {
		l->at = arena_grow(a, l->at, l->cap * sizeof(*l->at), cap * sizeof(*l->at));
		l->cap = cap;
	}
	l->at[l->n++] = n;
}

struct node *parse_node(struct parser *p, enum node_kind kind, size_t at, struct node **kid,
			size_t n)
{
	struct node *new = arena_new_struct(p->a, struct node);

	new->kind = (uint8_t)kind;
	new->at = (uint32_t)at;
	new->n = (uint32_t)n;
	new->kid = arena_new_array(p->a, struct node *, n);
	for (size_t i = 0; i < n; i++) {
		new->kid[i] = kid[i];
		if (kid[i] && kid[i]->depth >= new->depth)
			new->depth = (uint16_t)(kid[i]->depth + 1);
	}
	if (new->depth > NODE_DEPTH_MAX) {
		parse_fail(p, at, "the expression is too long a chain");
		return NULL;
	}
	return new;
}

struct node *parse_pair(struct parser *p, enum node_kind kind, size_t at, struct node *left,
			struct node *right)
{
	struct node *kid[] = { left, right };

	return parse_node(p, kind, at, kid, right ? 2 : 1);
}

static struct node *node_const(struct parser *p, size_t at, struct value v)
{
	struct node *new = parse_node(p, NODE_CONST, at, NULL, 0);

	new->value = v;
	return new;
}

static bool expect(struct parser *p, const char *op)
{
	if (!parse_is_op(p, op))
		return parse_fail(p, p->t.at, "'%s' is expected here", op);
	return parse_advance(p);
}

static struct node *unexpected(struct parser *p)
{
	if (p->t.kind == TOKEN_END)
		parse_fail(p, p->t.at, "an expression is expected before '%.*s'",
			   STR_ARG(p->t.text));
	else
		parse_fail(p, p->t.at, "'%.*s' is not expected here", STR_ARG(p->t.text));
	return NULL;
}

/* The newest local of that name, else the variable of the scope. */
static struct node *parse_variable(struct parser *p, const struct token *name)
{
	const char *near = str_nearest(name->text, p->scope->name, p->scope->n);
	struct node *new = parse_node(p, NODE_VARIABLE, name->at, NULL, 0);

	for (size_t i = p->into->n_locals; i-- > 0;) {
		if (!str_eq(p->into->local[i].name, name->text))
			continue;
		new->kind = NODE_LOCAL;
		new->slot = (uint32_t)i;
		return new;
	}
	for (size_t i = 0; i < p->scope->n; i++) {
		if (!str_eq(name->text, str_from(p->scope->name[i])))
			continue;
		new->slot = (uint32_t)i;
		return new;
	}
	parse_fail(p, name->at, "'%.*s' is not a variable here%s%s%s", STR_ARG(name->text),
		   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static bool is_reserved(struct str name)
{
	static const char *const reserved[] = { "and", "or", "not", "in", "is", "if", "else" };

	for (size_t i = 0; i < COUNT(reserved); i++)
		if (str_eq(name, str_from(reserved[i])))
			return true;
	return false;
}

static bool constant_name(struct str name, struct value *out)
{
	static const struct {
		const char *name;
		int is; /* -1: none */
	} names[] = { { "true", 1 },  { "True", 1 },  { "false", 0 },
		      { "False", 0 }, { "none", -1 }, { "None", -1 } };

	for (size_t i = 0; i < COUNT(names); i++) {
		if (!str_eq(name, str_from(names[i].name)))
			continue;
		*out = names[i].is < 0 ? NULL_VALUE : value_bool(names[i].is);
		return true;
	}
	return false;
}

static struct node *parse_name(struct parser *p)
{
	struct token name = p->t;
	struct value constant;

	if (is_reserved(name.text))
		return unexpected(p);
	if (!parse_advance(p))
		return NULL;
	if (constant_name(name.text, &constant))
		return node_const(p, name.at, constant);
	if (parse_is_op(p, "("))
		return parse_call(p, BUILTIN_FUNCTION, &name, NULL, NULL);
	return parse_variable(p, &name);
}

/* Texts side by side are one. */
static struct node *parse_text(struct parser *p)
{
	size_t at = p->t.at;
	struct buf b;

	buf_in(&b, p->a, 4 * TEMPLATE_BYTES_MAX + 64);
	while (p->t.kind == TOKEN_TEXT) {
		buf_add(&b, p->t.value.s);
		if (!parse_advance(p))
			return NULL;
	}
	return node_const(p, at, value_str(buf_str(&b)));
}

static struct node *parse_parentheses(struct parser *p)
{
	size_t at = p->t.at;
	struct node *inner;

	if (!parse_advance(p))
		return NULL;
	if (parse_is_op(p, ")"))
		return parse_advance(p) ? parse_node(p, NODE_TUPLE, at, NULL, 0) : NULL;
	inner = parse_tuple(p);
	return inner && expect(p, ")") ? inner : NULL;
}

static struct node *parse_list(struct parser *p)
{
	struct node_list items = { 0 };
	size_t at = p->t.at;

	if (!parse_advance(p))
		return NULL;
	while (!parse_is_op(p, "]")) {
		struct node *item;

		if (items.n > 0 && !expect(p, ","))
			return NULL;
		if (parse_is_op(p, "]"))
			break;
		item = parse_expression(p);
		if (!item)
			return NULL;
		node_list_add(p->a, &items, item);
	}
	if (!expect(p, "]"))
		return NULL;
	return parse_node(p, NODE_LIST, at, items.at, items.n);
}

static struct node *parse_map(struct parser *p)
{
	struct node_list items = { 0 };
	size_t at = p->t.at;

	if (!parse_advance(p))
		return NULL;
	while (!parse_is_op(p, "}")) {
		struct node *key, *item;

		if (items.n > 0 && !expect(p, ","))
			return NULL;
		if (parse_is_op(p, "}"))
			break;
		key = parse_expression(p);
		if (!key || !expect(p, ":"))
			return NULL;
		item = parse_expression(p);
		if (!item)
			return NULL;
		node_list_add(p->a, &items, key);
		node_list_add(p->a, &items, item);
	}
	if (!expect(p, "}"))
		return NULL;
	return parse_node(p, NODE_MAP, at, items.at, items.n);
}

static struct node *parse_primary(struct parser *p)
{
	struct token t = p->t;

	if (t.kind == TOKEN_NAME)
		return parse_name(p);
	if (t.kind == TOKEN_TEXT)
		return parse_text(p);
	if (t.kind == TOKEN_NUMBER)
		return parse_advance(p) ? node_const(p, t.at, t.value) : NULL;
	if (parse_is_op(p, "("))
		return parse_parentheses(p);
	if (parse_is_op(p, "["))
		return parse_list(p);
	if (parse_is_op(p, "{"))
		return parse_map(p);
	return unexpected(p);
}

/* The names that in Python a dict answers to before its own keys. */
static bool is_dict_method(struct str name)
{
	static const char *const methods[] = { "clear",      "copy",   "fromkeys", "get",
					       "items",      "keys",   "pop",      "popitem",
					       "setdefault", "update", "values" };

	for (size_t i = 0; i < COUNT(methods); i++)
		if (str_eq(name, str_from(methods[i])))
			return true;
	return false;
}

static struct node *parse_dot(struct parser *p, struct node *of)
{
	struct token name = p->t;
	struct node *new;

	if (name.kind == TOKEN_NUMBER && name.value.kind == VALUE_INT)
		return parse_advance(p) ? parse_pair(p, NODE_ITEM, name.at, of,
						     node_const(p, name.at, name.value))
					: NULL;
	if (name.kind != TOKEN_NAME) {
		parse_fail(p, name.at, "a name or a number is expected after '.'");
		return NULL;
	}
	if (!parse_advance(p))
		return NULL;
	if (parse_is_op(p, "("))
		return parse_call(p, BUILTIN_METHOD, &name, of, NULL);
	new = parse_pair(p, NODE_ATTRIBUTE, name.at, of, NULL);
	if (!new)
		return NULL;
	new->value = value_str(name.text);
	new->op = is_dict_method(name.text);
	return new;
}

/* One of the up to three parts of a slice; *out stays NULL when it is left out. */
static bool parse_bound(struct parser *p, struct node **out)
{
	if (parse_is_op(p, ":") || parse_is_op(p, "]"))
		return true;
	*out = parse_expression(p);
	return *out != NULL;
}

static struct node *parse_brackets(struct parser *p, struct node *of)
{
	struct node *kid[4] = { of, NULL, NULL, NULL };
	size_t at = p->t.at, n = 1;

	if (!parse_bound(p, &kid[1]))
		return NULL;
	for (; n < 3 && parse_is_op(p, ":"); n++)
		if (!parse_advance(p) || !parse_bound(p, &kid[n + 1]))
			return NULL;
	if (n == 1 && !kid[1]) {
		parse_fail(p, at, "an index is expected in the brackets");
		return NULL;
	}
	if (!expect(p, "]"))
		return NULL;
	if (n > 1)
		return parse_node(p, NODE_SLICE, at, kid, 4);
	if (kid[1]->kind == NODE_CONST && kid[1]->value.kind == VALUE_STR)
		kid[1]->op = is_dict_method(kid[1]->value.s);
	return parse_node(p, NODE_ITEM, at, kid, 2);
}

static struct node *parse_postfix(struct parser *p, struct node *n)
{
	while (n) {
		bool dot = parse_is_op(p, ".");

		if (parse_is_op(p, "(")) {
			parse_fail(p, p->t.at,
				   "unknown construct: only functions and methods that "
				   "are named can be called");
			return NULL;
		}
		if (!dot && !parse_is_op(p, "["))
			break;
		if (!parse_advance(p))
			return NULL;
		n = dot ? parse_dot(p, n) : parse_brackets(p, n);
	}
	return n;
}

static struct node *parse_filter(struct parser *p, struct node *n)
{
	struct token name;

	if (!parse_advance(p))
		return NULL;
	name = p->t;
	if (name.kind != TOKEN_NAME) {
		parse_fail(p, name.at, "the name of a filter is expected after '|'");
		return NULL;
	}
	return parse_advance(p) ? parse_call(p, BUILTIN_FILTER, &name, n, NULL) : NULL;
}

/* `is x 3`: one argument needs no parentheses. */
static bool starts_argument(const struct parser *p)
{
	static const char *const follows[] = { "else", "or", "and", "if", "is", "in", "not" };

	if (p->t.kind == TOKEN_TEXT || p->t.kind == TOKEN_NUMBER || parse_is_op(p, "[") ||
	    parse_is_op(p, "{"))
		return true;
	for (size_t i = 0; i < COUNT(follows); i++)
		if (parse_is_name(p, follows[i]))
			return false;
	return p->t.kind == TOKEN_NAME;
}

static struct node *parse_test(struct parser *p, struct node *n)
{
	struct node *single = NULL;
	struct token name;
	bool negated;

	if (!parse_advance(p))
		return NULL;
	negated = parse_is_name(p, "not");
	if (negated && !parse_advance(p))
		return NULL;
	name = p->t;
	if (name.kind != TOKEN_NAME) {
		parse_fail(p, name.at, "the name of a test is expected after 'is'");
		return NULL;
	}
	if (!parse_advance(p))
		return NULL;
	if (starts_argument(p)) {
		single = parse_postfix(p, parse_primary(p));
		if (!single)
			return NULL;
	}
	n = parse_call(p, BUILTIN_TEST, &name, n, single);
	return n && negated ? parse_pair(p, NODE_NOT, name.at, n, NULL) : n;
}

static struct node *parse_filters(struct parser *p, struct node *n)
{
	while (n) {
		if (parse_is_op(p, "|"))
			n = parse_filter(p, n);
		else if (parse_is_name(p, "is"))
			n = parse_test(p, n);
		else
			break;
	}
	return n;
}

bool parse_nest(struct parser *p)
{
	if (p->nesting >= NESTING_MAX)
		return parse_fail(p, p->t.at, "the expression is nested too deeply");
	p->nesting++;
	return true;
}

static struct node *parse_signed(struct parser *p)
{
	enum node_kind kind = parse_is_op(p, "-") ? NODE_NEGATE : NODE_PLUS;
	size_t at = p->t.at;
	struct node *n;

	if (kind == NODE_PLUS && !parse_is_op(p, "+"))
		return parse_postfix(p, parse_primary(p));
	if (!parse_nest(p) || !parse_advance(p))
		return NULL;
	n = parse_signed(p);
	p->nesting--;
	return n ? parse_postfix(p, parse_pair(p, kind, at, n, NULL)) : NULL;
}

struct node *parse_unary(struct parser *p)
{
	return parse_filters(p, parse_signed(p));
}

struct node *parse_expression(struct parser *p)
{
	struct node *n;

	if (!parse_nest(p))
		return NULL;
	n = parse_choice(p);
	p->nesting--;
	return n;
}

struct node *parse_tuple(struct parser *p)
{
	struct node_list items = { 0 };
	size_t at = p->t.at;
	struct node *n = parse_expression(p);

	if (!n || !parse_is_op(p, ","))
		return n;
	node_list_add(p->a, &items, n);
	while (parse_is_op(p, ",")) {
		if (!parse_advance(p))
			return NULL;
		if (p->t.kind == TOKEN_END || parse_is_op(p, ")"))
			break;
		n = parse_expression(p);
		if (!n)
			return NULL;
		node_list_add(p->a, &items, n);
	}
	return parse_node(p, NODE_TUPLE, at, items.at, items.n);
}

struct node *parse_whole(struct parser *p)
{
	struct node *n = parse_tuple(p);

	if (n && p->t.kind != TOKEN_END)
		return unexpected(p);
	return n;
}
