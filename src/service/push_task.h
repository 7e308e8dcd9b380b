/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_task.h - the task "push": carries the changes of one record from the outbox to the vendor.
 *
 * The outbox's own trigger makes the job, with {connection, watch, key}; its output is {requests,
 * done, failed}.  A record whose first change failed or is in doubt ends as a dead letter: a person
 * decides (`lockstep outbox`).
 */
#ifndef PUSH_TASK_H
#define PUSH_TASK_H

#include "base/clock.h"
#include "store/outbox.h"
#include "work/pool.h"

#define PUSH_TASK "push"

/* pool.h's run(); job_run.arg is the struct service. */
bool push_task_run(struct job_run *r, struct err *e);

/* [tx] A job that carries the record's changes, unless one waits already. */
MUST_CHECK bool push_task_order(struct db *d, struct arena *a, const struct outbox_record *record,
				struct str trigger, struct err *e);

/* Jobs for records whose own was lost (deleted by a person, say): the outbox is what counts. */
MUST_CHECK bool push_task_look(struct db *d, struct clock *clock, struct err *e);

#endif
