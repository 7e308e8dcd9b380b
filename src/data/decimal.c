/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decimal.c - decimal numbers as digits: read, compared and written without rounding.
 *
 * Always: a struct decimal has one form for each value, apart from its scale; so comparing is
 * comparing digits.
 */
#include "data/decimal.h"

#include <stdio.h>
#include <stdlib.h>

/* Beyond this no number means anything, and sums of exponents stay far from overflow. */
#define EXPONENT_MAX ((int64_t)1000000000)

static size_t digits_at(struct str s, size_t i)
{
	size_t n = 0;

	while (i + n < s.len && s.at[i + n] >= '0' && s.at[i + n] <= '9')
		n++;
	return n;
}

/* "e[+-]digits" or nothing, up to the end of `s`. */
static bool exponent_parse(struct str s, int64_t *out)
{
	*out = 0;
	if (s.len == 0)
		return true;
	if (s.at[0] != 'e' && s.at[0] != 'E')
		return false;
	return str_to_i64(str_slice(s, 1, s.len), out) && *out <= EXPONENT_MAX &&
	       *out >= -EXPONENT_MAX;
}

bool decimal_parse(struct str s, struct decimal *out)
{
	size_t from = s.len > 0 && (s.at[0] == '-' || s.at[0] == '+');
	size_t whole = digits_at(s, from), fraction = 0, end = from + whole, first;
	struct decimal d = { .minus = from && s.at[0] == '-' };
	int64_t exponent;

	if (end < s.len && s.at[end] == '.') {
		fraction = digits_at(s, end + 1);
		end += 1 + fraction;
	}
	if (whole + fraction == 0 || !exponent_parse(str_slice(s, end, s.len), &exponent))
		return false;
	d.scale = (int64_t)fraction - exponent > 0 ? (int64_t)fraction - exponent : 0;
	for (first = from; first < end && (s.at[first] == '0' || s.at[first] == '.'); first++)
		;
	if (first == end) {
		*out = (struct decimal){ .scale = d.scale };
		return true;
	}
	/* Digits between the first that counts and the point; negative: zeroes behind the point. */
	d.point = (int64_t)(from + whole) - (int64_t)first + (first > from + whole) + exponent;
	while (s.at[end - 1] == '0' || s.at[end - 1] == '.')
		end--;
	d.digits = str_slice(s, first, end);
	*out = d;
	return true;
}

/* The next digit of `s` from *i on, or -1 at the end. */
static int digit_next(struct str s, size_t *i)
{
	if (*i < s.len && s.at[*i] == '.')
		++*i;
	return *i < s.len ? s.at[(*i)++] - '0' : -1;
}

bool decimal_eq(struct decimal a, struct decimal b)
{
	size_t i = 0, k = 0;
	int x, y;

	if (a.minus != b.minus || a.point != b.point)
		return false;
	do {
		x = digit_next(a.digits, &i);
		y = digit_next(b.digits, &k);
	} while (x == y && x >= 0);
	return x == y;
}

static int64_t digits_count(struct decimal d)
{
	return (int64_t)d.digits.len -
	       (d.digits.len && memchr(d.digits.at, '.', d.digits.len) != NULL);
}

bool decimal_to_i64(struct decimal d, int64_t *out)
{
	int64_t n = 0;
	size_t at = 0;

	if (digits_count(d) > d.point || d.point > 19)
		return false;
	for (int64_t i = 0; i < d.point; i++) {
		int digit = digit_next(d.digits, &at);

		/* Counted downwards, because INT64_MIN has no positive twin. */
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, digit > 0 ? digit : 0, &n))
			return false;
	}
	if (!d.minus && n == INT64_MIN)
		return false;
	*out = d.minus ? n : -n;
	return true;
}

bool decimal_text(struct arena *a, struct decimal d, struct str *out)
{
	int64_t whole = d.point > 0 ? d.point : 1;
	size_t at = 0;
	struct buf b;

	if (whole > DECIMAL_DIGITS_MAX || d.scale > DECIMAL_DIGITS_MAX - whole)
		return false;
	buf_in(&b, a, DECIMAL_DIGITS_MAX + 2);
	if (d.minus)
		buf_char(&b, '-');
	for (int64_t i = -whole; i < d.scale; i++) {
		int digit = i + d.point >= 0 ? digit_next(d.digits, &at) : 0;

		if (i == 0)
			buf_char(&b, '.');
		buf_char(&b, (char)('0' + (digit > 0 ? digit : 0)));
	}
	*out = buf_str(&b);
	return true;
}

double decimal_to_double(struct str s)
{
	char brief[64];
	AUTO_BUF full = { 0 };

	if (s.len < sizeof(brief)) {
		memcpy(brief, s.at, s.len);
		brief[s.len] = 0;
		return strtod(brief, NULL);
	}
	buf_init(&full, s.len);
	buf_add(&full, s);
	return strtod(full.at, NULL);
}

size_t int_text(char out[static INT_TEXT_MAX], int64_t i)
{
	uint64_t n = i < 0 ? -(uint64_t)i : (uint64_t)i;
	char *end = out + INT_TEXT_MAX, *p = end;

	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	if (i < 0)
		*--p = '-';
	memmove(out, p, (size_t)(end - p));
	return (size_t)(end - p);
}

size_t float_text(char out[static FLOAT_TEXT_MAX], double f)
{
	int n = 0;

	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(out, FLOAT_TEXT_MAX, "%.*g", digits, f);
		assert(n > 0 && n < FLOAT_TEXT_MAX);
		if (strtod(out, NULL) == f)
			break;
	}
	return (size_t)n;
}
