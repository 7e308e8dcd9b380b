/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_jwt.c - bearer tokens: every rule, and every known attack on it.
 *
 * Keys are made when the test runs.  The cases of the tables are signed with the right key, so that
 * nothing but the rule under test stands against them.
 */
#include "api/jwt.h"

#include "data/json.h"
#include "signer.h"
#include "tap.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define NOW_MS INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */
#define ISS "\"iss\":\"https://one.example/auth/v1\""
#define AUD "\"aud\":\"authenticated\""
#define SUB "\"sub\":\"8c1fb1a2-0000-4000-8000-000000000001\""
#define IAT "\"iat\":1772366340"
#define EXP "\"exp\":1772370000"
#define GOOD "{" ISS "," AUD "," SUB "," IAT "," EXP "}"
#define PLUS(members) "{" ISS "," AUD "," SUB "," IAT "," EXP "," members "}"
#define HEADER(alg) "{\"alg\":\"" alg "\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
#define HS_HEADER HEADER("HS256")
#define HS_PLUS(members) "{\"alg\":\"HS256\",\"typ\":\"JWT\"," members "}"

static struct arena *a;

struct party {
	struct signer *signer;
	struct jose_key *key;
	struct issuer issuer;
};

/* By enum jwt_algorithm. */
static struct party party[4], stranger[4];
static const char *const good_header[] = { HEADER("HS256"), HEADER("RS256"), HEADER("ES256"),
					   HEADER("EdDSA") };

static struct party party_make(enum jwt_algorithm algorithm)
{
	struct party p = { .signer = signer_new(algorithm, "k1", 2048) };
	struct value jwk;
	struct err e;
	bool ok;

	p.issuer = (struct issuer){ .name = STR("one"),
				    .algorithm = algorithm,
				    .issuer = STR("https://one.example/auth/v1"),
				    .audience = STR("authenticated"),
				    .roles_claim = STR("app_metadata.role") };
	if (algorithm == JWT_HS256)
		ok = jose_key_secret(signer_secret(p.signer), &p.key, &e);
	else
		ok = json_parse(a, signer_jwk(a, p.signer, ""), &jwk, NULL, &e) &&
		     jose_key_public(jwk, algorithm, &p.key, &e);
	if (!ok) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return p;
}

/* What is wrong with the token, or "". */
static const char *check(const struct party *p, struct str token)
{
	struct err e = { 0 };
	struct jwt t;

	if (!jwt_parse(a, token, &t, &e) || !jwt_check_issuer(&t, &p->issuer, &e) ||
	    !jwt_verify(&t, &p->issuer, p->key, NOW_MS, &e))
		return str_printf(a, "%s%s", e.kind == ERR_AUTH ? "" : "(not ERR_AUTH) ", e.text)
			.at;
	return "";
}

static struct str good(enum jwt_algorithm algorithm)
{
	return signer_token(a, party[algorithm].signer, str_from(good_header[algorithm]),
			    STR(GOOD));
}

/* ---- header and claims ---- */

struct rule {
	const char *says, *header, *payload;
	const char *refusal; /* a part of it; NULL: accepted */
};

#define ALG "another algorithm"
#define KID "kid"
#define TYPE "another type"
#define WHOLE "whole numbers"
#define OBJECTS "JSON objects"
#define TWICE "two members"
#define AUDIENCE "another audience"
#define ISSUER "another issuer"

