/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_part.h - what the files of the weekly job share.
 *
 *   weekly.c        the order of things, and how it ends
 *   weekly_list.c   who links which page, and whose turn is first
 *   weekly_fetch.c  one page: budget, attempts, waits
 *   weekly_write.c  what a page says, written for all who link it
 *   weekly_league.c a league's page of ratings in place of its cards
 *   weekly_left.c   what a run that died left beside the players
 *   weekly_run.c    the run's row
 */
#ifndef WEEKLY_PART_H
#define WEEKLY_PART_H

#include "base/map.h"
#include "pti/players.h"
#include "pti/reading.h"
#include "pti/weekly.h"

struct weekly_holder {
	struct weekly_holder *next;
	struct str id;
};

struct weekly_page {
	struct address at;            /* canonical empty: nobody can ask for it */
	struct weekly_holder *holder; /* whoever links it */
	int64_t holders;
	int64_t looked_ms; /* when it was looked at last, for any of them; 0 never */
	bool done;         /* in this run */
};

struct weekly {
	const struct engine *g;
	const struct connection *connection;
	const struct weekly_options *options;
	struct arena *arena;     /* of the run */
	struct arena *one;       /* of a page; reset behind each */
	struct session *session; /* for waits alone */
	struct source *source;
	struct players *players;
	struct weekly_page **page; /* in turn */
	size_t pages;
	struct map *known; /* canonical address → page */
	struct weekly_forecast forecast;
	struct weekly_counts counts;
	struct weekly_result *result;
	int64_t done;    /* players */
	int64_t in_vain; /* pages one after another that the site or service did not give */
};

/* Why the job ends before its pages do; true: it does. */
bool weekly_over(const struct weekly *w);
void weekly_stop(struct weekly *w, const char *code, struct str why);
void weekly_tell(struct weekly *w, struct weekly_event ev);
/* [tx] The run is still ours to write for. */
MUST_CHECK bool weekly_hold(const struct weekly *w, struct err *e);

/* weekly_list.c */
MUST_CHECK bool weekly_list(struct weekly *w, struct err *e);

/* weekly_fetch.c: *granted false: the month's credits do not allow it. */
MUST_CHECK bool weekly_fetch(struct weekly *w, const struct address *at, int64_t price,
			     struct fetched *out, bool *granted, struct err *e);

/* weekly_write.c */
MUST_CHECK bool weekly_write(struct weekly *w, struct weekly_page *p, const struct reading *r,
			     struct err *e);

/* weekly_left.c: what stands beside the players and not in our memory yet is remembered. */
MUST_CHECK bool weekly_take_left(struct weekly *w, struct err *e);

/* weekly_league.c: reads the leagues' pages and writes whom it finds there. */
MUST_CHECK bool weekly_leagues(struct weekly *w, struct err *e);
size_t weekly_league_count(struct weekly *w);

/* weekly_run.c */
/* [tx] Begins a run, or goes on with one that was left. */
MUST_CHECK bool weekly_run_start(struct weekly *w, struct err *e);
/* [tx] Its counts so far. */
MUST_CHECK bool weekly_run_note(struct weekly *w, struct err *e);
/* [tx] */
MUST_CHECK bool weekly_run_end(struct weekly *w, struct err *e);

#endif
