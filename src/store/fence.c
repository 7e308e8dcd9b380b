/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fence.c - the right to write for a job.
 *
 * Always: the row is locked in share mode, so that several connections of one worker may write at
 * once and whoever would give the job to another has to wait for all of them.
 */
#include "store/fence.h"

bool fence_hold(struct db *d, const struct fence *f, struct err *e)
{
	struct value param[] = { value_int(f->job), value_int(f->session), value_int(f->attempt) };
	bool ours = false;

	if (!db_any(d,
		    d->ops->dialect == DB_POSTGRES
			    ? "SELECT 1 FROM lockstep_jobs WHERE id = ?1 AND session = ?2 AND "
			      "attempt = ?3 AND state = 1 FOR SHARE"
			    : "SELECT 1 FROM lockstep_jobs WHERE id = ?1 AND session = ?2 AND "
			      "attempt = ?3 AND state = 1",
		    param, COUNT(param), &ours, e))
		return false;
	return ours ||
	       err_set(e, ERR_FENCED, "job %lld was given to another worker", (long long)f->job);
}
