/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fn_bytes.c - texts as bytes: Base64, digests, percent-encoding, JSON.
 */
#include "expr/functions.h"
#include "expr/digest.h"

#include <sodium.h>

static bool own_text(struct eval *ev, struct value v, struct str *out)
{
	if (v.kind != VALUE_STR)
		return eval_wrong_type(ev, "this filter", v);
	*out = v.s;
	return true;
}

bool filter_base64encode(struct eval *ev, const struct args *in, struct value *out)
{
	size_t size;
	struct str s;
	char *to;

	if (!own_text(ev, in->self, &s))
		return false;
	size = sodium_base64_encoded_len(s.len, sodium_base64_VARIANT_ORIGINAL);
	if (!eval_room(ev, size))
		return false;
	to = arena_alloc(ev->a, size);
	sodium_bin2base64(to, size, (const unsigned char *)s.at, s.len,
			  sodium_base64_VARIANT_ORIGINAL);
	*out = value_str((struct str){ to, size - 1 });
	return true;
}

bool filter_base64decode(struct eval *ev, const struct args *in, struct value *out)
{
	struct str s;
	char *to;
	size_t n;

	if (!own_text(ev, in->self, &s) || !eval_room(ev, s.len + 1))
		return false;
	to = arena_alloc(ev->a, s.len + 1);
	if (sodium_base642bin((unsigned char *)to, s.len, s.at, s.len, "\r\n\t ", &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return eval_fail(ev, ERR_REMOTE, "the text is not Base64");
	if (!str_is_utf8((struct str){ to, n }))
		return eval_fail(ev, ERR_REMOTE, "what Base64 hides here is not UTF-8");
	*out = value_str((struct str){ to, n });
	return true;
}

#define DIGEST_MAX 64
static_assert(DIGEST_MAX >= crypto_hash_sha512_BYTES, "the longest digest fits");

static void hash_sha256(struct str s, struct str more, unsigned char *out)
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)s.at, s.len);
	crypto_hash_sha256_update(&state, (const unsigned char *)more.at, more.len);
	crypto_hash_sha256_final(&state, out);
}

static void hash_sha512(struct str s, struct str more, unsigned char *out)
{
	crypto_hash_sha512_state state;

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, (const unsigned char *)s.at, s.len);
	crypto_hash_sha512_update(&state, (const unsigned char *)more.at, more.len);
	crypto_hash_sha512_final(&state, out);
}

static void hmac_sha256(struct str s, struct str key, unsigned char *out)
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.at, key.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)s.at, s.len);
	crypto_auth_hmacsha256_final(&state, out);
}

static void hmac_sha512(struct str s, struct str key, unsigned char *out)
{
	crypto_auth_hmacsha512_state state;

	crypto_auth_hmacsha512_init(&state, (const unsigned char *)key.at, key.len);
	crypto_auth_hmacsha512_update(&state, (const unsigned char *)s.at, s.len);
	crypto_auth_hmacsha512_final(&state, out);
}

struct digest_kind {
	const char *name;
	size_t bytes;
	void (*run)(struct str s, struct str more, unsigned char *out);
};

static const struct digest_kind hashes[] = {
	{ "md5", MD5_BYTES, digest_md5 },
	{ "sha1", SHA1_BYTES, digest_sha1 },
	{ "sha256", crypto_hash_sha256_BYTES, hash_sha256 },
	{ "sha512", crypto_hash_sha512_BYTES, hash_sha512 },
};

static const struct digest_kind hmacs[] = {
	{ "sha256", crypto_auth_hmacsha256_BYTES, hmac_sha256 },
	{ "sha512", crypto_auth_hmacsha512_BYTES, hmac_sha512 },
};

static bool digest_out(struct eval *ev, const struct digest_kind *k, const struct str part[2],
		       struct value *out)
{
	unsigned char digest[DIGEST_MAX];
	struct buf b;

	if (!eval_steps(ev, steps_of_text(part[0].len)))
		return false;
	k->run(part[0], part[1], digest);
	eval_buf(ev, &b);
	for (size_t i = 0; i < k->bytes; i++)
		buf_printf(&b, "%02x", digest[i]);
	return eval_text(ev, &b, out);
}

static const struct digest_kind *digest_find(const struct digest_kind *k, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, str_from(k[i].name)))
			return &k[i];
	return NULL;
}

