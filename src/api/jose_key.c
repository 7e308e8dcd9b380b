/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jose_key.c - keys and signatures of JSON Web Tokens, by OpenSSL and libsodium.
 */
#include "api/jose_key.h"

#include "api/base64url.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define RSA_EXPONENT_BYTES_MAX 8
#define PART_BYTES_MAX 1024 /* RSA_BITS_MAX as bytes */
#define COORDINATE_BYTES 32
#define ES256_BYTES (2 * COORDINATE_BYTES)
#define DISTINCT_BYTES_MIN 8

struct jose_key {
	atomic_uint refs;
	enum jwt_algorithm algorithm;
	char kid[JOSE_KID_MAX + 1];
	EVP_PKEY *pkey;        /* all but HS256 */
	unsigned char *secret; /* HS256 */
	size_t secret_len;
};

static const char *const algorithm_names[] = {
	[JWT_HS256] = "HS256",
	[JWT_RS256] = "RS256",
	[JWT_ES256] = "ES256",
	[JWT_EDDSA] = "EdDSA",
};

struct str jwt_algorithm_name(enum jwt_algorithm algorithm)
{
	assert((size_t)algorithm < COUNT(algorithm_names));
	return str_from(algorithm_names[algorithm]);
}

bool jose_kid_ok(struct str kid)
{
	static const char fit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	for (size_t i = 0; i < kid.len; i++)
		if (!kid.at[i] || !strchr(fit, kid.at[i]))
			return false;
	return kid.len > 0 && kid.len <= JOSE_KID_MAX;
}

static struct jose_key *key_new(enum jwt_algorithm algorithm)
{
	struct jose_key *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	atomic_init(&k->refs, 1);
	k->algorithm = algorithm;
	return k;
}

struct jose_key *jose_key_ref(struct jose_key *k)
{
	atomic_fetch_add(&k->refs, 1);
	return k;
}

void jose_key_unref(struct jose_key *k)
{
	if (!k || atomic_fetch_sub(&k->refs, 1) != 1)
		return;
	if (k->secret)
		sodium_memzero(k->secret, k->secret_len);
	free(k->secret);
	EVP_PKEY_free(k->pkey);
	free(k);
}

struct str jose_key_kid(const struct jose_key *k)
{
	return str_from(k->kid);
}

enum jwt_algorithm jose_key_algorithm(const struct jose_key *k)
{
	return k->algorithm;
}

/* ---- secrets ---- */

/* Long enough, and in everybody's hands: from tutorials, templates and documentation. */
static const char *const well_known[] = {
	"your-secret-key-change-in-production",
	"your-secret-key-change-this-in-production",
	"your-super-secret-key-change-in-production",
	"your-super-secret-jwt-key-change-in-production",
	"your-super-secret-jwt-key-change-this-in-production",
	"your-super-secret-jwt-token-with-at-least-32-characters-long",
	"super-secret-jwt-token-with-at-least-32-characters-long",
	"a-string-secret-at-least-256-bits-long",
	"a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
	"your-256-bit-secret-your-256-bit-secret",
	"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
	"please-change-this-secret-in-production",
	"change-this-to-a-secure-random-string",
	"change-me-in-production-please-32-chars",
	"this-is-a-very-long-secret-key-for-jwt",
	"my-32-character-ultra-secure-and-ultra-long-secret",
};

/* Words that only a placeholder holds; a random secret practically never. */
static const char *const telling[] = { "change-me",
				       "changeme",
				       "change_me",
				       "change-this",
				       "change_this",
				       "change-in-production",
				       "change_in_production",
				       "your-secret",
				       "your_secret",
				       "your-super-secret",
				       "replace-me" };

static bool has_nocase(struct str s, struct str part)
{
	for (size_t i = 0; i + part.len <= s.len; i++)
		if (str_eq_nocase(str_slice(s, i, i + part.len), part))
			return true;
	return false;
}

static bool is_guessable(struct str secret)
{
	bool seen[256] = { false };
	size_t distinct = 0;

	for (size_t i = 0; i < COUNT(well_known); i++)
		if (str_eq_nocase(secret, str_from(well_known[i])))
			return true;
	for (size_t i = 0; i < COUNT(telling); i++)
		if (has_nocase(secret, str_from(telling[i])))
			return true;
	for (size_t i = 0; i < secret.len; i++) {
		bool *at = &seen[(unsigned char)secret.at[i]];

		distinct += !*at;
		*at = true;
	}
	return distinct < DISTINCT_BYTES_MIN;
}

