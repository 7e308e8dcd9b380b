/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number.c - arithmetic as Python does it.
 *
 * Always: a result that does not fit is NUMBER_TOO_BIG, never a wrapped or rounded integer.
 */
#include "expr/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 40 /* of 2^127 and a sign */
#define PARSE_MAX 400 /* more digits than a double can tell apart */

/* An optional sign and decimal digits, all of `s`; false when it is none or too large. */
static bool parse_decimal(struct str s, __int128 *out, bool *huge)
{
	bool minus = s.len > 0 && s.at[0] == '-';
	size_t i = minus;
	__int128 n = 0;

	*huge = false;
	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		if (*huge || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s.at[i] - '0', &n))
			*huge = true;
	}
	*out = minus ? -n : n;
	return true;
}

static struct number number_of_text(struct str s)
{
	char text[PARSE_MAX];
	__int128 i;
	bool huge;

	if (parse_decimal(s, &i, &huge))
		return (struct number){ .class = huge ? NUMBER_HUGE : NUMBER_INT, .i = i };
	if (s.len >= sizeof(text))
		return (struct number){ .class = NUMBER_HUGE };
	memcpy(text, s.at, s.len);
	text[s.len] = 0;
	return (struct number){ .class = NUMBER_FLOAT, .f = strtod(text, NULL) };
}

struct number number_of(struct value v)
{
	if (v.kind == VALUE_INT)
		return (struct number){ .class = NUMBER_INT, .i = v.i };
	if (v.kind == VALUE_FLOAT)
		return (struct number){ .class = NUMBER_FLOAT, .f = v.f };
	if (v.kind == VALUE_BOOL)
		return (struct number){ .class = NUMBER_INT, .i = v.b };
	if (v.kind == VALUE_NUMBER)
		return number_of_text(v.s);
	return (struct number){ .class = NUMBER_NONE };
}

struct value number_value(struct arena *a, __int128 i)
{
	char text[DIGITS_MAX + 2];
	size_t at = sizeof(text);
	unsigned __int128 rest = i < 0 ? -(unsigned __int128)i : (unsigned __int128)i;

	if (i >= INT64_MIN && i <= INT64_MAX)
		return value_int((int64_t)i);
	for (; rest > 0; rest /= 10)
		text[--at] = (char)('0' + (int)(rest % 10));
	if (i < 0)
		text[--at] = '-';
	return (struct value){ .kind = VALUE_NUMBER,
			       .s = str_keep(a, (struct str){ text + at, sizeof(text) - at }) };
}

double number_double(struct number n)
{
	return n.class == NUMBER_INT ? (double)n.i : n.f;
}

static enum number_result floor_divide(__int128 x, __int128 y, __int128 *div, __int128 *mod)
{
	if (y == 0)
		return NUMBER_BY_ZERO;
	if (y == -1 && __builtin_sub_overflow((__int128)0, x, div))
		return NUMBER_TOO_BIG;
	*div = y == -1 ? -x : x / y;
	*mod = y == -1 ? 0 : x % y;
	if (*mod != 0 && (*mod < 0) != (y < 0)) {
		*mod += y;
		*div -= 1;
	}
	return NUMBER_OK;
}

static enum number_result int_power(__int128 x, __int128 y, struct number *out)
{
	__int128 r = 1;

	if (y < 0) {
		if (x == 0)
			return NUMBER_BY_ZERO;
		out->class = NUMBER_FLOAT;
		out->f = pow((double)x, (double)y);
		return NUMBER_OK;
	}
	if (x == 0 || x == 1 || x == -1) {
		out->i = y == 0 ? 1 : x < 0 && y % 2 == 0 ? 1 : x;
		return NUMBER_OK;
	}
	if (y > 127)
		return NUMBER_TOO_BIG;
	for (; y > 0; y--)
		if (__builtin_mul_overflow(r, x, &r))
			return NUMBER_TOO_BIG;
	out->i = r;
	return NUMBER_OK;
}

/* Through long double: 64 bits of mantissa hold any int64 exactly. */
static enum number_result int_divide(__int128 x, __int128 y, struct number *out)
{
	if (y == 0)
		return NUMBER_BY_ZERO;
	out->class = NUMBER_FLOAT;
	out->f = (double)((long double)x / (long double)y);
	return NUMBER_OK;
}

static enum number_result compute_int(enum number_op op, __int128 x, __int128 y, struct number *out)
{
	bool over = false;
	__int128 other;

