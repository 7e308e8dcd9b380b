/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_task.h - the weekly job as a job of the queue.
 *
 * Its output is the summary.  A run that ends because no request would work, for want of a key or
 * because it was refused, is a dead job, so that somebody is told; one for which the month's
 * credits did not last is done.
 */
#ifndef WEEKLY_TASK_H
#define WEEKLY_TASK_H

#include "connector/plan.h"
#include "work/pool.h"

#define PTI_SYNC_TASK "pti_sync" /* {player?, league_pages?, dry_run?} */
#define PTI_SYNC_LANE "pti_sync"
#define PTI_WEEKLY_SCHEDULE "pti_weekly"
#define PTI_WEEKLY_CRON "0 0 * * 0" /* Sunday at midnight, UTC */

bool weekly_task_run(struct job_run *r, struct err *e);

/* Held by whoever runs it, a job or a command: one at a time. */
struct str weekly_lease(struct arena *a, const struct connection *c);

#endif
