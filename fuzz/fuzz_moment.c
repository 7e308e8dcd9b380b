/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_moment.c - strangers' times, formats and durations: what is read is a time there is, and its
 * text reads the same again.
 *
 * The input is a format, a line end and a text, or a text alone.
 */
#include "data/moment.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void use_time(struct arena *a, struct value time)
{
	struct value again;
	struct buf b;
	struct err e;

	must(time.us >= MOMENT_MIN_US && time.us <= MOMENT_MAX_US);
	must(moment_parse(moment_text(a, time.us), &again, &e) && again.us == time.us);
	buf_in(&b, a, 64);
	moment_write(&b, time);
	must(moment_parse(buf_str(&b), &again, &e) && again.us == time.us);
}

static void use_duration(struct duration d)
{
	static const int steps[] = { -1000000, -1, 0, 1, 7, 1000000 };

	for (size_t i = 0; i < COUNT(steps); i++) {
		int64_t us = moment_add(0, d, steps[i]);

		must(us >= MOMENT_MIN_US && us <= MOMENT_MAX_US);
		must(us == 0 || d.months || d.us);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text = { (const char *)data, size };
	bool two = str_find(text, STR("\n")) >= 0;
	struct str format = two ? str_cut(&text, '\n') : STR("%Y-%m-%d");
	struct duration d;
	struct value time;
	struct str out;
	struct err e;

	if (size > 10000)
		return 0;
	if (moment_parse(text, &time, &e))
		use_time(a, time);
	if (moment_parse_as(text, format, &time, &e)) {
		use_time(a, time);
		must(moment_format(a, time, format, &out, &e));
	}
	must(moment_format_check(format, &e) ==
	     moment_format(a, (struct value){ .kind = VALUE_TIME }, format, &out, &e));
	if (duration_parse(text, &d, &e) || duration_parse_plain(text, &d, &e))
		use_duration(d);
	return 0;
}
