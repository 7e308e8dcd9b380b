/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow_up.h - a job that is put into the queue by whoever writes what calls for it, in the same
 * transaction; for layers that know no queue.
 */
#ifndef FOLLOW_UP_H
#define FOLLOW_UP_H

#include "store/db.h"

struct follow_up {
	struct str task, args; /* args: a JSON object */
	struct str key;        /* one job of it waits at most; one that runs does not count */
	const char *origin;    /* "follow_up" */
	int64_t after_ms;      /* how long it is to wait */
};

/* [tx] The queue's tables are there.  One that waits already stands for this one, too: it does not
 * begin before the caller's commit. */
MUST_CHECK bool follow_up_put(struct db *d, const struct follow_up *j, struct err *e);

#endif
