/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_run.h - game_platform_sync_runs: one row a cycle, as an application of the specification
 * reads it.  Only complete cycles are `completed`; what a dead process left is `failed`.
 */
#ifndef SCORE_RUN_H
#define SCORE_RUN_H

#include "store/db.h"

struct score_run {
	struct str id;   /* uuid */
	struct str type; /* "incremental", "full" */
	struct str status;
	int64_t started_ms, completed_ms; /* wall; completed 0: it runs */
	int64_t synced, skipped, failed;
	int64_t batch, batches, batch_size;
	int64_t processed, news, calls;
	struct str error; /* or empty */
};

/* [tx] Its id (made here, in `a`), started_ms and type are written; rows that still run are those
 * of dead processes, for cycles never overlap, and are closed as failed. */
MUST_CHECK bool score_run_start(struct db *d, struct arena *a, struct score_run *r, struct err *e);
/* [tx] */
MUST_CHECK bool score_run_end(struct db *d, const struct score_run *r, struct err *e);

#endif