static const struct rule rules[] = {
	{ "a plain token", HS_HEADER, GOOD, NULL },
	{ "alg none", HEADER("none"), GOOD, ALG },
	{ "alg None", HEADER("None"), GOOD, ALG },
	{ "alg NONE", HEADER("NONE"), GOOD, ALG },
	{ "alg nOnE", HEADER("nOnE"), GOOD, ALG },
	{ "alg with a space", HEADER("HS256 "), GOOD, ALG },
	{ "alg empty", HEADER(""), GOOD, ALG },
	{ "alg in lower case", HEADER("hs256"), GOOD, ALG },
	{ "alg HS512", HEADER("HS512"), GOOD, ALG },
	{ "alg RS256", HEADER("RS256"), GOOD, ALG },
	{ "alg PS256", HEADER("PS256"), GOOD, ALG },
	{ "alg with a NUL", HEADER("HS256\\u0000"), GOOD, "escapes" },
	{ "alg in Unicode escapes", HEADER("\\u0048S256"), GOOD, "escapes" },
	{ "none in Unicode escapes", HEADER("n\\u006fne"), GOOD, "escapes" },
	{ "alg whose name is escaped", "{\"\\u0061lg\":\"HS256\",\"typ\":\"JWT\"}", GOOD,
	  "escapes" },
	{ "alg missing", "{\"typ\":\"JWT\"}", GOOD, ALG },
	{ "alg null", "{\"alg\":null,\"typ\":\"JWT\"}", GOOD, "texts" },
	{ "alg a number", "{\"alg\":256,\"typ\":\"JWT\"}", GOOD, "texts" },
	{ "alg a list", "{\"alg\":[\"HS256\"],\"typ\":\"JWT\"}", GOOD, "texts" },

	{ "typ at+jwt", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", GOOD, NULL },
	{ "typ in another case", "{\"alg\":\"HS256\",\"typ\":\"jwt\"}", GOOD, NULL },
	{ "typ missing", "{\"alg\":\"HS256\"}", GOOD, TYPE },
	{ "typ of a refresh token", "{\"alg\":\"HS256\",\"typ\":\"rt+jwt\"}", GOOD, TYPE },
	{ "typ of a security event", "{\"alg\":\"HS256\",\"typ\":\"secevent+jwt\"}", GOOD, TYPE },
	{ "typ with the list's bar", "{\"alg\":\"HS256\",\"typ\":\"JWT|at+jwt\"}", GOOD, TYPE },
	{ "typ a number", "{\"alg\":\"HS256\",\"typ\":1}", GOOD, "texts" },

	{ "jwk embedded", HS_PLUS("\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}"), GOOD, NULL },
	{ "jku to us", HS_PLUS("\"jku\":\"http://127.0.0.1:8080/keys\""), GOOD, NULL },
	{ "jku elsewhere", HS_PLUS("\"jku\":\"https://evil.example/keys\""), GOOD, NULL },
	{ "x5u and x5c", HS_PLUS("\"x5u\":\"https://evil.example\",\"x5c\":[\"AA\"]"), GOOD, NULL },
	{ "crit", HS_PLUS("\"crit\":[\"exp\"]"), GOOD, "crit" },
	{ "crit empty", HS_PLUS("\"crit\":[]"), GOOD, "crit" },
	{ "crit null", HS_PLUS("\"crit\":null"), GOOD, "crit" },
	{ "zip", HS_PLUS("\"zip\":\"DEF\""), GOOD, "compressed" },
	{ "enc", HS_PLUS("\"enc\":\"A256GCM\""), GOOD, "encrypted" },
	{ "cty JWT", HS_PLUS("\"cty\":\"JWT\""), GOOD, "another token" },
	{ "cty jwt", HS_PLUS("\"cty\":\"jwt\""), GOOD, "another token" },

	{ "no kid for a secret", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", GOOD, NULL },
	{ "kid of 64",
	  HS_PLUS("\"kid\":\"aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddd"
		  "ddddddddddd-\""),
	  GOOD, NULL },
	{ "kid of 65",
	  HS_PLUS("\"kid\":\"aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddd"
		  "dddddddddddde\""),
	  GOOD, KID },
	{ "kid with ../", HS_PLUS("\"kid\":\"../../dev/null\""), GOOD, KID },
	{ "kid as SQL", HS_PLUS("\"kid\":\"k1' OR '1'='1\""), GOOD, KID },
	{ "kid with a NUL", HS_PLUS("\"kid\":\"k1\\u0000\""), GOOD, "escapes" },
	{ "kid with a line break", HS_PLUS("\"kid\":\"k1\\n\""), GOOD, KID },
	{ "kid as a URL", HS_PLUS("\"kid\":\"https://evil.example/k\""), GOOD, KID },
	{ "kid not ASCII", HS_PLUS("\"kid\":\"k\303\251\""), GOOD, KID },
	{ "kid empty", HS_PLUS("\"kid\":\"\""), GOOD, KID },
	{ "kid a list", HS_PLUS("\"kid\":[\"k1\"]"), GOOD, "texts" },
	{ "kid a number", HS_PLUS("\"kid\":1"), GOOD, "texts" },
	{ "kid an object", HS_PLUS("\"kid\":{\"k\":1}"), GOOD, "texts" },

	{ "alg twice", HS_PLUS("\"alg\":\"HS256\""), GOOD, TWICE },
	{ "alg none and HS256", "{\"alg\":\"none\",\"typ\":\"JWT\",\"alg\":\"HS256\"}", GOOD,
	  TWICE },
	{ "kid twice", HS_PLUS("\"kid\":\"a\",\"kid\":\"b\""), GOOD, TWICE },
	{ "a duplicate in an embedded key", HS_PLUS("\"jwk\":{\"k\":1,\"k\":1}"), GOOD, TWICE },
	{ "exp twice", HS_HEADER, PLUS("\"exp\":9999999999"), TWICE },
	{ "sub twice", HS_HEADER, PLUS("\"sub\":\"admin\""), TWICE },
	{ "sub twice by an escape", HS_HEADER, PLUS("\"s\\u0075b\":\"admin\""), TWICE },
	{ "a role twice, deep down", HS_HEADER,
	  PLUS("\"app_metadata\":{\"role\":\"viewer\",\"role\":\"admin\"}"), TWICE },
	{ "a duplicate in a list", HS_HEADER, PLUS("\"l\":[1,{\"x\":1,\"x\":2}]"), TWICE },
	{ "a duplicate inside a duplicate", HS_HEADER, PLUS("\"l\":{\"x\":1,\"x\":1},\"l\":1"),
	  TWICE },

	{ "exp missing", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT "}", "never expires" },
	{ "exp a text", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":\"1772370000\"}",
	  WHOLE },
	{ "exp a float", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":1772370000.5}",
	  WHOLE },
	{ "exp as .0", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":1772370000.0}", WHOLE },
	{ "exp with an exponent", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":1e10}",
	  WHOLE },
	{ "exp 1e400", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":1e400}", WHOLE },
	{ "exp negative", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":-1}", WHOLE },
	{ "exp -0", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":-0}", WHOLE },
	{ "exp beyond 64 bits", HS_HEADER,
	  "{" ISS "," AUD "," SUB "," IAT ",\"exp\":18446744073709551616}", WHOLE },
	{ "exp the largest of 64 bits", HS_HEADER,
	  "{" ISS "," AUD "," SUB "," IAT ",\"exp\":9223372036854775807}", WHOLE },
	{ "exp null", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":null}", WHOLE },
	{ "exp true", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":true}", WHOLE },
	{ "exp a list", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":[1772370000]}",
	  WHOLE },
	{ "expired 29 s ago", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":1772366371}",
	  NULL },
	{ "expired 30 s ago", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":1772366370}",
	  "expired" },
	{ "expired in 1970", HS_HEADER, "{" ISS "," AUD "," SUB "," IAT ",\"exp\":0}", "expired" },
	{ "iat missing", HS_HEADER, "{" ISS "," AUD "," SUB "," EXP "}", "issued" },
	{ "iat a text", HS_HEADER, "{" ISS "," AUD "," SUB "," EXP ",\"iat\":\"1\"}", WHOLE },
	{ "iat 30 s ahead", HS_HEADER, "{" ISS "," AUD "," SUB "," EXP ",\"iat\":1772366430}",
	  NULL },
	{ "iat 31 s ahead", HS_HEADER, "{" ISS "," AUD "," SUB "," EXP ",\"iat\":1772366431}",
	  "not valid yet" },
	{ "nbf now", HS_HEADER, PLUS("\"nbf\":1772366400"), NULL },
	{ "nbf in the future", HS_HEADER, PLUS("\"nbf\":1772366431"), "not valid yet" },
	{ "nbf a text", HS_HEADER, PLUS("\"nbf\":\"0\""), WHOLE },
	{ "nbf null", HS_HEADER, PLUS("\"nbf\":null"), WHOLE },

	{ "aud in a list", HS_HEADER,
	  "{" ISS "," SUB "," IAT "," EXP ",\"aud\":[\"x\",\"authenticated\"]}", NULL },
	{ "aud another", HS_HEADER, "{" ISS "," SUB "," IAT "," EXP ",\"aud\":\"other\"}",
	  AUDIENCE },
	{ "aud a longer one", HS_HEADER,
	  "{" ISS "," SUB "," IAT "," EXP ",\"aud\":\"authenticated-not\"}", AUDIENCE },
	{ "aud a shorter one", HS_HEADER, "{" ISS "," SUB "," IAT "," EXP ",\"aud\":\"auth\"}",
	  AUDIENCE },
	{ "aud empty", HS_HEADER, "{" ISS "," SUB "," IAT "," EXP ",\"aud\":\"\"}", AUDIENCE },
	{ "aud a list without it", HS_HEADER,
	  "{" ISS "," SUB "," IAT "," EXP ",\"aud\":[\"x\",[\"authenticated\"]]}", AUDIENCE },
	{ "aud an empty list", HS_HEADER, "{" ISS "," SUB "," IAT "," EXP ",\"aud\":[]}",
	  AUDIENCE },
	{ "aud an object", HS_HEADER,
	  "{" ISS "," SUB "," IAT "," EXP ",\"aud\":{\"authenticated\":\"authenticated\"}}",
	  AUDIENCE },
	{ "aud in another case", HS_HEADER,
	  "{" ISS "," SUB "," IAT "," EXP ",\"aud\":\"Authenticated\"}", AUDIENCE },
	{ "aud anon, which is nobody's", HS_HEADER,
	  "{" ISS "," SUB "," IAT "," EXP ",\"aud\":\"anon\"}", NULL },
	{ "aud missing", HS_HEADER, "{" ISS "," SUB "," IAT "," EXP "}", AUDIENCE },
	{ "iss missing", HS_HEADER, "{" AUD "," SUB "," IAT "," EXP "}", "no issuer" },
	{ "iss a list", HS_HEADER,
	  "{" AUD "," SUB "," IAT "," EXP ",\"iss\":[\"https://one.example/auth/v1\"]}",
	  "no issuer" },
	{ "iss of another instance", HS_HEADER,
	  "{" AUD "," SUB "," IAT "," EXP ",\"iss\":\"https://two.example/auth/v1\"}", ISSUER },
	{ "iss with a slash more", HS_HEADER,
	  "{" AUD "," SUB "," IAT "," EXP ",\"iss\":\"https://one.example/auth/v1/\"}", ISSUER },
	{ "iss a beginning", HS_HEADER,
	  "{" AUD "," SUB "," IAT "," EXP ",\"iss\":\"https://one.example\"}", ISSUER },
	{ "sub missing", HS_HEADER, "{" ISS "," AUD "," IAT "," EXP "}", "nobody" },
	{ "sub empty", HS_HEADER, "{" ISS "," AUD "," IAT "," EXP ",\"sub\":\"\"}", "nobody" },
	{ "sub a number", HS_HEADER, "{" ISS "," AUD "," IAT "," EXP ",\"sub\":1}", "nobody" },
	{ "sub with a NUL", HS_HEADER, "{" ISS "," AUD "," IAT "," EXP ",\"sub\":\"a\\u0000\"}",
	  "control characters" },
	{ "a refresh token by type", HS_HEADER, PLUS("\"type\":\"refresh\""), "renewing" },
	{ "a refresh token by typ", HS_HEADER, PLUS("\"typ\":\"Refresh\""), "renewing" },
	{ "a refresh token by token_use", HS_HEADER, PLUS("\"token_use\":\"refresh\""),
	  "renewing" },
	{ "an access token that says so", HS_HEADER, PLUS("\"type\":\"access\""), NULL },

	{ "a header that is a list", "[\"HS256\"]", GOOD, OBJECTS },
	{ "a header that is no JSON", "{alg:HS256}", GOOD, OBJECTS },
	{ "a header with a byte order mark", "\xEF\xBB\xBF" HS_HEADER, GOOD, OBJECTS },
	{ "a header behind white space", " " HS_HEADER, GOOD, OBJECTS },
	{ "a header with something behind it", HS_HEADER "x", GOOD, OBJECTS },
	{ "a header with a second object", HS_HEADER HS_HEADER, GOOD, OBJECTS },
	{ "a payload that is a list", HS_HEADER, "[]", OBJECTS },
	{ "a payload that is a text", HS_HEADER, "\"x\"", OBJECTS },
	{ "a payload that is a token", HS_HEADER, "eyJhbGciOiJub25lIn0.e30.", OBJECTS },
	{ "a payload that is no UTF-8", HS_HEADER, PLUS("\"name\":\"\xff\""), OBJECTS },
	{ "a payload with half a character", HS_HEADER, PLUS("\"name\":\"\\ud83d\""), OBJECTS },
	{ "a payload with a comment", HS_HEADER, "{/**/}", OBJECTS },
	{ "a payload with a trailing comma", HS_HEADER, PLUS("\"x\":1,"), OBJECTS },
	{ "a payload with NaN", HS_HEADER, PLUS("\"x\":NaN"), OBJECTS },
	{ "a nested payload", HS_HEADER, PLUS("\"x\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]"),
	  "too deeply" },
};

static void every_rule_holds(void)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct rule *r = &rules[i];
		const char *says = check(&party[JWT_HS256],
					 signer_token(a, party[JWT_HS256].signer,
						      str_from(r->header), str_from(r->payload)));
		bool fits = r->refusal ? strstr(says, r->refusal) != NULL : !*says;

		OK(fits && !strstr(says, "not ERR_AUTH"), "%s: %s", r->says,
		   *says ? says : "accepted");
	}
}

