/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner_routes.h - the job endpoints that the game platform's specification names; their arg is
 * the struct service.  Paths, members and texts are that specification's, so that its callers
 * (pg_cron, a platform's cron, its admin pages) work unchanged.
 */
#ifndef RUNNER_ROUTES_H
#define RUNNER_ROUTES_H

#include "api/route.h"

extern const struct route runner_routes[];

#endif
