/* SPDX-License-Identifier: Apache-2.0 */
/* rotation_routes.h - how the rotations of a connection do, over HTTP. */
#ifndef ROTATION_ROUTES_H
#define ROTATION_ROUTES_H

#include "api/route.h"

extern const struct route rotation_routes[]; /* ends with .method NULL; arg: struct service */

#endif
