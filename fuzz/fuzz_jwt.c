/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_jwt.c - a bearer token from a stranger: it is taken apart without harm, and never believed,
 * for nobody has the key that it would have to be signed with.
 */
#include "api/jwt.h"
#include "data/json.h"
#include "store/seal.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 24)
#define NOW_MS INT64_C(1772366400000)
#define KINDS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Public keys of key pairs that were thrown away, and a secret of chance made at the start. */
static const char *const published[KINDS] = {
	[JWT_RS256] =
		"{\"kty\":\"RSA\",\"kid\":\"k1\",\"n\":\"zbZ9gM5f2Kt4QjA8Ao-TBeFAfHCGjn4Kc3-oOVOkVSig"
		"VB45dH5KI2l244eZ16XVvxnRzr8PDu1fG7YK-Lm1WsxKmPDryg7gArSQUXiT2oMPnolxuoGeLP-IvncBCUNO"
		"d9xOUkEpZ5ZZT-osTE3JXnxN7ZIIkC1u3KjCKIAtbKAET8y2fZAarC9gfpTNto4DnVGMIaz0slJ2e6uikj-0"
		"op2Qq_83x38LefJYwPsCgNDLoL5bgQRo2jIdwrhRfe6m0GH9OaDG7szlBSl6hydnyECaq8ub_J8icrD7iExN"
		"mhM7CUqfdySyxpK6TBuNOFYRLqPxLDDTGnorlqGa_RGtBw\",\"e\":\"AQAB\"}",
	[JWT_ES256] =
		"{\"kty\":\"EC\",\"kid\":\"k1\",\"crv\":\"P-256\",\"x\":\"vZQuPp8KoP-bY30oz_XsLXa7bXJ"
		"TMR4ju1KmqaVtHdI\",\"y\":\"Ksat0fVsRkllkp0bxadmHxCZmotboG-FQB6cvKn4bWg\"}",
	[JWT_EDDSA] =
		"{\"kty\":\"OKP\",\"kid\":\"k1\",\"crv\":\"Ed25519\",\"x\":\"XUXnsS8KQWU4U8q-ElAuvYtf"
		"HL8g2aMthfih1uNStBw\"}",
};

static struct jose_key *key[KINDS];

static void keys_make(void)
{
	AUTO_ARENA *a = arena_new("keys", ARENA_BYTES);
	struct str secret = random_text(a, 32);
	struct value jwk;
	struct err e;

	if (!jose_key_secret(secret, &key[JWT_HS256], &e))
		abort();
	for (int i = JWT_RS256; i < KINDS; i++)
		if (!json_parse(a, str_from(published[i]), &jwk, NULL, &e) ||
		    !jose_key_public(jwk, (enum jwt_algorithm)i, &key[i], &e))
			abort();
}

static void must_be_refused(const struct jwt *t, enum jwt_algorithm algorithm)
{
	struct issuer by = { .algorithm = algorithm,
			     .issuer = t->issuer,
			     .audience = STR("authenticated"),
			     .roles_claim = STR("app_metadata.role") };
	struct err e = { 0 };

	if (jwt_check_issuer(t, &by, &e) && !str_eq(t->algorithm, jwt_algorithm_name(algorithm)))
		abort();
	if (jwt_verify(t, &by, key[algorithm], NOW_MS, &e) || e.kind != ERR_AUTH)
		abort();
	if (jwt_roles(t, &by) & ~ROLE_ALL)
		abort();
	(void)jwt_is_anonymous(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str token = { (const char *)data, size };
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct err e = { 0 };
	struct value v;
	struct jwt t;

	if (!key[JWT_HS256])
		keys_make();
	if (jwt_parse(a, token, &t, &e)) {
		if (size > JWT_BYTES_MAX || json_has_duplicates(t.claims))
			abort();
		for (int i = JWT_HS256; i < KINDS; i++)
			must_be_refused(&t, (enum jwt_algorithm)i);
	} else if (e.kind != ERR_AUTH) {
		abort();
	}
	/* The same bytes as a key that an issuer publishes. */
	if (json_parse(a, token, &v, NULL, &e))
		for (int i = JWT_RS256; i < KINDS; i++) {
			struct jose_key *k;

			if (v.kind == VALUE_MAP &&
			    jose_key_public(v, (enum jwt_algorithm)i, &k, &e))
				jose_key_unref(k);
		}
	return 0;
}
