/* SPDX-License-Identifier: Apache-2.0 */
/* plan_routes.h - what the plan in force says of a connection, over HTTP;
 * their arg is the struct service. */
#ifndef PLAN_ROUTES_H
#define PLAN_ROUTES_H

#include "api/route.h"

extern const struct route plan_routes[]; /* ends with .method NULL */

#endif
