/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stand_in.h - an API to test the API with: a few routes, and an access check that believes names.
 *
 * "Authorization: Bearer admin" is an administrator, "coach:7" the coach with the id 7; the cookie
 * "who=admin" the same by a session.  "coach:7@one" comes from the provider one, "viewer:past" has
 * expired.  "broken" makes the check fail as a lost database would.
 */
#ifndef STAND_IN_H
#define STAND_IN_H

#include "api/api.h"

extern const struct route stand_in_routes[];

/* How often POST /api/things was handled. */
int stand_in_made(void);
/* Who says so is nobody from now on; "": everybody is who they say. */
void stand_in_withdraw(const char *who);
/* GET /api/wait answers after this; each call lets one through. */
void stand_in_let_go(void);
/* Returns once so many requests wait in GET /api/wait. */
void stand_in_await(int waiting);

#endif
