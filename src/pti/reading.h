/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading.h - what came of asking for a player's card or a team's roster.
 *
 * The page decides.  A model's answer counts only where the plan asks for nothing else (source:
 * firecrawl_v1); beside a page it may differ, which is told, and the page wins.
 */
#ifndef READING_H
#define READING_H

#include "pti/card.h"
#include "pti/source.h"

struct reading {
	struct card card; /* of a page, or put together from a model's answer */
	bool ok;          /* there is a rating */
	const char *code; /* unless ok: "no_pti", "not_found", "blocked", "refused", …: fetched's */
	struct str error; /* unless ok: for people, the specification's texts */
	struct str note;  /* ok, but something is to be told; or empty */
};
/* `f` is of a player's page.  False only for what ends everything, as card_read(). */
MUST_CHECK bool reading_take(const struct pages *p, const struct fetched *f, struct arena *a,
			     size_t matches, struct reading *out, struct err *e);

/* `f` is a team's page that came.  A model tells names and ratings, and nothing else. */
MUST_CHECK bool roster_take(const struct pages *p, const struct fetched *f, struct arena *a,
			    struct roster *out, struct err *e);

#endif
