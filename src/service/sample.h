/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample.h - what the watch measures each minute, as the peak of each hour: lockstep_samples.
 *
 * A few rows an hour, so that the console has a line to draw of what nobody else writes down.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "store/db.h"

#define SAMPLE_HOUR_MS ((int64_t)3600 * 1000)
#define SAMPLE_KEPT_HOURS 49
#define SAMPLE_OLDEST "oldest_ready_ms"
#define SAMPLE_RUNNING "running"
#define SAMPLE_BUDGET "budget_percent" /* of the connection that is nearest to its limit */

/* As control_plan(). */
MUST_CHECK bool sample_plan(struct db *d, struct arena *a, struct str **statement,
			    size_t *statements, struct err *e);
/* [tx] The hour's peak is at least this. */
MUST_CHECK bool sample_put(struct db *d, const char *name, int64_t now_ms, int64_t value,
			   struct err *e);
/* The peaks of the `n` hours up to that of now_ms, oldest first; 0 where nothing was measured. */
MUST_CHECK bool sample_peaks(struct db *d, const char *name, int64_t now_ms, int64_t *peak,
			     size_t n, struct err *e);
/* Forgets what is older than anybody asks for. */
MUST_CHECK bool sample_cleanup(struct db *d, int64_t now_ms, int64_t *deleted, struct err *e);

#endif
