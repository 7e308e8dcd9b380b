/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_task.h - the tasks behind what a person asks for.
 *
 * A job that the specification has a text for succeeds as a job, with {success:false, code, error}:
 * trying it again would not help.  Arguments and outputs hold ids and addresses of pages, and what
 * a league shows to everybody; never an e-mail address.
 */
#ifndef LINK_TASK_H
#define LINK_TASK_H

#include "service/service.h"

#define PTI_CONNECTOR "tenniscores"

#define PTI_LINK_TASK "pti_link"       /* {player, url} */
#define PTI_REFRESH_TASK "pti_refresh" /* {player} */
#define PTI_HISTORY_TASK "pti_history" /* {player, matches} */
#define PTI_ROSTER_TASK "pti_roster"   /* {url} */

bool link_task_run(struct job_run *r, struct err *e);
bool refresh_task_run(struct job_run *r, struct err *e);
bool history_task_run(struct job_run *r, struct err *e);
bool roster_task_run(struct job_run *r, struct err *e);

/* The plan's first connection with the connector; it lives as long as `s`.  ERR_MISSING. */
MUST_CHECK bool pti_connection(const struct setup *s, const struct connection **out, struct err *e);

#endif
