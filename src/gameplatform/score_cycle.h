/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_cycle.h - one cycle of the incremental sync: whoever's turn it is, one after the other.
 *
 *     run row, activity scores → sentinels → those who are due → everybody, when an event is new
 *       → cursors of the rotation, run row completed, what it cost
 *
 * A cycle that stops half way has lost nothing: whom it asked is written, whom it did not ask stays
 * due, and the next one goes on with those.  One cycle at a time (the caller's lease).
 */
#ifndef SCORE_CYCLE_H
#define SCORE_CYCLE_H

#include "flow/session.h"

#define SCORE_ODL_STREAM "odl_scores"
#define SCORE_FLASH_STREAM "flash_ctf_progress"

struct score_counts {
	int64_t total, synced, skipped, failed; /* total is the sum */
	int64_t missing;                        /* of the skipped: the vendor does not know them */
	int64_t flash, flash_failed;            /* members whose events were asked for */
	int64_t calls;
};

struct score_result {
	struct str run; /* empty in a dry run */
	bool dry_run;
	struct score_counts counts;
	int64_t batch, batches, batch_size;
	int64_t duration_ms;
	bool sentinel, alarm;
};

struct score_options {
	bool dry_run;
	bool force_full;       /* everybody, from all time */
	struct str coach;      /* only a coach's own (profiles.id), whoever is due or not */
	struct str competitor; /* only that one (competitors.id), due or not */
	/* Wall, of a cycle of everybody or of some, due or not: whoever was asked since then is not
	 * asked again (when the job was added, so that a job tried again goes on where it was); 0:
	 * nobody was. */
	int64_t since_ms;
	const struct lease *lease; /* renewed between competitors; or NULL */
	/* After each competitor; false ends the cycle.  Or NULL. */
	bool (*step)(void *arg, const struct score_counts *c, size_t left, struct err *e);
	void *arg;
};

/* False: it did not come to its end; the run row says why. */
MUST_CHECK bool score_cycle(const struct engine *g, const struct connection *c,
			    const struct score_options *o, struct arena *a,
			    struct score_result *out, struct err *e);

#endif
