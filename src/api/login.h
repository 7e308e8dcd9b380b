/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.h - what every way of signing in ends in: a session, its audit entry and its cookie.
 */
#ifndef LOGIN_H
#define LOGIN_H

#include "api/access_part.h"
#include "api/call.h"

/* A cookie of ours for this browser; `age_s` 0 takes it away. */
void login_cookie_set(struct call *c, const struct access *acc, struct str name, struct str value,
		      int64_t age_s);

/* The secret of the session that came along, or empty. */
struct str login_cookie_given(struct call *c, const struct access *acc);

/* Begins the session, and ends the one that came along.  `by` says in the audit log how they came,
 * NULL: with a password. */
MUST_CHECK bool login_enter(struct call *c, const struct login_draft *draft, const char *by,
			    struct err *e);

/* Waits that failures here have earned: answers 429 and says so. */
bool login_must_wait(struct call *c, struct str name);

#endif
