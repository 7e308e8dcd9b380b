/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errand.h - a job that a caller waits for: what has to outlive the request that asked for it.
 *
 * When the client goes away or the wait is over the job goes on all the same.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include "api/call.h"

/*
 * How long a handler may wait of what it would: all of it, or nothing when so many wait already
 * that the others are needed; who comes then is answered 202.  Every call is ended by
 * errand_wait_end().
 */
#define ERRANDS_WAITING_MAX 6
int64_t errand_wait_begin(int64_t wait_ms);
void errand_wait_end(void);

/* The job stands alone for its key (empty: none); it runs in a lane (empty: none). */
struct errand {
	struct str task, args, key, lane;
	int64_t wait_ms;
};
struct errand_outcome {
	int64_t job;
	bool over, ok;
	struct value output; /* UNDEFINED when it is not over or has none */
	struct str error;
};

/* Adds it and waits for its end, for at most wait_ms.  The call's arg is the struct service. */
MUST_CHECK bool errand_do(struct call *c, const struct errand *j, struct errand_outcome *out,
			  struct err *e);

/* The same for a job that is there already. */
MUST_CHECK bool errand_wait(struct call *c, int64_t job, int64_t wait_ms,
			    struct errand_outcome *out, struct err *e);

#endif
