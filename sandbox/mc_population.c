/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_population.c - what the people of a population do, as a pure function of seed, user and time.
 *
 * Time is cut into hours around the epoch; in each hour a user solves one challenge or none, now
 * and then two on the same second.  Everyone has solved one in the very first hour, so nobody is
 * without a history.  Flash CTFs start every few days; who takes part and with what success is
 * drawn in the same way.
 *
 * Ids of solves are unique for one user within On-Demand Learning, but the first solve of each
 * Flash CTF has the id of that very first solve: the vendor numbers them per event.
 */
#include "mc_people.h"

#include <stdlib.h>

#define HOUR 3600
#define DAY (24 * HOUR)
#define HISTORY_DAYS 60
#define TWINS_ONE_IN 12
#define IDS_OF_A_USER 131072
#define FLASH_IDS_FROM 120000
#define FLASH_IDS_OF_AN_EVENT 16
#define PER_HOUR_OF (24 * 1000) /* hours in a thousand days */
#define INACTIVE_RATE 15        /* solves in a thousand days */
#define MODERATE_SHARE 6        /* a moderate one solves this many times less than an active one */
#define EVENT_AT (12 * HOUR)
#define EVENT_WINDOW HOUR
#define EVENT_SOLVES_MIN 2
#define EVENT_SOLVES_RANGE 9
#define EVENT_GAP_MIN 60
#define EVENT_GAP_RANGE 840

/* Kinds of what is drawn; those of ids are below 8. */
enum { DRAW_HOUR = 16, DRAW_TIER, DRAW_EVENT, DRAW_EVENT_SOLVE };

enum tier { TIER_ACTIVE, TIER_MODERATE, TIER_INACTIVE };

static uint64_t draw(const struct mc_world *w, unsigned kind, int64_t user, int64_t what)
{
	return mc_pick(w->setup.seed ^ (uint64_t)user * 0xE7037ED1A0B428DBu, kind, what, 0);
}

static enum tier tier_of(const struct mc_world *w, int64_t k)
{
	const struct mc_shape *shape = &w->setup.shape;
	int64_t place = (int64_t)(draw(w, DRAW_TIER, k, 0) % 100);

	if (place < shape->active)
		return TIER_ACTIVE;
	return place < shape->active + shape->moderate ? TIER_MODERATE : TIER_INACTIVE;
}

static bool is_generated(const struct mc_world *w, const struct mc_user *u)
{
	return w->setup.dataset == MC_POPULATION && u->ordinal >= 0 && !u->coach;
}

const char *mc_activity_of(const struct mc_world *w, const struct mc_user *u)
{
	static const char *const names[] = {
		[TIER_ACTIVE] = "active", [TIER_MODERATE] = "moderate", [TIER_INACTIVE] = "inactive"
	};

	return is_generated(w, u) ? names[tier_of(w, u->ordinal)] : "told";
}

static uint64_t rate_of(const struct mc_world *w, enum tier tier)
{
	uint64_t active = (uint64_t)w->setup.shape.daily * 1000;

	switch (tier) {
	case TIER_ACTIVE:
		return active;
	case TIER_MODERATE:
		return active / MODERATE_SHARE;
	case TIER_INACTIVE:
		break;
	}
	return INACTIVE_RATE;
}

static int64_t late_by(const struct mc_world *w, uint64_t pick)
{
	return w->late_seconds ? (int64_t)(pick % (uint64_t)(w->late_seconds + 1)) : 0;
}

static struct mc_solve make_solve(const struct mc_world *w, int64_t id, int64_t at, uint64_t pick)
{
	return (struct mc_solve){
		.id = id,
		.at = at,
		.visible_at = at + late_by(w, pick >> 40),
		.challenge = mc_challenge_at((unsigned)(pick >> 8 & 0xffff) % MC_CATEGORIES,
					     (unsigned)(pick >> 24 & 0xff)),
	};
}

/* A list in an arena that grows at its end. */
struct growing {
	struct arena *arena;
	struct mc_solve *at;
	size_t n, cap;
};

static void add(struct growing *g, struct mc_solve solve, int64_t now)
{
	if (solve.visible_at > now)
		return;
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;

		g->at = arena_grow(g->arena, g->at, g->cap * sizeof *g->at, cap * sizeof *g->at);
		g->cap = cap;
	}
	g->at[g->n++] = solve;
}

static void generate_solves(const struct mc_world *w, const struct mc_user *u, int64_t now,
			    struct arena *a, struct mc_solves *out)
{
	struct growing g = { .arena = a };
	int64_t k = u->ordinal, start = w->setup.epoch - (int64_t)HISTORY_DAYS * DAY;
	uint64_t rate = rate_of(w, tier_of(w, k));

	for (size_t i = 0; i < out->n; i++)
		add(&g, out->at[i], INT64_MAX);
	for (int64_t hour = 0; start + hour * HOUR <= now; hour++) {
		uint64_t pick = draw(w, DRAW_HOUR, k, hour);
		int64_t at = start + hour * HOUR + (int64_t)(pick >> 32 & 0xffff) % HOUR;
		int64_t id = 1 + k * IDS_OF_A_USER + hour * 2;

		if (at < u->since || (hour && pick % PER_HOUR_OF >= rate))
			continue;
		add(&g, make_solve(w, id, at, mc_pick(pick, DRAW_HOUR, k, 1)), now);
		if ((pick >> 52) % TWINS_ONE_IN == 0)
			add(&g, make_solve(w, id + 1, at, mc_pick(pick, DRAW_HOUR, k, 2)), now);
	}
	*out = (struct mc_solves){ g.at, g.n };
}

