/* SPDX-License-Identifier: Apache-2.0 */
/* console_routes.h - what the console's frame asks first; their arg is the struct service. */
#ifndef CONSOLE_ROUTES_H
#define CONSOLE_ROUTES_H

#include "api/route.h"

extern const struct route console_routes[];

#endif
