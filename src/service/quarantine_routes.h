/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_routes.h - /api/quarantine: records that could not become rows; their arg is the
 * struct service. */
#ifndef QUARANTINE_ROUTES_H
#define QUARANTINE_ROUTES_H

#include "api/route.h"

extern const struct route quarantine_routes[];

#endif