/* Far deeper than a list in a table can be written. */
static void deep_json_is_refused(void)
{
	struct buf b;

	buf_in(&b, a, 8192);
	buf_add(&b, STR("{\"x\":"));
	for (int i = 0; i < 1400; i++)
		buf_char(&b, '[');
	for (int i = 0; i < 1400; i++)
		buf_char(&b, ']');
	buf_char(&b, '}');
	OK(*check(&party[JWT_HS256],
		  signer_token(a, party[JWT_HS256].signer, STR(HS_HEADER), buf_str(&b))),
	   "1,400 levels");
}

/* ---- form ---- */

/* What stands before, between and behind the three parts of a good token. */
static const struct {
	const char *says, *before, *first, *second, *behind;
} forms[] = {
	{ "padding behind the signature", "", ".", ".", "=" },
	{ "padding behind the header", "", "=.", ".", "" },
	{ "padding behind the payload", "", ".", "==.", "" },
	{ "a space before", " ", ".", ".", "" },
	{ "a space behind", "", ".", ".", " " },
	{ "a space inside", "", ". ", ".", "" },
	{ "a line break behind", "", ".", ".", "\n" },
	{ "a tab inside", "", "\t.", ".", "" },
	{ "a plus", "", ".", ".", "+A" },
	{ "a slash", "", ".", ".", "//" },
	{ "percent encoding", "", ".", ".", "%3D" },
	{ "a trailing dot", "", ".", ".", "." },
	{ "a leading dot", ".", ".", ".", "" },
	{ "two dots", "", "..", ".", "" },
	{ "an empty payload", "", "..", "", "" },
	{ "two parts", "", ".", "", "" },
	{ "one part", "", "", "", "" },
	{ "four parts", "", ".", ".", ".e30" },
	{ "five parts (JWE)", "", ".", ".", ".AAAA.AAAA" },
	{ "one character more", "", ".", ".", "A" },
	{ "quotes around it", "\"", ".", ".", "\"" },
	{ "another token behind it", "", ".", ".", " eyJhbGciOiJub25lIn0.e30.AA" },
};