/* How many have started. */
static int64_t events_by(const struct mc_world *w, int64_t now)
{
	int64_t days = w->setup.shape.event_days;
	int64_t first = w->setup.epoch - HISTORY_DAYS / days * days * DAY + EVENT_AT;

	return now < first ? 0 : (now - first) / (days * DAY) + 1;
}

/* Event number `i`, from 0, the first in the history. */
static struct mc_event *event_at(const struct mc_world *w, int64_t i, struct arena *a)
{
	static const char *const names[] = { "Winter Warfare", "Spring Sprint CTF",
					     "Summer Challenge", "Fall Fast CTF" };
	struct mc_event *event = arena_new_struct(a, struct mc_event);
	int64_t days = w->setup.shape.event_days;

	event->name = str_printf(a, "%s #%lld", names[i % (int64_t)COUNT(names)], (long long)i + 1);
	event->start = w->setup.epoch + (i - HISTORY_DAYS / days) * days * DAY + EVENT_AT;
	return event;
}

static void fill_part(const struct mc_world *w, int64_t k, int64_t i, int64_t now,
		      struct mc_part *part, struct arena *a)
{
	uint64_t pick = draw(w, DRAW_EVENT, k, i);
	int64_t n = EVENT_SOLVES_MIN + (int64_t)(pick >> 16 & 0xffff) % EVENT_SOLVES_RANGE;
	int64_t id = 1 + k * IDS_OF_A_USER, at = part->joined;
	struct growing g = { .arena = a };

	part->rank = 1 + (int64_t)((pick >> 32) % (uint64_t)(w->setup.shape.competitors + 1));
	for (int64_t j = 0; j < n; j++) {
		uint64_t solve = draw(w, DRAW_EVENT_SOLVE, k, i * EVENT_SOLVES_RANGE * 2 + j);

		at += EVENT_GAP_MIN + (int64_t)(solve >> 48) % EVENT_GAP_RANGE;
		add(&g, make_solve(w, id, at, solve), now);
		id = 1 + k * IDS_OF_A_USER + FLASH_IDS_FROM +
		     i % ((IDS_OF_A_USER - FLASH_IDS_FROM) / FLASH_IDS_OF_AN_EVENT) *
			     FLASH_IDS_OF_AN_EVENT +
		     j;
	}
	part->solves = g.at;
	part->n = g.n;
}

static void generate_parts(const struct mc_world *w, const struct mc_user *u, int64_t now,
			   struct arena *a, struct mc_parts *out)
{
	static const uint64_t shares[] = {
		[TIER_ACTIVE] = 80, [TIER_MODERATE] = 40, [TIER_INACTIVE] = 5
	};
	int64_t k = u->ordinal;
	uint64_t share = shares[tier_of(w, k)];
	int64_t events = events_by(w, now);
	struct mc_part *made = arena_new_array(a, struct mc_part, out->n + (size_t)events);
	size_t n = 0;

	for (size_t i = 0; i < out->n; i++)
		made[n++] = out->at[i];
	for (int64_t i = 0; i < events; i++) {
		uint64_t pick = draw(w, DRAW_EVENT, k, i);
		struct mc_event *event = event_at(w, i, a);
		int64_t joined = event->start + (int64_t)(pick >> 48) % EVENT_WINDOW;

		if (pick % 100 >= share || joined > now || joined < u->since)
			continue;
		made[n] = (struct mc_part){ .event = event, .joined = joined };
		fill_part(w, k, i, now, &made[n++], a);
	}
	*out = (struct mc_parts){ made, n };
}

static int by_time(const void *left, const void *right)
{
	const struct mc_solve *l = left, *r = right;

	if (l->at != r->at)
		return l->at < r->at ? -1 : 1;
	return (l->id > r->id) - (l->id < r->id);
}

static int by_start(const void *left, const void *right)
{
	const struct mc_part *l = left, *r = right;

	return (l->event->start > r->event->start) - (l->event->start < r->event->start);
}

static struct mc_solves visible(const struct mc_solve *solves, size_t n, int64_t now,
				struct arena *a)
{
	struct growing g = { .arena = a };

	for (size_t i = 0; i < n; i++)
		add(&g, solves[i], now);
	return (struct mc_solves){ g.at, g.n };
}

struct mc_solves mc_solves_at(const struct mc_world *w, const struct mc_user *u, int64_t now,
			      struct arena *a)
{
	struct mc_solves s = visible(u->solves, u->n, now, a);

	if (is_generated(w, u))
		generate_solves(w, u, now, a, &s);
	if (s.n)
		qsort((void *)(uintptr_t)s.at, s.n, sizeof *s.at, by_time);
	return s;
}

struct mc_parts mc_parts_at(const struct mc_world *w, const struct mc_user *u, int64_t now,
			    struct arena *a)
{
	struct mc_part *shown = arena_new_array(a, struct mc_part, u->parts_n + 1);
	struct mc_parts p = { shown, 0 };

	for (size_t i = 0; i < u->parts_n; i++) {
		struct mc_solves s;

		if (u->parts[i].joined > now)
			continue;
		s = visible(u->parts[i].solves, u->parts[i].n, now, a);
		shown[p.n] = u->parts[i];
		shown[p.n].solves = (struct mc_solve *)(uintptr_t)s.at;
		shown[p.n++].n = s.n;
	}
	if (is_generated(w, u))
		generate_parts(w, u, now, a, &p);
	if (p.n)
		qsort((void *)(uintptr_t)p.at, p.n, sizeof *p.at, by_start);
	return p;
}
