/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visit.h - one page for one person: asked for within the budget, and again while that may help.
 *
 * What went wrong has a code for programs and the specification's text for people; neither holds a
 * name, an address or a key.
 */
#ifndef VISIT_H
#define VISIT_H

#include "pti/reading.h"

/* Who asks and by what; everything lives as long as `arena`. */
struct visitor {
	const struct engine *engine;
	const struct connection *connection;
	struct arena *arena;
	struct source *source;
	int64_t patience_ms; /* nothing is tried again that could not begin within that */
};
MUST_CHECK bool visitor_open(struct arena *a, const struct engine *g, const struct connection *c,
			     struct visitor *out, struct err *e);

struct fault {
	const char *code; /* "no_key", "no_credits", "not_found", "no_pti", "blocked", "timeout",
			     "upstream", "refused", "no_page", …; NULL: there is none */
	struct str text;
};

/* A player's card.  Without a fault it has a rating; with "no_pti" only that is missing.  False for
 * our own failures alone. */
MUST_CHECK bool visit_card(struct visitor *v, const struct address *at, size_t matches,
			   struct reading *out, struct fault *fault, struct err *e);
MUST_CHECK bool visit_roster(struct visitor *v, const struct address *at, struct roster *out,
			     struct fault *fault, struct err *e);

#endif
