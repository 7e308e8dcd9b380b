/* SPDX-License-Identifier: Apache-2.0 */
/* outbox_routes.h - /api/outbox and /api/conflicts; their arg is the struct service. */
#ifndef OUTBOX_ROUTES_H
#define OUTBOX_ROUTES_H

#include "api/route.h"

extern const struct route outbox_routes[];
extern const struct route conflict_routes[];

#endif
