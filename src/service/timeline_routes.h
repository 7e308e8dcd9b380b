/* SPDX-License-Identifier: Apache-2.0 */
/* timeline_routes.h - what happened to a connection, over HTTP;
 * their arg is the struct service. */
#ifndef TIMELINE_ROUTES_H
#define TIMELINE_ROUTES_H

#include "api/route.h"

extern const struct route timeline_routes[]; /* ends with .method NULL */

#endif
