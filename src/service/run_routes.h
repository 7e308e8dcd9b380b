/* SPDX-License-Identifier: Apache-2.0 */
/* run_routes.h - /api/connections and /api/runs, for any connection of the plan; their arg is the
 * struct service. */
#ifndef RUN_ROUTES_H
#define RUN_ROUTES_H

#include "api/route.h"

extern const struct route run_routes[];

#endif
