/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number.h - arithmetic as Python does it.
 *
 * Integers are exact up to 127 bits and refused beyond; everything else is a double.  A boolean is
 * 0 or 1.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include "data/value.h"

enum number_class { NUMBER_NONE, NUMBER_INT, NUMBER_FLOAT, NUMBER_HUGE };

struct number {
	enum number_class class;
	__int128 i;
	double f;
};

/* NUMBER_NONE for what is no number, NUMBER_HUGE for an integer of more than 127 bits. */
struct number number_of(struct value v);

/* VALUE_INT when it fits, else VALUE_NUMBER with its digits in `a`. */
struct value number_value(struct arena *a, __int128 i);

double number_double(struct number n);

enum number_op {
	NUMBER_ADD,
	NUMBER_SUBTRACT,
	NUMBER_MULTIPLY,
	NUMBER_DIVIDE,
	NUMBER_FLOOR_DIVIDE,
	NUMBER_MODULO,
	NUMBER_POWER,
};

enum number_result { NUMBER_OK, NUMBER_BY_ZERO, NUMBER_TOO_BIG, NUMBER_COMPLEX };

/* Both are NUMBER_INT or NUMBER_FLOAT. */
enum number_result number_compute(enum number_op op, struct number x, struct number y,
				  struct number *out);

/* -1, 0, 1 by numeric value, exactly; 2 when one is not a number in IEEE's sense. */
int number_compare(struct number x, struct number y);

/* What repr() of a float prints: the shortest digits that read back the same. */
#define NUMBER_TEXT_SIZE 48
void number_text(double f, char out[NUMBER_TEXT_SIZE]);

/* A text that int() or float() of Python reads: white space around and underscores allowed. */
bool number_parse_int(struct str s, int base, __int128 *out);
bool number_parse_float(struct str s, double *out);

#endif
