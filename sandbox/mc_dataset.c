/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_dataset.c - the data sets: people, teams and, where it is told, what they did.
 *
 * baseline       2 coaches, 3 teams, 12 competitors of every status; Flash CTFs under way, over,
 *                none
 * supabase-sync  18 competitors with 201 solves (8 to 15 each) in nine categories, in 36 parts
 *                of Flash CTFs (1 to 3 each) 202 more (2 to 10 each)
 * population     as many as asked for; what they do is mc_population.c's
 */
#include "mc_people.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define PERSON_BYTES_MAX ((size_t)64 << 10)
#define SPREAD_DAYS 25
/* Has no divisor in common with 201, so that it visits every solve once. */
#define STRIDE 37

static const char *const event_names[] = { "Spring Sprint CTF", "Summer Challenge", "Fall Fast CTF",
					   "Winter Warfare" };

static void add_coaches(struct mc_world *w, const struct mc_layout *l, struct arena *a)
{
	for (int64_t i = 0; i < l->coaches; i++) {
		struct mc_user u = mc_person(a, &w->setup, MC_COACH, i);

		u.status = i % 2 ? MC_APPROVED : MC_USER_CREATED;
		u.last_login = w->setup.epoch - DAY;
		mc_user_add(w, &u, (struct str){ "", 0 });
		arena_reset(a);
	}
}

static void add_teams(struct mc_world *w, const struct mc_layout *l, struct arena *a)
{
	for (int64_t i = 0; i < l->teams; i++) {
		int64_t coach = mc_coach_of(l, i);
		struct mc_team t = {
			.id = mc_id(a, w->setup.seed, MC_TEAM, i),
			.name = mc_team_name(a, w->setup.seed, i),
			.affiliation = mc_school(a, w->setup.seed, coach),
			.coach = w->users[coach],
			.ordinal = i,
			.division = (enum mc_division)(i % MC_DIVISIONS),
		};

		mc_team_add(w, &t);
		arena_reset(a);
	}
}

static enum mc_status status_of(const struct mc_world *w, int64_t competitor)
{
	static const enum mc_status mixed[] = { MC_APPROVED, MC_USER_CREATED, MC_APPROVED,
						MC_PENDING_APPROVAL };

	/* The last of each row is on no team; one of them was turned down. */
	if (w->setup.dataset != MC_BASELINE)
		return MC_APPROVED;
	return competitor == 11 ? MC_DENIED : mixed[competitor % 4];
}

static void add_competitors(struct mc_world *w, const struct mc_layout *l, struct arena *a)
{
	for (int64_t i = 0; i < l->competitors; i++) {
		struct mc_user u = mc_person(a, &w->setup, MC_COMPETITOR, i);
		struct mc_user *kept;

		u.status = status_of(w, i);
		u.last_login = i % 5 == 4 ? 0 : w->setup.epoch - (1 + i % 7) * DAY;
		kept = mc_user_add(w, &u, (struct str){ "", 0 });
		if (mc_is_seated(l, i))
			mc_assign(kept, w->teams[mc_team_of(l, i)]);
		arena_reset(a);
	}
}

/* They come to life when they are registered. */
static void note_waiting(struct mc_world *w, const struct mc_layout *l)
{
	for (int64_t i = 0; i < w->setup.shape.waiting; i++) {
		int64_t *ordinal = arena_new_struct(w->arena, int64_t);

		*ordinal = l->competitors + i;
		map_put(w->waiting_of_id, mc_id(w->arena, w->setup.seed, MC_COMPETITOR, *ordinal),
			ordinal);
	}
}

static struct mc_user *competitor(const struct mc_world *w, const struct mc_layout *l, int64_t i)
{
	return w->users[l->coaches + i];
}

static struct mc_solve told(int64_t id, int64_t at, unsigned category, unsigned which)
{
	return (struct mc_solve){ id, at, at, mc_challenge_at(category, which) };
}

/* The first solve of an event has the id of the user's first of all: ids are given per event. */
static void add_part(struct mc_world *w, struct mc_user *u, const struct mc_event *event, int64_t n,
		     unsigned salt)
{
	struct mc_part *part = mc_part_add(w, u, event);
	int64_t first = u->n ? u->solves[0].id : 1;

	part->rank = 1 + u->ordinal;
	part->joined = event->start + 60 * (1 + u->ordinal % 30);
	for (int64_t j = 0; j < n; j++) {
		int64_t id = j ? 1000 * (event->start / DAY % 7 + 1) + u->ordinal * 16 + j : first;
		struct mc_solve s =
			told(id, part->joined + 300 * (j + 1), (unsigned)(salt + (unsigned)j * 2),
			     (unsigned)(salt * 5 + (unsigned)j));

		mc_part_solve_add(w, part, &s);
	}
}

