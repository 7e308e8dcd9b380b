/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cycle.h - what every cycle of a rotation cost and brought: lockstep_cycles, and figures of it.
 */
#ifndef CYCLE_H
#define CYCLE_H

#include "store/db.h"

struct cycle {
	struct str connection, stream;
	struct str run;             /* uuid of the run in sync_logs, or of the integration's own */
	int64_t began_ms, ended_ms; /* wall */
	int64_t batch, batches, batch_size, total; /* members */
	int64_t processed, news, failed, calls;
	bool sentinel, alarm; /* asked sentinels first; they had news */
};
MUST_CHECK bool cycle_add(struct db *d, const struct cycle *c, struct err *e); /* [tx] */
struct cycle_filter {
	struct str connection, stream;
	int64_t since_ms; /* began then or later */
	size_t limit;
};
/* Newest first. */
MUST_CHECK bool cycle_list(struct db *d, struct arena *a, const struct cycle_filter *f,
			   struct cycle **out, size_t *n, struct err *e);
MUST_CHECK bool cycle_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e);

#endif
