/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_cron.c - cron expressions: the cases of cron_cases.txt (the first argument), and what another
 * reader of expressions and zones says (crons.py, the second).
 */
#include "base/file.h"
#include "data/cron.h"
#include "tap.h"

#include <stdlib.h>

#define CASES_BYTES_MAX ((size_t)1024 * 1024)

static const struct zone *zone_of(struct arena *a, struct str name)
{
	const struct zone *z = NULL;
	struct err e;

	if (!zone_load(a, name, &z, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return z;
}

static struct str part(struct str *line)
{
	return str_trim(str_cut(line, ';'));
}

static bool parsed(struct str s, struct cron *c)
{
	struct err e;

	if (cron_parse(s, c, &e))
		return true;
	OK(false, "%.*s: %s", STR_ARG(s), e.text);
	return false;
}

static void case_next(struct arena *a, struct str line)
{
	struct str text = part(&line), want, all = line;
	const struct zone *z = zone_of(a, part(&line));
	struct value at = { 0 };
	struct cron c;
	struct err e;
	int n = 0;

	if (!parsed(text, &c) || !moment_parse(part(&line), &at, &e)) {
		OK(false, "no such case: %.*s", STR_ARG(all));
		return;
	}
	line = str_trim(line);
	while ((want = str_cut(&line, ' ')).len > 0) {
		at.us = cron_next(&c, z, at.us);
		IS(at.us == INT64_MAX ? "never" : moment_text(a, at.us).at, str_keep(a, want).at,
		   str_printf(a, "%.*s, %.*s, %d", STR_ARG(text), STR_ARG(zone_name(z)), ++n).at);
	}
	OK(n > 0, "a case expects something");
}

static void case_words(struct arena *a, struct str line)
{
	struct str text = part(&line);
	struct cron c;

	if (parsed(text, &c))
		IS(str_keep(a, cron_words(a, &c)).at, str_keep(a, part(&line)).at,
		   str_keep(a, text).at);
}

static void case_refuse(struct arena *a, struct str line)
{
	struct str text = part(&line), want = part(&line);
	struct err e = { 0 };
	struct cron c;
	bool refused = !cron_parse(text, &c, &e);

	(void)a;
	OK(refused && e.kind == ERR_CONFIG && str_find(str_from(e.text), want) >= 0,
	   "'%.*s' is refused: %s", STR_ARG(text), e.text);
}

static void the_cases(const char *path)
{
	static const struct {
		struct str name;
		void (*run)(struct arena *a, struct str line);
	} kinds[] = { { { "next ", 5 }, case_next },
		      { { "words ", 6 }, case_words },
		      { { "refuse ", 7 }, case_refuse } };
	AUTO_ARENA *a = arena_new("cases", (size_t)1 << 26);
	struct str file, line;
	struct err e;

	if (!file_read(a, path, CASES_BYTES_MAX, &file, &e)) {
		OK(false, "%s", e.text);
		return;
	}
	while (file.len > 0) {
		bool known = false;

		line = str_cut(&file, '\n');
		for (size_t i = 0; i < COUNT(kinds); i++)
			if (str_starts(line, kinds[i].name)) {
				kinds[i].run(a, str_slice(line, kinds[i].name.len, line.len));
				known = true;
			}
		if (!known && line.len > 0 && line.at[0] != '#')
			OK(false, "no such case: %.*s", STR_ARG(line));
	}
}

/* ---- the other reader ---- */

static int64_t number_cut(struct str *line)
{
	int64_t n = 0;

	if (!str_to_i64(str_cut(line, ' '), &n))
		OK(false, "a number is missing");
	return n;
}

/* "ZONE AFTER INSTANT INSTANT INSTANT EXPRESSION"; an instant of 0 is not known. */
static bool agrees(struct arena *a, struct str line)
{
	const struct zone *z = zone_of(a, str_cut(&line, ' '));
	int64_t at = number_cut(&line) * US_PER_S, want[3];
	struct cron c;

	for (size_t i = 0; i < COUNT(want); i++)
		want[i] = number_cut(&line) * US_PER_S;
	if (!parsed(line, &c))
		return false;
	for (size_t i = 0; i < COUNT(want) && want[i]; i++) {
		int64_t next = cron_next(&c, z, at);

		if (next != want[i]) {
			printf("# %.*s in %.*s after %s\n#  got %s\n# want %s\n", STR_ARG(line),
			       STR_ARG(zone_name(z)), moment_text(a, at).at,
			       next == INT64_MAX ? "never" : moment_text(a, next).at,
			       moment_text(a, want[i]).at);
			return false;
		}
		at = next;
	}
	return true;
}

static void another_reader_agrees(const char *script)
{
	struct arena *a = arena_new("reader", (size_t)1 << 26);
	char command[4096], line[512];
	long n = 0, bad = 0;
	FILE *f;

	snprintf(command, sizeof(command), "python3 '%s'", script);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f)) {
		struct str s = str_trim(str_from(line));

		n++;
		bad += !str_eq(str_cut(&s, ' '), STR("cron")) || !agrees(a, s);
		arena_reset(a);
	}
	OK(f && pclose(f) == 0, "the other reader ended well");
	OK(n > 5000 && bad == 0, "%ld expressions and instants, %ld otherwise", n, bad);
	arena_free(a);
}

int main(int argc, char **argv)
{
	assert(argc == 3);
	the_cases(argv[1]);
	another_reader_agrees(argv[2]);
	return tap_done();
}
