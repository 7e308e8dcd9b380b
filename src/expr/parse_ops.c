/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse_ops.c - the operators of an expression.
 *
 * In Jinja2's own order of binding: ternary, or, and, not, comparison, + and -, ~, * / // %, **,
 * unary; one function a level, each calling the next.
 */
#include "expr/number.h"
#include "expr/parse.h"

/* The token after the one at hand; an END when there is none that can be read. */
static struct token look(const struct parser *p)
{
	struct lexer ahead = p->l;
	struct token t = { .kind = TOKEN_END };
	struct err ignored;

	if (p->t.kind == TOKEN_END || !lex_next(&ahead, &t, &ignored))
		t = (struct token){ .kind = TOKEN_END };
	return t;
}

struct binary_op {
	const char *text;
	enum number_op op;
};

static const struct binary_op powers[] = { { "**", NUMBER_POWER } };
static const struct binary_op products[] = { { "*", NUMBER_MULTIPLY },
					     { "/", NUMBER_DIVIDE },
					     { "//", NUMBER_FLOOR_DIVIDE },
					     { "%", NUMBER_MODULO } };
static const struct binary_op sums[] = { { "+", NUMBER_ADD }, { "-", NUMBER_SUBTRACT } };

/* A level of binary operators that bind to the left, above `below`. */
static struct node *parse_level(struct parser *p, const struct binary_op *ops, size_t n,
				struct node *(*below)(struct parser *))
{
	struct node *left = below(p), *right;
	size_t i = 0;

	while (left && i < n) {
		size_t at = p->t.at;

		for (i = 0; i < n && !parse_is_op(p, ops[i].text); i++)
			;
		if (i == n)
			break;
		if (!parse_advance(p))
			return NULL;
		right = below(p);
		if (!right)
			return NULL;
		left = parse_pair(p, NODE_BINARY, at, left, right);
		if (left)
			left->op = (uint8_t)ops[i].op;
	}
	return left;
}

static struct node *parse_power(struct parser *p)
{
	return parse_level(p, powers, COUNT(powers), parse_unary);
}

static struct node *parse_product(struct parser *p)
{
	return parse_level(p, products, COUNT(products), parse_power);
}

static struct node *parse_concat(struct parser *p)
{
	struct node_list parts = { 0 };
	size_t at = p->t.at;
	struct node *n = parse_product(p);

	while (n && parse_is_op(p, "~")) {
		node_list_add(p->a, &parts, n);
		n = parse_advance(p) ? parse_product(p) : NULL;
	}
	if (!n || parts.n == 0)
		return n;
	node_list_add(p->a, &parts, n);
	return parse_node(p, NODE_CONCAT, at, parts.at, parts.n);
}

static struct node *parse_sum(struct parser *p)
{
	return parse_level(p, sums, COUNT(sums), parse_concat);
}

/* Consumes a comparison operator when there is one: its enum compare_op, -1 for none, -2 failed. */
static int compare_operator(struct parser *p)
{
	static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
	struct token next;

	if (parse_is_name(p, "in"))
		return parse_advance(p) ? COMPARE_IN : -2;
	if (parse_is_name(p, "not")) {
		next = look(p);
		if (!parse_token_is(&next, TOKEN_NAME, "in"))
			return -1;
		return parse_advance(p) && parse_advance(p) ? COMPARE_NOT_IN : -2;
	}
	for (size_t i = 0; i < COUNT(ops); i++)
		if (parse_is_op(p, ops[i]))
			return parse_advance(p) ? (int)i : -2;
	return -1;
}

static struct node *parse_compare(struct parser *p)
{
	struct node_list terms = { 0 };
	struct buf ops;
	size_t at = p->t.at;
	struct node *n = parse_sum(p);
	int op;

	buf_in(&ops, p->a, TEMPLATE_BYTES_MAX);
	while (n && (op = compare_operator(p)) != -1) {
		if (op == -2)
			return NULL;
		node_list_add(p->a, &terms, n);
		buf_char(&ops, (char)op);
		n = parse_sum(p);
	}
	if (!n || terms.n == 0)
		return n;
	node_list_add(p->a, &terms, n);
	n = parse_node(p, NODE_COMPARE, at, terms.at, terms.n);
	if (n)
		n->compare = (const uint8_t *)ops.at;
	return n;
}

static struct node *parse_not(struct parser *p)
{
	size_t at = p->t.at;
	struct node *n;

	if (!parse_is_name(p, "not"))
		return parse_compare(p);
	if (!parse_nest(p) || !parse_advance(p))
		return NULL;
	n = parse_not(p);
	p->nesting--;
	return n ? parse_pair(p, NODE_NOT, at, n, NULL) : NULL;
}

static struct node *parse_logic(struct parser *p, const char *word, enum node_kind kind,
				struct node *(*below)(struct parser *))
{
	struct node *left = below(p);

	while (left && parse_is_name(p, word)) {
		size_t at = p->t.at;
		struct node *right = parse_advance(p) ? below(p) : NULL;

		left = right ? parse_pair(p, kind, at, left, right) : NULL;
	}
	return left;
}

static struct node *parse_and(struct parser *p)
{
	return parse_logic(p, "and", NODE_AND, parse_not);
}

static struct node *parse_or(struct parser *p)
{
	return parse_logic(p, "or", NODE_OR, parse_and);
}

struct node *parse_choice(struct parser *p)
{
	struct node *n = parse_or(p);

	while (n && parse_is_name(p, "if")) {
		struct node *kid[3] = { NULL, n, NULL };
		size_t at = p->t.at;

		if (!parse_advance(p))
			return NULL;
		kid[0] = parse_or(p);
		if (!kid[0])
			return NULL;
		if (parse_is_name(p, "else")) {
			kid[2] = parse_advance(p) ? parse_expression(p) : NULL;
			if (!kid[2])
				return NULL;
		}
		n = parse_node(p, NODE_CHOICE, at, kid, 3);
	}
	return n;
}
