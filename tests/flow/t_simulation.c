/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_simulation.c - a vendor that changes while it is read, faults, deaths: many seeds, one truth.
 *
 * LOCKSTEP_SIM_SEED=n replays one seed and tells what happens; LOCKSTEP_SIM_SEEDS=n runs so many.
 */
#include "world.h"

#include "tap.h"

#include <stdlib.h>

#define SEEDS 200
#define ROUNDS 20
#define OVERLAP_MS 120000
#define LATE_MAX_MS                                                                   \
	115000 /* less than the overlap, a round trip and the second of a Date header \
		*/

static struct world w;
static struct rng dice;
static bool talks;

static int64_t roll(int64_t n)
{
	return (int64_t)rng_below(&dice, (uint64_t)n);
}

static bool chance(int64_t percent)
{
	return roll(100) < percent;
}

/* A shelf that is there already. */
static int64_t some_shelf(void)
{
	int64_t id = 0;

	for (size_t i = 0; i < w.things; i++)
		if (w.thing[i].shelf && (id == 0 || chance(40)))
			id = w.thing[i].id;
	return id;
}

static void mutate(void)
{
	struct thing *t = &w.thing[roll((int64_t)w.things)];
	int64_t what = roll(10);

	if (w.things + 1 >= THINGS_MAX)
		return;
	if (what < 4)
		world_change(&w, t);
	else if (what < 6 && !t->shelf)
		world_change_late(&w, t, 1000 + roll(LATE_MAX_MS - 1000));
	else if (what < 8)
		world_add(&w, some_shelf());
	else if (what < 9)
		world_add_late(&w, some_shelf(), 1000 + roll(LATE_MAX_MS - 1000));
	else if (w.things < 100 && chance(20))
		world_add_shelf(&w);
}

static void meanwhile(struct world *world, size_t n)
{
	(void)world;
	(void)n;
	if (chance(15))
		mutate();
}

static void plan_faults(void)
{
	static const enum fault_kind kinds[] = { FAULT_TRANSIENT, FAULT_STATUS, FAULT_LIMITED,
						 FAULT_TRUNCATED, FAULT_EMPTY,  FAULT_LIST,
						 FAULT_OBJECT };
	static const int64_t statuses[] = { 500, 502, 503, 408, 401, 404 };
	int64_t at = (int64_t)w.wire.logged;

	w.wire.faults = 0;
	while (chance(40) && w.wire.faults < 8) {
		enum fault_kind kind = kinds[roll(COUNT(kinds))];

		/* Never two in a row: what is said twice is believed. */
		at += 4 + roll(8);
		canned_fault(&w.wire, at, kind,
			     kind == FAULT_LIMITED ? 1 + roll(90)
						   : statuses[roll(COUNT(statuses))]);
	}
}

static void plan_chaos(void)
{
	static const enum facet facets[] = { FACET_CLIENT, FACET_STORE, FACET_STORE, FACET_CLOCK };
	static const enum err_kind kinds[] = { ERR_STORE, ERR_TRANSIENT, ERR_CANCELLED };

	w.chaos = (struct chaos){ 0 };
	if (!chance(45))
		return;
	w.chaos.facet = facets[roll(COUNT(facets))];
	w.chaos.at = 1 + roll(w.chaos.facet == FACET_STORE ? 250 : 25);
	w.chaos.kind = kinds[roll(COUNT(kinds))];
	w.chaos.dies = chance(50);
	w.chaos.after = chance(20);
}

static void round_run(int n)
{
	enum run_mode mode = chance(80) ? MODE_INCREMENTAL : MODE_FULL;
	struct run_result r = { .status = RUN_ERROR };
	struct err e = { 0 };

	test_clock_pass(&w.clock, roll(300000));
	for (int64_t i = roll(6); i > 0; i--)
		mutate();
	plan_faults();
	plan_chaos();
	if (!world_run(&w, mode, &r, &e))
		r.error = e;
	if (talks)
		printf("# round %d, %s: %s, %lld requests%s; %s\n", n, run_mode_name(mode),
		       run_status_name(r.status), (long long)r.counts.requests,
		       w.chaos.dead ? ", died" : "", r.error.text);
	w.chaos = (struct chaos){ 0 };
}

static void begin(int64_t seed)
{
	static const char *const connections[] = { "tiny", "capped", "sliced", "recorded" };

	dice.state = (uint64_t)seed;
	world_open(&w, connections[roll(COUNT(connections))], NULL);
	w.rng.state = (uint64_t)seed;
	w.wire.skew_ms = roll(600000) - 300000;
	w.wire.latency_ms = 10 + roll(3000);
	w.wire.lands_late = chance(50);
	world_fill(&w, 1 + (int)roll(3), (int)roll(30));
	test_clock_pass(&w.clock, 3600000);
	w.meanwhile = meanwhile;
}

/* NULL when the table is right in the end. */
static const char *quiet_end(void)
{
	struct run_result r = { 0 };

	w.meanwhile = NULL;
	w.wire.faults = 0;
	test_clock_pass(&w.clock, 2 * LATE_MAX_MS);
	if (!world_run_until_done(&w, MODE_INCREMENTAL, 80) ||
	    !world_run_until_done(&w, MODE_INCREMENTAL, 80))
		return "no incremental run ends well";
	if (world_differences(&w, INT64_MAX))
		return "the table differs after incremental runs";
	if (!world_run_until_done(&w, MODE_FULL, 80))
		return "no full run ends well";
	if (world_differences(&w, INT64_MAX))
		return "the table differs after a full run";
	if (w.connection->stream[0].pages_max > 0)
		return NULL;
	must(world_run(&w, MODE_FULL, &r, &oops));
	if (r.status != RUN_SUCCESS || r.counts.created + r.counts.updated > 0)
		return "a quiet full run changes something";
	return r.table[r.tables - 1].result.absent.absent == 0 ? NULL : "something is absent";
}

static const char *live(int64_t seed)
{
	const char *wrong = NULL;

	begin(seed);
	for (int n = 0; n < ROUNDS && !wrong; n++) {
		round_run(n);
		if (world_cursor_lies(&w, OVERLAP_MS))
			wrong = "the cursor is ahead of the table";
	}
	if (!wrong)
		wrong = quiet_end();
	if (!wrong && canned_most_in_window(&w.wire, LIMIT_WINDOW_MS) > LIMIT_CALLS)
		wrong = "the vendor saw more requests than its limit";
	if (talks)
		printf("# %zu requests, at most %zu in a window\n", w.wire.logged,
		       canned_most_in_window(&w.wire, LIMIT_WINDOW_MS));
	world_close(&w);
	return wrong;
}

int main(void)
{
	const char *one = getenv("LOCKSTEP_SIM_SEED"), *many = getenv("LOCKSTEP_SIM_SEEDS");
	int64_t first = 1, last = SEEDS;
	int bad = 0;

	if (many && !str_to_i64(str_from(many), &last))
		return 2;
	if (one) {
		if (!str_to_i64(str_from(one), &first))
			return 2;
		last = first;
		talks = true;
	}
	for (int64_t seed = first; seed <= last; seed++) {
		const char *wrong = live(seed);

		if (!wrong)
			continue;
		printf("# LOCKSTEP_SIM_SEED=%lld: %s\n", (long long)seed, wrong);
		bad++;
	}
	OK(bad == 0, "%lld lives of %d runs", (long long)(last - first + 1), ROUNDS);
	return tap_done();
}
