/* SPDX-License-Identifier: Apache-2.0 */
/*
 * census.h - how many jobs there are, counted again no oftener than counting is worth.
 *
 * A small queue is counted for everyone who asks.  Where that takes long (a million finished jobs
 * are read to be counted) the last answer stands for a while, so that pages that look every second
 * cost the database a twentieth of its time and no more.  The queue's routes, the metrics and the
 * application's health route all ask here.
 */
#ifndef CENSUS_H
#define CENSUS_H

#include "base/thread.h"
#include "data/value.h"
#include "store/db.h"

struct census {
	struct mutex lock;
	struct arena *arena; /* of the answer that is kept */
	struct value kept;   /* VALUE_UNDEFINED: none */
	int64_t until_ms;    /* steady: how long it stands */
	bool counting;       /* somebody counts; others take what is kept */
};

void census_init(struct census *c);
void census_done(struct census *c);

/*
 * A map: `counts` (by status and task), `states` (finer), `lanes` (the fullest), `minutes` (what
 * ended in each of the last 60, the oldest first) and `counted_at`.  Lives in `a`.
 */
MUST_CHECK bool census_take(struct census *c, struct db *d, struct arena *a, struct value *out,
			    struct err *e);

#endif
