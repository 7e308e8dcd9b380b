/* SPDX-License-Identifier: Apache-2.0 */
/* freshness.c - how old what is known of a rotation's members is.  Pure. */
#include "service/freshness.h"

#include <stdlib.h>

#define MINUTE_MS ((int64_t)60 * 1000)
#define NEVER (LAG_BUCKETS - 1)

const char *const lag_names[LAG_BUCKETS] = { "0-15m", "15-30m", "30-60m", "1-2h", "2-4h",
					     "4-8h",  "8-24h",  ">24h",   "never" };
static const int64_t lag_minutes[] = { 15, 30, 60, 120, 240, 480, 1440 };

static bool has_tiers(const struct rotation_plan *p)
{
	return p->tiering && p->tiers > 0;
}

static size_t bucket_of(const struct rota_member *m, int64_t now_ms)
{
	int64_t age_ms = now_ms - m->done_ms;
	size_t i = 0;

	if (m->done_ms == 0)
		return NEVER;
	while (i < COUNT(lag_minutes) && age_ms >= lag_minutes[i] * MINUTE_MS)
		i++;
	return i;
}

static int by_size(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

/* The nearest rank. */
static int64_t percentile(const int64_t *age, size_t n, size_t percent)
{
	size_t rank = (n * percent + 99) / 100;

	return n ? age[rank ? rank - 1 : 0] : 0;
}

/* `age` has room for all. */
static void measure_tier(struct tier_freshness *t, size_t number, const struct rota_member *member,
			 size_t n, int64_t now_ms, int64_t *age)
{
	size_t aged = 0;

	for (size_t i = 0; i < n; i++) {
		if (member[i].tier != number)
			continue;
		t->members++;
		t->lag[bucket_of(&member[i], now_ms)]++;
		if (member[i].done_ms == 0) {
			t->never++;
			continue;
		}
		age[aged] = now_ms - member[i].done_ms;
		t->late += t->promise_ms && age[aged] > t->promise_ms + FRESHNESS_GRACE_MS;
		aged++;
	}
	qsort(age, aged, sizeof(*age), by_size);
	t->p50_ms = percentile(age, aged, 50);
	t->p90_ms = percentile(age, aged, 90);
	t->p99_ms = percentile(age, aged, 99);
	t->oldest_ms = percentile(age, aged, 100);
}

void freshness_measure(struct arena *a, const struct rotation_plan *p,
		       const struct rota_member *member, size_t n, int64_t now_ms,
		       struct freshness *out)
{
	int64_t *age = arena_new_array(a, int64_t, n + 1);

	*out = (struct freshness){ .members = n, .tiers = has_tiers(p) ? p->tiers : 1 };
	out->tier = arena_new_array(a, struct tier_freshness, out->tiers);
	for (size_t i = 0; i < out->tiers; i++) {
		struct tier_freshness *t = &out->tier[i];

		t->name = has_tiers(p) ? p->tier[i].name : STR("all");
		t->promise_ms = has_tiers(p)  ? p->tier[i].every_ms
				: p->sentinel ? p->sentinel->full_every_ms
					      : 0;
		measure_tier(t, i, member, n, now_ms, age);
	}
	for (size_t i = 0; i < n; i++)
		out->lag[bucket_of(&member[i], now_ms)]++;
}
