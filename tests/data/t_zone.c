/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_zone.c - time zones: agrees with another reader of the same files (zones.py, the first
 * argument), and survives files that are damaged.
 */
#include "base/file.h"
#include "data/zone.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct zone *loaded(struct arena *a, const char *name)
{
	const struct zone *z = NULL;
	struct err e;

	if (!zone_load(a, str_from(name), &z, &e)) {
		OK(false, "%s", e.text);
		abort();
	}
	return z;
}

struct score {
	const struct zone *z;
	long at, walls, bad;
};

static void score_say(const struct score *s)
{
	if (s->z)
		OK(s->bad == 0 && s->at > 100, "%s: %ld instants, %ld wall clocks, %ld wrong",
		   zone_name(s->z).at, s->at, s->walls, s->bad);
}

static void score_line(struct arena *a, struct score *s, struct str line)
{
	struct str word = str_cut(&line, ' '), first;
	int64_t x, y;

	if (str_eq(word, STR("zone"))) {
		score_say(s);
		s->z = loaded(a, str_keep(a, line).at);
		s->at = s->walls = s->bad = 0;
		return;
	}
	first = str_cut(&line, ' ');
	if (!s->z || !str_to_i64(first, &x) || !str_to_i64(line, &y)) {
		OK(false, "no such line: %.*s", STR_ARG(word));
	} else if (str_eq(word, STR("at"))) {
		s->at++;
		s->bad += zone_offset_s(s->z, x * US_PER_S) != y;
	} else {
		s->walls++;
		s->bad += zone_instant(s->z, civil_from_us(x * US_PER_S)) != y * US_PER_S;
	}
}

