/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt.c - what a bearer token must be, rule by rule (RFC 7515, 7519, 8725).
 */
#include "api/jwt.h"

#include "api/base64url.h"
#include "data/json.h"

#define DEPTH_MAX 16
#define EXP_MAX INT64_C(253402300799) /* the end of the year 9999 */
#define DEFAULT_TYPES "JWT|at+jwt"

static bool no(struct err *e, const char *rule)
{
	return err_set(e, ERR_AUTH, "%s", rule);
}

/* ---- form ---- */

static bool decode(struct arena *a, struct str part, struct str *out)
{
	unsigned char *to = arena_alloc(a, part.len + 1);
	size_t len;

	if (!base64url_read(part, to, part.len, &len))
		return false;
	*out = (struct str){ (const char *)to, len };
	return true;
}

static bool is_deep(struct value v, unsigned left)
{
	struct value_iter it = value_iter(v);
	struct value item;
	struct str key;

	if (left == 0)
		return true;
	while (value_next(&it, &key, &item))
		if ((item.kind == VALUE_MAP || item.kind == VALUE_LIST) && is_deep(item, left - 1))
			return true;
	return false;
}

/* What json_parse() forgives a vendor is not forgiven here. */
static bool parse_object(struct arena *a, struct str text, struct value *out, struct err *e)
{
	size_t repaired = 0;
	struct value v;

	if (!text.len || text.at[0] != '{' || !json_parse(a, text, &v, &repaired, e) || repaired ||
	    v.kind != VALUE_MAP)
		return no(e, "header and payload of the token must be JSON objects");
	if (json_has_duplicates(v))
		return no(e, "the token has two members of one name");
	if (is_deep(v, DEPTH_MAX))
		return no(e, "the token is nested too deeply");
	*out = v;
	return true;
}

/* An absent member, or a text. */
static bool optional_text(struct value map, const char *name, struct str *out)
{
	struct value v = value_get(map, str_from(name));

	*out = value_text(v);
	return v.kind == VALUE_UNDEFINED || v.kind == VALUE_STR;
}

static bool has(struct value map, const char *name)
{
	return value_get(map, str_from(name)).kind != VALUE_UNDEFINED;
}

static bool parse_header(struct value header, struct jwt *t, struct err *e)
{
	struct str content;

	if (has(header, "crit"))
		return no(e, "the token asks for an extension that is not known (crit)");
	if (has(header, "zip") || has(header, "enc"))
		return no(e, "the token is encrypted or compressed");
	if (!optional_text(header, "cty", &content) || content.len)
		return no(e, "the token holds another token (cty)");
	if (!optional_text(header, "alg", &t->algorithm) ||
	    !optional_text(header, "typ", &t->type) || !optional_text(header, "kid", &t->kid))
		return no(e, "alg, typ and kid of the token must be texts");
	if (has(header, "kid") && !jose_kid_ok(t->kid))
		return no(e, "the token's kid is not well-formed");
	return true;
}

bool jwt_parse(struct arena *a, struct str token, struct jwt *out, struct err *e)
{
	struct str rest = token, head, body, header_text, payload_text;
	struct value header;
	struct jwt t = { 0 };

	if (token.len > JWT_BYTES_MAX)
		return no(e, "the token is larger than 4 KiB");
	head = str_cut(&rest, '.');
	body = str_cut(&rest, '.');
	if (!head.len || !body.len || !rest.len || memchr(rest.at, '.', rest.len))
		return no(e, "the token must have exactly three parts");
	if (!decode(a, head, &header_text) || !decode(a, body, &payload_text) ||
	    !decode(a, rest, &t.signature))
		return no(e, "the token is not base64url");
	/* No issuer writes its header so; only who hopes for two readers that differ. */
	if (str_find(header_text, STR("\\u")) >= 0)
		return no(e, "the token's header holds escapes");
	if (!parse_object(a, header_text, &header, e) || !parse_header(header, &t, e) ||
	    !parse_object(a, payload_text, &t.claims, e))
		return false;
	if (!optional_text(t.claims, "iss", &t.issuer) || !t.issuer.len)
		return no(e, "the token names no issuer");
	t.signed_text = str_slice(token, 0, head.len + 1 + body.len);
	*out = t;
	return true;
}

/* ---- rules before the signature ---- */

static bool is_listed(struct str list, struct str word)
{
	while (list.len)
		if (str_eq_nocase(str_cut(&list, '|'), word))
			return true;
	return false;
}

bool jwt_check_issuer(const struct jwt *t, const struct issuer *by, struct err *e)
{
	if (!str_eq(t->issuer, by->issuer))
		return no(e, "the token is from another issuer");
	if (!str_eq(t->algorithm, jwt_algorithm_name(by->algorithm)))
		return no(e, "the token is signed with another algorithm");
	if (!t->type.len || !is_listed(by->types.len ? by->types : STR(DEFAULT_TYPES), t->type))
		return no(e, "the token is of another type");
	return true;
}

