/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - what a person does with a rating: link a page, refresh, unlink; read a roster, a
 * history.
 *
 * Every one fills a map for the caller: {success:true, …}, or {success:false, code, error} with the
 * specification's text.  False only for our own failures, which may be tried again.  Tasks, routes
 * and the command line stand on these.
 */
#ifndef PTI_LINK_H
#define PTI_LINK_H

#include "pti/players.h"
#include "pti/visit.h"

/* The specification's texts. */
#define PTI_NO_PLAYER "Player not found"
#define PTI_NOT_LINKED "No PTI source linked. Please link your Paddlescores page first."
#define PTI_UNLINKED "PTI sync unlinked"

#define PTI_MATCHES_MAX 200

struct wish {
	struct str player;
	struct str url;   /* link: the player's page; roster: the team's */
	size_t matches;   /* history: how many */
	int64_t asked_ms; /* link: wall time; an unlink that was asked for since wins */
};

/* Where the plan has the players.  `d` is the plan's database. */
MUST_CHECK bool link_players(struct arena *a, struct db *d, const struct connection *c,
			     struct players **out, struct err *e);

/* One job's or command's work. */
struct linking {
	const struct engine *engine;
	const struct connection *connection;
	struct arena *arena;
	struct players *players;
};
MUST_CHECK bool linking_open(struct arena *a, const struct engine *g, const struct connection *c,
			     struct linking *out, struct err *e);
void linking_close(struct linking *l);

/* A person's refresh takes the player's place for the plan's cool-down, or is told to wait. */
struct cooldown {
	struct str player;
	int64_t now_ms;  /* wall */
	int64_t wait_s;  /* out: 0: granted */
	struct str text; /* out: unless it is */
};
MUST_CHECK bool link_cooldown(struct arena *a, struct db *d, const struct connection *c,
			      struct cooldown *pause, struct err *e);

MUST_CHECK bool link_page(struct linking *l, const struct wish *w, struct value *out,
			  struct err *e);
MUST_CHECK bool link_refresh(struct linking *l, const struct wish *w, struct value *out,
			     struct err *e);
MUST_CHECK bool link_history(struct linking *l, const struct wish *w, struct value *out,
			     struct err *e);
MUST_CHECK bool link_roster(struct linking *l, const struct wish *w, struct value *out,
			    struct err *e);

/*
 * A card that was read for a linked player: stored when the page is still theirs and linked, told
 * what is unusual.  *fault: "no_pti" (nothing is touched: the old rating and its time stay),
 * "renamed", "not_linked"; *changed compares at 0.1.
 */
struct storing {
	const struct player *player;
	const struct card *card;
	struct str note;    /* of the reading, or empty */
	struct str run;     /* of the weekly job, or empty */
	bool changed;       /* out */
	struct str warning; /* out: or empty */
};
MUST_CHECK bool link_store(struct linking *l, struct storing *s, struct fault *fault,
			   struct err *e);

#endif
