/* SPDX-License-Identifier: Apache-2.0 */
/* competitor_routes.h - competitors: list, add, look, change, remove, recompute. */
#ifndef COMPETITOR_ROUTES_H
#define COMPETITOR_ROUTES_H

#include "api/route.h"

extern const struct route competitor_routes[]; /* .method NULL at the end */

#endif
