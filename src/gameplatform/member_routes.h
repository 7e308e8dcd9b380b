/* SPDX-License-Identifier: Apache-2.0 */
/* member_routes.h - who is on a team: list, add, move, take off. */
#ifndef MEMBER_ROUTES_H
#define MEMBER_ROUTES_H

#include "api/route.h"

extern const struct route member_routes[]; /* .method NULL at the end */

#endif
