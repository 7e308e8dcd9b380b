/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter.h - where the time of a stream goes: fetching, transforming, committing, waiting.
 *
 * A stopwatch with laps: what has passed since the lap before, less what was waited meanwhile, goes
 * to what was done.  One pass has one, which no other thread touches, so that streams that are read
 * side by side are measured each by itself.  Milliseconds of the steady clock.
 */
#ifndef METER_H
#define METER_H

#include "base/clock.h"
#include "data/value.h"

/* What the time went into.  The next page travels while this one is transformed and committed:
 * fetching is what the stream stood there for it, with reading its JSON. */
enum spent_kind { SPENT_FETCH, SPENT_TRANSFORM, SPENT_COMMIT, SPENT_KINDS };

enum wait_kind {
	WAIT_RATE_LIMIT,  /* our own ledger of the vendor's limit */
	WAIT_RETRY_AFTER, /* the vendor said so: 429 */
	WAIT_BACKOFF,     /* it failed, and is asked again */
	WAIT_DATABASE,
	WAIT_OTHER, /* another process renews the token */
	WAIT_KINDS,
};

struct timing {
	int64_t spent_ms[SPENT_KINDS];
	int64_t wait_ms[WAIT_KINDS], waits[WAIT_KINDS];
};

struct meter_page {
	int64_t at_ms; /* since the stream began */
	int64_t fetch_ms, wait_ms, transform_ms, commit_ms, records;
};
#define METER_PAGES 200

struct meter {
	struct timing total;
	struct meter_page page[METER_PAGES]; /* the last ones: number n stands at n % METER_PAGES */
	int64_t pages;
	int64_t began_ms, lap_ms; /* steady */
	int64_t waited_ms, lap_waited_ms;
	struct timing page_from; /* `total` when the page under way began */
	int64_t page_at_ms;
};

void meter_begin(struct meter *m, struct clock *clock);
/* What has passed up to now belongs to nothing. */
void meter_start(struct meter *m, struct clock *clock);
void meter_lap(struct meter *m, struct clock *clock, enum spent_kind what);
/* NULL is allowed. */
void meter_wait(struct meter *m, enum wait_kind why, int64_t waited_ms);

void meter_page_begin(struct meter *m, struct clock *clock);
void meter_page_end(struct meter *m, int64_t records);

void timing_add(struct timing *to, const struct timing *t);

/* {"fetch_ms": …, "transform_ms": …, "commit_ms": …, "waits": {"rate_limit": {"count": …, "ms": …},
 * …}}; waits that never were are left out. */
struct value timing_value(struct arena *a, const struct timing *t);
/* {"first": number of the first page that is told, "pages": [[at_ms, fetch_ms, wait_ms,
 * transform_ms, commit_ms, records], …]} */
struct value meter_pages_value(struct arena *a, const struct meter *m);

#endif
