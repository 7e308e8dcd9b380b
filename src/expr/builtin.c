/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builtin.c - finds rows of the table of built-ins.
 */
#include "expr/builtin.h"
#include "expr/functions.h"

#define BUILTINS_MAX 256

static const struct builtin rows[] = {
#define ROW(kind, name, min, max, on, names, run, usage, says) \
	{ BUILTIN_##kind, name, min, max, on, names, run },
#include "expr/builtins.inc"
#undef ROW
};

#define KIND_FILTER "filter"
#define KIND_FUNCTION "function"
#define KIND_METHOD "method"
#define KIND_TEST "test"

static const struct expr_builtin_doc docs[] = {
#define ROW(kind, name, min, max, on, names, run, usage, says) { name, KIND_##kind, usage, says },
#include "expr/builtins.inc"
#undef ROW
};

static_assert(COUNT(rows) == COUNT(docs) && COUNT(rows) <= BUILTINS_MAX, "one row, one line");

const struct expr_builtin_doc *expr_builtins(size_t *n)
{
	*n = COUNT(docs);
	return docs;
}

const char *builtin_kind_name(enum builtin_kind kind)
{
	static const char *const names[] = {
		[BUILTIN_FILTER] = KIND_FILTER,
		[BUILTIN_FUNCTION] = KIND_FUNCTION,
		[BUILTIN_METHOD] = KIND_METHOD,
		[BUILTIN_TEST] = KIND_TEST,
	};

	assert((size_t)kind < COUNT(names));
	return names[kind];
}

const struct builtin *builtin_find(enum builtin_kind kind, struct str name,
				   const struct builtin *after)
{
	for (const struct builtin *b = after ? after + 1 : rows; b < rows + COUNT(rows); b++)
		if (b->kind == kind && str_eq(name, str_from(b->name)))
			return b;
	return NULL;
}

const char *builtin_nearest(enum builtin_kind kind, struct str name)
{
	const char *names[BUILTINS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].kind == kind)
			names[n++] = rows[i].name;
	return str_nearest(name, names, n);
}

size_t builtin_argument(const struct builtin *b, struct str name)
{
	struct str rest = str_from(b->names);

	for (size_t i = 0; rest.len > 0; i++)
		if (str_eq(str_cut(&rest, ' '), name))
			return i;
	return b->args_max;
}

bool args_text(struct eval *ev, const struct args *in, size_t i, struct str otherwise,
	       struct str *out)
{
	if (!args_have(in, i) || in->at[i].kind == VALUE_NULL) {
		*out = otherwise;
		return true;
	}
	if (in->at[i].kind != VALUE_STR)
		return eval_wrong_type(ev, "an argument that is text", in->at[i]);
	*out = in->at[i].s;
	return true;
}

bool args_int(struct eval *ev, const struct args *in, size_t i, int64_t otherwise, int64_t *out)
{
	if (!args_have(in, i) || in->at[i].kind == VALUE_NULL)
		*out = otherwise;
	else if (in->at[i].kind == VALUE_INT || in->at[i].kind == VALUE_BOOL)
		*out = in->at[i].kind == VALUE_INT ? in->at[i].i : in->at[i].b;
	else
		return eval_wrong_type(ev, "an argument that is a whole number", in->at[i]);
	return true;
}

bool args_truth(const struct args *in, size_t i)
{
	return args_have(in, i) && op_truth(in->at[i]);
}
