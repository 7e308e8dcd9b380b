/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access_part.h - what access.c and its routes share.
 */
#ifndef ACCESS_PART_H
#define ACCESS_PART_H

#include "api/access_table.h"
#include "api/jwks.h"
#include "api/login_gate.h"

/* An issuer and where its key comes from: `secret` for HS256, `keys` for the others. */
struct provider {
	struct issuer issuer;
	struct jose_key *secret;
	struct jwks *keys;
	struct url_policy policy; /* of what is asked of it over the network */
};

struct access {
	struct arena *arena;
	struct provider *provider;
	size_t providers;
	struct client *client;
	struct clock *clock;
	struct login_gate *gate;
	bool cookie_secure;
	int64_t session_ms;
};

/* "__Host-lockstep" or "lockstep". */
struct str access_cookie_name(const struct access *acc);

/* The value of that cookie in a Cookie header; empty: none.  ERR_AUTH when there are two. */
MUST_CHECK bool access_cookie(struct str name, struct str header, struct str *out, struct err *e);

/* The token as if it stood in the Authorization header. */
MUST_CHECK bool access_bearer(struct access *acc, struct db *d, struct arena *a, struct str token,
			      struct identity *out, struct err *e);

/* By the plan's name; NULL. */
struct provider *access_provider(const struct access *acc, struct str name);

/* What a provider says of who signed in there; `nonce` empty: that was looked at before. */
struct id_token {
	struct str token, nonce;
};
/* Its audience is the client_id; nothing else about it differs. */
MUST_CHECK bool access_id_token(struct access *acc, struct provider *p, const struct id_token *it,
				struct db *d, struct arena *a, struct identity *out, struct err *e);

#endif
