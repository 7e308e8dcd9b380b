/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.c - pieces of the texts of times, cut off the front of a text.
 *
 * Always: *rest is only moved when the whole piece was there.
 */
#include "data/scan.h"

#define INT64_DIGITS 18 /* so many always fit */
#define US_DIGITS 6

bool scan_char(struct str *rest, char c)
{
	if (rest->len == 0 || rest->at[0] != c)
		return false;
	*rest = str_slice(*rest, 1, rest->len);
	return true;
}

static bool is_digit(struct str s, size_t i)
{
	return i < s.len && s.at[i] >= '0' && s.at[i] <= '9';
}

bool scan_digits(struct str *rest, size_t min, size_t max, int64_t *out)
{
	int64_t n = 0;
	size_t i = 0;

	assert(max <= INT64_DIGITS);
	for (; i < max && is_digit(*rest, i); i++)
		n = n * 10 + (rest->at[i] - '0');
	if (i < min)
		return false;
	*rest = str_slice(*rest, i, rest->len);
	*out = n;
	return true;
}

bool scan_fraction(struct str *rest, size_t max, int *us)
{
	size_t n = 0;
	int sum = 0;

	for (; n < max && is_digit(*rest, n); n++)
		sum = n < US_DIGITS ? sum * 10 + (rest->at[n] - '0') : sum;
	if (n == 0)
		return false;
	for (size_t i = n; i < US_DIGITS; i++)
		sum *= 10;
	*rest = str_slice(*rest, n, rest->len);
	*us = sum;
	return true;
}

bool scan_offset(struct str *rest, int32_t *offset_s)
{
	struct str s = *rest;
	int64_t hours, minutes = 0;
	bool minus = scan_char(&s, '-');

	if (!minus && (scan_char(&s, 'Z') || scan_char(&s, 'z'))) {
		*rest = s;
		*offset_s = 0;
		return true;
	}
	if ((!minus && !scan_char(&s, '+')) || !scan_digits(&s, 2, 2, &hours) || hours > 23)
		return false;
	if ((scan_char(&s, ':') || is_digit(s, 0)) &&
	    (!scan_digits(&s, 2, 2, &minutes) || minutes > 59))
		return false;
	*rest = s;
	*offset_s = (int32_t)((hours * 60 + minutes) * (minus ? -60 : 60));
	return true;
}
