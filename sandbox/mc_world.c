/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_world.c - users, teams, and what they were told to have done.
 *
 * Always: a user's team, when it has one, is not gone and counts it; users and teams are found by
 * the newest of their id.
 */
#include "mc_data.h"

#include <stdlib.h>

#define WORLD_BYTES_MAX ((size_t)8 << 30)
#define FIRST_USER_NUMBER 5001
#define FIRST_TEAM_NUMBER 301
#define FIRST_SOLVE_ID 9000001
#define USERNAME_MAX 64

const char *const mc_status_names[] = { "user_created", "pending_approval", "approved", "denied" };
const char *const mc_division_names[] = { "high_school", "middle_school", "college" };
const char *const mc_dataset_names[] = { "empty", "baseline", "supabase-sync", "population" };

bool mc_name_find(const char *const *names, size_t n, struct str name, unsigned *out)
{
	for (unsigned i = 0; i < n; i++) {
		if (str_eq(name, str_from(names[i]))) {
			*out = i;
			return true;
		}
	}
	return false;
}

struct mc_world *mc_world_new(const struct mc_setup *setup)
{
	struct mc_world *w = calloc(1, sizeof *w);

	if (!w)
		abort();
	w->arena = arena_new("game platform", WORLD_BYTES_MAX);
	w->setup = *setup;
	w->user_of_id = map_new(w->arena);
	w->user_of_email = map_new(w->arena);
	w->user_of_name = map_new(w->arena);
	w->team_of_id = map_new(w->arena);
	w->waiting_of_id = map_new(w->arena);
	w->last_solve_id = FIRST_SOLVE_ID - 1;
	mc_dataset_fill(w);
	return w;
}

void mc_world_free(struct mc_world *w)
{
	if (!w)
		return;
	arena_free(w->arena);
	free(w);
}

struct mc_user *mc_user_find(const struct mc_world *w, struct str id)
{
	struct mc_user *u = map_get(w->user_of_id, id);

	return u && !u->gone ? u : NULL;
}

int64_t mc_waiting_find(const struct mc_world *w, struct str id)
{
	const int64_t *ordinal = map_get(w->waiting_of_id, id);

	return ordinal ? *ordinal : -1;
}

static struct str lower(struct arena *a, struct str s)
{
	char *at = arena_alloc(a, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		at[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] | 0x20) : s.at[i];
	return (struct str){ at, s.len };
}

struct mc_user *mc_user_of_email(const struct mc_world *w, struct str email, struct arena *scratch)
{
	struct mc_user *u = map_get(w->user_of_email, lower(scratch, email));

	return u && !u->gone ? u : NULL;
}

struct mc_team *mc_team_find(const struct mc_world *w, struct str id)
{
	struct mc_team *t = map_get(w->team_of_id, id);

	return t && !t->gone ? t : NULL;
}

/* Room for one more at list[n], a list whose room doubles. */
static void *grow(struct mc_world *w, void *list, size_t n, size_t *cap, size_t size)
{
	size_t wanted = *cap ? *cap * 2 : 4;
	void *made;

	if (n < *cap)
		return list;
	made = arena_alloc_array(w->arena, wanted, size);
	if (n)
		memcpy(made, list, n * size);
	*cap = wanted;
	return made;
}

/* `wanted`, or the names; with the number behind it when somebody else has it. */
static struct str choose_username(struct mc_world *w, const struct mc_user *u, struct str wanted)
{
	struct str name;

	if (!wanted.len)
		wanted = str_printf(w->arena, "%.*s.%.*s", STR_ARG(u->first), STR_ARG(u->last));
	name = lower(w->arena, str_slice(wanted, 0, USERNAME_MAX));
	while (name.len && !str_is_utf8(name))
		name.len--;
	if (map_get(w->user_of_name, name))
		name = str_printf(w->arena, "%.*s%lld", STR_ARG(name), (long long)u->number);
	return name;
}

struct mc_user *mc_user_add(struct mc_world *w, const struct mc_user *user, struct str wanted)
{
	struct mc_user *u = arena_new_struct(w->arena, struct mc_user);

