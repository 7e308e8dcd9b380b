/* SPDX-License-Identifier: Apache-2.0 */
/* overview_routes.h - /api/overview: how everything stands; its arg is the struct service. */
#ifndef OVERVIEW_ROUTES_H
#define OVERVIEW_ROUTES_H

#include "api/route.h"

extern const struct route overview_routes[];

#endif
