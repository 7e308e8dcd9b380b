/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rota_pick.c - whose turn it is, worked out from what is known of all members: pure.
 *
 * Always: a turn holds nobody twice, and without a limit everybody who is due.
 */
#include "flow/rota_part.h"

#include <stdlib.h>

#define SLACK_SHARE 10 /* a tenth of `every` … */
#define SLACK_MAX_MS ((int64_t)2 * 60 * 1000)

bool rota_has_tiers(const struct rotation_plan *p)
{
	return p->tiering && p->tiers > 0;
}

size_t rota_tier(const struct rotation_plan *p, const struct rota_member *m)
{
	size_t i = 0;

	if (!rota_has_tiers(p))
		return 0;
	while (i + 1 < p->tiers && p->tier[i].bounded && m->activity < p->tier[i].at_least)
		i++;
	return i;
}

/* Cycles come a little early or late, and one that takes its time must not cost the next. */
static int64_t with_slack(int64_t every_ms)
{
	int64_t slack = every_ms / SLACK_SHARE;

	return every_ms - (slack < SLACK_MAX_MS ? slack : SLACK_MAX_MS);
}

/* Since the beginning of the turn that succeeded last. */
static bool older_than(const struct rota_member *m, int64_t every_ms, int64_t now_ms)
{
	int64_t since_ms = m->asked_ms && m->asked_ms < m->done_ms ? m->asked_ms : m->done_ms;

	return now_ms - since_ms >= with_slack(every_ms);
}

/* Never, or the last attempt failed. */
static bool owes(const struct rota_member *m)
{
	return m->done_ms == 0 || m->asked_ms > m->done_ms;
}

static struct rota_member placed(const struct rota_member *member, size_t i)
{
	struct rota_member m = member[i];

	m.place = i;
	return m;
}

/* ---- in order ---- */

/* Without tiers: on from the cursor, to the end at the most, so that a round ends. */
static void pick_in_order(struct rota_member *to, const struct rota_member *member, size_t n,
			  size_t cursor, struct rota_turn *out)
{
	size_t size = out->batch_size;

	cursor = cursor < n ? cursor : 0;
	out->n = size < n - cursor ? size : n - cursor;
	out->due = n;
	for (size_t i = 0; i < out->n; i++)
		to[i] = placed(member, cursor + i);
	out->wraps = cursor + out->n == n;
	/* Rows that came or went before the cursor do not make it another batch. */
	out->batch = (cursor + size / 2) / size;
	if (out->batch >= out->batches)
		out->batch = out->batches - 1;
}

/* ---- by tier ---- */

/* Who was never asked comes with the most active. */
static size_t rank(const struct rota_member *m)
{
	return m->done_ms == 0 ? 0 : m->tier;
}

/* By tier; then whoever waits longest since it was tried, so that those that fail do not keep the
 * others from their turn; then in order. */
static int by_tier(const void *one, const void *other)
{
	const struct rota_member *a = one, *b = other;

	if (rank(a) != rank(b))
		return rank(a) < rank(b) ? -1 : 1;
	if (a->asked_ms != b->asked_ms)
		return a->asked_ms < b->asked_ms ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* ceil(members / size), at least 1. */
static size_t rota_batches(size_t members, size_t size)
{
	return members ? (members + size - 1) / size : 1;
}

static void pick_by_tier(const struct rotation_plan *p, struct rota_member *to,
			 const struct rota_member *member, size_t n, int64_t now_ms,
			 struct rota_turn *out)
{
	for (size_t i = 0; i < n; i++) {
		struct rota_member m = placed(member, i);

		m.tier = rota_tier(p, &m);
		if (owes(&m) || older_than(&m, p->tier[m.tier].every_ms, now_ms))
			to[out->due++] = m;
	}
	qsort(to, out->due, sizeof(*to), by_tier);
	out->n = out->due < out->batch_size ? out->due : out->batch_size;
	out->batches = rota_batches(out->due, out->batch_size);
	out->wraps = out->n == out->due;
}

/* ---- all of it ---- */

static struct rota_turn turn_of(const struct rotation_plan *p, size_t n)
{
	size_t size = p->batching && p->batch > 0 ? (size_t)p->batch : n;

	size = size ? size : 1;
	return (struct rota_turn){ .total = n,
				   .batches = rota_batches(n, size),
				   .batch_size = size };
}

void rota_pick(struct arena *a, const struct rotation_plan *p, const struct rota_member *member,
	       size_t n, size_t cursor, int64_t now_ms, struct rota_turn *out)
{
	struct rota_turn turn = turn_of(p, n);

	turn.member = arena_new_array(a, struct rota_member, n + 1);
	if (rota_has_tiers(p))
		pick_by_tier(p, turn.member, member, n, now_ms, &turn);
	else
		pick_in_order(turn.member, member, n, cursor, &turn);
	*out = turn;
}

/* ---- sentinels ---- */

static int by_activity(const void *one, const void *other)
{
	const struct rota_member *a = one, *b = other;

	if (a->activity != b->activity)
		return a->activity > b->activity ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* The sentinels are moved to the front of `all`. */
static void put_sentinels_first(const struct sentinel_plan *s, struct rota_member *all, size_t n)
{
	if (s->rule == SENTINEL_MOST_ACTIVE)
		qsort(all, n, sizeof(*all), by_activity);
}

static int by_wait(const void *one, const void *other)
{
	const struct rota_member *a = one, *b = other;

	if (a->asked_ms != b->asked_ms)
		return a->asked_ms < b->asked_ms ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static bool waits(const struct sentinel_plan *s, const struct rota_member *m,
		  const struct rota_times *t)
{
	return owes(m) || m->done_ms < t->alarm_ms || older_than(m, s->full_every_ms, t->now_ms);
}

void rota_pick_sentinels(struct arena *a, const struct rotation_plan *p,
			 const struct rota_member *member, size_t n, const struct rota_times *t,
			 struct rota_turn *out)
{
	struct rota_turn turn = turn_of(p, n);
	struct rota_member *all = arena_new_array(a, struct rota_member, n + 1);
	size_t first = (size_t)p->sentinel->members < n ? (size_t)p->sentinel->members : n;
	size_t limit = turn.batch_size;

	for (size_t i = 0; i < n; i++)
		all[i] = placed(member, i);
	put_sentinels_first(p->sentinel, all, n);
	turn.member = all;
	/* Whoever was asked since the alarm need not be asked again in this very cycle. */
	for (size_t i = 0; i < first; i++)
		if (!t->alarmed || waits(p->sentinel, &all[i], t))
			all[turn.probes++] = all[i];
	turn.n = turn.probes;
	for (size_t i = first; i < n; i++)
		if (waits(p->sentinel, &all[i], t))
			all[turn.n++] = all[i];
	turn.due = turn.n;
	qsort(all + turn.probes, turn.n - turn.probes, sizeof(*all), by_wait);
	if (turn.n > turn.probes && turn.n - turn.probes > limit)
		turn.n = turn.probes + limit;
	turn.batches = rota_batches(turn.due, limit);
	turn.wraps = turn.n == turn.due;
	*out = turn;
}