	*out = (struct number){ .class = NUMBER_INT };
	switch (op) {
	case NUMBER_ADD:
		over = __builtin_add_overflow(x, y, &out->i);
		break;
	case NUMBER_SUBTRACT:
		over = __builtin_sub_overflow(x, y, &out->i);
		break;
	case NUMBER_MULTIPLY:
		over = __builtin_mul_overflow(x, y, &out->i);
		break;
	case NUMBER_DIVIDE:
		return int_divide(x, y, out);
	case NUMBER_FLOOR_DIVIDE:
		return floor_divide(x, y, &out->i, &other);
	case NUMBER_MODULO:
		return floor_divide(x, y, &other, &out->i);
	case NUMBER_POWER:
		return int_power(x, y, out);
	}
	return over ? NUMBER_TOO_BIG : NUMBER_OK;
}

/* The remainder takes the divisor's sign; the quotient is its floor. */
static void float_divide(double x, double y, double *div, double *mod)
{
	double r = fmod(x, y), q = (x - r) / y;

	if (r != 0 && (y < 0) != (r < 0)) {
		r += y;
		q -= 1;
	}
	if (r == 0)
		r = copysign(0, y);
	*mod = r;
	*div = q == 0 ? copysign(0, x / y) : floor(q) + (q - floor(q) > 0.5);
}

static enum number_result float_power(double x, double y, double *out)
{
	if (x == 0 && y < 0)
		return NUMBER_BY_ZERO;
	if (x < 0 && isfinite(x) && isfinite(y) && y != floor(y))
		return NUMBER_COMPLEX;
	*out = pow(x, y);
	return isinf(*out) && isfinite(x) && isfinite(y) ? NUMBER_TOO_BIG : NUMBER_OK;
}

static enum number_result compute_float(enum number_op op, double x, double y, struct number *out)
{
	double other;

	*out = (struct number){ .class = NUMBER_FLOAT };
	if (y == 0 && op >= NUMBER_DIVIDE && op <= NUMBER_MODULO)
		return NUMBER_BY_ZERO;
	switch (op) {
	case NUMBER_ADD:
		out->f = x + y;
		break;
	case NUMBER_SUBTRACT:
		out->f = x - y;
		break;
	case NUMBER_MULTIPLY:
		out->f = x * y;
		break;
	case NUMBER_DIVIDE:
		out->f = x / y;
		break;
	case NUMBER_FLOOR_DIVIDE:
		float_divide(x, y, &out->f, &other);
		break;
	case NUMBER_MODULO:
		float_divide(x, y, &other, &out->f);
		break;
	case NUMBER_POWER:
		return float_power(x, y, &out->f);
	}
	return NUMBER_OK;
}

enum number_result number_compute(enum number_op op, struct number x, struct number y,
				  struct number *out)
{
	assert(x.class == NUMBER_INT || x.class == NUMBER_FLOAT);
	assert(y.class == NUMBER_INT || y.class == NUMBER_FLOAT);
	if (x.class == NUMBER_INT && y.class == NUMBER_INT)
		return compute_int(op, x.i, y.i, out);
	return compute_float(op, number_double(x), number_double(y), out);
}

static int compare_int_float(__int128 i, double f)
{
	double whole;
	__int128 w;

	if (isnan(f))
		return 2;
	if (f >= 0x1p127)
		return -1;
	if (f < -0x1p127)
		return 1;
	whole = floor(f);
	w = (__int128)whole;
	if (i != w)
		return i < w ? -1 : 1;
	return f > whole ? -1 : 0;
}

int number_compare(struct number x, struct number y)
{
	int c;

	if (x.class == NUMBER_INT && y.class == NUMBER_INT)
		return (x.i > y.i) - (x.i < y.i);
	if (x.class == NUMBER_INT)
		return compare_int_float(x.i, y.f);
	if (y.class == NUMBER_INT) {
		c = compare_int_float(y.i, x.f);
		return c == 2 ? 2 : -c;
	}
	if (isnan(x.f) || isnan(y.f))
		return 2;
	return (x.f > y.f) - (x.f < y.f);
}

