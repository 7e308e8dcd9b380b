/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_fault.h - what a call that failed means: for one competitor, or for all of them.
 *
 * One competitor's failure never stops a cycle.  What does: a refused token, a plan that cannot
 * work, somebody who wants it to stop, and a vendor who has not answered so many in a row.
 */
#ifndef SCORE_FAULT_H
#define SCORE_FAULT_H

#include "gameplatform/vendor.h"

enum score_fault {
	SCORE_GONE,       /* the vendor does not know them */
	SCORE_UNAPPROVED, /* it knows them and gives nothing yet */
	SCORE_FAILED,     /* this once */
	SCORE_STOP,       /* nobody else need be asked */
};

#define PATIENCE 20

/* How often in a row the vendor was away. */
struct patience {
	unsigned failures;
};

/* Counts; SCORE_STOP fills what has to be said in *e (TRANSIENT when patience is over). */
enum score_fault score_fault(const struct vendor_fault *f, struct patience *p, struct err *e);
static inline void patience_answered(struct patience *p)
{
	p->failures = 0;
}

#endif
