/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_task.h - the cycle and the totals sweep as jobs.
 *
 * One of each at a time, however they were added: a lease says so, and whoever comes second is put
 * off without losing an attempt.  Added twice they stand for each other while they wait.
 */
#ifndef SCORE_TASK_H
#define SCORE_TASK_H

#include "work/pool.h"

#define SCORE_LANE "game_platform:sync"
#define TOTALS_LANE "game_platform:totals"

#define SCORE_ATTEMPTS 3
/* The specification's: five minutes, then longer. */
#define SCORE_BACKOFF_MS ((int64_t)5 * 60 * 1000)
#define SCORE_BACKOFF_MAX_MS ((int64_t)60 * 60 * 1000)

/* Arguments {dryRun, coachId, competitorId, forceFullSync}. */
MUST_CHECK bool score_task_run(struct job_run *r, struct err *e);
/* Arguments {dryRun, coachId, batchSize, beganMs}; the last one is its own, on later pages. */
MUST_CHECK bool totals_task_run(struct job_run *r, struct err *e);

/* What a request for a cycle says. */
struct score_wish {
	bool dry_run, force_full;
	struct str coach, competitor; /* ids, or empty */
};
/* The job for it; its texts live as long as `a`. */
MUST_CHECK bool score_task_draft(struct arena *a, const struct score_wish *w, struct job_draft *out,
				 struct err *e);

#endif
