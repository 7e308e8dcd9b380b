/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr.h - the expression language of manifests and plans: a total subset of Jinja.
 *
 * A template is text with {{ expressions }}, compiled once at load and evaluated as often as
 * needed. Evaluation allocates only in the arena it is given, calls nothing outside, never loops
 * without bound: it takes at most EXPR_STEPS_MAX steps and makes at most EXPR_BYTES_MAX bytes
 * (ERR_LIMIT).
 *
 * Two typings of a result, fixed when the template is compiled:
 *
 *     TEMPLATE_MANIFEST  the reference's: the rendered text is read again as a Python literal
 *                        (notes on manifests, 3.2; tests/expr/interpolation-golden.txt)
 *     TEMPLATE_PLAN      native: a lone {{ expression }} yields its value, anything else is text
 *
 * An unknown variable, filter, function, test or construct is ERR_CONFIG at compile time, with the
 * column (1-based, in the template) and a did-you-mean.  A missing attribute or key is UNDEFINED at
 * run time; an attribute of UNDEFINED makes the whole template its default (manifest) or UNDEFINED
 * (plan).
 *
 * Where a name is both a member of a map and a method of Python's dict (record.items), a manifest
 * sees the method, as the reference does, and a plan the member.
 *
 * Differences from Jinja2, all on purpose: no loops, macros or raw blocks; a method nobody has is
 * refused at load; keys of maps written in a template are text; integers end at 127 bits
 * (ERR_LIMIT); filters that yield generators there yield lists; tojson yields plain text, not
 * markup that escapes what is added to it; a type error is an error, where the reference takes the
 * template's own text for the result.
 */
#ifndef EXPR_H
#define EXPR_H

#include "base/clock.h"
#include "data/value.h"

#define EXPR_STEPS_MAX 100000
/* Also never more than the arena has room for. */
#define EXPR_BYTES_MAX ((size_t)16 * 1024 * 1024)

enum template_typing { TEMPLATE_MANIFEST, TEMPLATE_PLAN };

/* The names a template may use, in the order in which evaluation gives their values. */
struct expr_scope {
	const char *const *name;
	size_t n;
};

struct expr_context {
	struct arena *arena;          /* where results live */
	const struct value *variable; /* as many as the scope has names */
	struct clock *clock;          /* now_utc(), today_utc() */
};

struct template;

/* Lives as long as `a`; `text` must too.  `scope` is static. */
MUST_CHECK bool template_compile(struct arena *a, struct str text, enum template_typing typing,
				 const struct expr_scope *scope, struct template **out,
				 struct err *e);

/* True when it holds no expression: then it always evaluates to the same. */
bool template_is_constant(const struct template *t);

/* The source text, for messages. */
struct str template_source(const struct template *t);

/*
 * The typed result.  An empty manifest result is NULL; errors of evaluation (a type error, division
 * by zero, a limit) are ERR_REMOTE or ERR_LIMIT (ERR_CONFIG: a time format with a directive nobody
 * knows) and name the column, never a value.
 */
MUST_CHECK bool template_eval(const struct template *t, const struct expr_context *c,
			      struct value *out, struct err *e);

/* The rendered text, before any reading as a literal. UNDEFINED and null render as "" and "None".
 */
MUST_CHECK bool template_render(const struct template *t, const struct expr_context *c,
				struct str *out, struct err *e);

/*
 * As a condition.  Manifest: the reference's list of false results (notes 3.2).  Plan: Python truth
 * of the native result.
 */
MUST_CHECK bool template_test(const struct template *t, const struct expr_context *c, bool *out,
			      struct err *e);

/* Python's str() of a value, as it appears inside text of manifests: 1.50 is "1.5", null "None". */
MUST_CHECK bool expr_str(struct buf *b, struct value v, struct err *e);

/* One row of the table of built-ins: for `lockstep expr --list`, docs and completion. */
struct expr_builtin_doc {
	const char *name;
	const char *kind;  /* "filter", "function", "test", "method" */
	const char *usage; /* "format_datetime(time, format[, input_format])" */
	const char *says;  /* one sentence */
};
const struct expr_builtin_doc *expr_builtins(size_t *n);

#endif
