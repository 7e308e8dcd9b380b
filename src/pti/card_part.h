/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_part.h - what the files that read pages about ratings share.
 */
#ifndef CARD_PART_H
#define CARD_PART_H

#include "pti/card.h"

/* A page looked at by one or two of the connector's page plans. */
struct sight {
	enum card_outcome
		outcome; /* CARD_OK: it is the page; else BLOCKED, or REFUSED as too much */
	struct str why;
	struct page_reading page, more; /* more: by the second plan */
};

/* `more` may be NULL.  False when the connector has no such plan, or one that cannot be followed.
 */
MUST_CHECK bool sight_take(const struct pages *p, const char *name, const char *more,
			   struct str html, struct arena *a, struct sight *out, struct err *e);

/* Text of a member, or "". */
struct str sight_text(struct value fields, const char *name);
bool sight_bool(struct value fields, const char *name);
int32_t sight_rating(struct value fields, const char *name); /* or PTI_NONE */

/* The matches of a card, at most `max`, newest first as the page has them. */
struct value card_matches(struct arena *a, struct value rows, size_t max);

/* A name without what leagues write behind it: "(C)", "(CC)", "(S)", "(sub)", "*", a telephone
 * number in parentheses. */
struct str name_plain(struct str name);

#endif
