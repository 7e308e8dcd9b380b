/* SPDX-License-Identifier: Apache-2.0 */
/* inspection_routes.h - the live test of a connection, over HTTP;
 * their arg is the struct service. */
#ifndef INSPECTION_ROUTES_H
#define INSPECTION_ROUTES_H

#include "api/route.h"

extern const struct route inspection_routes[]; /* ends with .method NULL */

#endif
