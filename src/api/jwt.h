/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt.h - a bearer token as a stranger sends it: taken apart, then held against the rules.
 *
 * Pure: the key and the time are given.  Nothing in a token chooses how it is checked; what it says
 * of its algorithm is only compared with the configuration.
 */
#ifndef JWT_H
#define JWT_H

#include "api/jose_key.h"

#define JWT_BYTES_MAX 4096
#define JWT_LEEWAY_S 30
#define JWT_SUBJECT_MAX 255

struct jwt {
	struct str algorithm, type, kid; /* kid empty: none */
	struct value claims;
	struct str issuer;      /* not believed yet: it says which configuration to check by */
	struct str signed_text; /* header "." payload */
	struct str signature;
};

/*
 * ERR_AUTH names the rule that is broken.  Only the form is looked at: three parts of strict
 * base64url, two JSON objects without duplicate members, no `crit`, no `zip`, no token inside, a
 * well-formed kid.  Keys and addresses that a header brings along (jwk, jku, x5u, x5c) are ignored.
 */
MUST_CHECK bool jwt_parse(struct arena *a, struct str token, struct jwt *out, struct err *e);

/* The rules of the issuer that come before the signature: iss, algorithm and typ. */
MUST_CHECK bool jwt_check_issuer(const struct jwt *t, const struct issuer *by, struct err *e);

/* The signature, then exp, iat, nbf, aud, sub, by wall time. */
MUST_CHECK bool jwt_verify(const struct jwt *t, const struct issuer *by, const struct jose_key *key,
			   int64_t now_ms, struct err *e);

/* Signed in as nobody: Supabase's anonymous users and its key for the public. */
bool jwt_is_anonymous(const struct jwt *t);

/* The claim at `path` ("app_metadata.role") as roles: a text or a list of texts, each a row of the
 * issuer's map or a role's name; others are passed over. */
unsigned jwt_roles(const struct jwt *t, const struct issuer *by);

#endif
