/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stand_in.h - an API to test the API with: a few routes, and an access check that believes names.
 *
 * "Authorization: Bearer admin" is an administrator, "coach:7" the coach with the id 7; the cookie
 * "who=admin" the same by a session.  "broken" makes the check fail as a lost database would.
 */
#ifndef STAND_IN_H
#define STAND_IN_H

#include "api/api.h"

extern const struct route stand_in_routes[];

/* How often POST /api/things was handled. */
int stand_in_made(void);
/* GET /api/wait answers after this; each call lets one through. */
void stand_in_let_go(void);
/* Returns once so many requests wait in GET /api/wait. */
void stand_in_await(int waiting);

#endif
