/* SPDX-License-Identifier: Apache-2.0 */
/* vendor_sign_in_routes.h - signing in at the vendor of any connection, over HTTP; their arg is the
 * struct service. */
#ifndef VENDOR_SIGN_IN_ROUTES_H
#define VENDOR_SIGN_IN_ROUTES_H

#include "api/route.h"

extern const struct route vendor_sign_in_routes[]; /* ends with .method NULL */

#endif
