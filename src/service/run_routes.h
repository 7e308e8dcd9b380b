/* SPDX-License-Identifier: Apache-2.0 */
/* run_routes.h - /api/connections, for any connection of the plan; their arg is the struct service.
 */
#ifndef RUN_ROUTES_H
#define RUN_ROUTES_H

#include "api/call.h"
#include "service/sync_task.h"

extern const struct route run_routes[];

/* 202 with the run and the job that will carry it out. */
MUST_CHECK bool run_ticket_answer(struct call *c, const struct sync_ticket *t, struct err *e);

#endif
