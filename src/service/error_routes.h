/* SPDX-License-Identifier: Apache-2.0 */
/* error_routes.h - /api/errors: what went wrong lately, by what it is; their arg is the struct
 * service. */
#ifndef ERROR_ROUTES_H
#define ERROR_ROUTES_H

#include "api/route.h"

extern const struct route error_routes[];

#endif
