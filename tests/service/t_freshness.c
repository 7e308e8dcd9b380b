/* SPDX-License-Identifier: Apache-2.0 */
/* t_freshness.c - how old members are against what was promised, and what cycles advise. */
#include "base/buf.h"
#include "service/advice.h"
#include "tap.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define NOW_MS ((int64_t)1800000000000)
#define CYCLES 50

static struct arena *a;
static struct tier_plan tiers[] = {
	{ .name = { "high", 4 }, .at_least = 60, .bounded = true, .every_ms = 30 * MINUTE_MS },
	{ .name = { "low", 3 }, .every_ms = 8 * HOUR_MS },
};
static struct sentinel_plan sentinel = { .members = 1, .full_every_ms = 24 * HOUR_MS };
static struct rotation_plan tiered = {
	.tier = tiers, .tiers = 2, .tiering = true, .batching = true
};
static struct cycle cycle[CYCLES];

static struct rota_member aged(size_t tier, int64_t minutes)
{
	return (struct rota_member){ .tier = tier,
				     .done_ms = minutes < 0 ? 0 : NOW_MS - minutes * MINUTE_MS };
}

static struct freshness measured(const struct rotation_plan *p, const struct rota_member *m,
				 size_t n)
{
	struct freshness f;

	freshness_measure(a, p, m, n, NOW_MS, &f);
	return f;
}

static void ages_are_measured_by_tier(void)
{
	struct rota_member m[] = { aged(0, 10), aged(0, 34),  aged(0, 36),  aged(0, -1),
				   aged(1, 61), aged(1, 500), aged(1, 3000) };
	struct freshness f = measured(&tiered, m, COUNT(m));

	OK(f.tiers == 2 && f.members == 7, "two tiers");
	OK(f.tier[0].members == 4 && f.tier[0].never == 1 && f.tier[0].late == 1,
	   "five minutes past the promise are forgiven");
	OK(f.tier[0].p50_ms == 34 * MINUTE_MS && f.tier[0].oldest_ms == 36 * MINUTE_MS,
	   "who was never asked has no age");
	OK(f.tier[1].late == 2 && f.tier[1].p90_ms == 3000 * MINUTE_MS, "the other tier");
	OK(f.tier[0].lag[0] == 1 && f.tier[0].lag[2] == 2 && f.tier[0].lag[LAG_BUCKETS - 1] == 1 &&
		   f.tier[1].lag[3] == 1 && f.tier[1].lag[2] == 0,
	   "each has a histogram of its own");
}

static void lag_is_counted_in_buckets(void)
{
	struct rota_member m[] = { aged(0, 0),    aged(0, 14),  aged(0, 15),  aged(0, 59),
				   aged(0, 60),   aged(0, 239), aged(0, 240), aged(0, 480),
				   aged(0, 1440), aged(0, -1) };
	struct freshness f = measured(&tiered, m, COUNT(m));
	const size_t want[LAG_BUCKETS] = { 2, 1, 1, 1, 1, 1, 1, 1, 1 };

	OK(memcmp(f.lag, want, sizeof want) == 0, "a limit belongs to the next bucket");
}

static void without_tiers_a_sentinel_promises(void)
{
	struct rotation_plan p = { .sentinel = &sentinel }, plain = { .batch = 5 };
	struct rota_member m[] = { aged(0, 24 * 60 + 6), aged(0, 24 * 60) };
	struct freshness f = measured(&p, m, 2);

	OK(f.tiers == 1 && f.tier[0].late == 1, "everybody once a day");
	IS(str_keep(a, f.tier[0].name).at, "all", "one tier of all");
	f = measured(&plain, m, 2);
	OK(f.tier[0].promise_ms == 0 && f.tier[0].late == 0, "a plain rotation promises nothing");
	f = measured(&plain, NULL, 0);
	OK(f.members == 0 && f.tier[0].p99_ms == 0, "nobody is nothing");
}

/* ---- advice ---- */