static void the_form_is_strict(void)
{
	struct str rest = good(JWT_HS256), h = str_cut(&rest, '.'), p = str_cut(&rest, '.');

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct str text = str_printf(a, "%s%.*s%s%.*s%s%.*s%s", forms[i].before, STR_ARG(h),
					     forms[i].first, STR_ARG(p), forms[i].second,
					     STR_ARG(rest), forms[i].behind);

		OK(*check(&party[JWT_HS256], text), "%s", forms[i].says);
	}
	OK(!*check(&party[JWT_HS256], good(JWT_HS256)), "and nothing around it is right");
	OK(*check(&party[JWT_HS256], STR("")), "an empty token");
	OK(*check(&party[JWT_HS256], STR("..")), "dots alone");
	OK(*check(&party[JWT_HS256], (struct str){ "a\0b.c.d", 7 }), "a NUL");
}

/* Text that ends in bits which base64url throws away, one of them set. */
static void leftover_bits_are_refused(void)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	struct str token = good(JWT_HS256);
	const char *last;

	last = strchr(alphabet, token.at[token.len - 1]);
	for (int bit = 1; bit <= 2; bit++) {
		struct str copy = str_keep(a, token);
		char *at = arena_alloc(a, copy.len + 1);

		memcpy(at, copy.at, copy.len);
		at[copy.len - 1] = alphabet[(last - alphabet) ^ bit];
		OK(strstr(check(&party[JWT_HS256], str_from(at)), "base64url"),
		   "the same signature written another way");
	}
}

