/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc.h - the stand-in for the leagues' pages: what its parts share.
 *
 *   tc.c          options, and the vendor as the server sees it
 *   tc_site.c     which page an address is of, redirects, what blocks
 *   tc_card.c     a player's print card; tc_match.c the matches on it
 *   tc_team.c     a team's page and a league's table of ratings
 *   tc_history.c  a player's full history
 *   tc_case.c     pages with a name, each for one oddity
 *   tc_admin.c    the routes below /sandbox/ that are its own
 *   tc_data.h     what there is
 *
 * A page is a pure function of its address and a moment, so whoever scrapes it (fc.h) makes the
 * same bytes.
 */
#ifndef TC_H
#define TC_H

#include "server.h"
#include "tc_data.h"

#define TC_PLAYER_MOD "nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D"
#define TC_TEAM_MOD "nndz-TjJiOWtORzkwTlJFb0NVU1NzOD0%3D"
#define TC_RATINGS_MOD "nndz-SkhmOW1PQ3V4Zz09"
#define TC_HISTORY_MOD "nndz-SkhmOW1PQ3V4dXBjakNnUA%3D%3D"

/* How it differs from its usual self. */
struct tc_modes {
	int64_t blocked, captcha, captcha_after, fragment, platform, menu_links;
	int64_t redirect_status, blank;
};

/* One address, asked for at one moment. */
struct tc_ask {
	const struct tc_world *world;
	const struct tc_modes *modes;
	struct arena *scratch;
	const struct tc_league *league;
	bool paddlescores;      /* the host's domain */
	bool prefixed;          /* by "/@gbpta": asked for without a Host header */
	struct str path, query; /* as received, without the prefix */
	int64_t now_ms;
};

enum tc_kind { TC_OTHER, TC_CARD, TC_ROSTER, TC_RATINGS };

struct tc_seat {
	struct tc_player player;
	int64_t number; /* of the id */
	int section;    /* 0: captains, 1: players, 2: alternates */
	bool captain, co_captain;
	int wins, losses;
};

struct tc_roster {
	struct str team, club;
	bool rated;
	struct tc_seat *seat;
	size_t n;
};

/* What a page says, for who must know the truth. */
struct tc_seen {
	enum tc_kind kind;
	bool known; /* the card has a name */
	struct tc_player player;
	struct tc_roster roster;
	int32_t misread; /* what a language model takes for the rating, or TC_NO_PTI */
};

struct tc_side {
	int names, own; /* which of the names is the card's; -1 */
	struct str name[2];
	int32_t rating[2];
	int games[3], tie[3]; /* tie: points in a tie-break, -1 none */
};

struct tc_match {
	bool tournament, won;
	struct str section, text;
	int64_t id, at_ms;
	int line, sets;
	int32_t rating; /* in the row; TC_NO_PTI: no such cell */
	struct tc_side side[2];
};

struct tc_card {
	struct tc_player player;
	bool rated, fragment, platform;
	const char *comment; /* in the comment below the value */
	struct tc_match *match;
	size_t n;
};

/* The page, its status and how it is delivered. */
void tc_answer(const struct tc_ask *ask, struct reply *reply, struct tc_seen *seen);
/* A parameter of a query, percent-decoded once ("+" stays); `bare` names have no "=". */
bool tc_param(const struct tc_ask *ask, const char *name, struct str *out);

/* Text as the vendor puts it: some ampersands are escaped, some are not. */
void tc_put_text(struct buf *b, struct str s);
/* An id as it stands in links: "=" as %3D. */
void tc_put_id(struct buf *b, struct str id);
void tc_put_head(const struct tc_ask *ask, struct buf *b);
void tc_put_menus(const struct tc_ask *ask, struct buf *b);
void tc_put_tail(struct buf *b);

void tc_put_card(const struct tc_ask *ask, const struct tc_card *card, struct buf *b);
void tc_put_matches(const struct tc_card *card, struct buf *b);
/* The matches of player `k`, newest first: this season's, or all. */
void tc_matches_of(const struct tc_ask *ask, int64_t k, bool all, struct tc_card *card);
void tc_put_roster(const struct tc_ask *ask, const struct tc_roster *roster, struct buf *b);
struct tc_roster tc_roster_of(const struct tc_ask *ask, int64_t team);
void tc_put_ratings(const struct tc_ask *ask, struct buf *b);
void tc_put_history(const struct tc_ask *ask, int64_t k, struct buf *b);
/* A page that is none of the above: `text` between head and tail. */
void tc_put_plain(const struct tc_ask *ask, const char *text, struct buf *b);

/* tc_case.c */
int tc_case_find(struct str name);     /* -1 */
int tc_case_of_number(int64_t number); /* -1 */
void tc_case_answer(const struct tc_ask *ask, int which, struct reply *reply, struct tc_seen *seen);
/* Each case with address and truth, an array. */
void tc_case_list(const struct tc_ask *ask, struct buf *b);
/* Each case with its id, for people. */
void tc_case_help(struct buf *b);

/* tc_admin.c: false when `r` is none of its routes. */
bool tc_admin(struct tc_world *w, const struct tc_modes *m, const struct request *r,
	      struct reply *reply);
/* The league and domain that a host is of; false when it is none. */
bool tc_host(const struct tc_world *w, struct str host, struct tc_ask *ask);

/* The options of a population, for every command that has one. */
struct tc_options {
	int64_t seed, players, leagues;
};
struct option_table tc_options_table(struct tc_options *o);
MUST_CHECK bool tc_options_setup(const struct tc_options *o, struct tc_setup *setup, struct err *e);

/* The command. */
int tc_main(int argc, char **argv);

#endif
