/* SPDX-License-Identifier: Apache-2.0 */
/* cleanup_task.h - the task "cleanup": removes what has been over for longer than the plan keeps
 * it.
 */
#ifndef CLEANUP_TASK_H
#define CLEANUP_TASK_H

#include "work/pool.h"

#define CLEANUP_TASK "cleanup"

/* pool.h's run(); job_run.arg is the struct service. */
bool cleanup_task_run(struct job_run *r, struct err *e);

#endif
