/* SPDX-License-Identifier: Apache-2.0 */
/* team_routes.h - teams: list, add, look, change, delete. */
#ifndef TEAM_ROUTES_H
#define TEAM_ROUTES_H

#include "api/route.h"

extern const struct route team_routes[]; /* .method NULL at the end */

#endif
