/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ast.h - a template after compiling: parts of text and trees of expressions.
 *
 * Immutable, in the arena of template_compile().  No tree is deeper than NODE_DEPTH_MAX, so walking
 * one recursively is safe.
 */
#ifndef AST_H
#define AST_H

#include "expr/builtin.h"
#include "expr/expr.h"

#define TEMPLATE_BYTES_MAX ((size_t)64 * 1024)
#define NESTING_MAX 64
#define NODE_DEPTH_MAX 200
#define LOCALS_MAX 32

enum node_kind {
	NODE_CONST,     /* value */
	NODE_VARIABLE,  /* slot, in the scope */
	NODE_LOCAL,     /* slot, of {% set %} */
	NODE_ATTRIBUTE, /* kid[0] . value.s */
	NODE_ITEM,      /* kid[0] [ kid[1] ] */
	NODE_SLICE,     /* kid[0] [ kid[1] : kid[2] : kid[3] ], the last three may be NULL */
	NODE_CALL,      /* call[0..n_calls); kid[0] is what it stands on, if any */
	NODE_LIST,
	NODE_TUPLE,
	NODE_MAP,    /* key, value, key, value, … */
	NODE_BINARY, /* op is an enum number_op */
	NODE_NEGATE,
	NODE_PLUS,
	NODE_NOT,
	NODE_AND,
	NODE_OR,
	NODE_COMPARE, /* kid[0] compare[0] kid[1] compare[1] kid[2] … */
	NODE_CONCAT,
	NODE_CHOICE, /* kid[0] ? kid[1] : kid[2], the last may be NULL */
};

enum compare_op {
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_GT,
	COMPARE_GE,
	COMPARE_IN,
	COMPARE_NOT_IN,
};

/* One way to call: a method's name may fit several types, each with its own arguments. */
struct call {
	const struct builtin *fn;
	struct node **arg; /* n, NULL where not given */
	size_t n;
};

struct node {
	uint8_t kind;   /* enum node_kind */
	uint8_t op;     /* BINARY; ATTRIBUTE and CONST: the text is a name of a dict's method */
	uint16_t depth; /* of the tree below */
	uint32_t at;    /* byte offset in the template */
	uint32_t n;     /* kids */
	uint32_t slot;
	struct value value;
	struct node **kid;
	union {
		struct call *call; /* slot of them */
		const uint8_t *compare;
	};
};

enum part_kind { PART_TEXT, PART_VALUE, PART_SET, PART_IF };

struct part {
	enum part_kind kind;
	uint32_t slot;     /* SET */
	struct str text;   /* TEXT */
	struct node *node; /* VALUE, SET, IF */
	struct part *body, *otherwise, *next;
};

struct local {
	struct str name;
	ptrdiff_t outer; /* the variable of the scope that it hides until it is set, or -1 */
};

struct template
{
	struct str source;
	enum template_typing typing;
	struct part *first;
	struct node *lone; /* plan: the expression that is the whole template */
	size_t n_variables, n_locals;
	struct local local[LOCALS_MAX];
	bool constant;
};

#endif