/* ---- claims ---- */

/* Seconds since 1970 as a whole JSON number; false when it is there and no such. */
static bool optional_time(struct value claims, const char *name, int64_t *out, bool *there)
{
	struct value v = value_get(claims, str_from(name));

	*there = v.kind != VALUE_UNDEFINED;
	if (!*there)
		return true;
	if (v.kind != VALUE_INT || v.i < 0 || v.i > EXP_MAX)
		return false;
	*out = v.i;
	return true;
}

static bool check_times(struct value claims, int64_t now_s, struct err *e)
{
	int64_t exp = 0, iat = 0, nbf = 0;
	bool has_exp, has_iat, has_nbf;

	if (!optional_time(claims, "exp", &exp, &has_exp) ||
	    !optional_time(claims, "iat", &iat, &has_iat) ||
	    !optional_time(claims, "nbf", &nbf, &has_nbf))
		return no(e, "exp, iat and nbf of the token must be whole numbers");
	if (!has_exp)
		return no(e, "the token never expires");
	if (!has_iat)
		return no(e, "the token does not say when it was issued");
	if (now_s >= exp + JWT_LEEWAY_S)
		return no(e, "the token has expired");
	if (iat > now_s + JWT_LEEWAY_S || (has_nbf && nbf > now_s + JWT_LEEWAY_S))
		return no(e, "the token is not valid yet");
	return true;
}

static bool is_audience(struct value claims, struct str wanted)
{
	struct value aud = value_get(claims, STR("aud")), item;
	struct value_iter it = value_iter(aud);
	struct str key;

	if (aud.kind == VALUE_STR)
		return str_eq(aud.s, wanted);
	while (aud.kind == VALUE_LIST && value_next(&it, &key, &item))
		if (item.kind == VALUE_STR && str_eq(item.s, wanted))
			return true;
	return false;
}

/* A token to renew others with is no token to come in with; issuers mark it in these ways. */
static bool is_refresh(struct value claims)
{
	static const char *const names[] = { "type", "typ", "token_type", "token_use", "use" };
	struct str text;

	for (size_t i = 0; i < COUNT(names); i++)
		if (optional_text(claims, names[i], &text) &&
		    (str_eq_nocase(text, STR("refresh")) ||
		     str_eq_nocase(text, STR("refresh_token"))))
			return true;
	return false;
}

static bool check_subject(struct value claims, struct err *e)
{
	struct value sub = value_get(claims, STR("sub"));

	if (sub.kind != VALUE_STR || !sub.s.len || sub.s.len > JWT_SUBJECT_MAX)
		return no(e, "the token names nobody (sub)");
	for (size_t i = 0; i < sub.s.len; i++)
		if ((unsigned char)sub.s.at[i] < 0x20 || sub.s.at[i] == 0x7F)
			return no(e, "the token's sub holds control characters");
	return true;
}

bool jwt_verify(const struct jwt *t, const struct issuer *by, const struct jose_key *key,
		int64_t now_ms, struct err *e)
{
	assert(jose_key_algorithm(key) == by->algorithm);
	if (!t->signature.len || !jose_key_verify(key, t->signed_text, t->signature))
		return no(e, "the token's signature is wrong");
	if (!check_times(t->claims, now_ms / 1000, e))
		return false;
	if (is_refresh(t->claims))
		return no(e, "the token is for renewing, not for access");
	/* One of the public passes here, to be taken for nobody. */
	if (!is_audience(t->claims, by->audience) && !jwt_is_anonymous(t))
		return no(e, "the token is for another audience");
	return check_subject(t->claims, e);
}

bool jwt_is_anonymous(const struct jwt *t)
{
	struct value v = value_get(t->claims, STR("is_anonymous"));

	if (!value_is_nothing(v) && !(v.kind == VALUE_BOOL && !v.b))
		return true;
	return is_audience(t->claims, STR("anon"));
}

/* ---- roles ---- */

static unsigned role_of(const struct issuer *by, struct str word)
{
	for (size_t i = 0; i < by->role_maps; i++) {
		struct str rest = by->role_map[i], value = str_cut(&rest, '=');

		if (str_eq(value, word))
			return role_from(rest);
	}
	return role_from(word);
}

unsigned jwt_roles(const struct jwt *t, const struct issuer *by)
{
	struct str path = by->roles_claim, key;
	struct value at = t->claims, item;
	struct value_iter it;
	unsigned roles = 0;

	while (path.len)
		at = value_get(at, str_cut(&path, '.'));
	if (at.kind == VALUE_STR)
		return role_of(by, at.s);
	it = value_iter(at);
	while (at.kind == VALUE_LIST && value_next(&it, &key, &item))
		if (item.kind == VALUE_STR)
			roles |= role_of(by, item.s);
	return roles;
}
