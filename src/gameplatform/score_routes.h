/* SPDX-License-Identifier: Apache-2.0 */
/* score_routes.h - asking for scores, and how the reading of them does. */
#ifndef SCORE_ROUTES_H
#define SCORE_ROUTES_H

#include "api/route.h"

extern const struct route score_routes[];

#endif