bool jose_key_secret(struct str secret, struct jose_key **out, struct err *e)
{
	struct jose_key *k;

	if (secret.len < JOSE_SECRET_MIN)
		return err_set(e, ERR_CONFIG, "the secret is shorter than %d bytes",
			       JOSE_SECRET_MIN);
	if (is_guessable(secret))
		return err_set(
			e, ERR_CONFIG,
			"the secret is well known or easy to guess: whoever has it makes "
			"tokens of any user; take 32 random bytes (openssl rand -base64 32)");
	k = key_new(JWT_HS256);
	k->secret = malloc(secret.len);
	if (!k->secret)
		abort();
	memcpy(k->secret, secret.at, secret.len);
	k->secret_len = secret.len;
	*out = k;
	return true;
}

/* ---- public keys ---- */

struct part {
	unsigned char at[PART_BYTES_MAX];
	size_t len;
};

static bool is_text(struct value jwk, const char *name, const char *wanted)
{
	struct value v = value_get(jwk, str_from(name));

	return v.kind == VALUE_STR && str_eq(v.s, str_from(wanted));
}

/* Not there, or the text. */
static bool may_be(struct value jwk, const char *name, const char *wanted)
{
	return value_get(jwk, str_from(name)).kind == VALUE_UNDEFINED || is_text(jwk, name, wanted);
}

static bool read_part(struct value jwk, const char *name, struct part *p, struct err *e)
{
	struct value v = value_get(jwk, str_from(name));

	if (v.kind != VALUE_STR || !base64url_read(v.s, p->at, sizeof(p->at), &p->len))
		return err_set(e, ERR_REMOTE, "its '%s' is no base64url, or too long", name);
	return true;
}

static bool from_params(const char *type, OSSL_PARAM *params, EVP_PKEY **out, struct err *e)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	bool ok = c && EVP_PKEY_fromdata_init(c) == 1 &&
		  EVP_PKEY_fromdata(c, out, EVP_PKEY_PUBLIC_KEY, params) == 1;

	EVP_PKEY_CTX_free(c);
	return ok || err_set(e, ERR_REMOTE, "it is no %s key", type);
}

static bool make_rsa(const struct part *n, const struct part *exponent, EVP_PKEY **out,
		     struct err *e)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *bn = BN_bin2bn(n->at, (int)n->len, NULL);
	BIGNUM *be = BN_bin2bn(exponent->at, (int)exponent->len, NULL);
	OSSL_PARAM *params = NULL;
	bool ok = false;

	if (b && bn && be && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be))
		params = OSSL_PARAM_BLD_to_param(b);
	if (!params)
		err_set(e, ERR_REMOTE, "it is no RSA key");
	else if (BN_num_bits(bn) < RSA_BITS_MIN || BN_num_bits(bn) > RSA_BITS_MAX)
		err_set(e, ERR_REMOTE, "an RSA key must have %d to %d bits, this has %d",
			RSA_BITS_MIN, RSA_BITS_MAX, BN_num_bits(bn));
	else if (!BN_is_odd(be) || BN_is_one(be))
		err_set(e, ERR_REMOTE, "its exponent is not fit");
	else
		ok = from_params("RSA", params, out, e);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(bn);
	BN_free(be);
	return ok;
}

static bool read_rsa(struct value jwk, EVP_PKEY **out, struct err *e)
{
	struct part n, exponent;

	if (!read_part(jwk, "n", &n, e) || !read_part(jwk, "e", &exponent, e))
		return false;
	if (exponent.len > RSA_EXPONENT_BYTES_MAX)
		return err_set(e, ERR_REMOTE, "its exponent is not fit");
	return make_rsa(&n, &exponent, out, e);
}

static bool is_on_curve(EVP_PKEY *key)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool ok = c && EVP_PKEY_public_check(c) == 1;

	EVP_PKEY_CTX_free(c);
	return ok;
}

static bool read_ec(struct value jwk, EVP_PKEY **out, struct err *e)
{
	unsigned char point[1 + ES256_BYTES] = { 4 /* not compressed */ };
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;
	struct part x, y;

	if (!is_text(jwk, "crv", "P-256"))
		return err_set(e, ERR_REMOTE, "its curve is not P-256");
	if (!read_part(jwk, "x", &x, e) || !read_part(jwk, "y", &y, e))
		return false;
	if (x.len != COORDINATE_BYTES || y.len != COORDINATE_BYTES)
		return err_set(e, ERR_REMOTE, "its coordinates are not 32 bytes long");
	memcpy(point + 1, x.at, COORDINATE_BYTES);
	memcpy(point + 1 + COORDINATE_BYTES, y.at, COORDINATE_BYTES);
	if (!from_params("EC", params, &key, e))
		return false;
	if (!is_on_curve(key)) {
		EVP_PKEY_free(key);
		return err_set(e, ERR_REMOTE, "its point is not on the curve");
	}
	*out = key;
	return true;
}

