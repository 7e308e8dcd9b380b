/* SPDX-License-Identifier: Apache-2.0 */
/* worker_routes.h - /api/workers: the processes that run jobs; their arg is the struct service. */
#ifndef WORKER_ROUTES_H
#define WORKER_ROUTES_H

#include "api/route.h"

extern const struct route worker_routes[];

#endif
