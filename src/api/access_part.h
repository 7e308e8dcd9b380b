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
};

struct access {
	struct arena *arena;
	struct provider *provider;
	size_t providers;
	struct clock *clock;
	struct login_gate *gate;
	bool cookie_secure;
	int64_t session_ms;
};

/* "__Host-lockstep" or "lockstep". */
struct str access_cookie_name(const struct access *acc);

/* The value of our cookie in a Cookie header; empty: none.  ERR_AUTH when there are two. */
MUST_CHECK bool access_cookie(const struct access *acc, struct str header, struct str *out,
			      struct err *e);

#endif