	*u = *user;
	u->id = str_keep(w->arena, user->id);
	u->first = str_keep(w->arena, user->first);
	u->last = str_keep(w->arena, user->last);
	u->email = str_keep(w->arena, user->email);
	u->school = str_keep(w->arena, user->school);
	u->region = str_keep(w->arena, user->region);
	u->coach_id = str_keep(w->arena, user->coach_id);
	u->number = FIRST_USER_NUMBER + (int64_t)w->users_n;
	u->username = choose_username(w, u, wanted);
	w->users = grow(w, w->users, w->users_n, &w->users_cap, sizeof(struct mc_user *));
	w->users[w->users_n++] = u;
	map_put(w->user_of_id, u->id, u);
	map_put(w->user_of_email, lower(w->arena, u->email), u);
	map_put(w->user_of_name, u->username, u);
	return u;
}

void mc_user_remove(struct mc_user *u)
{
	mc_assign(u, NULL);
	u->gone = true;
}

struct mc_team *mc_team_add(struct mc_world *w, const struct mc_team *team)
{
	struct mc_team *t = arena_new_struct(w->arena, struct mc_team);

	*t = *team;
	t->id = str_keep(w->arena, team->id);
	t->name = str_keep(w->arena, team->name);
	t->affiliation = str_keep(w->arena, team->affiliation);
	t->number = FIRST_TEAM_NUMBER + (int64_t)w->teams_n;
	w->teams = grow(w, w->teams, w->teams_n, &w->teams_cap, sizeof(struct mc_team *));
	w->teams[w->teams_n++] = t;
	map_put(w->team_of_id, t->id, t);
	return t;
}

void mc_assign(struct mc_user *u, struct mc_team *team)
{
	assert(!team || !team->gone);
	if (u->team)
		u->team->members--;
	u->team = team;
	if (team)
		team->members++;
}

/* The catalogue's texts live for ever, but a test's do not. */
static struct mc_solve keep_solve(struct mc_world *w, const struct mc_solve *solve)
{
	struct mc_solve s = *solve;

	s.challenge.title = str_keep(w->arena, s.challenge.title);
	s.challenge.category = str_keep(w->arena, s.challenge.category);
	s.challenge.roles = str_keep(w->arena, s.challenge.roles);
	return s;
}

void mc_solve_add(struct mc_world *w, struct mc_user *u, const struct mc_solve *solve)
{
	u->solves = grow(w, u->solves, u->n, &u->cap, sizeof(struct mc_solve));
	u->solves[u->n++] = keep_solve(w, solve);
}

const struct mc_event *mc_event_add(struct mc_world *w, struct str name, int64_t start)
{
	struct mc_event *event;

	for (size_t i = 0; i < w->events_n; i++)
		if (w->events[i]->start == start && str_eq(w->events[i]->name, name))
			return w->events[i];
	event = arena_new_struct(w->arena, struct mc_event);
	*event = (struct mc_event){ str_keep(w->arena, name), start };
	w->events = grow(w, w->events, w->events_n, &w->events_cap, sizeof(struct mc_event *));
	w->events[w->events_n++] = event;
	return event;
}

struct mc_part *mc_part_add(struct mc_world *w, struct mc_user *u, const struct mc_event *event)
{
	for (size_t i = 0; i < u->parts_n; i++)
		if (u->parts[i].event == event)
			return &u->parts[i];
	u->parts = grow(w, u->parts, u->parts_n, &u->parts_cap, sizeof(struct mc_part));
	u->parts[u->parts_n] = (struct mc_part){
		.event = event,
		.joined = event->start,
		.rank = 1 + (int64_t)u->parts_n,
	};
	return &u->parts[u->parts_n++];
}

void mc_part_solve_add(struct mc_world *w, struct mc_part *part, const struct mc_solve *solve)
{
	part->solves = grow(w, part->solves, part->n, &part->cap, sizeof(struct mc_solve));
	part->solves[part->n++] = keep_solve(w, solve);
}
