/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pass.h - one table's stream, read to its end: page, records, rows, one commit, again.
 *
 * Rows and the cursor that covers them are committed together, with the counters, the quarantine
 * and the keys that were seen.  After a crash a batch is wholly there with its cursor or wholly
 * absent.
 */
#ifndef PASS_H
#define PASS_H

#include "flow/batch.h"
#include "flow/place.h"

struct pass_options {
	enum run_mode mode;
	bool dry_run;
	const struct change_sink *sink; /* dry run */
	size_t rows_per_commit;         /* 0: the plan's, or the database's best */
	const struct lease *lease;      /* the run's; NULL in a dry run */
	struct str parent_run;          /* id of the run's row in the log */
	struct str trigger;             /* "manual", "schedule", …: for the log */
};

/* The check that held the table, in words; check empty: none. */
struct pass_held {
	struct str check, seen, expected;
};

/* What came of it. */
struct pass_result {
	enum run_status status;
	struct run_counts counts;
	bool resumed;          /* went on with a pass that an earlier run left open */
	bool complete;         /* the enumeration was read to its end */
	struct str stopped_by; /* "pages_max 50": why it is partial */
	struct pass_held held; /* by a check, now or before */
	struct timing timing;  /* where the time went */
	struct seen_report
		absent;   /* full: local keys that the vendor no longer has; .absent -1 unknown */
	struct err error; /* kind ERR_NONE when there was none */
};

struct pass;

/* False only when the database fails; what the vendor does wrong is told by pass_step(). */
MUST_CHECK bool pass_open(struct session *s, const struct plan_table *t,
			  const struct pass_options *o, struct arena *a, struct pass **out,
			  struct err *e);

/* One page.  *more false: the pass is complete, or has reached a cap. */
MUST_CHECK bool pass_step(struct pass *p, bool *more, struct err *e);

/*
 * Ends it, with the error that ended it (NULL: none): commits what waits where that is still
 * allowed, writes the log.  *out lives as long as the arena.  The pass is gone afterwards.
 */
MUST_CHECK bool pass_close(struct pass *p, const struct err *why, struct pass_result *out,
			   struct err *e);

#endif
