/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - credentials on a request, and OAuth tokens that are refreshed once and stored before
 * use.
 *
 * A connection has one token, whatever streams ask.  It lives sealed in the database.  Refreshing
 * is single-flight across threads, processes and machines: whoever holds the lease
 * "token:<connection>" refreshes, everyone else reads again.  A rotated refresh token is durable
 * before the access token that came with it is used.
 */
#ifndef AUTH_H
#define AUTH_H

#include "flow/draft.h"

/* Adds what the authenticator says; for OAuth this may refresh the token first. */
MUST_CHECK bool auth_apply(struct session *s, const struct requester *r, struct draft *d,
			   const struct scope *scope, struct err *e);

/*
 * The vendor refused the token that auth_apply() used last: the next auth_apply() gets a new one
 * whatever our clock says.  False (ERR_AUTH) when the authenticator has nothing to refresh.
 */
MUST_CHECK bool auth_refused(struct session *s, const struct requester *r, struct err *e);

/* Exchanges an authorization code (RFC 6749, 4.1.3) for the connection's first tokens and stores
 * them. */
MUST_CHECK bool auth_redeem(struct session *s, const struct authenticator *a, struct str code,
			    struct str redirect_url, struct err *e);

/*
 * The vendor's page on which a person allows the access (RFC 6749, 4.1.1): it sends the browser
 * back to `redirect_url` with a code and `state`.  ERR_CONFIG when the plan has no
 * oauth.authorize_url.
 */
MUST_CHECK bool auth_page(struct arena *a, const struct connection *c, struct str redirect_url,
			  struct str state, struct str *out, struct err *e);

/* The first OAuth authenticator of the manifest, or NULL. */
const struct authenticator *auth_of(const struct manifest *m);

#endif
