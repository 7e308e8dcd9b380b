/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decimal.h - decimal numbers as digits: read, compared and written without rounding.
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include "base/buf.h"

/* 0.d1d2d3… × 10^point, borrowed from the text it was read from.  Zero has no digits. */
struct decimal {
	bool minus;        /* never for zero */
	struct str digits; /* from the first to the last that is not 0; may hold the '.' */
	int64_t point;
	int64_t scale; /* digits behind the point as written, after the exponent; not negative */
};

/* How many digits decimal_text() writes at the most. */
#define DECIMAL_DIGITS_MAX 1000

/* [+-]digits[.digits][e[+-]digits] with a digit on at least one side of the point; all of `s`. */
MUST_CHECK bool decimal_parse(struct str s, struct decimal *out);

bool decimal_eq(struct decimal a, struct decimal b);

/* Whether it is an integer that fits; 1e3 and 5.0 do. */
MUST_CHECK bool decimal_to_i64(struct decimal d, int64_t *out);

/* [-]digits[.digits] with its scale as written; false when it has more than DECIMAL_DIGITS_MAX. */
MUST_CHECK bool decimal_text(struct arena *a, struct decimal d, struct str *out);

/* The nearest double; infinite when there is none. */
double decimal_to_double(struct str s);

#define INT_TEXT_MAX 24

/* The decimal digits of `i`; returns their number, sign included.  No NUL. */
size_t int_text(char out[static INT_TEXT_MAX], int64_t i);

#define FLOAT_TEXT_MAX 32

/* The shortest text that reads back as the finite `f`; returns its length. */
size_t float_text(char out[static FLOAT_TEXT_MAX], double f);

#endif
