/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.h - what an answer says about the page that was asked for.  Pure.
 *
 * Firecrawl answers 200 for pages that the site refused, and may leave out what was asked of it; so
 * four things are looked at: its status, its word for success, the page's own status, and what is
 * there.  Source: the vendor's facts, sections 1.1, 1.4 and 5 (row 5).
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include "http/client.h"
#include "pti/source.h"

struct envelope {
	enum source_kind kind;
	const struct address *asked;
	bool page;      /* rawHtml is in it, if all is well; of SOURCE_DIRECT always */
	bool model;     /* and a model's answer */
	bool any_host;  /* the page may come from anywhere: tests */
	int64_t price;  /* when the service does not say what it cost */
	int64_t now_ms; /* wall */
};
/* What it says lives as long as `a`, and borrows from `r`. */
void envelope_read(const struct envelope *v, const struct response *r, struct arena *a,
		   struct fetched *out);

/* The wait that a service's text asks for ("… please retry after 12s, resets at …"). */
bool envelope_retry_text(struct str text, int64_t *wait_ms);

#endif
