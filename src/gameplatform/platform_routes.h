/* SPDX-License-Identifier: Apache-2.0 */
/* platform_routes.h - /api/game-platform: registering, mirroring, drift, password reset, status. */
#ifndef PLATFORM_ROUTES_H
#define PLATFORM_ROUTES_H

#include "api/call.h"

extern const struct route platform_routes[];

#endif
