/* SPDX-License-Identifier: Apache-2.0 */
/*
 * census.c - how many jobs there are, counted again no oftener than counting is worth.
 *
 * Always: the lock is held for copying alone; what is kept is whole or not there.
 */
#include "service/census.h"

#include "service/view.h"
#include "work/queue.h"

#define BYTES_MAX ((size_t)8 * 1024 * 1024)
#define LANES_MAX 50
#define MINUTES 60
/* An answer stands for so many times as long as it took, but for none that took next to nothing, or
 * that is of few jobs: there a busy machine took its time, and whoever asks wants to see what they
 * just did. */
#define WORTH 20
#define FEW 10000
#define QUICK_MS 20
#define STANDS_MS_MAX 30000

void census_init(struct census *c)
{
	*c = (struct census){ .kept = UNDEFINED };
	mutex_init(&c->lock);
	c->arena = arena_new("census", BYTES_MAX);
}

void census_done(struct census *c)
{
	arena_free(c->arena);
	mutex_done(&c->lock);
}

static struct value counts_value(struct arena *a, const char *name, const struct job_count *count,
				 size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, name, count[i].status);
		view_text(a, map, "task", count[i].task);
		view_int(a, map, "count", count[i].n);
		value_list_add(a, list, map);
	}
	return list;
}

/* Ready, later and blocked are one word of the view. */
static struct value statuses_value(struct arena *a, struct job_count *count, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct job_count one = count[i];
		size_t k = 0;

		if (str_eq(one.status, STR("ready")) || str_eq(one.status, STR("later")) ||
		    str_eq(one.status, STR("blocked")))
			one.status = STR("pending");
		while (k < kept &&
		       !(str_eq(count[k].status, one.status) && str_eq(count[k].task, one.task)))
			k++;
		if (k < kept)
			count[k].n += one.n;
		else
			count[kept++] = one;
	}
	return counts_value(a, "status", count, kept);
}

static struct value lanes_value(struct arena *a, const struct lane_count *lane, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "lane", lane[i].lane);
		view_int(a, map, "waiting", lane[i].waiting);
		view_int(a, map, "running", lane[i].running);
		value_list_add(a, list, map);
	}
	return list;
}

/* All of them, also those in which nothing ended. */
static struct value minutes_value(struct arena *a, const struct job_minute *minute, size_t n)
{
	struct value list = value_list_new(a);

	for (int64_t ago = MINUTES - 1; ago >= 0; ago--) {
		struct job_minute one = { .ago = ago };
		struct value map = value_map_new(a);

		for (size_t i = 0; i < n; i++)
			if (minute[i].ago == ago || (ago == 0 && minute[i].ago < 0))
				one = minute[i];
		view_int(a, map, "ago", ago);
		view_int(a, map, "succeeded", one.succeeded);
		view_int(a, map, "failed", one.failed);
		view_int(a, map, "cancelled", one.cancelled);
		value_list_add(a, list, map);
	}
	return list;
}

static bool count(struct db *d, struct arena *a, struct value *out, bool *few, struct err *e)
{
	struct value map = value_map_new(a);
	struct job_minute *minute;
	struct lane_count *lane;
	struct job_count *state;
	size_t states, lanes, minutes;
	int64_t jobs = 0;

	if (!queue_states(d, a, &state, &states, e) ||
	    !queue_lanes(d, a, LANES_MAX, &lane, &lanes, e) ||
	    !queue_minutes(d, a, MINUTES, &minute, &minutes, e))
		return false;
	for (size_t i = 0; i < states; i++)
		jobs += state[i].n;
	*few = jobs < FEW;
	value_map_set(a, map, STR("states"), counts_value(a, "state", state, states));
	value_map_set(a, map, STR("counts"), statuses_value(a, state, states));
	value_map_set(a, map, STR("lanes"), lanes_value(a, lane, lanes));
	value_map_set(a, map, STR("minutes"), minutes_value(a, minute, minutes));
	view_time(a, map, "counted_at", clock_wall_now());
	*out = map;
	return true;
}

static int64_t stands_ms(int64_t took_ms)
{
	if (took_ms < QUICK_MS)
		return 0;
	return took_ms * WORTH < STANDS_MS_MAX ? took_ms * WORTH : STANDS_MS_MAX;
}

/* What is kept, when it still stands or somebody is about to bring another. */
static bool take_kept(struct census *c, struct arena *a, struct value *out)
{
	bool have;

	mutex_lock(&c->lock);
	have = c->kept.kind == VALUE_MAP && (c->counting || clock_steady_now() < c->until_ms);
	if (have)
		*out = value_keep(a, c->kept);
	else
		c->counting = true;
	mutex_unlock(&c->lock);
	return have;
}

static void keep(struct census *c, const struct value *v, int64_t took_ms)
{
	mutex_lock(&c->lock);
	c->counting = false;
	if (v) {
		c->kept = UNDEFINED;
		arena_reset(c->arena);
		c->until_ms = clock_steady_now() + stands_ms(took_ms);
		if (stands_ms(took_ms) > 0)
			c->kept = value_keep(c->arena, *v);
	}
	mutex_unlock(&c->lock);
}

bool census_take(struct census *c, struct db *d, struct arena *a, struct value *out, struct err *e)
{
	int64_t from_ms = clock_steady_now();
	bool few;

	if (take_kept(c, a, out))
		return true;
	if (!count(d, a, out, &few, e)) {
		keep(c, NULL, 0);
		return false;
	}
	keep(c, out, few ? 0 : clock_steady_now() - from_ms);
	return true;
}