/* Of each three one has no Flash CTF, one took part in one that is over, one also in that under
 * way. */
static void fill_baseline(struct mc_world *w, const struct mc_layout *l)
{
	int64_t now = w->setup.epoch;
	const struct mc_event *over = mc_event_add(w, STR("Fall Fast CTF"), now - 30 * DAY);
	const struct mc_event *on = mc_event_add(w, STR("Winter Warfare"), now - 6 * HOUR);
	int64_t id = 1;

	for (int64_t i = 0; i < l->competitors; i++) {
		struct mc_user *u = competitor(w, l, i);

		for (int64_t j = 0; j < i % 6; j++) {
			struct mc_solve s = told(id++, now - (20 - i) * DAY + j * HOUR,
						 (unsigned)(i + j), (unsigned)(i * 2 + j));

			mc_solve_add(w, u, &s);
		}
		if (i % 3 > 0)
			add_part(w, u, over, 2 + i % 4, (unsigned)i);
		if (i % 3 > 1)
			add_part(w, u, on, 1 + i % 3, (unsigned)i + 3);
	}
}

/* Solves in each category; 201 in all. */
static const int64_t category_counts[MC_CATEGORIES] = { 37, 26, 24, 23, 21, 20, 19, 16, 15 };
#define SYNC_SOLVES 201
#define SYNC_PARTS 36
#define SYNC_PART_SOLVES 202

/* Solve number `s` of all: its category, and which of that category it is. */
static void place_of(int64_t s, unsigned *category, unsigned *which)
{
	int64_t rest = s * STRIDE % SYNC_SOLVES;

	*category = 0;
	while (rest >= category_counts[*category])
		rest -= category_counts[(*category)++];
	*which = (unsigned)rest;
}

/* Equal shares of 202, then each pair moved apart by up to 3: from 2 to 9. */
static int64_t part_solves(int64_t part)
{
	int64_t share =
		SYNC_PART_SOLVES * (part + 1) / SYNC_PARTS - SYNC_PART_SOLVES * part / SYNC_PARTS;
	int64_t apart = part / 2 % 4;

	return part % 2 ? share + apart : share - apart;
}

static void fill_supabase_sync(struct mc_world *w, const struct mc_layout *l)
{
	const struct mc_event *events[COUNT(event_names)];
	int64_t now = w->setup.epoch, s = 0, part = 0;

	for (size_t i = 0; i < COUNT(event_names); i++)
		events[i] = mc_event_add(w, str_from(event_names[i]),
					 now - (int64_t)(COUNT(event_names) - i) * 6 * DAY);
	for (int64_t i = 0; i < l->competitors; i++) {
		struct mc_user *u = competitor(w, l, i);
		int64_t n = 8 + i % 8;

		for (int64_t j = 0; j < n; j++, s++) {
			unsigned category, which;
			struct mc_solve solve;

			place_of(s, &category, &which);
			solve = told(s + 1, now - SPREAD_DAYS * DAY + j * DAY + i * HOUR / 2,
				     category, which);
			mc_solve_add(w, u, &solve);
		}
		for (int64_t j = 0; j <= i % 3; j++, part++)
			add_part(w, u, events[(i + j) % (int64_t)COUNT(events)], part_solves(part),
				 (unsigned)part);
	}
	assert(s == SYNC_SOLVES && part == SYNC_PARTS);
}

void mc_dataset_fill(struct mc_world *w)
{
	struct mc_layout l = mc_layout_of(&w->setup);
	struct arena *a = arena_new("person", PERSON_BYTES_MAX);

	add_coaches(w, &l, a);
	add_teams(w, &l, a);
	add_competitors(w, &l, a);
	arena_free(a);
	note_waiting(w, &l);
	if (w->setup.dataset == MC_BASELINE)
		fill_baseline(w, &l);
	if (w->setup.dataset == MC_SUPABASE_SYNC)
		fill_supabase_sync(w, &l);
}
