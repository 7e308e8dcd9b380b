/* SPDX-License-Identifier: Apache-2.0 */
/* register_routes.h - registering everybody who can be. */
#ifndef REGISTER_ROUTES_H
#define REGISTER_ROUTES_H

#include "api/call.h"

extern const struct route register_routes[];

#endif
