/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_people.c - coaches, competitors and teams of a data set, as pure functions of seed and
 * ordinal.
 *
 * Competitors come in rows of `slots`, a row for each team and its school; the first `seats` of a
 * row are on the team, the rest on none.
 */
#include "mc_people.h"

#include "base/rng.h"
#include "pp_words.h"

#define UUID_CHARS 36

enum { SALT_HIGH, SALT_LOW, SALT_FIRST, SALT_LAST, SALT_SCHOOL, SALT_TEAM };

static const char *const team_nouns[] = { "Packets", "Daemons", "Ciphers", "Kernels",
					  "Shells",  "Sockets", "Hashes",  "Gadgets" };

struct mc_layout mc_layout_of(const struct mc_setup *setup)
{
	struct mc_layout l = { 0 };
	int64_t n;

	switch (setup->dataset) {
	case MC_BASELINE:
		l = (struct mc_layout){ 0, 0, 12, 4, 3, 2 };
		break;
	case MC_SUPABASE_SYNC:
		l = (struct mc_layout){ 0, 0, 18, 6, 5, 2 };
		break;
	case MC_POPULATION:
		l = (struct mc_layout){ 0, 0, setup->shape.competitors, 5, 4, 6 };
		break;
	case MC_EMPTY:
	case MC_DATASETS:
		return (struct mc_layout){ 0, 0, 0, 1, 1, 1 };
	}
	n = l.competitors;
	l.teams = (n + l.slots - 1) / l.slots;
	l.coaches = (l.teams + l.teams_per_coach - 1) / l.teams_per_coach;
	return l;
}

int64_t mc_team_of(const struct mc_layout *l, int64_t competitor)
{
	return competitor / l->slots;
}

int64_t mc_coach_of(const struct mc_layout *l, int64_t team)
{
	return team / l->teams_per_coach;
}

bool mc_is_seated(const struct mc_layout *l, int64_t competitor)
{
	return competitor < l->competitors && competitor % l->slots < l->seats;
}

uint64_t mc_pick(uint64_t seed, unsigned kind, int64_t ordinal, unsigned salt)
{
	struct rng r = { seed * 0xD1342543DE82EF95u + (uint64_t)ordinal * 0x9E3779B97F4A7C15u +
			 (uint64_t)kind * 0x2545F4914F6CDD1Du +
			 (uint64_t)salt * 0xA24BAED4963EE407u };

	/* Twice: neighbours differ in a few bits only. */
	r.state = rng_next(&r);
	return rng_next(&r);
}

static void put_id(uint64_t seed, enum mc_kind kind, int64_t ordinal, struct buf *b)
{
	uint64_t high = mc_pick(seed, kind, ordinal, SALT_HIGH);
	uint64_t low = mc_pick(seed, kind, ordinal, SALT_LOW);

	buf_printf(b, "%08llx-%04llx-4%03llx-%04llx-%012llx", (unsigned long long)(high >> 32),
		   (unsigned long long)(high >> 16 & 0xffff), (unsigned long long)(high & 0xfff),
		   (unsigned long long)(0x8000 | (low >> 48 & 0x3fff)),
		   (unsigned long long)(low & 0xffffffffffff));
}

struct str mc_id(struct arena *a, uint64_t seed, enum mc_kind kind, int64_t ordinal)
{
	struct buf b;

	buf_in(&b, a, UUID_CHARS + 1);
	put_id(seed, kind, ordinal, &b);
	return buf_str(&b);
}

struct str mc_school(struct arena *a, uint64_t seed, int64_t coach)
{
	uint64_t pick = mc_pick(seed, MC_COACH, coach, SALT_SCHOOL);
	struct str city = word(words_city, pick);
	struct str direction = word(words_company_start, pick >> 16);

	return str_printf(a, "%.*s %.*s Academy", STR_ARG(city), STR_ARG(direction));
}

struct str mc_team_name(struct arena *a, uint64_t seed, int64_t team)
{
	uint64_t pick = mc_pick(seed, MC_TEAM, team, SALT_TEAM);
	struct str first = word(words_company_start, pick);

	return str_printf(a, "%.*s %s %lld", STR_ARG(first),
			  team_nouns[(pick >> 16) % COUNT(team_nouns)], (long long)team + 1);
}

static struct str address(struct arena *a, struct str first, struct str last, int64_t number,
			  const char *domain)
{
	struct str s = str_printf(a, "%.*s.%.*s%lld@%s", STR_ARG(first), STR_ARG(last),
				  (long long)number, domain);
	char *at = (char *)(uintptr_t)s.at;

	for (size_t i = 0; i < s.len; i++)
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] = (char)(at[i] | 0x20);
	return s;
}

struct mc_user mc_person(struct arena *a, const struct mc_setup *setup, enum mc_kind kind,
			 int64_t ordinal)
{
	struct mc_layout l = mc_layout_of(setup);
	bool is_coach = kind == MC_COACH;
	int64_t coach = is_coach ? ordinal : mc_coach_of(&l, mc_team_of(&l, ordinal));
	struct str first = word(words_first, mc_pick(setup->seed, kind, ordinal, SALT_FIRST));
	struct str last = word(words_last, mc_pick(setup->seed, kind, ordinal, SALT_LAST));
	const char *domain = is_coach ? "school.example.org" : "students.example.org";

	/* Those that only the application knows may lie beyond the last coach. */
	if (!is_coach && l.coaches && coach >= l.coaches)
		coach = ordinal % l.coaches;
	return (struct mc_user){
		.id = mc_id(a, setup->seed, kind, ordinal),
		.first = first,
		.last = last,
		.email = address(a, first, last, ordinal + 1, domain),
		.school = mc_school(a, setup->seed, coach),
		.region = STR("high_school"),
		.coach_id =
			is_coach ? (struct str){ "", 0 } : mc_id(a, setup->seed, MC_COACH, coach),
		.ordinal = ordinal,
		.coach = is_coach,
	};
}
