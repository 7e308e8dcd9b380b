/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card.h - what a page says about ratings: a player's card, a team's roster, a league's table.
 *
 * No number is ever made up: a rating is what stands in the place that the connector's page plan
 * names, whole, or there is none.
 */
#ifndef CARD_H
#define CARD_H

#include "connector/page.h"

/* Ratings in tenths: 353 is 35.3.  Exact, so that "changed" is a comparison of integers. */
#define PTI_NONE INT32_MIN
#define PTI_LOW (-300) /* beyond these a value is refused */
#define PTI_HIGH 1200
#define PTI_USUAL_LOW (-200) /* beyond these it is stored with a warning */
#define PTI_USUAL_HIGH 1000
#define PTI_STEP 100 /* a change of more than 10 in one step is stored with a warning */

enum card_outcome {
	CARD_OK,
	CARD_NO_PTI,    /* a card without a rating: nothing is wrong */
	CARD_NOT_FOUND, /* a blank card: the league has no such player */
	CARD_BLOCKED,   /* no card at all: a block or captcha page, an error page */
	CARD_REFUSED,   /* a rating that cannot be one */
};

struct card {
	enum card_outcome outcome;
	struct str name, club; /* single blanks; empty when blank */
	int32_t pti;           /* tenths, or PTI_NONE */
	struct str why;        /* for people: not OK, or a warning */
	bool unusual;
	struct value matches; /* a list of maps (wanted), or NULL */
};
/* `matches`: how many to read, 0 none. */
MUST_CHECK bool card_read(const struct pages *p, struct str html, struct arena *a, size_t matches,
			  struct card *out, struct err *e);

struct roster_row {
	struct str name, id; /* id canonical as address.h's */
	int32_t pti;
	bool captain, co_captain, member; /* member: the tick */
	struct str section;               /* "Captains", "Players", … */
	int32_t wins, losses;             /* -1: not told */
};
struct roster {
	enum card_outcome outcome; /* OK, BLOCKED, NOT_FOUND */
	struct str team;
	bool rated; /* the table has a column for ratings */
	struct roster_row *row;
	size_t rows;
	struct str why;
};
MUST_CHECK bool roster_read(const struct pages *p, struct str html, struct arena *a,
			    struct roster *out, struct err *e);

/* The league's ratings page: name and current rating by id. */
struct rating_row {
	struct str id, name;
	int32_t pti;
};
struct ratings {
	enum card_outcome outcome;
	struct rating_row *row;
	size_t rows;
	struct str why;
};
MUST_CHECK bool ratings_read(const struct pages *p, struct str html, struct arena *a,
			     struct ratings *out, struct err *e);

/* "35.3", "-2.4"; exact. */
struct str pti_text(struct arena *a, int32_t tenths);
/* A number, or a text that is one, of at most one significant decimal after rounding half away from
 * zero; finite, within PTI_LOW … PTI_HIGH.  False: it is none. */
bool pti_from(struct value v, int32_t *tenths);
/* Compares without case, accents, marks, suffix dots and double blanks; nothing is no name. */
bool pti_same_name(struct str a, struct str b);

#endif
