/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conflict.h - a column that both sides edit: whose word counts.  Pure.
 *
 * What Lockstep last wrote is known from the record that it stored last.  A side has edited when it
 * says something else now.  One side alone has its way; when both have, the plan's policy decides.
 */
#ifndef CONFLICT_H
#define CONFLICT_H

#include "connector/plan.h"
#include "flow/cursor.h"

struct conflict_sides {
	enum column_type type;
	enum conflict_policy policy;
	struct value local, vendor; /* cells as they are now */
	bool base_known;
	struct value base;           /* the cell that was written last */
	bool recorded;               /* there is a stored record at all */
	bool vendor_moved;           /* the vendor's own value is another than in that record */
	int64_t local_us, vendor_us; /* when each was changed, for `newest`; NO_TIME unknown */
};

enum conflict_verdict {
	CONFLICT_WRITE,  /* the vendor's goes in */
	CONFLICT_KEEP,   /* the local one stays */
	CONFLICT_RECORD, /* it stays, and a person decides */
};

enum conflict_verdict conflict_judge(const struct conflict_sides *s);

#endif
