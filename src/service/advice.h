/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice.h - what the figures of a rotation say about its settings.  Pure; nothing is changed by
 * itself.
 *
 *     quiet    more than 80 % of the cycles that asked anybody brought nothing: ask for more at a
 *              time, or less often.  Not with a sentinel, whose cycles are to be quiet
 *     errors   in the newest fifth of the cycles (at least 5 of 15) at least 5 % of the calls for a
 *              member failed, and more than twice the share of before: ask for fewer at a time
 *     late     members of a tier are older than promised: more at a time when the batch cuts the
 *              turn, more cycles when it does not
 */
#ifndef ADVICE_H
#define ADVICE_H

#include "service/freshness.h"
#include "store/cycle.h"

#define ADVICE_QUIET_PERCENT 80
#define ADVICE_QUIET_CYCLES_MIN 10
#define ADVICE_ERROR_PERCENT 5
#define ADVICE_ERROR_CYCLES_MIN 15

struct advice {
	const char *code;    /* "larger_batch", "longer_tiers", "smaller_batch", "more_cycles" */
	const char *because; /* "quiet", "errors", "late" */
	struct str tier;     /* of late; or empty */
	struct str key;      /* of the plan: where to change it */
	int64_t measured, limit; /* percent; of late: milliseconds, the 90th percentile's age and
				    the promise */
	size_t cycles;           /* that were looked at */
	size_t late, members;    /* of late */
};

struct advice_ground {
	struct str connection, stream;
	const struct rotation_plan *plan;
	const struct cycle *cycle; /* the newest first */
	size_t cycles;
	const struct freshness *fresh;
};

void advise(struct arena *a, const struct advice_ground *g, struct advice **out, size_t *n);

/* A sentence for people, with the numbers. */
struct str advice_text(struct arena *a, const struct advice *v);

#endif
