/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_maker.h - player cards of invented people with known truth, in sloppy and broken markup.
 *
 * The structure is that of the vendor's facts, section 2.2.  Everything comes from the seed: the
 * same number is the same card, on every machine.
 */
#ifndef CARD_MAKER_H
#define CARD_MAKER_H

#include "base/buf.h"
#include "base/rng.h"

/* What is done to a card so that nobody could read a rating from it for sure. */
enum break_kind {
	BREAK_NONE,    /* markup is sloppy, but what marks the rating is whole */
	BREAK_CUT,     /* the page ends somewhere */
	BREAK_LABEL,   /* the label is in another language, or gone */
	BREAK_VALUE,   /* the number is gone, or more or less than one */
	BREAK_NAME,    /* the lines of the name are gone or look differently */
	BREAK_DOUBLED, /* a second label with another number, or a second card */
	BREAK_BYTES,   /* bytes outside of the number are lost or others */
	BREAKS,
};

struct made_card {
	enum break_kind broken;
	bool known; /* the name is not blank */
	bool rated; /* the card has a rating: `tenths` */
	int32_t tenths;
	struct str first, last, club; /* in the page's characters */
	bool latin1;
	struct str html;
};

void card_make(uint64_t seed, struct arena *a, struct made_card *out);

#endif
