/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fn_number.c - abs, int, float and round.
 */
#include "expr/functions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PRECISION_MAX 30
#define ROUND_TEXT_MAX 400

static bool number_out(struct eval *ev, __int128 i, struct value *out)
{
	if (!eval_room(ev, 64))
		return false;
	*out = number_value(ev->a, i);
	return true;
}

/* The argument as a number; text is none here. */
static bool numeric(struct eval *ev, struct value v, const char *what, struct number *out)
{
	*out = number_of(v);
	if (out->class == NUMBER_NONE)
		return eval_wrong_type(ev, what, v);
	if (out->class == NUMBER_HUGE)
		return eval_fail(ev, ERR_LIMIT,
				 "a number has more digits than can be computed with");
	return true;
}

bool filter_abs(struct eval *ev, const struct args *in, struct value *out)
{
	struct number n;

	if (!numeric(ev, in->self, "abs", &n))
		return false;
	if (n.class == NUMBER_INT)
		return number_out(ev, n.i < 0 ? -n.i : n.i, out);
	*out = value_float(fabs(n.f));
	return true;
}

static bool truncated(struct eval *ev, double f, struct value otherwise, struct value *out)
{
	*out = otherwise;
	if (!isfinite(f))
		return true;
	if (fabs(f) >= 0x1p126)
		return eval_fail(ev, ERR_LIMIT, "the number grows too large");
	return number_out(ev, (__int128)f, out);
}

/* "42.23" is 42 here, a quirk of Jinja's. */
bool filter_int(struct eval *ev, const struct args *in, struct value *out)
{
	struct value otherwise = args_have(in, 0) ? in->at[0] : value_int(0);
	struct number n = number_of(in->self);
	__int128 i;
	int64_t base;
	double f;

	if (!args_int(ev, in, 1, 10, &base))
		return false;
	if (base < 2 || base > 36)
		return eval_fail(ev, ERR_REMOTE, "the base is from 2 to 36");
	if (in->self.kind == VALUE_UNDEFINED)
		return eval_undefined(ev);
	if (n.class == NUMBER_FLOAT)
		return truncated(ev, n.f, otherwise, out);
	*out = n.class == NUMBER_HUGE ? in->self : otherwise;
	if (n.class == NUMBER_INT)
		return number_out(ev, n.i, out);
	if (in->self.kind != VALUE_STR)
		return true;
	if (number_parse_int(in->self.s, (int)base, &i))
		return number_out(ev, i, out);
	if (number_parse_float(in->self.s, &f))
		return truncated(ev, f, otherwise, out);
	return true;
}

bool filter_float(struct eval *ev, const struct args *in, struct value *out)
{
	struct number n = number_of(in->self);
	double f;

	if (in->self.kind == VALUE_UNDEFINED)
		return eval_undefined(ev);
	*out = args_have(in, 0) ? in->at[0] : value_float(0);
	if (n.class == NUMBER_INT || n.class == NUMBER_FLOAT)
		*out = value_float(number_double(n));
	else if (n.class == NUMBER_HUGE || in->self.kind == VALUE_STR)
		if (number_parse_float(in->self.s, &f))
			*out = value_float(f);
	return true;
}

/* Through decimal text, so that 2.675 is what it really is; a tie goes to the even digit. */
static double round_to(double f, int precision)
{
	char text[ROUND_TEXT_MAX];

	if (!isfinite(f) || precision > PRECISION_MAX)
		return f;
	if (precision < 0)
		return nearbyint(f / pow(10, -precision)) * pow(10, -precision);
	snprintf(text, sizeof(text), "%.*f", precision, f);
	return strtod(text, NULL);
}

/* A whole number to tens, hundreds, …; a tie goes to the even one. */
static __int128 round_whole(__int128 i, int64_t precision)
{
	__int128 unit = 1, rest;

	for (; precision < 0 && unit < ((__int128)1 << 120); precision++)
		unit *= 10;
	rest = i % unit;
	if (rest < 0)
		rest += unit;
	i -= rest;
	if (rest * 2 > unit || (rest * 2 == unit && (i / unit) % 2 != 0))
		i += unit;
	return i;
}

bool filter_round(struct eval *ev, const struct args *in, struct value *out)
{
	struct str method;
	struct number n;
	int64_t precision;
	double scale, f;

	if (!numeric(ev, in->self, "round", &n) || !args_int(ev, in, 0, 0, &precision) ||
	    !args_text(ev, in, 1, STR("common"), &method))
		return false;
	precision = precision < -PRECISION_MAX  ? -PRECISION_MAX
		    : precision > PRECISION_MAX ? PRECISION_MAX + 1
						: precision;
	if (str_eq(method, STR("common"))) {
		if (n.class == NUMBER_INT)
			return number_out(ev, round_whole(n.i, precision), out);
		*out = value_float(round_to(n.f, (int)precision));
		return true;
	}
	if (!str_eq(method, STR("ceil")) && !str_eq(method, STR("floor")))
		return eval_fail(ev, ERR_REMOTE, "the method is common, ceil or floor");
	scale = pow(10, (double)precision);
	f = number_double(n) * scale;
	*out = value_float((str_eq(method, STR("ceil")) ? ceil(f) : floor(f)) / scale);
	return true;
}
