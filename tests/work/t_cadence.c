/* SPDX-License-Identifier: Apache-2.0 */
/* t_cadence.c - when a schedule is due, what is made up for and what is given up. */
#include "tap.h"
#include "work/schedule.h"

#include <stdlib.h>

#define MINUTE ((int64_t)60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* 2026-06-01T00:00:00Z */
#define JUNE ((int64_t)1780272000000)

static struct cadence cadence(struct arena *a, const struct schedule *s)
{
	struct cadence c;
	struct err e;

	if (!cadence_of(a, s, &c, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return c;
}

static struct due due(struct arena *a, const struct schedule *s, int64_t now_ms)
{
	struct cadence c = cadence(a, s);
	struct due d;

	schedule_due(s, &c, now_ms, &d);
	return d;
}

static void an_interval_counts_from_its_anchor(struct arena *a)
{
	struct schedule s = { .name = STR("x"), .every = STR("15m"), .anchor_ms = JUNE + 7 };
	struct cadence c = cadence(a, &s);

	OK(cadence_next(&c, JUNE) == JUNE + 7, "the anchor is a slot");
	OK(cadence_next(&c, JUNE + 7) == JUNE + 7 + 15 * MINUTE, "and is not its own next");
	OK(cadence_next(&c, JUNE + 6 - 15 * MINUTE) == JUNE + 7 - 15 * MINUTE, "before the anchor");
	OK(cadence_next(&c, JUNE + 7 - 15 * MINUTE) == JUNE + 7, "and on a slot there");
	OK(cadence_next(&c, JUNE + 100 * DAY) == JUNE + 100 * DAY + 7, "long after");
}

static void a_cron_has_its_zone(struct arena *a)
{
	struct schedule s = { .name = STR("x"), .cron = STR("0 2 * * *") };
	struct cadence c = cadence(a, &s);

	OK(cadence_next(&c, JUNE) == JUNE + 2 * HOUR, "UTC when none is named");
	s.zone = STR("America/New_York");
	c = cadence(a, &s);
	OK(cadence_next(&c, JUNE) == JUNE + 6 * HOUR, "or the one that is");
}

static void bad_ones_are_refused(struct arena *a)
{
	static const struct {
		const char *cron, *every, *zone, *says;
	} row[] = {
		{ "", "", "", "either every or cron" },
		{ "0 2 * * *", "5m", "", "either every or cron" },
		{ "61 2 * * *", "", "", "its minute '61'" },
		{ "0 2 * * *", "", "Mars/Base", "no time zone 'Mars/Base'" },
		{ "", "59s", "", "at least 1m" },
		{ "", "367d", "", "at most 366d" },
		{ "", "P1M", "", "units that have a length" },
		{ "", "soon", "", "not a length of time" },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct schedule s = { .cron = str_from(row[i].cron),
				      .every = str_from(row[i].every),
				      .zone = str_from(row[i].zone) };
		struct cadence c;
		struct err e = { 0 };
		bool good = cadence_of(a, &s, &c, &e);

		OK(!good && e.kind == ERR_CONFIG && strstr(e.text, row[i].says), "%s: %s",
		   row[i].says, e.text);
	}
}

static void jitter_belongs_to_the_slot(struct arena *a)
{
	struct schedule s = { .name = STR("x"), .every = STR("1h"), .jitter_ms = MINUTE };
	struct schedule other = s;
	int64_t same = 0, equal = 0;

	(void)a;
	other.name = STR("y");
	for (int64_t slot = JUNE; slot < JUNE + 100 * HOUR; slot += HOUR) {
		int64_t j = schedule_jitter(&s, slot);

		same += j >= 0 && j < MINUTE && j == schedule_jitter(&s, slot);
		equal += j == schedule_jitter(&other, slot);
	}
	OK(same == 100, "within its bound, and always the same");
	OK(equal < 5, "another schedule has another");
	s.jitter_ms = 0;
	OK(schedule_jitter(&s, JUNE) == 0, "none");
}

static void a_slot_fires_when_its_jitter_is_over(struct arena *a)
{
	struct schedule s = { .name = STR("x"),
			      .every = STR("1h"),
			      .anchor_ms = JUNE,
			      .next_ms = JUNE,
			      .jitter_ms = 30 * MINUTE };
	int64_t at = JUNE + schedule_jitter(&s, JUNE);
	struct due d = due(a, &s, at - 1);

	OK(at > JUNE && d.slots == 0 && d.missed == 0 && d.next_ms == JUNE, "not before");
	d = due(a, &s, at);
	OK(d.slots == 1 && d.slot[0] == JUNE && d.missed == 0 && d.next_ms == JUNE + HOUR, "then");
}

static void the_first_look_only_finds_the_next_slot(struct arena *a)
{
	struct schedule s = { .name = STR("x"), .every = STR("1h"), .anchor_ms = JUNE };
	struct due d = due(a, &s, JUNE + 90 * MINUTE);

	OK(d.slots == 0 && d.missed == 0 && d.next_ms == JUNE + 2 * HOUR, "nothing is owed");
}

static void missed_slots_follow_the_policy(struct arena *a)
{
	static const struct {
		enum catch_up catch_up;
		int64_t window_ms, late_ms;
		size_t slots;
		int64_t first, missed;
		const char *says;
	} row[] = {
		{ CATCH_UP_ONE, 0, 0, 1, 0, 0, "in time" },
		{ CATCH_UP_ONE, 0, 59 * MINUTE, 1, 0, 0, "one, an hour by default" },
		{ CATCH_UP_ONE, 0, 5 * HOUR, 1, 5, 5, "one is the latest" },
		{ CATCH_UP_ONE, MINUTE, 5 * HOUR + 2 * MINUTE, 0, 0, 6, "one, too late" },
		{ CATCH_UP_ALL, 0, 5 * HOUR + MINUTE, 1, 5, 5, "all of the last interval" },
		{ CATCH_UP_ALL, 3 * HOUR, 5 * HOUR, 4, 2, 2, "all in the window" },
		{ CATCH_UP_ALL, DAY, 5 * HOUR, 6, 0, 0, "all" },
		{ CATCH_UP_ALL, DAY, 40 * HOUR, 16, 16, 16, "so many at a time" },
		{ CATCH_UP_NONE, 0, 5 * HOUR + 2 * MINUTE, 0, 0, 6, "none" },
		{ CATCH_UP_NONE, 0, 5 * HOUR + MINUTE, 1, 5, 5, "none but what is due now" },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct schedule s = { .name = STR("x"),
				      .every = STR("1h"),
				      .anchor_ms = JUNE,
				      .next_ms = JUNE,
				      .catch_up = row[i].catch_up,
				      .catch_up_ms = row[i].window_ms };
		struct due d = due(a, &s, JUNE + row[i].late_ms);

		OK(d.slots == row[i].slots && d.missed == row[i].missed &&
			   (!d.slots || d.slot[0] == JUNE + row[i].first * HOUR),
		   "%s: %zu slots, %lld missed", row[i].says, d.slots, (long long)d.missed);
		OK(d.next_ms == JUNE + (row[i].missed + (int64_t)row[i].slots) * HOUR,
		   "and goes on behind them");
	}
}

static void a_backlog_has_an_end(struct arena *a)
{
	struct schedule s = { .name = STR("x"),
			      .every = STR("1m"),
			      .anchor_ms = JUNE,
			      .next_ms = JUNE,
			      .catch_up = CATCH_UP_ALL,
			      .catch_up_ms = 31 * DAY };
	struct due d = due(a, &s, JUNE + DAY);

	OK(d.missed == 1441 - 1000 && d.slots == 16, "a thousand are made up for: %lld missed",
	   (long long)d.missed);
	s = (struct schedule){ .name = STR("x"), .cron = STR("* * * * *"), .next_ms = JUNE };
	d = due(a, &s, JUNE + 20000 * DAY);
	OK(d.slots == 1 && d.slot[0] == JUNE + 20000 * DAY && d.missed >= 1439,
	   "after 55 years too, at once");
}

static void words_name_the_zone(struct arena *a)
{
	struct schedule s = { .cron = STR("0 2 * * *"), .zone = STR("America/New_York") };

	IS(schedule_words(a, &s).at, "at 02:00 every day (America/New_York)", "cron");
	s = (struct schedule){ .every = STR("15m") };
	IS(schedule_words(a, &s).at, "every 15 minutes", "every");
	s.every = STR("PT90M");
	IS(schedule_words(a, &s).at, "every 90 minutes", "every, ISO");
	s.every = STR("1d");
	IS(schedule_words(a, &s).at, "every day", "every, one of a unit");
	s.every = STR("90500ms");
	IS(schedule_words(a, &s).at, "every 90500 ms", "every, no whole seconds");
	s.every = STR("x");
	IS(schedule_words(a, &s).at, "not understood: x", "neither");
}

int main(void)
{
	struct arena *a = arena_new("test", (size_t)1 << 24);

	an_interval_counts_from_its_anchor(a);
	a_cron_has_its_zone(a);
	bad_ones_are_refused(a);
	jitter_belongs_to_the_slot(a);
	a_slot_fires_when_its_jitter_is_over(a);
	the_first_look_only_finds_the_next_slot(a);
	missed_slots_follow_the_policy(a);
	a_backlog_has_an_end(a);
	words_name_the_zone(a);
	arena_free(a);
	return tap_done();
}