static void size_is_bounded(void)
{
	char *fill = arena_alloc(a, (size_t)1 << 20);
	struct str payload, token;

	memset(fill, 'x', 2000);
	payload = str_printf(a, PLUS("\"x\":\"%.*s\""), 2000, fill);
	token = signer_token(a, party[JWT_HS256].signer, STR(HS_HEADER), payload);
	OK(token.len < JWT_BYTES_MAX && !*check(&party[JWT_HS256], token), "%zu bytes are taken",
	   token.len);
	memset(fill, 'x', 4000);
	payload = str_printf(a, PLUS("\"x\":\"%.*s\""), 4000, fill);
	token = signer_token(a, party[JWT_HS256].signer, STR(HS_HEADER), payload);
	OK(strstr(check(&party[JWT_HS256], token), "4 KiB"), "%zu are not", token.len);
	memset(fill, 'A', (size_t)1 << 20);
	OK(strstr(check(&party[JWT_HS256], (struct str){ fill, (size_t)1 << 20 }), "4 KiB"),
	   "nor is a mebibyte");
}

/* ---- signatures ---- */

static struct str with_signature(struct str token, const void *signature, size_t len)
{
	struct str rest = token, h = str_cut(&rest, '.'), p = str_cut(&rest, '.');
	struct str s = base64url_text(a, (struct str){ signature, len });

	return str_printf(a, "%.*s.%.*s.%.*s", STR_ARG(h), STR_ARG(p), STR_ARG(s));
}

/* The signature of `token` with one bit of byte `i` flipped. */
static struct str flipped(struct str token, size_t i)
{
	unsigned char bytes[512];
	struct err e = { 0 };
	struct jwt t = { 0 };

	if (!jwt_parse(a, token, &t, &e) || t.signature.len > sizeof(bytes))
		abort();
	memcpy(bytes, t.signature.at, t.signature.len);
	bytes[i < t.signature.len ? i : t.signature.len - 1] ^= 1;
	return with_signature(token, bytes, t.signature.len);
}

