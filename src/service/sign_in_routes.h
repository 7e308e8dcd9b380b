/* SPDX-License-Identifier: Apache-2.0 */
/* sign_in_routes.h - signing in at the vendor of any connection, over HTTP; their arg is the struct
 * service. */
#ifndef SIGN_IN_ROUTES_H
#define SIGN_IN_ROUTES_H

#include "api/route.h"

extern const struct route sign_in_routes[]; /* ends with .method NULL */

#endif
