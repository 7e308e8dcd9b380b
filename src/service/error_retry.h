/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_retry.h - all of a group of errors tried again: its jobs redriven, its records taken
 * through the mapping anew, its connections synced.
 */
#ifndef ERROR_RETRY_H
#define ERROR_RETRY_H

#include "api/call.h"
#include "service/error_group.h"

struct error_retry {
	int64_t jobs;    /* that failed, or wait for their next attempt */
	int64_t records; /* in quarantine; those of the same table and reason are tried with them */
	int64_t syncs;   /* of connections whose runs failed and left no job to redrive */
	int64_t done;    /* jobs made or redriven */
	int64_t refused; /* a job of the same kind waits or runs already */
};

/*
 * `event`: those of one group, newest first within each source.  With dry_run it only counts.  Each
 * job is a transaction of its own: what came before a failure stays done.
 */
MUST_CHECK bool error_retry(struct call *c, const struct error_event *event, size_t n, bool dry_run,
			    struct error_retry *out, struct err *e);

#endif
