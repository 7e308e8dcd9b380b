/* SPDX-License-Identifier: Apache-2.0 */
/* t_number.c - ratings in tenths, and whose name is whose. */
#include "data/json.h"
#include "pti/card.h"
#include "tap.h"

#include <math.h>

static struct value parsed(struct arena *a, const char *json)
{
	struct value v = UNDEFINED;
	struct err e;

	if (!json_parse(a, str_from(json), &v, NULL, &e))
		OK(false, "%s", e.text);
	return v;
}

static void numbers_become_tenths(void)
{
	static const struct {
		const char *json;
		int32_t tenths; /* PTI_NONE: it is none */
	} cases[] = {
		{ "35.3", 353 },         { "35", 350 },           { "0", 0 },
		{ "-0.0", 0 },           { "-2.4", -24 },         { "0.1", 1 },
		{ "-17.7", -177 },       { "97.1", 971 },         { "35.25", 353 },
		{ "-35.25", PTI_NONE },  { "-2.25", -23 },        { "35.349999", 353 },
		{ "35.35", 354 },        { "0.05", 1 },           { "0.04999", 0 },
		{ "-0.05", -1 },         { "120", 1200 },         { "120.04", 1200 },
		{ "120.05", PTI_NONE },  { "-30", -300 },         { "-30.05", PTI_NONE },
		{ "1e9", PTI_NONE },     { "3.53e1", 353 },       { "1e400", PTI_NONE },
		{ "1e-400", 0 },         { "9999", PTI_NONE },    { "35.300000000000001", 353 },
		{ "\"35.3\"", 353 },     { "\" 35.3 \"", 353 },   { "\"-2.4\"", -24 },
		{ "\"N/A\"", PTI_NONE }, { "\"\"", PTI_NONE },    { "\"35,3\"", PTI_NONE },
		{ "\"35.\"", PTI_NONE }, { "\"1e1\"", PTI_NONE }, { "\"+5\"", PTI_NONE },
		{ "\"- 5\"", PTI_NONE }, { "\"--5\"", PTI_NONE }, { "\"1.2.3\"", PTI_NONE },
		{ "\"-\"", PTI_NONE },   { "\".\"", PTI_NONE },   { "\"40-45\"", PTI_NONE },
		{ "true", PTI_NONE },    { "null", PTI_NONE },    { "[35.3]", PTI_NONE },
		{ "{}", PTI_NONE },      { "\"NaN\"", PTI_NONE }, { "\"\342\210\2225\"", PTI_NONE },
	};
	AUTO_ARENA *a = arena_new("test", (size_t)1 << 22);

	for (size_t i = 0; i < COUNT(cases); i++) {
		int32_t got = PTI_NONE;
		bool ok = pti_from(parsed(a, cases[i].json), &got);

		OK(ok == (cases[i].tenths != PTI_NONE) && got == cases[i].tenths, "%s is %d",
		   cases[i].json, cases[i].tenths);
	}
}

static void doubles_are_what_they_print(void)
{
	int32_t got = PTI_NONE;
	int wrong = 0;

	for (int32_t t = PTI_LOW; t <= PTI_HIGH; t++)
		wrong += !pti_from(value_float(t / 10.0), &got) || got != t;
	OK(wrong == 0, "every tenth survives a double");
	OK(!pti_from(value_float(NAN), &got), "no number is none");
	OK(!pti_from(value_float(INFINITY), &got), "and the infinite too");
	OK(!pti_from(value_float(1e300), &got), "and the huge");
}

static void tenths_are_written(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)1 << 20);

	IS(str_keep(a, pti_text(a, 353)).at, "35.3", "with their tenth");
	IS(str_keep(a, pti_text(a, 350)).at, "35.0", "also when it is 0");
	IS(str_keep(a, pti_text(a, -24)).at, "-2.4", "below zero");
	IS(str_keep(a, pti_text(a, -4)).at, "-0.4", "and just below");
	IS(str_keep(a, pti_text(a, 0)).at, "0.0", "zero");
	IS(str_keep(a, pti_text(a, PTI_NONE)).at, "", "and none");
}

static void names_are_compared(void)
{
	static const struct {
		const char *one, *other;
		bool same;
	} cases[] = {
		{ "Jonathan Example", "jonathan  EXAMPLE", true },
		{ "Zo\303\253 Tester", "Zoe Tester", true },
		{ "Zoe\314\210 Tester", "Zo\303\253 Tester", true },
		{ "\305\201ukasz Stra\303\237e", "Lukasz Strasse", true },
		{ "\303\206gir \303\230rn", "aegir orn", true },
		{ "S\303\270ren", "Soren", true },
		{ "Nguy\341\273\205n", "Nguyen", true },
		{ "Bea Twofold Jr.", "Bea Twofold Jr", true },
		{ "Bea Twofold, Jr.", "Bea Twofold Jr", true },
		{ "Bea O\342\200\231Two", "Bea O'Two", true },
		{ "Bea Twofold (C)", "Bea Twofold", true },
		{ "Bea Twofold (CC)", "Bea Twofold*", true },
		{ "\342\234\224 Bea Twofold", " Bea\302\240Twofold ", true },
		{ "Bea Twofold (S\342\206\221)", "Bea Twofold (sub)", true },
		{ "Robert \"Bob\" Six", "Robert Bob Six", true },
		{ "Mary-Ann", "Mary\342\200\220Ann", true },
		{ "Bea Twofold", "Bea Twofolds", false },
		{ "Bea Twofold", "Bea", false },
		{ "Bea Twofold", "Twofold Bea", false },
		{ "BeaTwofold", "Bea Twofold", false },
		{ "Bea Twofold", "", false },
		{ "", "", false },
		{ " . ", "*", false },
		{ "\377\376", "\377\376", true },
		{ "\377", "\303\277", false },
		{ "\320\220\320\275\320\275\320\260", "\320\220\320\275\320\275\320\260", true },
		{ "\320\220", "A", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str one = str_from(cases[i].one), other = str_from(cases[i].other);

		OK(pti_same_name(one, other) == cases[i].same &&
			   pti_same_name(other, one) == cases[i].same,
		   "names of case %zu are %s", i, cases[i].same ? "one" : "two");
	}
}

int main(void)
{
	numbers_become_tenths();
	doubles_are_what_they_print();
	tenths_are_written();
	names_are_compared();
	return tap_done();
}
