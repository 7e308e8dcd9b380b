/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - whether a run's figures look as they should, before its rows are committed: pure.
 *
 * A bad mapping, or a vendor that lost its data, shows in the figures of the first few hundred
 * rows: too many fail, too many change, too few are there.  Shares are not judged by fewer rows.
 */
#ifndef CHECK_H
#define CHECK_H

#include "connector/plan.h"
#include "store/control.h"

#define CHECK_SAMPLE_MIN 200 /* while a table is being read */
#define CHECK_ROWS_MIN 20    /* at its end */

struct check_figures {
	struct run_counts counts; /* of the pass so far, with what is about to be committed */
	bool full;                /* a full pass */
	bool read;                /* the table was read to its end */
	struct str excused;       /* the check that a person let through once, or empty */
};

struct check_verdict {
	const char *check; /* "failed_max"; NULL: all is well */
	struct str seen, expected;
};

/* Before rows are committed. */
struct check_verdict check_rows(const struct checks_plan *c, const struct check_figures *f,
				struct arena *a);

/* At the end of a full pass: `records` against those of the last complete one (0: unknown). */
struct check_verdict check_total(const struct checks_plan *c, struct str excused, int64_t records,
				 int64_t before, struct arena *a);

#endif
