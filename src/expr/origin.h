/* SPDX-License-Identifier: Apache-2.0 */
/* origin.h - which member of a variable a template reads: where a person looks for its value. */
#ifndef ORIGIN_H
#define ORIGIN_H

#include "expr/expr.h"

/*
 * The first member of the scope's variable `slot` that the template names, as a JSON pointer (RFC
 * 6901: "/account_ref/id"); false when it names none by a fixed name.
 */
bool template_origin(const struct template *t, struct arena *a, size_t slot, struct str *pointer);

#endif