static FILE *reader_start(const char *script, pid_t *child)
{
	int ends[2];

	if (pipe(ends) != 0)
		return NULL;
	*child = fork();
	if (*child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execlp("python3", "python3", script, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static void it_agrees_with_another_reader(const char *script)
{
	AUTO_ARENA *a = arena_new("test", 1 << 24);
	struct score s = { 0 };
	int status = -1;
	char line[128];
	pid_t child;
	FILE *f = reader_start(script, &child);

	while (f && fgets(line, sizeof(line), f))
		score_line(a, &s, str_trim(str_from(line)));
	score_say(&s);
	OK(f && s.z && fclose(f) == 0 && waitpid(child, &status, 0) == child && status == 0,
	   "the other reader had something to say");
}

static void wall_clocks_in_gaps_and_overlaps(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	const struct zone *z = loaded(a, "America/New_York");
	struct civil gap = { .year = 2026, .month = 3, .day = 8, .hour = 2, .minute = 30, .us = 5 };
	struct civil twice = {
		.year = 2026, .month = 11, .day = 1, .hour = 1, .minute = 30, .us = 5
	};
	struct civil back;

	IS(moment_text(a, zone_instant(z, gap)).at, "2026-03-08T07:00:00Z", "a skipped time");
	IS(moment_text(a, zone_instant(z, twice)).at, "2026-11-01T05:30:00.000005Z",
	   "the first of two");
	back = zone_civil(z, zone_instant(z, twice));
	OK(memcmp(&back, &twice, sizeof(back)) == 0, "and back");
	IS(zone_name(z).at, "America/New_York", "its name");
	OK(zone_offset_s(z, -1) == -5 * 3600 && zone_civil(z, -1).us == 999999, "before 1970");
	OK(zone_offset_s(z, MOMENT_MAX_US) == -5 * 3600, "at the end of time");
	OK(zone_offset_s(z, MOMENT_MIN_US) == -17762, "and at its beginning");
}

static void bad_names_are_refused_with_a_hint(void)
{
	static const char *const bad[] = {
		"",           "/etc/passwd", "../../etc/passwd", "America/../UTC",
		"America",    "zone.tab",    "No/Such",          "UTC ",
		"leapseconds"
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	const struct zone *z = NULL;
	struct err e;

	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!zone_load(a, str_from(bad[i]), &z, &e) && e.kind == ERR_CONFIG, "'%s': %s",
		   bad[i], e.text);
	OK(!zone_load(a, STR("america/new_yrok"), &z, &e), "%s", e.text);
	OK(strstr(e.text, "did you mean 'America/New_York'?"), "the hint");
	OK(!zone_load(a, STR("America"), &z, &e) && !strstr(e.text, "did you"), "%s", e.text);
	OK(!z, "the result is untouched");
}

/* Not file_write(): nothing here needs to survive a crash. */
static void put_file(const char *path, struct str bytes)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(bytes.at, 1, bytes.len, f) != bytes.len || fclose(f) != 0)
		OK(false, "%s cannot be written", path);
}

/* A version 2 file without transitions whose rule is `rule`. */
static void write_zone(struct arena *a, struct str dir, const char *rule)
{
	static const char header[44] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				       "\0\0\0\0\0\0\0\1\0\0\0\4";
	static const char body[10] = "\0\0\0\0\0\0XXX";
	struct str path = file_join(a, dir, STR("Own"));
	struct buf b;

	buf_in(&b, a, 1000);
	for (int i = 0; i < 2; i++) {
		buf_add(&b, (struct str){ header, sizeof(header) });
		buf_add(&b, (struct str){ body, sizeof(body) });
	}
	buf_printf(&b, "\n%s\n", rule);
	put_file(path.at, buf_str(&b));
}

static void posix_rules_of_every_form(struct str dir)
{
	static const struct {
		const char *rule, *utc;
		int offset_s;
	} rows[] = {
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -18000 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -14400 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z", -14400 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -18000 },
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-03-29T00:59:59Z", -10800 },
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-03-29T01:00:00Z", -7200 },
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-10-25T00:59:59Z", -7200 },
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-10-25T01:00:00Z", -10800 },
		{ "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-26T23:59:59Z", 7200 },
		{ "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27T00:00:00Z", 10800 },
		{ "AAA0BBB,J60/0,J300/0", "2024-02-29T23:59:59Z", 0 },
		{ "AAA0BBB,J60/0,J300/0", "2024-03-01T00:00:00Z", 3600 },
		{ "AAA0BBB,59/0,300/0", "2024-02-29T00:00:00Z", 3600 },
		{ "AAA0BBB,59/0,300/0", "2023-02-28T23:59:59Z", 0 },
		{ "XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", -14400 },
		{ "XXX3EDT4,0/0,J365/23", "2026-12-31T23:59:59Z", -14400 },
		{ "AAA0BBB,M12.5.0/167,M12.4.0", "2027-01-02T22:59:59Z", 0 },
		{ "AAA0BBB,M12.5.0/167,M12.4.0", "2027-01-02T23:00:00Z", 3600 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 39600 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00Z", 36000 },
		{ "<+0545>-5:45", "2026-07-01T00:00:00Z", 20700 },
		{ "", "2026-07-01T00:00:00Z", 0 },
	};
	static const char *const bad[] = { "EST",
					   "E5",
					   "EST5EDT",
					   "EST5EDT,M3.2.0",
					   "EST5EDT,M13.2.0,M1.1.0",
					   "EST5EDT,M3.6.0,M1.1.0",
					   "EST5EDT,M3.2.0,M11.1.0,",
					   "<-03",
					   "<>3",
					   "EST99",
					   "EST5EDT,J0,J1",
					   "EST5EDT,M3.2.0/168,M11.1.0" };
	AUTO_ARENA *a = arena_new("test", 1 << 22);
	const struct zone *z;
	struct value v;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		write_zone(a, dir, rows[i].rule);
		z = loaded(a, "Own");
		OK(moment_parse(str_from(rows[i].utc), &v, &e) &&
			   zone_offset_s(z, v.us) == rows[i].offset_s,
		   "%s at %s: %d", rows[i].rule, rows[i].utc, zone_offset_s(z, v.us));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		write_zone(a, dir, bad[i]);
		OK(!zone_load(a, STR("Own"), &z, &e) && e.kind == ERR_CONFIG, "no rule: %s",
		   bad[i]);
	}
}

/* A version 1 file with two types, UTC+1 and UTC+2, and two transitions. */
static struct str first_version(struct arena *a, const char *times, const char *types)
{
	struct buf b;

	buf_in(&b, a, 200);
	buf_add(&b, (struct str){ "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				  "\0\0\0\2\0\0\0\2\0\0\0\4",
				  44 });
	buf_add(&b, (struct str){ times, 8 });
	buf_add(&b, (struct str){ types, 2 });
	buf_add(&b, (struct str){ "\0\0\x0E\x10\0\0\0\0\x1C\x20\1\0XYZ", 16 });
	return buf_str(&b);
}

static void files_that_contradict_themselves_are_refused(struct str dir)
{
	static const struct {
		const char *times, *types, *what;
	} bad[] = {
		{ "\0\0\0\x10\0\0\0\x20", "\1\2", "a type that is not there" },
		{ "\0\0\0\x20\0\0\0\x10", "\1\0", "transitions that go back" },
		{ "\0\0\0\x10\0\0\0\x10", "\1\0", "two transitions at once" },
	};
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	const char *path = file_join(a, dir, STR("Own")).at;
	const struct zone *z;
	struct err e;

	put_file(path, first_version(a, "\xFF\xFF\xFF\xF0\0\0\0\x10", "\1\0"));
	z = loaded(a, "Own");
	OK(zone_offset_s(z, -17 * US_PER_S) == 3600 && zone_offset_s(z, -16 * US_PER_S) == 7200 &&
		   zone_offset_s(z, 15999999) == 7200 && zone_offset_s(z, 16000000) == 3600,
	   "a good one");
	for (size_t i = 0; i < COUNT(bad); i++) {
		put_file(path, first_version(a, bad[i].times, bad[i].types));
		OK(!zone_load(a, STR("Own"), &z, &e) && e.kind == ERR_CONFIG, "%s", bad[i].what);
	}
}

/* Whatever it says, it says it without harm. */
static void damaged_files_do_no_harm(struct str dir, struct str good)
{
	unsigned chance = 1, kept = 0;
	struct err e;

	for (int round = 0; round < 2000; round++) {
		AUTO_ARENA *a = arena_new("test", 1 << 22);
		struct str file = str_keep(a, good);
		char *bytes = (char *)(uintptr_t)file.at;
		const struct zone *z;

		for (int i = 0; i < 1 + round % 4; i++) {
			chance = chance * 1103515245 + 12345;
			bytes[chance / 65536 % (round % 2 ? 200 : file.len)] ^=
				(char)(1 << chance / 256 % 8);
		}
		file.len = round % 3 ? file.len : chance / 65536 % file.len;
		put_file(file_join(a, dir, STR("Own")).at, file);
		if (!zone_load(a, STR("Own"), &z, &e))
			continue;
		kept++;
		for (int64_t us = MOMENT_MIN_US; us < MOMENT_MAX_US;
		     us += (int64_t)400 * 86400 * 100 * US_PER_S)
			zone_instant(z, zone_civil(z, us));
	}
	OK(kept < 2000, "%u of 2000 damaged files still said something", kept);
}

int main(int argc, char **argv)
{
	AUTO_ARENA *a = arena_new("test", 1 << 20);
	char dir[] = "/tmp/lockstep-zone-XXXXXX";
	struct str good;
	struct err e;

	it_agrees_with_another_reader(argc > 1 ? argv[1] : "zones.py");
	wall_clocks_in_gaps_and_overlaps();
	bad_names_are_refused_with_a_hint();
	if (!file_read(a, "/usr/share/zoneinfo/America/New_York", 1 << 16, &good, &e) ||
	    !mkdtemp(dir))
		OK(false, "no room for damaged zones");
	setenv("TZDIR", dir, 1);
	posix_rules_of_every_form(str_from(dir));
	files_that_contradict_themselves_are_refused(str_from(dir));
	damaged_files_do_no_harm(str_from(dir), good);
	unlink(file_join(a, str_from(dir), STR("Own")).at);
	rmdir(dir);
	return tap_done();
}