static bool read_ed25519(struct value jwk, EVP_PKEY **out, struct err *e)
{
	struct part x;

	if (!is_text(jwk, "crv", "Ed25519"))
		return err_set(e, ERR_REMOTE, "its curve is not Ed25519");
	if (!read_part(jwk, "x", &x, e))
		return false;
	if (x.len == COORDINATE_BYTES)
		*out = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.at, x.len);
	return (x.len == COORDINATE_BYTES && *out) ||
	       err_set(e, ERR_REMOTE, "it is no Ed25519 key");
}

struct jwk_form {
	const char *kty;
	bool (*read)(struct value jwk, EVP_PKEY **out, struct err *e);
};

static const struct jwk_form forms[] = {
	[JWT_HS256] = { "oct", NULL },
	[JWT_RS256] = { "RSA", read_rsa },
	[JWT_ES256] = { "EC", read_ec },
	[JWT_EDDSA] = { "OKP", read_ed25519 },
};

static bool may_verify(struct value jwk)
{
	struct value ops = value_get(jwk, STR("key_ops")), item;
	struct value_iter it = value_iter(ops);
	struct str key;

	if (ops.kind == VALUE_UNDEFINED)
		return true;
	while (ops.kind == VALUE_LIST && value_next(&it, &key, &item))
		if (item.kind == VALUE_STR && str_eq(item.s, STR("verify")))
			return true;
	return false;
}

bool jose_key_public(struct value jwk, enum jwt_algorithm algorithm, struct jose_key **out,
		     struct err *e)
{
	const struct jwk_form *form = &forms[algorithm];
	struct value kid = value_get(jwk, STR("kid"));
	EVP_PKEY *pkey = NULL;
	struct jose_key *k;

	assert(form->read);
	if (!is_text(jwk, "kty", form->kty) || !may_be(jwk, "use", "sig") || !may_verify(jwk) ||
	    !may_be(jwk, "alg", algorithm_names[algorithm]))
		return err_set(e, ERR_REMOTE, "it is for something else");
	if (kid.kind != VALUE_STR || !jose_kid_ok(kid.s))
		return err_set(e, ERR_REMOTE, "it has no usable 'kid'");
	if (value_get(jwk, STR("d")).kind != VALUE_UNDEFINED)
		return err_set(e, ERR_REMOTE, "its private part is public");
	if (!form->read(jwk, &pkey, e))
		return false;
	k = key_new(algorithm);
	memcpy(k->kid, kid.s.at, kid.s.len);
	k->pkey = pkey;
	*out = k;
	return true;
}

/* ---- signatures ---- */

static bool verify_hmac(const struct jose_key *k, struct str text, struct str signature)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, k->secret, k->secret_len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.at, text.len);
	crypto_auth_hmacsha256_final(&state, mac);
	return signature.len == sizeof(mac) && sodium_memcmp(mac, signature.at, sizeof(mac)) == 0;
}

static bool verify_evp(const struct jose_key *k, const EVP_MD *digest, struct str text,
		       struct str signature)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c && EVP_DigestVerifyInit(c, NULL, digest, NULL, k->pkey) == 1 &&
		  EVP_DigestVerify(c, (const unsigned char *)signature.at, signature.len,
				   (const unsigned char *)text.at, text.len) == 1;

	EVP_MD_CTX_free(c);
	return ok;
}

/* r and s, 32 bytes each, become the DER that OpenSSL reads; it refuses 0 and what passes n. */
static bool verify_es256(const struct jose_key *k, struct str text, struct str signature)
{
	const unsigned char *raw = (const unsigned char *)signature.at;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *der = NULL;
	BIGNUM *r, *s;
	int len = -1;
	bool ok;

	if (!sig || signature.len != ES256_BYTES) {
		ECDSA_SIG_free(sig);
		return false;
	}
	r = BN_bin2bn(raw, COORDINATE_BYTES, NULL);
	s = BN_bin2bn(raw + COORDINATE_BYTES, COORDINATE_BYTES, NULL);
	if (r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		len = i2d_ECDSA_SIG(sig, &der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ok = len > 0 &&
	     verify_evp(k, EVP_sha256(), text, (struct str){ (const char *)der, (size_t)len });
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	return ok;
}

bool jose_key_verify(const struct jose_key *k, struct str text, struct str signature)
{
	switch (k->algorithm) {
	case JWT_HS256:
		return verify_hmac(k, text, signature);
	case JWT_RS256:
		return signature.len == (size_t)EVP_PKEY_get_size(k->pkey) &&
		       verify_evp(k, EVP_sha256(), text, signature);
	case JWT_ES256:
		return verify_es256(k, text, signature);
	case JWT_EDDSA:
		return verify_evp(k, NULL, text, signature);
	}
	return false;
}
