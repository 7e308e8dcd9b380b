/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ops.h - the operators, with Python's rules about types.
 */
#ifndef OPS_H
#define OPS_H

#include "expr/eval.h"
#include "expr/number.h"

bool op_truth(struct value v);

/* What a dict or set of Python may hold as a key. */
bool op_is_hashable(struct value v);

MUST_CHECK bool op_binary(struct eval *ev, enum number_op op, struct value x, struct value y,
			  struct value *out);
MUST_CHECK bool op_negate(struct eval *ev, struct value v, struct value *out);
MUST_CHECK bool op_plus(struct eval *ev, struct value v, struct value *out);

MUST_CHECK bool op_equal(struct eval *ev, struct value x, struct value y, bool *out);
/* <0, 0, >0, or 2 where no order says anything (nan). */
MUST_CHECK bool op_order(struct eval *ev, struct value x, struct value y, int *out);
MUST_CHECK bool op_contains(struct eval *ev, struct value in, struct value v, bool *out);
MUST_CHECK bool op_compare(struct eval *ev, enum compare_op op, struct value x, struct value y,
			   bool *out);

/* v[from:to:step]; a bound that is NULL_VALUE is left out. */
MUST_CHECK bool op_slice(struct eval *ev, struct value v, const struct value bound[3],
			 struct value *out);

/* text % v, and text.format(v…). */
MUST_CHECK bool op_percent(struct eval *ev, struct str text, struct value v, struct value *out);
MUST_CHECK bool op_format(struct eval *ev, struct str text, const struct args *in,
			  struct value *out);

#endif