/* "code because key measured/limit", one a line. */
static const char *advised(const struct rotation_plan *p, size_t cycles, const struct freshness *f)
{
	struct advice_ground g = { STR("game"), STR("odl"), p, cycle, cycles, f };
	struct advice *v;
	struct buf b;
	size_t n;

	advise(a, &g, &v, &n);
	buf_in(&b, a, 8192);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s %s %.*s %lld/%lld", i ? "\n" : "", v[i].code, v[i].because,
			   STR_ARG(v[i].key), (long long)v[i].measured, (long long)v[i].limit);
	return buf_str(&b).at;
}

static void cycles_are(int64_t batches, int news_every)
{
	for (int i = 0; i < CYCLES; i++)
		cycle[i] = (struct cycle){ .processed = 20,
					   .batches = batches,
					   .news = i % news_every == 0 };
}

static void quiet_cycles_advise_larger_batches(void)
{
	struct rotation_plan p = { .batch = 20, .batching = true };
	struct freshness f = measured(&p, NULL, 0);

	cycles_are(4, 5);
	IS(advised(&p, CYCLES, &f), "", "80 % are not too many");
	cycles_are(4, 10);
	IS(advised(&p, CYCLES, &f),
	   "larger_batch quiet connections.game.streams.odl.rotation.batch 90/80", "90 % are");
	IS(advised(&p, 9, &f), "", "nine cycles say nothing");
	cycles_are(1, 10);
	IS(advised(&p, CYCLES, &f), "", "a batch that holds everybody cannot be larger");
	f = measured(&tiered, NULL, 0);
	IS(advised(&tiered, CYCLES, &f),
	   "longer_tiers quiet connections.game.streams.odl.rotation.tiers 90/80",
	   "tiers can wait");
	p.sentinel = &sentinel;
	IS(advised(&p, CYCLES, &f), "", "a sentinel is to be quiet");
}

static void errors_advise_smaller_batches(void)
{
	struct rotation_plan p = { .batch = 20, .batching = true };
	struct freshness f = measured(&p, NULL, 0);

	cycles_are(4, 1);
	for (int i = 0; i < 10; i++)
		cycle[i].failed = 1;
	IS(advised(&p, CYCLES, &f),
	   "smaller_batch errors connections.game.streams.odl.rotation.batch 5/0",
	   "the newest fifth failed more");
	IS(advised(&p, 14, &f), "", "14 cycles say nothing");
	for (int i = 10; i < CYCLES; i++)
		cycle[i].failed = i % 2;
	IS(advised(&p, CYCLES, &f), "", "twice as much as before is no spike");
	for (int i = 0; i < 10; i++)
		cycle[i].failed = i % 2;
	for (int i = 10; i < CYCLES; i++)
		cycle[i].failed = 0;
	IS(advised(&p, CYCLES, &f), "", "2 % are no spike");
}

static void lag_advises_more(void)
{
	struct rota_member m[] = { aged(0, 10), aged(0, 50), aged(1, 30) };
	struct freshness f = measured(&tiered, m, 3);
	struct rotation_plan cut = tiered;
	struct advice_ground g = { STR("game"), STR("odl"), &tiered, cycle, CYCLES, &f };
	struct advice *v;
	size_t n;

	cycles_are(1, 1);
	IS(advised(&tiered, CYCLES, &f),
	   "more_cycles late connections.game.schedule.incremental 3000000/1800000",
	   "without a limit runs start too rarely");
	advise(a, &g, &v, &n);
	IS(advice_text(a, &v[0]).at,
	   "1 of 2 members of tier 'high' are older than the promised 30 m (nine of ten are younger "
	   "than 50 m): let runs start more often",
	   "in words");
	cut.batch = 20;
	cycles_are(3, 1);
	IS(advised(&cut, CYCLES, &f),
	   "larger_batch late connections.game.streams.odl.rotation.batch 3000000/1800000",
	   "else the batch is too small");
}

int main(void)
{
	a = arena_new("test", (size_t)64 << 20);
	ages_are_measured_by_tier();
	lag_is_counted_in_buckets();
	without_tiers_a_sentinel_promises();
	quiet_cycles_advise_larger_batches();
	errors_advise_smaller_batches();
	lag_advises_more();
	arena_free(a);
	return tap_done();
}
