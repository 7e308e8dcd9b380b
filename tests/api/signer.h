/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer.h - an identity provider's key, made for the test, and tokens signed with it.
 */
#ifndef SIGNER_H
#define SIGNER_H

#include "api/access.h"

struct signer;

/* Ends the program when OpenSSL cannot. `bits` is of RSA keys; `kid` lives as long as the signer.
 */
struct signer *signer_new(enum jwt_algorithm algorithm, const char *kid, unsigned bits);
void signer_free(struct signer *s);

/* HS256's secret. */
struct str signer_secret(const struct signer *s);
/* The public key as a JSON Web Key; `more` are further members (",\"use\":\"enc\""), or "". */
struct str signer_jwk(struct arena *a, const struct signer *s, const char *more);
/* The public key as PEM: what an attacker takes for a secret. */
struct str signer_pem(struct arena *a, const struct signer *s);

struct str base64url_text(struct arena *a, struct str bytes);
/* HMAC-SHA-256, for who has found a secret. */
struct str hmac_token(struct arena *a, struct str secret, struct str header, struct str payload);
/* base64url(header) "." base64url(payload) "." base64url(signature). */
struct str signer_token(struct arena *a, const struct signer *s, struct str header,
			struct str payload);

#endif
