/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_number.c - arithmetic and the printing of floats, where Python is the measure.
 */
#include "expr/number.h"

#include "tap.h"

#include <math.h>
#include <stdlib.h>

static void prints(double f, const char *want)
{
	char text[NUMBER_TEXT_SIZE];

	number_text(f, text);
	IS(text, want, "a float prints as in Python");
}

static void floats_print_their_shortest_digits(void)
{
	prints(0, "0.0");
	prints(-0.0, "-0.0");
	prints(0.1, "0.1");
	prints(0.30000000000000004, "0.30000000000000004");
	prints(100, "100.0");
	prints(1e15, "1000000000000000.0");
	prints(9999999999999998, "9999999999999998.0");
	prints(1e16, "1e+16");
	prints(1.5e300, "1.5e+300");
	prints(0.0001, "0.0001");
	prints(0.00001, "1e-05");
	prints(-1.25e-7, "-1.25e-07");
	prints(5e-324, "5e-324");
	prints(1.7976931348623157e308, "1.7976931348623157e+308");
	prints((double)INFINITY, "inf");
	prints(-(double)INFINITY, "-inf");
	prints(123456.789, "123456.789");
}

static void printed_floats_read_back_the_same(void)
{
	uint64_t state = 88172645463325252u;
	char text[NUMBER_TEXT_SIZE];
	int same = 0;

	for (int i = 0; i < 20000; i++) {
		double f;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy(&f, &state, sizeof(f));
		if (!isfinite(f))
			f = (double)i / 7;
		number_text(f, text);
		same += strtod(text, NULL) == f;
	}
	OK(same == 20000, "all read back (%d)", same);
}

static struct number whole(__int128 i)
{
	return (struct number){ .class = NUMBER_INT, .i = i };
}

static void integers_stop_at_127_bits(void)
{
	__int128 most = (__int128)(~(unsigned __int128)0 >> 1);
	struct number out;

	OK(number_compute(NUMBER_ADD, whole(most), whole(1), &out) == NUMBER_TOO_BIG, "sum");
	OK(number_compute(NUMBER_SUBTRACT, whole(-most), whole(2), &out) == NUMBER_TOO_BIG,
	   "difference");
	OK(number_compute(NUMBER_MULTIPLY, whole(most), whole(2), &out) == NUMBER_TOO_BIG,
	   "product");
	OK(number_compute(NUMBER_POWER, whole(3), whole(1000000000), &out) == NUMBER_TOO_BIG,
	   "power");
	OK(number_compute(NUMBER_FLOOR_DIVIDE, whole(-most - 1), whole(-1), &out) == NUMBER_TOO_BIG,
	   "quotient");
	OK(number_compute(NUMBER_POWER, whole(-1), whole(1000000001), &out) == NUMBER_OK &&
		   out.i == -1,
	   "a power of -1 takes no time");
	OK(number_compute(NUMBER_ADD, whole(most - 1), whole(1), &out) == NUMBER_OK &&
		   out.i == most,
	   "up to there it is exact");
}

static void integers_and_floats_compare_exactly(void)
{
	struct number f = { .class = NUMBER_FLOAT, .f = 9007199254740992.0 };

	OK(number_compare(whole(9007199254740993), f) == 1, "2^53 + 1 is more than the float 2^53");
	OK(number_compare(f, whole(9007199254740993)) == -1, "and the other way round");
	f.f = 0.5;
	OK(number_compare(whole(0), f) == -1 && number_compare(whole(1), f) == 1, "a half");
	f.f = (double)NAN;
	OK(number_compare(whole(0), f) == 2 && number_compare(f, f) == 2, "nan has no order");
	f.f = 1e300;
	OK(number_compare(whole(INT64_MAX), f) == -1, "a float beyond all integers");
}

static void texts_are_read_as_python_reads_them(void)
{
	__int128 i = 0;
	double f = 0;

	OK(number_parse_int(STR(" -1_000 "), 10, &i) && i == -1000,
	   "white space, sign, underscore");
	OK(number_parse_int(STR("0x1F"), 16, &i) && i == 31, "a base's prefix");
	OK(!number_parse_int(STR("1__0"), 10, &i) && !number_parse_int(STR("_1"), 10, &i) &&
		   !number_parse_int(STR("1_"), 10, &i) && !number_parse_int(STR(""), 10, &i) &&
		   !number_parse_int(STR("12.0"), 10, &i) && !number_parse_int(STR("--1"), 10, &i),
	   "what is no integer");
	OK(number_parse_float(STR(" 1_0.5e1 "), &f) && f == 105, "a float");
	OK(number_parse_float(STR("-Infinity"), &f) && isinf(f) && f < 0, "infinity");
	OK(!number_parse_float(STR("0x10"), &f) && !number_parse_float(STR("1e"), &f) &&
		   !number_parse_float(STR("+-1"), &f) && !number_parse_float(STR(""), &f) &&
		   !number_parse_float(STR("1 2"), &f),
	   "what is no float");
}

int main(void)
{
	floats_print_their_shortest_digits();
	printed_floats_read_back_the_same();
	integers_stop_at_127_bits();
	integers_and_floats_compare_exactly();
	texts_are_read_as_python_reads_them();
	return tap_done();
}
