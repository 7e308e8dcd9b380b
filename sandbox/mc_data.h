/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_data.h - what the invented game platform holds: users, teams, solves, Flash CTFs.
 *
 * A world is made by a data set and then changed by requests and by tests; it dies as a whole. What
 * people do in it is either told (by the data set or a test) or, in a population, a pure function
 * of seed, user and time, so that the truth at any moment can be asked for without being kept.
 *
 * Times are unix seconds, as on the vendor's wire.
 */
#ifndef MC_DATA_H
#define MC_DATA_H

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"

enum mc_status { MC_USER_CREATED, MC_PENDING_APPROVAL, MC_APPROVED, MC_DENIED, MC_STATUSES };
enum mc_division { MC_HIGH_SCHOOL, MC_MIDDLE_SCHOOL, MC_COLLEGE, MC_DIVISIONS };
enum mc_dataset { MC_EMPTY, MC_BASELINE, MC_SUPABASE_SYNC, MC_POPULATION, MC_DATASETS };

extern const char *const mc_status_names[MC_STATUSES];
extern const char *const mc_division_names[MC_DIVISIONS];
extern const char *const mc_dataset_names[MC_DATASETS];

/* The index of `name`; false when it is none of the `n` names. */
bool mc_name_find(const char *const *names, size_t n, struct str name, unsigned *out);

struct mc_challenge {
	int64_t id, points;
	struct str title, category;
	struct str roles; /* a JSON list */
	bool retired;
};

struct mc_solve {
	int64_t id;
	int64_t at, visible_at; /* a late commit shows later than it happened */
	struct mc_challenge challenge;
};

struct mc_event {
	struct str name;
	int64_t start;
};

/* A user's part in a Flash CTF. */
struct mc_part {
	const struct mc_event *event;
	int64_t joined, rank;
	struct mc_solve *solves;
	size_t n, cap;
};

struct mc_team {
	struct str id, name, affiliation;
	struct mc_user *coach;
	int64_t number;  /* metactf_team_id */
	int64_t ordinal; /* in the data set; -1: created by a request */
	enum mc_division division;
	size_t members;
	bool gone;
};

struct mc_user {
	struct str id, first, last, email, username, school, region, coach_id;
	int64_t number;                  /* metactf_user_id */
	int64_t ordinal;                 /* in the data set; -1: created by a request */
	int64_t since;                   /* a population's user does nothing before */
	int64_t last_login, last_access; /* 0: none but what the solves say */
	enum mc_status status;
	bool coach;
	bool gone; /* removed at the vendor */
	struct mc_team *team;
	struct mc_solve *solves; /* those that were told */
	size_t n, cap;
	struct mc_part *parts; /* those that were told */
	size_t parts_n, parts_cap;
};

/* What a population is like. */
struct mc_shape {
	int64_t competitors;
	int64_t waiting;          /* known to the application only */
	int64_t active, moderate; /* per cent of the competitors */
	int64_t daily;            /* solves a day of an active one */
	int64_t event_days;       /* between two Flash CTFs */
};

struct mc_setup {
	enum mc_dataset dataset;
	uint64_t seed;
	int64_t epoch; /* the moment the data set is laid around */
	struct mc_shape shape;
};

struct mc_world {
	struct arena *arena;
	struct mc_setup setup;
	struct mc_user **users; /* in the order of creation */
	size_t users_n, users_cap;
	struct mc_team **teams;
	size_t teams_n, teams_cap;
	struct mc_event **events;
	size_t events_n, events_cap;
	struct map *user_of_id, *user_of_email, *user_of_name, *team_of_id;
	struct map *waiting_of_id; /* int64_t: ordinals of those that only the application knows */
	int64_t last_solve_id;     /* for solves that are added without one */
	int64_t late_seconds;      /* how late solves of a population may show */
};

struct mc_world *mc_world_new(const struct mc_setup *setup);
void mc_world_free(struct mc_world *w);

/* NULL when there is none, or no more. */
struct mc_user *mc_user_find(const struct mc_world *w, struct str id);
/* Whatever the case of its letters. */
struct mc_user *mc_user_of_email(const struct mc_world *w, struct str email, struct arena *scratch);
struct mc_team *mc_team_find(const struct mc_world *w, struct str id);

/* The ordinal of one of those who wait to be registered, or -1. */
int64_t mc_waiting_find(const struct mc_world *w, struct str id);

/* Keeps the texts; chooses number and username (from `wanted`, or the names).  The caller has made
 * sure that id and email are free. */
struct mc_user *mc_user_add(struct mc_world *w, const struct mc_user *user, struct str wanted);
struct mc_team *mc_team_add(struct mc_world *w, const struct mc_team *team);
/* Whether the vendor gives out the scores. */
static inline bool mc_is_approved(const struct mc_user *u)
{
	return u->status == MC_APPROVED || u->status == MC_USER_CREATED;
}

void mc_user_remove(struct mc_user *u);

/* Puts the user on `team` (NULL: on none), off the one before. */
void mc_assign(struct mc_user *u, struct mc_team *team);

/* Keeps the texts of the challenge. */
void mc_solve_add(struct mc_world *w, struct mc_user *u, const struct mc_solve *solve);
/* The event of that name and start, made when it is not there. */
const struct mc_event *mc_event_add(struct mc_world *w, struct str name, int64_t start);
/* The user's part in it, made when it is not there. */
struct mc_part *mc_part_add(struct mc_world *w, struct mc_user *u, const struct mc_event *event);
void mc_part_solve_add(struct mc_world *w, struct mc_part *part, const struct mc_solve *solve);

/* What shows of a user's doings at `now`, told and generated, by time and id; in `a`. */
struct mc_solves {
	const struct mc_solve *at;
	size_t n;
};
struct mc_parts {
	const struct mc_part *at; /* by start; each with the solves that show */
	size_t n;
};
struct mc_solves mc_solves_at(const struct mc_world *w, const struct mc_user *u, int64_t now,
			      struct arena *a);
struct mc_parts mc_parts_at(const struct mc_world *w, const struct mc_user *u, int64_t now,
			    struct arena *a);

/* "active", "moderate" or "inactive" of a population; "told" of everybody else. */
const char *mc_activity_of(const struct mc_world *w, const struct mc_user *u);

/* mc_challenge.c: the catalogue. */
enum { MC_CATEGORIES = 9, MC_CHALLENGES_EACH = 24 };
struct mc_challenge mc_challenge_at(unsigned category, unsigned which);

/* mc_dataset.c: fills an empty world as its setup says. */
void mc_dataset_fill(struct mc_world *w);

#endif
