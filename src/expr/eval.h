/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eval.h - one evaluation under way: its limits, its errors, its memory.
 *
 * Every function that returns false has either filled *e or set `undefined`: something was asked of
 * a value that is not there, and the whole template falls back to its default.
 */
#ifndef EVAL_H
#define EVAL_H

#include "expr/ast.h"
#include "expr/repr.h"

struct eval {
	const struct template *t;
	const struct expr_context *c;
	struct arena *a;
	struct value *local;
	size_t steps;   /* left */
	size_t used;    /* of the arena, before */
	uint32_t at;    /* where in the template, for errors */
	bool undefined; /* no error, but no value either */
	struct err *e;
};

/* Returns false, *e filled with the column in front. */
bool eval_fail(struct eval *ev, enum err_kind kind, const char *fmt, ...) PRINTF(3, 4);

/* As eval_fail(), ERR_REMOTE: an operation on a value of the wrong type.  Inline, so that the
 * compiler sees that it never returns true. */
void eval_report_type(struct eval *ev, const char *what, struct value v);
static inline bool eval_wrong_type(struct eval *ev, const char *what, struct value v)
{
	eval_report_type(ev, what, v);
	return false;
}

/* Puts the column before an error of a lower layer; returns false. */
bool eval_where(struct eval *ev);

static inline bool eval_undefined(struct eval *ev)
{
	ev->undefined = true;
	return false;
}

/* Takes steps off; ERR_LIMIT when none are left. */
MUST_CHECK bool eval_steps(struct eval *ev, size_t n);

/* The steps that looking through so much text is worth. */
static inline size_t steps_of_text(size_t bytes)
{
	return bytes / 256;
}

/* Whether so many bytes may be allocated; ERR_LIMIT otherwise. */
MUST_CHECK bool eval_room(struct eval *ev, size_t bytes);

/* Text under construction, within the limits, and its end. */
void eval_buf(struct eval *ev, struct buf *b);
MUST_CHECK bool eval_text(struct eval *ev, struct buf *b, struct value *out);

/* str(v): borrowed when it is a text already. */
MUST_CHECK bool eval_str(struct eval *ev, struct value v, struct str *out);
MUST_CHECK bool eval_add_str(struct eval *ev, struct buf *b, struct value v);

/* How numbers are printed under this template's typing. */
enum repr_numbers eval_numbers(const struct eval *ev);

MUST_CHECK bool eval_list(struct eval *ev, enum value_shape shape, struct value *out);
MUST_CHECK bool eval_push(struct eval *ev, struct value list, struct value item);

/* What a loop over `v` in Python yields: items, keys of a map, characters; nothing if undefined. */
struct eval_items {
	struct value_iter it;
	struct str text;
	uint8_t kind;
};
MUST_CHECK bool eval_items(struct eval *ev, struct value v, struct eval_items *out);
bool eval_items_next(struct eval_items *i, struct value *out);

MUST_CHECK bool eval_node(struct eval *ev, const struct node *n, struct value *out);

/* v[key] as templates write it; UNDEFINED when there is no such thing. */
MUST_CHECK bool eval_item(struct eval *ev, struct value v, struct value key, struct value *out);

#endif
