/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undo_task.h - the task "undo": puts back what rows held before a run.
 *
 * Its arguments: {connection, run, table, force, delete_created, dry_run, id: the uuid of the
 * undo's own run, triggered_by}; the first two are required.  Its output: {run, status, restored,
 * …}.
 */
#ifndef UNDO_TASK_H
#define UNDO_TASK_H

#include "work/pool.h"

#define UNDO_TASK "undo"

/* pool.h's run(); job_run.arg is the struct service. */
bool undo_task_run(struct job_run *r, struct err *e);

#endif
