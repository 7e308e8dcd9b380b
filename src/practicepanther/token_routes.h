/* SPDX-License-Identifier: Apache-2.0 */
/* token_routes.h - /api/admin/pp-token/…: state, authorization page, callback, revoke; their arg is
 * the struct service. */
#ifndef TOKEN_ROUTES_H
#define TOKEN_ROUTES_H

#include "api/route.h"

extern const struct route practicepanther_token_routes[];

#endif
