/* SPDX-License-Identifier: Apache-2.0 */
/* cron_routes.h - /api/admin/cron-jobs, as the game platform's specification names it; the arg is
 * the struct service. */
#ifndef CRON_ROUTES_H
#define CRON_ROUTES_H

#include "api/route.h"

extern const struct route cron_routes[];

#endif
