/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse.h - one expression, from words to a checked tree.
 */
#ifndef PARSE_H
#define PARSE_H

#include "expr/ast.h"
#include "expr/lex.h"

struct parser {
	struct arena *a;
	struct lexer l;
	struct token t; /* the one to look at */
	const struct expr_scope *scope;
	struct template *into; /* holds the locals */
	unsigned nesting;
	struct err *e;
};

/* Moves to the next token. */
MUST_CHECK bool parse_advance(struct parser *p);

/* Fills the parser's err with the column of the token at hand in front; returns false. */
bool parse_fail(struct parser *p, size_t at, const char *fmt, ...) PRINTF(3, 4);

bool parse_is_op(const struct parser *p, const char *op);
bool parse_is_name(const struct parser *p, const char *name);

/* An expression, or several with commas between (a tuple); stops before what it cannot use. */
struct node *parse_tuple(struct parser *p);

/* As parse_tuple(), and the delimiter must follow. */
struct node *parse_whole(struct parser *p);

/* For the files parse*.c only. */
struct node *parse_expression(struct parser *p);
struct node *parse_node(struct parser *p, enum node_kind kind, size_t at, struct node **kid,
			size_t n);

struct node *parse_pair(struct parser *p, enum node_kind kind, size_t at, struct node *left,
			struct node *right);
bool parse_token_is(const struct token *t, enum token_kind kind, const char *text);

/* One level deeper, until the caller takes one off `nesting`. */
MUST_CHECK bool parse_nest(struct parser *p);

/* The levels above and below the operators. */
struct node *parse_choice(struct parser *p);
struct node *parse_unary(struct parser *p);

/*
 * A call of `name`, with `self` (a filter's, test's or method's; NULL for a function).  When the
 * token at hand is "(", arguments follow; `single` (may be NULL) is a lone argument without them.
 */
struct node *parse_call(struct parser *p, enum builtin_kind kind, const struct token *name,
			struct node *self, struct node *single);

struct node_list {
	struct node **at;
	size_t n, cap;
};
void node_list_add(struct arena *a, struct node_list *l, struct node *n);

#endif
