/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_data.h - the leagues, players and ratings of a stand-in for the score keeper's pages.
 *
 * Everything is a pure function of seed, ordinal and time, but for what a test has set by hand:
 * that holds from the moment of setting, so the truth of an earlier moment stays what it was.
 * Every name is invented.
 */
#ifndef TC_DATA_H
#define TC_DATA_H

#include "base/arena.h"
#include "base/buf.h"

/* Ratings are in tenths. */
#define TC_NO_PTI INT32_MIN
#define TC_TEAM_SEATS 12
#define TC_WEEK_MS ((int64_t)7 * 86400 * 1000)

struct tc_setup {
	uint64_t seed;
	int64_t players, leagues;
};

struct tc_league {
	struct str name, title; /* "gbpta", "Great Bay Paddle …" */
	int64_t ordinal, players, teams;
	int64_t first_number; /* of a player's id */
	bool rated;
};

struct tc_player {
	struct str first, last, club; /* as a person reads them: no markup */
	int32_t pti;
};

/* What a test has set: the fields that are not absent replace those of the player. */
struct tc_edit {
	struct tc_edit *next; /* older */
	const struct tc_league *league;
	int64_t k, from_ms;
	bool sets_pti, sets_page;
	int32_t pti;
	struct str first, last, club; /* at NULL: not set */
	int page;                     /* a fixture in place of the card; -1: the card again */
};

struct tc_world {
	struct tc_setup setup;
	struct arena *arena; /* as long as the world */
	struct tc_league *leagues;
	struct tc_edit *edits; /* newest first */
};

struct tc_world *tc_world_new(struct tc_setup setup);
void tc_world_free(struct tc_world *w);
const struct tc_league *tc_league_find(const struct tc_world *w, struct str name);

/* Player `k` of a league as it is at `now_ms`; k < league->players. */
struct tc_player tc_player_at(const struct tc_world *w, const struct tc_league *l, int64_t k,
			      int64_t now_ms, struct arena *a);
/* The fixture that stands in place of the player's card, or -1. */
int tc_page_instead(const struct tc_world *w, const struct tc_league *l, int64_t k, int64_t now_ms);
/* What the rating was, or would be, whoever may see it. */
int32_t tc_hidden_pti(const struct tc_world *w, const struct tc_league *l, int64_t k,
		      int64_t now_ms);
struct str tc_team_name(const struct tc_world *w, const struct tc_league *l, int64_t team,
			struct arena *a);
/* Whether the player had a match in that week, and when. */
bool tc_played(const struct tc_world *w, const struct tc_league *l, int64_t k, int64_t week,
	       int64_t *at_ms);
/* Weeks since the first season began; negative before. */
int64_t tc_week_of(int64_t now_ms);
/* The first week of the season that is on; false between two seasons. */
bool tc_season_of(int64_t week, int64_t *first);
/* A repeatable number about player `k` of a league. */
uint64_t tc_pick(const struct tc_world *w, const struct tc_league *l, int64_t k, int64_t what);

/* tc_id.c: "nndz-…" of a number, and back; false when it is the id of none. */
struct str tc_id(struct arena *a, int64_t number);
bool tc_id_number(struct str id, int64_t *number);

/* "35.3"; nothing when there is none. */
void tc_put_pti(struct buf *b, int32_t pti);
/* "03/06/25" */
void tc_put_date(struct buf *b, int64_t ms);

#endif
