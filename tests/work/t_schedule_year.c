/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_schedule_year.c - a year of a thousand schedules, with restarts and changes of the leader,
 * fires what an oracle says (oracle_schedule.py, the first argument): each slot once, at the right
 * look.
 *
 * Pure: between two looks nothing is kept but `next_ms`, as in the database.
 */
#include "oracle.h"
#include "tap.h"

#include <inttypes.h>

/* One schedule as it goes through the year. */
struct walk {
	const struct oracle *o;
	struct schedule s;
	struct cadence c;
	struct due due;
	size_t taken; /* of due.slot */
	int64_t look_ms, missed;
};

static void walk_begin(struct walk *w, const struct oracle *o, struct arena *a,
		       const struct oracle_schedule *s)
{
	struct err e = { 0 };

	*w = (struct walk){ .o = o, .s = s->schedule };
	if (!cadence_of(a, &w->s, &w->c, &e))
		printf("Bail out! %s\n", e.text);
	assert(e.kind == ERR_NONE);
	schedule_due(&w->s, &w->c, s->begin_ms, &w->due);
	w->s.next_ms = w->due.next_ms;
}

/* The next fire; false when the year ends before. */
static bool walk_next(struct walk *w, int64_t *slot_ms)
{
	while (w->taken == w->due.slots) {
		int64_t due_ms = w->s.next_ms + schedule_jitter(&w->s, w->s.next_ms);
		int64_t look_ms = oracle_look(w->o, due_ms);

		/* What is left over from the last look is seen to at once. */
		w->look_ms = look_ms > w->look_ms ? look_ms : w->look_ms;
		if (w->look_ms > w->o->end_ms)
			return false;
		schedule_due(&w->s, &w->c, w->look_ms, &w->due);
		w->s.next_ms = w->due.next_ms;
		w->missed += w->due.missed;
		w->taken = 0;
	}
	*slot_ms = w->due.slot[w->taken++];
	return true;
}

static bool agrees(const struct oracle *o, const struct oracle_schedule *s)
{
	AUTO_ARENA *a = arena_new("walk", (size_t)1 << 20);
	struct walk w;
	int64_t slot_ms = 0;
	size_t i = 0;

	walk_begin(&w, o, a, s);
	while (walk_next(&w, &slot_ms)) {
		if (i >= s->fires || s->fire[i].slot_ms != slot_ms ||
		    s->fire[i].at_ms != w.look_ms) {
			printf("# %.*s (%.*s%.*s %.*s): fire %zu is %" PRId64 " at %" PRId64
			       ", the oracle says %" PRId64 " at %" PRId64 "\n",
			       STR_ARG(s->schedule.name), STR_ARG(s->schedule.cron),
			       STR_ARG(s->schedule.every), STR_ARG(s->schedule.zone), i, slot_ms,
			       w.look_ms, i < s->fires ? s->fire[i].slot_ms : 0,
			       i < s->fires ? s->fire[i].at_ms : 0);
			return false;
		}
		i++;
	}
	if (i != s->fires || w.missed != s->missed)
		printf("# %.*s: %zu fires of %zu, %" PRId64 " missed of %" PRId64 "\n",
		       STR_ARG(s->schedule.name), i, s->fires, w.missed, s->missed);
	return i == s->fires && w.missed == s->missed;
}

int main(int argc, char **argv)
{
	struct oracle *o;
	size_t good = 0, fires = 0;
	int64_t missed = 0, seed = 1;

	assert(argc == 2 || (argc == 3 && str_to_i64(str_from(argv[2]), &seed)));
	o = oracle_open(argv[1], 1000, 365, (int)seed);
	for (size_t i = 0; i < o->schedules; i++) {
		good += agrees(o, &o->schedule[i]);
		fires += o->schedule[i].fires;
		missed += o->schedule[i].missed;
	}
	OK(o->schedules == 1000, "a thousand schedules");
	OK(o->outages > 100, "and %zu times when nobody looked", o->outages);
	OK(fires > 100000 && missed > 1000, "%zu fires, %" PRId64 " given up", fires, missed);
	OK(good == o->schedules, "%zu of %zu schedules fire as they should", good, o->schedules);
	oracle_close(o);
	return tap_done();
}
