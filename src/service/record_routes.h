/* SPDX-License-Identifier: Apache-2.0 */
/* record_routes.h - rows of a connection's tables over HTTP, for administrators: they are personal;
 * their arg is the struct service. */
#ifndef RECORD_ROUTES_H
#define RECORD_ROUTES_H

#include "api/route.h"

extern const struct route record_routes[]; /* ends with .method NULL */

#endif
