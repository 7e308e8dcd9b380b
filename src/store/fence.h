/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fence.h - the right to write for a job: (session, attempt), checked in the writer's own
 * transaction.
 *
 * A worker that stood still (SIGSTOP, a cut network, a long pause) may wake up after its job was
 * given to another.  Time cannot tell it so, the row can: whoever re-claims a job gives it another
 * session and a higher attempt, and has to lock the row for it.
 */
#ifndef FENCE_H
#define FENCE_H

#include "store/db.h"

struct fence {
	int64_t job;
	int64_t session;
	int64_t attempt;
};

/*
 * [tx] ERR_FENCED unless the job is still running under this claim.  When true, nobody can take the
 * job over before the caller's commit (PostgreSQL: its row is locked; SQLite: the file is).
 */
MUST_CHECK bool fence_hold(struct db *d, const struct fence *f, struct err *e);

#endif
