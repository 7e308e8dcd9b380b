/* SPDX-License-Identifier: Apache-2.0 */
/*
 * functions.h - the functions behind the rows of builtins.inc.
 *
 * Each is given arguments that fit its row, and yields a value or fails as eval.h says.
 */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include "expr/eval.h"
#include "expr/ops.h"

/* A function that several rows share is declared as often. */
#define ROW(kind, name, min, max, on, names, run, usage, says) \
	bool run(struct eval *ev, const struct args *in, struct value *out);
#include "expr/builtins.inc"
#undef ROW

/* An argument as text or as a whole number; `otherwise` when it was not given or is none. */
MUST_CHECK bool args_text(struct eval *ev, const struct args *in, size_t i, struct str otherwise,
			  struct str *out);
MUST_CHECK bool args_int(struct eval *ev, const struct args *in, size_t i, int64_t otherwise,
			 int64_t *out);
/* False when it was not given. */
bool args_truth(const struct args *in, size_t i);

#endif
