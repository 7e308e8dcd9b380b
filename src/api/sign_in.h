/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_in.h - signing in by a provider: the authorization code flow with PKCE (OAuth 2.1, OpenID
 * Connect), run by the server for a browser that only carries it along.
 *
 * All that one sign-in needs is made of one random secret, which the browser has in a cookie that
 * no script reads: the state that comes back by the address, the nonce that comes back in the
 * id_token, and the verifier that the code is exchanged with.  So nothing is kept here meanwhile,
 * and a code that was got elsewhere cannot be brought in.
 */
#ifndef SIGN_IN_H
#define SIGN_IN_H

#include "api/access_part.h"

#define SIGN_IN_MS (INT64_C(10) * 60 * 1000) /* how long a person may take at the provider */
#define SIGN_IN_FROM_MAX 500

/* ---- where one came from ---- */

/* A path of our own pages, to which a browser may be sent: never another host's, nor the API. */
bool sign_in_path_ok(struct str path);

/* ---- what the browser carries ---- */

struct sign_in_errand {
	struct str secret;
	struct str from; /* a good path */
};
struct sign_in_errand sign_in_errand_new(struct arena *a, struct str from);
struct str sign_in_errand_text(struct arena *a, const struct sign_in_errand *w);
/* False when it is none of ours. */
bool sign_in_errand_read(struct arena *a, struct str text, struct sign_in_errand *out);

/* ---- the flow ---- */

struct sign_in_flow {
	struct access *access;
	struct provider *provider;
	struct sign_in_errand errand;
	struct str redirect_url; /* as the provider knows it */
};

/* Whether the provider has the flow; else a page, or nothing. */
bool sign_in_has_flow(const struct provider *p);

/* The provider's page. */
MUST_CHECK bool sign_in_page(const struct sign_in_flow *f, struct arena *a, struct str *url,
			     struct err *e);

/* Whether the state is this flow's; takes the same time wherever it differs. */
bool sign_in_state_is(const struct sign_in_flow *f, struct arena *a, struct str state);

/* Who came back with that code, and by what the session goes.  ERR_AUTH when the provider's answer
 * names nobody who may come in; other kinds when it could not be had. */
MUST_CHECK bool sign_in_redeem(const struct sign_in_flow *f, struct db *d, struct arena *a,
			       struct str code, struct identity *who, struct login_draft *draft,
			       struct err *e);

#endif
