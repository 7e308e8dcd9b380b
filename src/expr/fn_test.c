/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fn_test.c - the tests after `is`.
 */
#include "expr/functions.h"
#include "expr/rune.h"

static bool answer(bool yes, struct value *out)
{
	*out = value_bool(yes);
	return true;
}

bool test_boolean(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind == VALUE_BOOL, out);
}

bool test_defined(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind != VALUE_UNDEFINED, out);
}

bool test_undefined(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind == VALUE_UNDEFINED, out);
}

bool test_none(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind == VALUE_NULL, out);
}

bool test_true(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind == VALUE_BOOL && in->self.b, out);
}

bool test_false(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind == VALUE_BOOL && !in->self.b, out);
}

bool test_string(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind == VALUE_STR, out);
}

bool test_mapping(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(in->self.kind == VALUE_MAP, out);
}

bool test_number(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(value_is_number(in->self) || in->self.kind == VALUE_BOOL, out);
}

/* A boolean is a number here, as in Python, but no integer. */
bool test_integer(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(value_is_number(in->self) && number_of(in->self).class != NUMBER_FLOAT, out);
}

bool test_float(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return answer(value_is_number(in->self) && number_of(in->self).class == NUMBER_FLOAT, out);
}

bool test_iterable(struct eval *ev, const struct args *in, struct value *out)
{
	uint8_t kind = in->self.kind;

	(void)ev;
	return answer(kind == VALUE_UNDEFINED || kind == VALUE_STR || kind == VALUE_LIST ||
			      kind == VALUE_MAP,
		      out);
}

bool test_sequence(struct eval *ev, const struct args *in, struct value *out)
{
	if (in->self.kind == VALUE_LIST && in->self.shape > SHAPE_TUPLE)
		return answer(false, out);
	return test_iterable(ev, in, out);
}

static bool remainder_is(struct eval *ev, struct value v, struct value by, int64_t want,
			 struct value *out)
{
	struct value rest;
	bool yes;

	if (!op_binary(ev, NUMBER_MODULO, v, by, &rest) ||
	    !op_equal(ev, rest, value_int(want), &yes))
		return false;
	return answer(yes, out);
}

bool test_even(struct eval *ev, const struct args *in, struct value *out)
{
	return remainder_is(ev, in->self, value_int(2), 0, out);
}

bool test_odd(struct eval *ev, const struct args *in, struct value *out)
{
	return remainder_is(ev, in->self, value_int(2), 1, out);
}

bool test_divisibleby(struct eval *ev, const struct args *in, struct value *out)
{
	return remainder_is(ev, in->self, in->at[0], 0, out);
}

static bool compared(struct eval *ev, const struct args *in, enum compare_op op, struct value *out)
{
	bool yes;

	return op_compare(ev, op, in->self, in->at[0], &yes) && answer(yes, out);
}

bool test_eq(struct eval *ev, const struct args *in, struct value *out)
{
	return compared(ev, in, COMPARE_EQ, out);
}

bool test_ne(struct eval *ev, const struct args *in, struct value *out)
{
	return compared(ev, in, COMPARE_NE, out);
}

bool test_lt(struct eval *ev, const struct args *in, struct value *out)
{
	return compared(ev, in, COMPARE_LT, out);
}

bool test_le(struct eval *ev, const struct args *in, struct value *out)
{
	return compared(ev, in, COMPARE_LE, out);
}

bool test_gt(struct eval *ev, const struct args *in, struct value *out)
{
	return compared(ev, in, COMPARE_GT, out);
}

bool test_ge(struct eval *ev, const struct args *in, struct value *out)
{
	return compared(ev, in, COMPARE_GE, out);
}

bool test_in(struct eval *ev, const struct args *in, struct value *out)
{
	return compared(ev, in, COMPARE_IN, out);
}

/* There is a letter with a case, and all those have this one. */
static bool all_cased(struct eval *ev, struct value v, uint32_t (*map)(uint32_t), struct value *out)
{
	struct str s;
	bool some = false, all = true;

	if (!eval_str(ev, v, &s))
		return false;
	while (s.len > 0) {
		uint32_t rune = rune_next(&s);

		if (!rune_is_cased(rune))
			continue;
		some = true;
		all = all && map(rune) == rune;
	}
	return answer(some && all, out);
}

bool test_lower(struct eval *ev, const struct args *in, struct value *out)
{
	return all_cased(ev, in->self, rune_lower, out);
}

bool test_upper(struct eval *ev, const struct args *in, struct value *out)
{
	return all_cased(ev, in->self, rune_upper, out);
}
