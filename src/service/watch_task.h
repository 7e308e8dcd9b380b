/* SPDX-License-Identifier: Apache-2.0 */
/* watch_task.h - the task "watch": looks once whether something is wrong, and has it told. */
#ifndef WATCH_TASK_H
#define WATCH_TASK_H

#include "work/pool.h"

#define WATCH_TASK "watch"

/* pool.h's run(); job_run.arg is the struct service. */
bool watch_task_run(struct job_run *r, struct err *e);

#endif
