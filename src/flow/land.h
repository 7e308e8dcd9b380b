/* SPDX-License-Identifier: Apache-2.0 */
/* land.h - a batch becomes rows of the application's table as what came from the vendor. */
#ifndef LAND_H
#define LAND_H

#include "flow/batch.h"

/* [tx] batch_write(), of which nothing is sent back to the vendor. */
MUST_CHECK bool land_batch(const struct session *s, struct batch *b, struct batch_counts *out,
			   struct err *e);

/* [tx] Puts the job into the queue that the plan wants to follow such changes of the table. */
MUST_CHECK bool land_follow_up(const struct session *s, struct arena *a, const struct plan_table *t,
			       const struct batch_counts *c, struct err *e);

#endif
