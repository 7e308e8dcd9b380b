/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwks.h - the public keys that an issuer publishes, kept for a while (RFC 7517).
 *
 * Good for ten minutes.  A kid that is not among them fetches anew, but not within 30 s of the last
 * try; when fetching fails, what is there serves on for a day at most.  Any number of threads may
 * ask; one of them fetches, and no lock is held meanwhile.  Those who need what it fetches wait for
 * it, a few of them; the others are told to come again, so that tokens of made-up keys do not hold
 * up all threads of a server.
 */
#ifndef JWKS_H
#define JWKS_H

#include "api/jose_key.h"

#define JWKS_TTL_MS (INT64_C(10) * 60 * 1000)
#define JWKS_COOL_DOWN_MS (INT64_C(30) * 1000)
#define JWKS_STALE_MS (INT64_C(24) * 60 * 60 * 1000)
#define JWKS_KEYS_MAX 32
#define JWKS_WAITING_MAX 3
#define JWKS_BYTES_MAX ((size_t)64 * 1024)

struct jwks;

struct jwks_options {
	struct str url; /* lives as long as the cache */
	enum jwt_algorithm algorithm;
	bool allow_http; /* and private addresses */
	struct client *client;
	struct clock *clock;
};

struct jwks *jwks_new(const struct jwks_options *o);
void jwks_free(struct jwks *j);

/*
 * The key of that kid, to be given back by jose_key_unref().  ERR_AUTH when there is none,
 * ERR_TRANSIENT when no keys could be fetched for too long, or too many wait for them.
 */
MUST_CHECK bool jwks_find(struct jwks *j, struct str kid, struct jose_key **out, struct err *e);

#endif
