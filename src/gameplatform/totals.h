/* SPDX-License-Identifier: Apache-2.0 */
/*
 * totals.h - the vendor's lifetime totals of whoever had news: game_platform_stats.
 *
 * Points and challenges are the vendor's own, from an answer to a request without a time: nobody
 * promises that an answer with one has lifetime totals too.  monthly_ctf_challenges is, as the
 * original had it, the sum of challenges_solved over all events of the competitor (not of a month);
 * the figures are the vendor's, as the last answer about events gave them, so no further call is
 * made and a failing one cannot make it 0.
 *
 * A flag is cleared only when totals_wanted is still what it was when the sweep read it: news that
 * comes in between is asked for once more.
 */
#ifndef TOTALS_H
#define TOTALS_H

#include "gameplatform/vendor.h"

/* [tx] Writes (or makes) the competitor's row by an answer for all time. */
MUST_CHECK bool totals_put(struct db *d, struct str competitor, struct str user,
			   const struct vendor_scores *s, int64_t now_ms, struct err *e);
/* [tx] The time of the last access alone, on a row that is there. */
MUST_CHECK bool totals_touch(struct db *d, struct str competitor, int64_t accessed_ms,
			     int64_t now_ms, struct err *e);

#define TOTALS_BATCH_MAX 1000

struct totals_wish {
	bool dry_run;
	struct str coach; /* id; empty: everybody */
	int64_t batch;    /* at most so many calls; 1 … TOTALS_BATCH_MAX */
	/* A later page of a sweep that began then: whom it has tried without success is left out;
	 * 0: this is the first. */
	int64_t began_ms;
	const struct lease *lease; /* renewed between competitors; or NULL */
	/* After each competitor; false ends the sweep.  Or NULL. */
	bool (*step)(void *arg, int64_t done, int64_t total, struct err *e);
	void *arg;
};

enum totals_outcome { TOTALS_REFRESHED, TOTALS_GONE, TOTALS_FAILED };
const char *totals_outcome_name(enum totals_outcome o);

struct totals_one {
	struct str competitor;
	enum totals_outcome outcome;
	enum vendor_code code; /* FAILED */
};

struct totals_result {
	int64_t total;     /* flagged, in this page */
	int64_t refreshed; /* those whom the vendor does not know too */
	int64_t failed;
	int64_t orphans; /* flags without a competitor, cleared */
	int64_t calls;
	bool more; /* there are others: another page is wanted */
	struct totals_one *one;
	size_t n;
};

/* False: the sweep as a whole could not go on (AUTH: the token is refused; TRANSIENT: the vendor is
 * away); what was written stays. */
MUST_CHECK bool totals_sweep(const struct engine *g, const struct connection *c,
			     const struct totals_wish *w, struct arena *a,
			     struct totals_result *out, struct err *e);

#endif
