/* SPDX-License-Identifier: Apache-2.0 */
/* oracle.c - reads what oracle_schedule.py says. */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 30)
#define FIRES_MAX 600000

static int64_t number(struct str s)
{
	int64_t n = 0;

	if (!str_to_i64(s, &n)) {
		printf("Bail out! '%.*s' is no number\n", STR_ARG(s));
		exit(1);
	}
	return n;
}

static int word_of(struct str s, const char *const *words)
{
	for (int i = 0;; i++)
		if (str_eq(s, str_from(words[i])))
			return i;
}

static struct oracle_schedule read_schedule(struct arena *a, struct str line)
{
	static const char *const overlaps[] = { "skip", "queue", "allow" };
	static const char *const catch_ups[] = { "one", "all", "none" };
	struct oracle_schedule o = { 0 };
	struct schedule *s = &o.schedule;

	line = str_keep(a, line);
	s->name = str_cut(&line, '|');
	s->cron = str_cut(&line, '|');
	s->every = str_cut(&line, '|');
	s->zone = str_cut(&line, '|');
	s->overlap = (enum overlap)word_of(str_cut(&line, '|'), overlaps);
	s->catch_up = (enum catch_up)word_of(str_cut(&line, '|'), catch_ups);
	s->catch_up_ms = number(str_cut(&line, '|'));
	s->jitter_ms = number(str_cut(&line, '|'));
	s->anchor_ms = number(str_cut(&line, '|'));
	o.begin_ms = number(line);
	return o;
}

static void read_line(struct oracle *o, struct oracle_fire *fire, size_t *fires, struct str line)
{
	struct str word = str_cut(&line, ' '), second = line, first;
	struct oracle_schedule *s = o->schedule + o->schedules - 1;

	first = str_cut(&second, ' ');
	if (str_eq(word, STR("outage"))) {
		assert(o->outages < COUNT(o->outage));
		o->outage[o->outages].from_ms = number(first);
		o->outage[o->outages++].until_ms = number(second);
	} else if (str_eq(word, STR("schedule"))) {
		o->schedule[o->schedules++] = read_schedule(o->arena, line);
	} else if (str_eq(word, STR("fire"))) {
		assert(*fires < FIRES_MAX);
		fire[(*fires)++] = (struct oracle_fire){ number(first), number(second) };
	} else if (str_eq(word, STR("missed"))) {
		s->missed = number(first);
		s->fires = *fires;
		s->fire = arena_new_array(o->arena, struct oracle_fire, *fires);
		if (*fires > 0)
			memcpy(s->fire, fire, *fires * sizeof(*fire));
		*fires = 0;
	} else if (str_eq(word, STR("end"))) {
		o->end_ms = number(first);
	}
}

struct oracle *oracle_open(const char *script, int schedules, int days, int seed)
{
	struct arena *a = arena_new("oracle", ARENA_BYTES);
	struct oracle *o = arena_new_struct(a, struct oracle);
	struct oracle_fire *fire = arena_new_array(a, struct oracle_fire, FIRES_MAX);
	char command[4096], line[512];
	size_t fires = 0;
	FILE *f;

	o->arena = a;
	o->schedule = arena_new_array(a, struct oracle_schedule, (size_t)schedules);
	snprintf(command, sizeof(command), "python3 '%s' %d %d %d", script, schedules, days, seed);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f))
		read_line(o, fire, &fires, str_trim(str_from(line)));
	if (!f || pclose(f) != 0 || o->end_ms == 0) {
		printf("Bail out! %s did not end well\n", script);
		exit(1);
	}
	return o;
}

void oracle_close(struct oracle *o)
{
	arena_free(o->arena);
}

int64_t oracle_look(const struct oracle *o, int64_t at_ms)
{
	for (size_t i = 0; i < o->outages; i++)
		if (o->outage[i].from_ms <= at_ms && at_ms < o->outage[i].until_ms)
			return o->outage[i].until_ms;
	return at_ms;
}
