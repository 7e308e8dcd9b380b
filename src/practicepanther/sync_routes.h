/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync_routes.h - /api/sync/…, the endpoints of PracticePanther's specification; their arg is the
 * struct service.  Answers keep the original's envelope, {"status": "success", "data": …}; errors
 * are problem documents like everywhere.
 */
#ifndef SYNC_ROUTES_H
#define SYNC_ROUTES_H

#include "api/route.h"

extern const struct route practicepanther_sync_routes[];

#endif