static void signatures_are_checked(void)
{
	static const unsigned char zeros[512];

	for (int i = JWT_HS256; i <= JWT_EDDSA; i++) {
		struct str token = good((enum jwt_algorithm)i), rest = token;
		struct str h = str_cut(&rest, '.'), other;
		const char *name = jwt_algorithm_name((enum jwt_algorithm)i).at;

		OK(!*check(&party[i], token), "%s: a good token is taken", name);
		OK(*check(&stranger[i], token), "%s: not by another's key", name);
		OK(*check(&party[i], flipped(token, 0)), "%s: its first byte changed", name);
		OK(*check(&party[i], flipped(token, 999)), "%s: its last byte changed", name);
		str_cut(&rest, '.');
		other = base64url_text(a, STR(PLUS("\"role\":\"admin\"")));
		other = str_printf(a, "%.*s.%.*s.%.*s", STR_ARG(h), STR_ARG(other), STR_ARG(rest));
		OK(strstr(check(&party[i], other), "signature"), "%s: its payload exchanged", name);
		OK(*check(&party[i], str_printf(a, "%.*s", (int)(token.len - rest.len), token.at)),
		   "%s: no signature", name);
		for (size_t len = 1; len <= sizeof(zeros); len *= 2)
			OK(*check(&party[i], with_signature(token, zeros, len)),
			   "%s: %zu zeros as its signature", name, len);
	}
}

