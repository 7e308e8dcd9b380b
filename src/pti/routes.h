/* SPDX-License-Identifier: Apache-2.0 */
/* routes.h - ratings over HTTP: link, refresh, unlink, status, history, rosters, runs, budget,
 * lists. */
#ifndef PTI_ROUTES_H
#define PTI_ROUTES_H

#include "api/route.h"

extern const struct route pti_player_routes[];
extern const struct route pti_desk_routes[];
extern const struct route pti_linked_routes[];

#endif
