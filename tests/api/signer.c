/* SPDX-License-Identifier: Apache-2.0 */
/* signer.c - keys and signatures, made by OpenSSL for the test. */
#include "signer.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>

#define NUMBER_MAX 1024

struct signer {
	enum jwt_algorithm algorithm;
	const char *kid;
	EVP_PKEY *key;
	unsigned char secret[32];
};

static void need(bool ok)
{
	if (!ok)
		abort();
}

struct signer *signer_new(enum jwt_algorithm algorithm, const char *kid, unsigned bits)
{
	struct signer *s = calloc(1, sizeof(*s));

	need(s && sodium_init() >= 0);
	s->algorithm = algorithm;
	s->kid = kid;
	randombytes_buf(s->secret, sizeof(s->secret));
	if (algorithm == JWT_RS256)
		s->key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	else if (algorithm == JWT_ES256)
		s->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	else if (algorithm == JWT_EDDSA)
		s->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	need(s->key || algorithm == JWT_HS256);
	return s;
}

void signer_free(struct signer *s)
{
	EVP_PKEY_free(s->key);
	free(s);
}

struct str signer_secret(const struct signer *s)
{
	return (struct str){ (const char *)s->secret, sizeof(s->secret) };
}

struct str base64url_text(struct arena *a, struct str bytes)
{
	size_t size =
		sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(a, size);

	sodium_bin2base64(text, size, (const unsigned char *)bytes.at, bytes.len,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return str_from(text);
}

/* A number of the key, `len` bytes long (0: as long as it is). */
static struct str number(struct arena *a, const struct signer *s, const char *name, int len)
{
	unsigned char *bytes = arena_alloc(a, NUMBER_MAX);
	BIGNUM *n = NULL;

	need(EVP_PKEY_get_bn_param(s->key, name, &n) == 1);
	len = len ? len : BN_num_bytes(n);
	need(BN_bn2binpad(n, bytes, len) == len);
	BN_free(n);
	return base64url_text(a, (struct str){ (const char *)bytes, (size_t)len });
}

struct str signer_jwk(struct arena *a, const struct signer *s, const char *more)
{
	unsigned char raw[32];
	size_t len = sizeof(raw);
	struct str x, y;

	if (s->algorithm == JWT_RS256) {
		x = number(a, s, OSSL_PKEY_PARAM_RSA_N, 0);
		y = number(a, s, OSSL_PKEY_PARAM_RSA_E, 0);
		return str_printf(
			a, "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%.*s\",\"e\":\"%.*s\"%s}",
			s->kid, STR_ARG(x), STR_ARG(y), more);
	}
	if (s->algorithm == JWT_ES256) {
		x = number(a, s, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		y = number(a, s, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
		return str_printf(a,
				  "{\"kty\":\"EC\",\"kid\":\"%s\",\"crv\":\"P-256\",\"x\":\"%.*s\","
				  "\"y\":\"%.*s\"%s}",
				  s->kid, STR_ARG(x), STR_ARG(y), more);
	}
	need(EVP_PKEY_get_raw_public_key(s->key, raw, &len) == 1);
	x = base64url_text(a, (struct str){ (const char *)raw, len });
	return str_printf(a,
			  "{\"kty\":\"OKP\",\"kid\":\"%s\",\"crv\":\"Ed25519\",\"x\":\"%.*s\"%s}",
			  s->kid, STR_ARG(x), more);
}

struct str signer_pem(struct arena *a, const struct signer *s)
{
	BIO *b = BIO_new(BIO_s_mem());
	struct str text;
	char *at;
	long len;

	need(b && PEM_write_bio_PUBKEY(b, s->key) == 1);
	len = BIO_get_mem_data(b, &at);
	text = str_keep(a, (struct str){ at, (size_t)len });
	BIO_free(b);
	return text;
}

static struct str hmac(struct arena *a, struct str secret, struct str text)
{
	unsigned char *mac = arena_alloc(a, crypto_auth_hmacsha256_BYTES);
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.at, secret.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.at, text.len);
	crypto_auth_hmacsha256_final(&state, mac);
	return (struct str){ (const char *)mac, crypto_auth_hmacsha256_BYTES };
}

/* From OpenSSL's DER to r and s, 32 bytes each. */
static struct str raw_signature(struct arena *a, struct str der)
{
	const unsigned char *at = (const unsigned char *)der.at;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	unsigned char *raw = arena_alloc(a, 64);

	need(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32);
	ECDSA_SIG_free(sig);
	return (struct str){ (const char *)raw, 64 };
}

static struct str sign(struct arena *a, const struct signer *s, struct str text)
{
	const EVP_MD *digest = s->algorithm == JWT_EDDSA ? NULL : EVP_sha256();
	unsigned char *out = arena_alloc(a, NUMBER_MAX);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = NUMBER_MAX;
	struct str signature;

	need(c && EVP_DigestSignInit(c, NULL, digest, NULL, s->key) == 1 &&
	     EVP_DigestSign(c, out, &len, (const unsigned char *)text.at, text.len) == 1);
	EVP_MD_CTX_free(c);
	signature = (struct str){ (const char *)out, len };
	return s->algorithm == JWT_ES256 ? raw_signature(a, signature) : signature;
}

static struct str signing_text(struct arena *a, struct str header, struct str payload)
{
	struct str h = base64url_text(a, header), p = base64url_text(a, payload);

	return str_printf(a, "%.*s.%.*s", STR_ARG(h), STR_ARG(p));
}

static struct str with_signature(struct arena *a, struct str text, struct str signature)
{
	struct str s = base64url_text(a, signature);

	return str_printf(a, "%.*s.%.*s", STR_ARG(text), STR_ARG(s));
}

struct str hmac_token(struct arena *a, struct str secret, struct str header, struct str payload)
{
	struct str text = signing_text(a, header, payload);

	return with_signature(a, text, hmac(a, secret, text));
}

struct str signer_token(struct arena *a, const struct signer *s, struct str header,
			struct str payload)
{
	struct str text = signing_text(a, header, payload);

	if (s->algorithm == JWT_HS256)
		return hmac_token(a, signer_secret(s), header, payload);
	return with_signature(a, text, sign(a, s, text));
}