/* "alg": "none" in a token for each issuer, unsigned. */
static void unsigned_tokens_are_refused(void)
{
	static const char *const alg[] = { "none", "None", "NONE", "nOnE", "" };

	for (int i = JWT_HS256; i <= JWT_EDDSA; i++)
		for (size_t k = 0; k < COUNT(alg); k++) {
			struct str h = str_printf(a, "{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg[k]);
			struct str p = base64url_text(a, STR(GOOD)), head = base64url_text(a, h);

			OK(*check(&party[i],
				  str_printf(a, "%.*s.%.*s.", STR_ARG(head), STR_ARG(p))),
			   "'%s' with an empty signature", alg[k]);
			OK(*check(&party[i],
				  str_printf(a, "%.*s.%.*s.AAAA", STR_ARG(head), STR_ARG(p))),
			   "'%s' with some signature", alg[k]);
			OK(*check(&party[i], str_printf(a, "%.*s.%.*s", STR_ARG(head), STR_ARG(p))),
			   "'%s' without one", alg[k]);
		}
}

/* The public key is everybody's; it must not do as a secret. */
static void a_public_key_is_no_secret(void)
{
	for (int i = JWT_RS256; i <= JWT_EDDSA; i++) {
		struct str pem = signer_pem(a, party[i].signer);
		struct str jwk = signer_jwk(a, party[i].signer, "");
		const char *name = jwt_algorithm_name((enum jwt_algorithm)i).at;

		OK(*check(&party[i], hmac_token(a, pem, STR(HS_HEADER), STR(GOOD))),
		   "HS256 by the PEM of %s", name);
		OK(*check(&party[i], hmac_token(a, str_trim(pem), STR(HS_HEADER), STR(GOOD))),
		   "without its last line break");
		OK(*check(&party[i], hmac_token(a, jwk, STR(HS_HEADER), STR(GOOD))), "by the JWK");
		OK(*check(&party[i], hmac_token(a, pem, str_from(good_header[i]), STR(GOOD))),
		   "and under the name of %s", name);
	}
}

static void an_embedded_key_is_not_used(void)
{
	for (int i = JWT_RS256; i <= JWT_EDDSA; i++) {
		struct str jwk = signer_jwk(a, stranger[i].signer, "");
		struct str name = jwt_algorithm_name((enum jwt_algorithm)i);
		struct str h = str_printf(
			a,
			"{\"alg\":\"%.*s\",\"typ\":\"JWT\",\"kid\":\"k1\",\"jwk\":%.*s,"
			"\"jku\":\"https://evil.example/keys\",\"x5u\":\"https://evil.example\"}",
			STR_ARG(name), STR_ARG(jwk));

		OK(strstr(check(&party[i], signer_token(a, stranger[i].signer, h, STR(GOOD))),
			  "signature"),
		   "signed with the key it brings along (%s)", name.at);
	}
}

static void tokens_of_one_algorithm_are_none_of_another(void)
{
	for (int i = JWT_HS256; i <= JWT_EDDSA; i++)
		for (int k = JWT_HS256; k <= JWT_EDDSA; k++) {
			struct str token = signer_token(a, party[k].signer,
							str_from(good_header[i]), STR(GOOD));

			if (i != k)
				OK(*check(&party[i], token), "%s signed as %s", good_header[i],
				   good_header[k]);
		}
}

/* r and s of ES256 outside 1 … n-1, and in other forms. */
static void es256_takes_only_r_and_s(void)
{
	static const unsigned char n[32] = { 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00,
					     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
					     0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84,
					     0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51 };
	struct str token = good(JWT_ES256);
	unsigned char raw[65], der[80] = { 0 }, *at = der;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	struct err e = { 0 };
	struct jwt t = { 0 };
	int len;

	if (!sig || !jwt_parse(a, token, &t, &e))
		abort();
	memcpy(raw, t.signature.at, 64);
	ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	len = i2d_ECDSA_SIG(sig, &at);
	ECDSA_SIG_free(sig);
	OK(*check(&party[JWT_ES256], with_signature(token, der, (size_t)len)), "the DER form");
	raw[64] = 0;
	OK(*check(&party[JWT_ES256], with_signature(token, raw, 65)), "65 bytes");
	OK(*check(&party[JWT_ES256], with_signature(token, raw, 63)), "63 bytes");
	for (int half = 0; half < 2; half++) {
		memcpy(raw, t.signature.at, 64);
		memset(raw + 32 * half, 0, 32);
		OK(*check(&party[JWT_ES256], with_signature(token, raw, 64)), "a half of 0");
		memcpy(raw + 32 * half, n, 32);
		OK(*check(&party[JWT_ES256], with_signature(token, raw, 64)), "a half of n");
		memset(raw + 32 * half, 0xFF, 32);
		OK(*check(&party[JWT_ES256], with_signature(token, raw, 64)), "a half above n");
	}
}

/* ---- keys ---- */

static bool key_ok(enum jwt_algorithm algorithm, struct str jwk)
{
	struct jose_key *key;
	struct value v;
	struct err e;
	bool ok;

	if (!json_parse(a, jwk, &v, NULL, &e))
		abort();
	ok = jose_key_public(v, algorithm, &key, &e);
	if (ok)
		jose_key_unref(key);
	return ok;
}

static void keys_of_other_kinds_are_passed_over(void)
{
	struct signer *small = signer_new(JWT_RS256, "small", 1024);
	struct signer *odd = signer_new(JWT_ES256, "../k", 0);
	struct str ec = signer_jwk(a, party[JWT_ES256].signer, "");

	OK(key_ok(JWT_ES256, ec), "a key");
	OK(!key_ok(JWT_RS256, ec) && !key_ok(JWT_EDDSA, ec), "not for another algorithm");
	OK(!key_ok(JWT_RS256, signer_jwk(a, small, "")), "an RSA key of 1,024 bits");
	OK(!key_ok(JWT_ES256, signer_jwk(a, odd, "")), "a kid that is none");
	OK(!key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer, ",\"use\":\"enc\"")),
	   "a key for encryption");
	OK(key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer, ",\"use\":\"sig\"")),
	   "one for signatures");
	OK(!key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer, ",\"alg\":\"ES384\"")),
	   "another alg");
	OK(!key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer, ",\"key_ops\":[\"sign\"]")),
	   "other operations");
	OK(key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer,
					",\"key_ops\":[\"verify\"],\"alg\":\"ES256\"")),
	   "the right ones");
	OK(!key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer, ",\"d\":\"AAAA\"")),
	   "a private key");
	OK(!key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer, ",\"x\":\"AAAA\"")),
	   "a short coordinate");
	OK(!key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer,
					 ",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"")),
	   "a point off the curve");
	OK(!key_ok(JWT_ES256, signer_jwk(a, party[JWT_ES256].signer, ",\"crv\":\"P-384\"")),
	   "another curve");
	OK(!key_ok(JWT_RS256, signer_jwk(a, party[JWT_RS256].signer, ",\"e\":\"AQ\"")),
	   "the exponent 1");
	OK(!key_ok(JWT_EDDSA, signer_jwk(a, party[JWT_EDDSA].signer, ",\"x\":\"AAAA\"")),
	   "a short Ed25519 key");
	signer_free(small);
	signer_free(odd);
}

static void weak_secrets_are_refused(void)
{
	static const char *const weak[] = {
		"your-secret-key-change-in-production",
		"Your-Secret-Key-Change-In-Production",
		"super-secret-jwt-token-with-at-least-32-characters-long",
		"a-string-secret-at-least-256-bits-long",
		"my-app-CHANGE-ME-please-and-thank-you-now",
		"0123456789abcdef0123456789abcde",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"abcabcabcabcabcabcabcabcabcabcabcabcabc",
		"",
	};
	struct jose_key *key;
	struct err e;

	for (size_t i = 0; i < COUNT(weak); i++)
		OK(!jose_key_secret(str_from(weak[i]), &key, &e) && e.kind == ERR_CONFIG &&
			   (!*weak[i] || !strstr(e.text, weak[i])),
		   "refused, and not shown: %s", weak[i]);
	OK(jose_key_secret(STR("7b1c0de29f3a48568d0f6e2c1b7a9d34"), &key, &e),
	   "32 characters of chance are taken");
	jose_key_unref(key);
}

