/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quarantine_task.h - the task "quarantine": tries the records in quarantine again, one by one.
 *
 * Its arguments: {connection, table, reason}; the last two may be missing.  Its output: {tried,
 * created, updated, unchanged, left_out, refused, gone, failed}; failed could not be tried.
 */
#ifndef QUARANTINE_TASK_H
#define QUARANTINE_TASK_H

#include "work/pool.h"

#define QUARANTINE_TASK "quarantine"

/* pool.h's run(); job_run.arg is the struct service. */
bool quarantine_task_run(struct job_run *r, struct err *e);

#endif
