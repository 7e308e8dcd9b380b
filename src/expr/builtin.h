/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builtin.h - the functions, filters, tests and methods of the language: one row each.
 *
 * The rows stand in builtins.inc; a new one needs a row there and its function.
 */
#ifndef BUILTIN_H
#define BUILTIN_H

#include "base/err.h"
#include "data/value.h"

#define ARGS_MAX 12

struct eval;

/* What a filter, test or method stands on, and its arguments. */
struct args {
	struct value self;
	struct value at[ARGS_MAX];
	size_t n;       /* the last one given is at[n - 1] */
	uint32_t given; /* bit i: at[i] was given, and is not the default */
};

static inline bool args_have(const struct args *in, size_t i)
{
	return i < in->n && (in->given >> i & 1);
}

enum builtin_kind { BUILTIN_FILTER, BUILTIN_FUNCTION, BUILTIN_METHOD, BUILTIN_TEST };

/* The types a method belongs to. */
#define ON_STR 1u
#define ON_LIST 2u
#define ON_MAP 4u
#define ON_TIME 8u
#define ON_SPAN 16u

/* What the first argument names. */
#define NAMES_TEST 32u
#define NAMES_FILTER 64u
#define NAMES_SECOND 128u /* ... or rather the second */

struct builtin {
	enum builtin_kind kind;
	const char *name;
	size_t args_min, args_max;
	unsigned on;
	const char *names; /* of the arguments, in order; "-" has none */
	bool (*run)(struct eval *ev, const struct args *in, struct value *out);
};

/* The next row of that kind and name after `after` (NULL: the first); NULL when there is none. */
const struct builtin *builtin_find(enum builtin_kind kind, struct str name,
				   const struct builtin *after);

/* The nearest name of that kind, or NULL. */
const char *builtin_nearest(enum builtin_kind kind, struct str name);

/* The place of the argument called `name`, or args_max. */
size_t builtin_argument(const struct builtin *b, struct str name);

/* "filter", … */
const char *builtin_kind_name(enum builtin_kind kind);

#endif