/* ---- roles ---- */

static struct jwt parsed(const char *payload)
{
	struct jwt t = { 0 };
	struct err e;

	if (!jwt_parse(a,
		       signer_token(a, party[JWT_HS256].signer, STR(HS_HEADER), str_from(payload)),
		       &t, &e))
		abort();
	return t;
}

static void roles_come_from_the_configured_claim(void)
{
	static const struct str map[] = { STR("owner=admin"), STR("viewer=coach") };
	static const struct {
		const char *payload, *claim;
		bool mapped;
		unsigned roles;
	} row[] = {
		{ PLUS("\"app_metadata\":{\"role\":\"admin\"}"), "app_metadata.role", 0,
		  ROLE_ADMIN },
		{ PLUS("\"app_metadata\":{\"role\":[\"coach\",\"viewer\",\"x\",1]}"),
		  "app_metadata.role", 0, ROLE_COACH | ROLE_VIEWER },
		{ PLUS("\"user_metadata\":{\"role\":\"admin\"},\"role\":\"admin\""),
		  "app_metadata.role", 0, 0 },
		{ PLUS("\"role\":\"service_role\""), "role", 0, 0 },
		{ PLUS("\"role\":\"admin\""), "role", 0, ROLE_ADMIN },
		{ PLUS("\"app_metadata.role\":\"admin\""), "app_metadata.role", 0, 0 },
		{ PLUS("\"app_metadata\":{\"role\":{\"admin\":\"admin\"}}"), "app_metadata.role", 0,
		  0 },
		{ PLUS("\"app_metadata\":{\"role\":\"Admin\"}"), "app_metadata.role", 0, 0 },
		{ PLUS("\"app_metadata\":{\"role\":\"admin coach\"}"), "app_metadata.role", 0, 0 },
		{ PLUS("\"app_metadata\":\"admin\""), "app_metadata.role", 0, 0 },
		{ PLUS("\"role\":\"owner\""), "role", 1, ROLE_ADMIN },
		{ PLUS("\"role\":\"viewer\""), "role", 1, ROLE_COACH },
		{ PLUS("\"role\":\"player\""), "role", 1, ROLE_PLAYER },
		{ GOOD, "role", 1, 0 },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct issuer by = party[JWT_HS256].issuer;
		struct jwt t = parsed(row[i].payload);
		unsigned roles;

		by.roles_claim = str_from(row[i].claim);
		by.role_map = map;
		by.role_maps = row[i].mapped ? COUNT(map) : 0;
		roles = jwt_roles(&t, &by);
		OK(roles == row[i].roles, "%s of %s: %u", row[i].claim, row[i].payload, roles);
	}
}

static void the_public_is_nobody(void)
{
	static const struct {
		const char *payload;
		bool anonymous;
	} row[] = {
		{ GOOD, false },
		{ PLUS("\"is_anonymous\":false"), false },
		{ PLUS("\"is_anonymous\":null"), false },
		{ PLUS("\"is_anonymous\":true"), true },
		{ PLUS("\"is_anonymous\":\"true\""), true },
		{ PLUS("\"is_anonymous\":1"), true },
		{ "{" ISS "," SUB "," IAT "," EXP ",\"aud\":\"anon\"}", true },
		{ "{" ISS "," SUB "," IAT "," EXP ",\"aud\":[\"authenticated\",\"anon\"]}", true },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct jwt t = parsed(row[i].payload);

		OK(jwt_is_anonymous(&t) == row[i].anonymous, "%s", row[i].payload);
	}
}

int main(void)
{
	a = arena_new("t_jwt", (size_t)64 << 20);
	for (int i = JWT_HS256; i <= JWT_EDDSA; i++) {
		party[i] = party_make((enum jwt_algorithm)i);
		stranger[i] = party_make((enum jwt_algorithm)i);
	}
	every_rule_holds();
	deep_json_is_refused();
	the_form_is_strict();
	leftover_bits_are_refused();
	size_is_bounded();
	signatures_are_checked();
	unsigned_tokens_are_refused();
	a_public_key_is_no_secret();
	an_embedded_key_is_not_used();
	tokens_of_one_algorithm_are_none_of_another();
	es256_takes_only_r_and_s();
	keys_of_other_kinds_are_passed_over();
	weak_secrets_are_refused();
	roles_come_from_the_configured_claim();
	the_public_is_nobody();
	for (int i = JWT_HS256; i <= JWT_EDDSA; i++) {
		jose_key_unref(party[i].key);
		jose_key_unref(stranger[i].key);
		signer_free(party[i].signer);
		signer_free(stranger[i].signer);
	}
	arena_free(a);
	return tap_done();
}
