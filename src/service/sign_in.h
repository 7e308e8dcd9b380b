/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_in.h - how a person gives Lockstep access at a vendor (OAuth), how that stands, and how it
 * is taken back.
 *
 * Always: the redirect URL comes from the plan, never from a request.  `state` is sealed text that
 * only we can have made: for this connection, by this administrator, for ten minutes; a callback,
 * which anybody can reach, believes nothing else.  No token is ever in an answer.
 */
#ifndef SIGN_IN_H
#define SIGN_IN_H

#include "service/connection.h"

struct sign_in_state {
	const char *status; /* "no_token", "valid", "expiring_soon" (less than an hour), "expired",
			       "error" */
	struct str message, next;                 /* next: what a person does, or empty */
	int64_t expires_ms, renewed_ms, since_ms; /* wall; 0 unknown */
	bool has_refresh;
};
MUST_CHECK bool sign_in_state(const struct call *c, const struct connection *n,
			      struct sign_in_state *out, struct err *e);

/* {url, redirect_url}: the vendor's page on which the access is allowed; into the audit log. */
MUST_CHECK bool sign_in_vendor_page(const struct call *c, const struct connection *n,
				    struct value *out, struct err *e);

/* The browser came back with `code` and `state` in the query.  *answered: with a problem, for the
 * access was not allowed.  `vendor` is its name for people. */
MUST_CHECK bool sign_in_finish(struct call *c, const struct connection *n, struct str vendor,
			       bool *answered, struct err *e);
/* The members of such a query. */
extern const struct field sign_in_query[];

/* Forgets the tokens; *was says whether there were any. */
MUST_CHECK bool sign_in_revoke(struct call *c, const struct connection *n, bool *was,
			       struct err *e);

#endif
