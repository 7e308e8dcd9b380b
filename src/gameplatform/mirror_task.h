/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mirror_task.h - the tasks game_platform_onboard {competitor, coach}, game_platform_team {team,
 * remote} and game_platform_rosters {}.
 *
 * A vendor who is away costs no attempts: a job asks again every few seconds, at most half a minute
 * apart, so that what was changed meanwhile arrives soon after the vendor is back.  Output of a job
 * that failed is {status: "error", error: {code, status, message}}.
 */
#ifndef MIRROR_TASK_H
#define MIRROR_TASK_H

#include "gameplatform/mirror.h"
#include "work/pool.h"

/* pool.h's run(); job_run.arg is the struct service. */
bool onboard_task_run(struct job_run *r, struct err *e);
bool team_task_run(struct job_run *r, struct err *e);
bool rosters_task_run(struct job_run *r, struct err *e);

/* {code, status, message} of what the vendor said last. */
struct value mirror_fault_value(const struct mirror *m, const struct err *e);

#endif
