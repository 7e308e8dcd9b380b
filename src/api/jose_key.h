/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jose_key.h - a key that tokens are checked with, bound to the one algorithm it is for.
 *
 * Its algorithm comes from the configuration, so that a public key can never be used as the secret
 * of an HMAC.  Shared between threads; what it holds does not change.
 */
#ifndef JOSE_KEY_H
#define JOSE_KEY_H

#include "api/access.h"

#define JOSE_KID_MAX 64
#define JOSE_SECRET_MIN 32

struct jose_key;

/* "HS256", "RS256", "ES256", "EdDSA": exactly as in a token's header. */
struct str jwt_algorithm_name(enum jwt_algorithm algorithm);

/* 1 to JOSE_KID_MAX of [A-Za-z0-9_-]. */
bool jose_kid_ok(struct str kid);

/* HS256.  ERR_CONFIG when it is shorter than 32 bytes or well known. */
MUST_CHECK bool jose_key_secret(struct str secret, struct jose_key **out, struct err *e);

/*
 * RS256, ES256, EdDSA: from a JSON Web Key (RFC 7517).  ERR_REMOTE says what about it is not fit:
 * another type, use or algorithm, no usable kid, an RSA key outside 2048 to 8192 bits, a point off
 * the curve, or a private part that should have stayed at home.
 */
MUST_CHECK bool jose_key_public(struct value jwk, enum jwt_algorithm algorithm,
				struct jose_key **out, struct err *e);

struct jose_key *jose_key_ref(struct jose_key *k);
void jose_key_unref(struct jose_key *k); /* NULL is allowed */

struct str jose_key_kid(const struct jose_key *k); /* empty: a secret */
enum jwt_algorithm jose_key_algorithm(const struct jose_key *k);

/* Whether `signature` (as JWS has it: r and s of ES256 as 64 bytes) is over `text`. */
bool jose_key_verify(const struct jose_key *k, struct str text, struct str signature);

#endif
