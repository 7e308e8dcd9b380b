/* SPDX-License-Identifier: Apache-2.0 */
/* webhook_routes.h - where vendors call: /api/webhooks/CONNECTION/NAME; the arg is the struct
 * service. */
#ifndef WEBHOOK_ROUTES_H
#define WEBHOOK_ROUTES_H

#include "api/route.h"

extern const struct route webhook_routes[];

#endif
