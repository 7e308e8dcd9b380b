/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_number.c - ratings as tenths, exactly: no double is ever rounded.
 */
#include "pti/card.h"

#include "data/decimal.h"

#include <math.h>

#define POINT_MAX 4 /* digits before the point that are looked at: more are out of range */

struct str pti_text(struct arena *a, int32_t tenths)
{
	int32_t size;

	if (tenths == PTI_NONE)
		return STR("");
	size = tenths < 0 ? -tenths : tenths;
	return str_printf(a, "%s%d.%d", tenths < 0 ? "-" : "", size / 10, size % 10);
}

/* The digit at 10^place of 0.d1d2… × 10^point. */
static int digit_at(struct decimal d, int64_t place)
{
	int64_t want = d.point - 1 - place, seen = 0;

	for (size_t i = 0; want >= 0 && i < d.digits.len; i++)
		if (d.digits.at[i] != '.' && seen++ == want)
			return d.digits.at[i] - '0';
	return 0;
}

static bool tenths_of(struct str text, int32_t *out)
{
	int32_t size = 0;
	struct decimal d;

	if (!decimal_parse(text, &d) || d.point > POINT_MAX)
		return false;
	for (int64_t place = POINT_MAX - 1; place >= -1; place--)
		size = size * 10 + digit_at(d, place);
	if (digit_at(d, -2) >= 5)
		size++;
	if (d.minus)
		size = -size;
	if (size < PTI_LOW || size > PTI_HIGH)
		return false;
	*out = size;
	return true;
}

/* As a person writes it: [-]digits[.digits]. */
static bool is_plain(struct str s)
{
	size_t digits = 0, points = 0;

	for (size_t i = s.len && s.at[0] == '-'; i < s.len; i++)
		if (s.at[i] == '.')
			points++;
		else if (s.at[i] >= '0' && s.at[i] <= '9')
			digits++;
		else
			return false;
	return digits > 0 && points <= 1 && s.at[s.len - 1] != '.';
}

bool pti_from(struct value v, int32_t *tenths)
{
	char digits[FLOAT_TEXT_MAX];
	struct str s;

	switch ((enum value_kind)v.kind) {
	case VALUE_INT:
		return tenths_of((struct str){ digits, int_text(digits, v.i) }, tenths);
	case VALUE_NUMBER:
		return tenths_of(v.s, tenths);
	case VALUE_FLOAT:
		return isfinite(v.f) &&
		       tenths_of((struct str){ digits, float_text(digits, v.f) }, tenths);
	case VALUE_STR:
		s = str_trim(v.s);
		return is_plain(s) && tenths_of(s, tenths);
	case VALUE_UNDEFINED:
	case VALUE_NULL:
	case VALUE_BOOL:
	case VALUE_LIST:
	case VALUE_MAP:
	case VALUE_TIME:
	case VALUE_SPAN:
	case VALUE_OTHER:
		break;
	}
	return false;
}
