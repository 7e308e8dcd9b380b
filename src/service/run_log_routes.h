/* SPDX-License-Identifier: Apache-2.0 */
/* run_log_routes.h - /api/runs: list, export, one, undo; their arg is the struct service. */
#ifndef RUN_LOG_ROUTES_H
#define RUN_LOG_ROUTES_H

#include "api/route.h"

extern const struct route run_log_routes[];

#endif
