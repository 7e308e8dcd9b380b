/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_member.h - one competitor's turn: what is asked for, and what is written of it.
 *
 *     state ─► scores ─► events, when they are due ─► one transaction: rows, cursor, marks, rota
 *
 * The time that becomes the cursor is taken before the request goes.  Rows and cursor are one
 * transaction, fenced by the job; a competitor whose answer cannot be stored keeps their cursor and
 * is counted as failed.
 */
#ifndef SCORE_MEMBER_H
#define SCORE_MEMBER_H

#include "flow/rota.h"
#include "gameplatform/score_fault.h"

/* What all turns of a cycle share. */
struct score_floor {
	const struct engine *g;
	struct vendor vendor;
	struct rota *odl, *flash;
	struct patience patience;
	struct arena *one;  /* of one turn */
	int64_t overlap_ms; /* asked again before the cursor */
	bool everybody;     /* is asked for events in this cycle */
	/* An event began lately: whoever was there since they were asked may have taken part. */
	bool event_under_way;
	int64_t event_over_ms; /* the last one that is over was so then; 0: there was none */
};

enum score_outcome {
	SCORE_SYNCED, /* at least one ODL solve that was not there before */
	SCORE_NO_NEWS,
	SCORE_MISSING, /* the vendor does not know them */
	SCORE_ERROR,
};

struct score_turn {
	struct str user;
	const struct rota_member *odl, *flash; /* whose turn it is; NULL: not a member there */
	bool ask_odl, ask_flash;
	bool probe; /* a sentinel, asked for all */
};

struct score_told {
	enum score_outcome outcome; /* with ask_odl */
	bool flash_asked, flash_failed, flash_news;
	bool alarm; /* a sentinel had an event that nobody had: the turn is another one now */
};

/* False: the cycle as a whole is over. */
MUST_CHECK bool score_member(struct score_floor *s, const struct score_turn *t,
			     struct score_told *out, struct err *e);

#endif
