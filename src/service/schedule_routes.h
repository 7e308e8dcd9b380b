/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_routes.h - /api/schedules; the arg is the struct service. */
#ifndef SCHEDULE_ROUTES_H
#define SCHEDULE_ROUTES_H

#include "api/route.h"

extern const struct route schedule_routes[];

#endif