/* Lays out digits d.ddd with exponent `e10` as Python does: an exponent below -4 and from 16 on. */
static void lay_out(const char *digits, int n, int e10, char *out)
{
	if (e10 < -4 || e10 >= 16) {
		snprintf(out, NUMBER_TEXT_SIZE - 1, "%c%s%.*se%c%02d", digits[0], n > 1 ? "." : "",
			 n - 1, digits + 1, e10 < 0 ? '-' : '+', abs(e10));
	} else if (e10 < 0) {
		snprintf(out, NUMBER_TEXT_SIZE - 1, "0.%.*s%.*s", -e10 - 1, "0000", n, digits);
	} else if (e10 + 1 >= n) {
		snprintf(out, NUMBER_TEXT_SIZE - 1, "%.*s%.*s.0", n, digits, e10 + 1 - n,
			 "0000000000000000");
	} else {
		snprintf(out, NUMBER_TEXT_SIZE - 1, "%.*s.%.*s", e10 + 1, digits, n - e10 - 1,
			 digits + e10 + 1);
	}
}

void number_text(double f, char out[NUMBER_TEXT_SIZE])
{
	char try[40], digits[20];
	/* Below the smallest normal double there are fewer digits to tell apart. */
	int precision = fabs(f) < DBL_MIN ? 0 : 14, n = 0, e10;

	if (!isfinite(f)) {
		snprintf(out, NUMBER_TEXT_SIZE, "%s", isnan(f) ? "nan" : f < 0 ? "-inf" : "inf");
		return;
	}
	do
		snprintf(try, sizeof(try), "%.*e", precision, fabs(f));
	while (strtod(try, NULL) != fabs(f) && precision++ < 16);
	for (const char *p = try; *p != 'e'; p++)
		if (*p != '.')
			digits[n++] = *p;
	e10 = (int)strtol(strchr(try, 'e') + 1, NULL, 10);
	while (n > 1 && digits[n - 1] == '0')
		n--;
	digits[n] = 0;
	if (signbit(f))
		*out++ = '-';
	lay_out(digits, n, e10, out);
}

static struct str number_trim(struct str s, bool *minus)
{
	s = str_trim(s);
	*minus = s.len > 0 && s.at[0] == '-';
	if (s.len > 0 && (s.at[0] == '-' || s.at[0] == '+'))
		s = str_slice(s, 1, s.len);
	return s;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

/* "0x" and its like, where the base allows it. */
static struct str cut_base(struct str s, int base)
{
	static const struct {
		char letter;
		int base;
	} prefix[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };

	for (size_t i = 0; i < COUNT(prefix); i++)
		if (base == prefix[i].base && s.len > 2 && s.at[0] == '0' &&
		    (s.at[1] | 32) == prefix[i].letter)
			return str_slice(s, 2, s.len);
	return s;
}

bool number_parse_int(struct str s, int base, __int128 *out)
{
	bool minus, digit = false;
	struct str rest = cut_base(number_trim(s, &minus), base);
	__int128 n = 0;

	for (size_t i = 0; i < rest.len; i++) {
		int d = digit_of(rest.at[i]);

		if (rest.at[i] == '_' && digit && i + 1 < rest.len) {
			digit = false;
			continue;
		}
		if (d >= base || __builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, d, &n))
			return false;
		digit = true;
	}
	if (!digit)
		return false;
	*out = minus ? -n : n;
	return true;
}

static bool is_word(struct str s, double *out)
{
	static const char *const inf[] = { "inf", "infinity" };

	for (size_t i = 0; i < COUNT(inf); i++)
		if (str_eq_nocase(s, str_from(inf[i]))) {
			*out = (double)INFINITY;
			return true;
		}
	if (str_eq_nocase(s, STR("nan"))) {
		*out = (double)NAN;
		return true;
	}
	return false;
}

bool number_parse_float(struct str s, double *out)
{
	char text[PARSE_MAX], *end;
	bool minus;
	size_t n = 0;
	double f;

	s = number_trim(s, &minus);
	if (is_word(s, out)) {
		*out = minus ? -*out : *out;
		return true;
	}
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool between = i > 0 && i + 1 < s.len && digit_of(s.at[i - 1]) < 10 &&
			       digit_of(s.at[i + 1]) < 10;

		if (c == '_' && between)
			continue;
		if (n + 1 == sizeof(text) || !(digit_of(c) < 10 || (c && strchr(".eE+-", c))))
			return false;
		text[n++] = c;
	}
	text[n] = 0;
	f = strtod(text, &end);
	if (n == 0 || *end || text[0] == '-' || text[0] == '+')
		return false;
	*out = minus ? -f : f;
	return true;
}
