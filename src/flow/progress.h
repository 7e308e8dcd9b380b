/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.h - how far the cursors of a stream's partitions came in a pass.
 *
 * The oldest one counts, before and after: all that is older is there.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "data/value.h"

struct progress {
	int64_t partitions, done;    /* begun, read to their ends */
	int64_t before_us, after_us; /* NO_TIME: at least one has none */
};

void progress_begin(struct progress *p, int64_t cursor_us);
void progress_end(struct progress *p, int64_t cursor_us);

/* {"before": …, "after": …, "partitions": …}; a time that is not known is null. */
struct value progress_value(struct arena *a, const struct progress *p);

#endif
