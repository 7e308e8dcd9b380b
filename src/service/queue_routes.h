/* SPDX-License-Identifier: Apache-2.0 */
/* queue_routes.h - /api/queue; their arg is the struct service. */
#ifndef QUEUE_ROUTES_H
#define QUEUE_ROUTES_H

#include "api/call.h"
#include "work/queue.h"

extern const struct route queue_routes[];

/* Pauses or resumes a scope, with its audit entry. */
MUST_CHECK bool job_pause(struct call *c, const struct pause *p, bool paused, struct err *e);

#endif
