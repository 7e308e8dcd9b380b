/* SPDX-License-Identifier: Apache-2.0 */
/* coach_routes.h - coaches and administrators, as profiles. */
#ifndef COACH_ROUTES_H
#define COACH_ROUTES_H

#include "api/route.h"

extern const struct route coach_routes[]; /* .method NULL at the end */

#endif
