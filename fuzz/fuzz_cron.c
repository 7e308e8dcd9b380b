/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_cron.c - strangers' cron expressions: what is read is true at some time, later than it was
 * asked for, at a minute that the zone's clock shows, and has words.
 *
 * The input is an expression alone.
 */
#include "data/cron.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void use(struct arena *a, const struct cron *c, const char *zone)
{
	static const int64_t after_s[] = { -62135596800, -1, 1325192400, 1793491200, 253402300799 };
	const struct zone *z;
	struct err e;

	if (!zone_load(a, str_from(zone), &z, &e))
		return; /* a machine without tzdata */
	for (size_t i = 0; i < COUNT(after_s); i++) {
		int64_t at = after_s[i] * US_PER_S;

		for (int n = 0; n < 3; n++) {
			int64_t next = cron_next(c, z, at);

			must(next > at && (next == INT64_MAX || next % US_PER_S == 0));
			must(next < INT64_MAX || at > MOMENT_MAX_US - 41 * 366 * 86400 * US_PER_S);
			if (next == INT64_MAX)
				break;
			at = next;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text = { (const char *)data, size }, words;
	struct cron c;
	struct err e;

	if (!cron_parse(text, &c, &e))
		return 0;
	words = cron_words(a, &c);
	must(words.len > 0 && words.at[words.len] == 0);
	use(a, &c, "UTC");
	use(a, &c, "Australia/Lord_Howe");
	use(a, &c, "Pacific/Apia");
	return 0;
}