bool filter_hash(struct eval *ev, const struct args *in, struct value *out)
{
	const struct digest_kind *k;
	struct str part[2] = { STR(""), STR("") }, name;

	if (!args_text(ev, in, 0, STR("md5"), &name) || !eval_str(ev, in->self, &part[0]))
		return false;
	if (args_have(in, 1) && op_truth(in->at[1]) && !eval_str(ev, in->at[1], &part[1]))
		return false;
	k = digest_find(hashes, COUNT(hashes), name);
	if (!k)
		return eval_fail(ev, ERR_REMOTE, "the digests are md5, sha1, sha256 and sha512");
	return digest_out(ev, k, part, out);
}

bool filter_hmac(struct eval *ev, const struct args *in, struct value *out)
{
	const struct digest_kind *k;
	struct str part[2], name;

	if (!args_text(ev, in, 1, STR("sha256"), &name) || !eval_str(ev, in->self, &part[0]) ||
	    !eval_str(ev, in->at[0], &part[1]))
		return false;
	k = digest_find(hmacs, COUNT(hmacs), name);
	if (!k)
		return eval_fail(ev, ERR_REMOTE, "the keyed digests are sha256 and sha512");
	return digest_out(ev, k, part, out);
}

/* Percent-encodes all but letters, digits, "_.-~" and what is in `safe`; `plus`: "+" for a space.
 */
static void quote(struct buf *b, struct str s, const char *safe, bool plus)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z') || (c && strchr("_.-~", c)) ||
			     (c && strchr(safe, c));

		if (plus && c == ' ')
			buf_char(b, '+');
		else if (plain)
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

bool function_sanitize_url(struct eval *ev, const struct args *in, struct value *out)
{
	struct buf b;
	struct str s;

	if (!own_text(ev, in->at[0], &s))
		return false;
	eval_buf(ev, &b);
	quote(&b, s, "", true);
	return eval_text(ev, &b, out);
}

static bool quote_field(struct eval *ev, struct buf *b, struct value v)
{
	struct str s;

	if (!eval_str(ev, v, &s))
		return false;
	quote(b, s, "", true);
	return true;
}

static bool query_pair(struct eval *ev, struct buf *b, struct value pair)
{
	if (pair.kind != VALUE_LIST || value_len(pair) != 2)
		return eval_wrong_type(ev, "a pair for a query", pair);
	if (b->len > 0)
		buf_char(b, '&');
	if (!quote_field(ev, b, value_at(pair, 0)))
		return false;
	buf_char(b, '=');
	return quote_field(ev, b, value_at(pair, 1));
}

bool filter_urlencode(struct eval *ev, const struct args *in, struct value *out)
{
	struct value pairs = in->self, pair;
	struct eval_items items;
	struct buf b;
	struct str s;

	if (in->self.kind == VALUE_MAP && !filter_items(ev, in, &pairs))
		return false;
	if (pairs.kind != VALUE_LIST && !eval_str(ev, in->self, &s))
		return false;
	eval_buf(ev, &b);
	if (pairs.kind != VALUE_LIST) {
		quote(&b, s, "/", false);
		return eval_text(ev, &b, out);
	}
	if (!eval_items(ev, pairs, &items))
		return false;
	while (eval_items_next(&items, &pair))
		if (!query_pair(ev, &b, pair))
			return false;
	return eval_text(ev, &b, out);
}

bool filter_tojson(struct eval *ev, const struct args *in, struct value *out)
{
	struct buf b;

	eval_buf(ev, &b);
	if (!repr_json(&b, in->self, JSON_FOR_HTML, ev->e))
		return eval_where(ev);
	return eval_text(ev, &b, out);
}

bool filter_string(struct eval *ev, const struct args *in, struct value *out)
{
	struct buf b;
	struct str s;

	if (ev->t->typing == TEMPLATE_PLAN || in->self.kind == VALUE_STR ||
	    in->self.kind == VALUE_UNDEFINED) {
		if (!eval_str(ev, in->self, &s))
			return false;
		*out = value_str(s);
		return true;
	}
	eval_buf(ev, &b);
	buf_add(&b, STR("\"\"\""));
	if (!repr_json(&b, in->self, JSON_PLAIN, ev->e))
		return eval_where(ev);
	buf_add(&b, STR("\"\"\""));
	return eval_text(ev, &b, out);
}
