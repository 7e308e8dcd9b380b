/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_people.h - coaches, competitors and teams of a data set, as pure functions of seed and
 * ordinal.
 *
 * The vendor's side and the application's side of the same people are both made from these.
 */
#ifndef MC_PEOPLE_H
#define MC_PEOPLE_H

#include "mc_data.h"

/* Kinds of ids that are made from the seed. */
enum mc_kind { MC_COACH, MC_COMPETITOR, MC_TEAM, MC_MEMBERSHIP };

/* How many there are, and how they hang together. */
struct mc_layout {
	int64_t coaches, teams, competitors;
	int64_t slots, seats; /* competitors of a team's school; how many of them are on it */
	int64_t teams_per_coach;
};

struct mc_layout mc_layout_of(const struct mc_setup *setup);

/* A repeatable 64-bit number for one property (`salt`) of one thing. */
uint64_t mc_pick(uint64_t seed, unsigned kind, int64_t ordinal, unsigned salt);
struct str mc_id(struct arena *a, uint64_t seed, enum mc_kind kind, int64_t ordinal);
/* A coach or a competitor, with every text but the username. */
struct mc_user mc_person(struct arena *a, const struct mc_setup *setup, enum mc_kind kind,
			 int64_t ordinal);
struct str mc_school(struct arena *a, uint64_t seed, int64_t coach);
struct str mc_team_name(struct arena *a, uint64_t seed, int64_t team);
/* The team whose school a competitor is of. */
int64_t mc_team_of(const struct mc_layout *l, int64_t competitor);
int64_t mc_coach_of(const struct mc_layout *l, int64_t team);
bool mc_is_seated(const struct mc_layout *l, int64_t competitor);

#endif
