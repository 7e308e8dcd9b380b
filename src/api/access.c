/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access.c - who is calling.
 *
 * Always: what is brought and is not good is an error, never taken for nothing: the router decides
 * where that does not matter.  An Authorization header goes before a cookie.
 */
#include "api/access.h"

#include "api/access_part.h"
#include "api/jwt.h"

#include <sodium.h>
#include <stdlib.h>

#define CONFIG_BYTES_MAX ((size_t)1024 * 1024)
#define CLAIM_PATH_MAX 8
#define DEFAULT_ROLES_CLAIM "app_metadata.role"
#define UUID_LEN 36

/* ---- configuration ---- */

/* Whatever a user can write about himself says nothing about what he may. */
static bool claim_ok(struct str path, struct err *e)
{
	static const char *const by_user[] = { "user_metadata", "raw_user_meta_data" };
	size_t parts = 1;

	for (size_t i = 0; i < path.len; i++)
		parts += path.at[i] == '.';
	if (parts > CLAIM_PATH_MAX)
		return err_set(e, ERR_CONFIG, "the path of the roles claim is too long");
	while (path.len) {
		struct str part = str_cut(&path, '.');

		if (!part.len)
			return err_set(e, ERR_CONFIG,
				       "the path of the roles claim has empty parts");
		for (size_t i = 0; i < COUNT(by_user); i++)
			if (str_eq_nocase(part, str_from(by_user[i])))
				return err_set(
					e, ERR_CONFIG,
					"roles cannot come from %s: users write it themselves "
					"(take app_metadata)",
					by_user[i]);
	}
	return true;
}

static bool map_ok(const struct issuer *o, struct err *e)
{
	for (size_t i = 0; i < o->role_maps; i++) {
		struct str rest = o->role_map[i], value = str_cut(&rest, '=');

		if (!value.len || !role_from(rest))
			return err_set(e, ERR_CONFIG,
				       "a row of the role map is VALUE=ROLE, where ROLE is admin, "
				       "coach, player or viewer");
	}
	return true;
}

static struct issuer issuer_keep(struct arena *a, const struct issuer *o)
{
	struct issuer kept = *o;
	struct str *map = arena_new_array(a, struct str, o->role_maps + 1);

	for (size_t i = 0; i < o->role_maps; i++)
		map[i] = str_keep(a, o->role_map[i]);
	kept.name = str_keep(a, o->name);
	kept.secret = STR("");
	kept.jwks_url = str_keep(a, o->jwks_url);
	kept.issuer = str_keep(a, o->issuer);
	kept.audience = str_keep(a, o->audience);
	kept.roles_claim =
		o->roles_claim.len ? str_keep(a, o->roles_claim) : STR(DEFAULT_ROLES_CLAIM);
	kept.types = str_keep(a, o->types);
	kept.role_map = map;
	return kept;
}

static bool keys_open(struct access *acc, struct provider *p, const struct access_options *o,
		      struct str secret, struct err *e)
{
	const struct issuer *i = &p->issuer;
	struct jwks_options keys = { .url = i->jwks_url,
				     .algorithm = i->algorithm,
				     .allow_http = i->allow_http,
				     .client = o->client,
				     .clock = acc->clock };
	struct url_policy policy = { .allow_http = i->allow_http, .allow_private = i->allow_http };

	if (i->algorithm == JWT_HS256)
		return jose_key_secret(secret, &p->secret, e);
	if (secret.len)
		return err_set(e, ERR_CONFIG, "it has a secret, but its algorithm needs none");
	if (!o->client)
		return err_set(e, ERR_CONFIG, "its keys cannot be fetched here");
	if (!url_check(i->jwks_url, &policy, e))
		return err_wrap(e, "address of its keys");
	p->keys = jwks_new(&keys);
	return true;
}

static bool provider_open(struct access *acc, const struct access_options *o, size_t n,
			  struct err *e)
{
	struct provider *p = &acc->provider[n];

	p->issuer = issuer_keep(acc->arena, &o->issuer[n]);
	acc->providers++;
	if (!p->issuer.issuer.len || !p->issuer.audience.len)
		return err_set(e, ERR_CONFIG, "it needs an issuer (iss) and an audience (aud)");
	return claim_ok(p->issuer.roles_claim, e) && map_ok(&p->issuer, e) &&
	       keys_open(acc, p, o, o->issuer[n].secret, e);
}

bool access_open(const struct access_options *o, struct access **out, struct err *e)
{
	struct access *acc = calloc(1, sizeof(*acc));

	if (!acc || sodium_init() < 0)
		abort();
	acc->arena = arena_new("access", CONFIG_BYTES_MAX);
	acc->provider = arena_new_array(acc->arena, struct provider, o->issuers + 1);
	acc->clock = o->clock ? o->clock : clock_system();
	acc->gate = login_gate_new();
	acc->cookie_secure = o->cookie_secure;
	acc->session_ms = o->session_ms ? o->session_ms : LOGIN_IDLE_MS;
	for (size_t i = 0; i < o->issuers; i++) {
		if (provider_open(acc, o, i, e))
			continue;
		access_close(acc);
		return err_wrap(e, "issuer '%.*s'", STR_ARG(o->issuer[i].name));
	}
	*out = acc;
	return true;
}

void access_close(struct access *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->providers; i++) {
		jose_key_unref(a->provider[i].secret);
		jwks_free(a->provider[i].keys);
	}
	login_gate_free(a->gate);
	arena_free(a->arena);
	free(a);
}

static const struct identity nobody = { .kind = IDENTITY_NOBODY, .name = STR("nobody") };

/* ---- tokens of identity providers ---- */

static bool verify_by(struct provider *p, const struct jwt *t, int64_t now_ms, struct err *e)
{
	struct jose_key *key;
	bool ok;

	if (!jwt_check_issuer(t, &p->issuer, e))
		return false;
	if (p->secret)
		return jwt_verify(t, &p->issuer, p->secret, now_ms, e);
	if (!t->kid.len)
		return err_set(e, ERR_AUTH, "the token names no key (kid)");
	if (!jwks_find(p->keys, t->kid, &key, e))
		return false;
	ok = jwt_verify(t, &p->issuer, key, now_ms, e);
	jose_key_unref(key);
	return ok;
}

/* Two providers may share an `iss`: a project that moves from a secret to keys.  The first that
 * takes the token decides; else the one that got furthest says why not. */
static struct provider *provider_find(struct access *acc, const struct jwt *t, struct err *e)
{
	int64_t now_ms = clock_wall_ms(acc->clock);
	struct err why;
	bool same = false;

	err_set(e, ERR_AUTH, "the token is from an issuer that is not known here");
	for (size_t i = 0; i < acc->providers; i++) {
		struct provider *p = &acc->provider[i];

		if (verify_by(p, t, now_ms, &why))
			return p;
		if (!str_eq(p->issuer.issuer, t->issuer))
			continue;
		if (!same || jwt_check_issuer(t, &p->issuer, &(struct err){ 0 }))
			*e = why;
		same = true;
	}
	return NULL;
}

static bool is_uuid(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.at[i] != '-' : !s.at[i] || !strchr("0123456789abcdefABCDEF", s.at[i]))
			return false;
	}
	return s.len == UUID_LEN;
}

struct str subject_name(struct arena *a, struct str subject)
{
	struct str shown = is_uuid(subject) ? subject : secret_hash(a, subject);

	return str_printf(a, "jwt:%.*s", 8, shown.at);
}

static struct str optional(struct value claims, struct str name)
{
	struct value v = value_get(claims, name);

	return v.kind == VALUE_STR ? v.s : STR("");
}

static bool check_jwt(struct access *acc, struct db *d, struct arena *a, struct str token,
		      struct identity *out, struct err *e)
{
	struct provider *p;
	struct grant grant;
	struct jwt t;
	struct str sub;

	if (!jwt_parse(a, token, &t, e))
		return false;
	p = provider_find(acc, &t, e);
	if (!p)
		return false;
	if (jwt_is_anonymous(&t)) {
		*out = nobody;
		return true;
	}
	sub = value_get(t.claims, STR("sub")).s;
	if (!grant_find(d, a, p->issuer.issuer, sub, &grant, e))
		return false;
	if (grant.denied)
		return err_set(e, ERR_AUTH, "access was withdrawn");
	*out = (struct identity){ .kind = IDENTITY_JWT,
				  .roles = grant.there ? grant.roles : jwt_roles(&t, &p->issuer),
				  .subject = sub,
				  .name = subject_name(a, sub),
				  .uuid = is_uuid(sub) ? sub : STR(""),
				  .email = optional(t.claims, STR("email")) };
	return true;
}

/* ---- what a request brings ---- */

static bool somebody(const struct identity *found, struct identity *out, const char *rule,
		     struct err *e)
{
	if (found->kind == IDENTITY_NOBODY)
		return err_set(e, ERR_AUTH, "%s", rule);
	*out = *found;
	return true;
}

static bool check_bearer(struct access *acc, struct db *d, struct arena *a, struct str header,
			 struct identity *out, struct err *e)
{
	struct str token = header, scheme = str_cut(&token, ' ');
	struct identity found;

	if (!str_eq_nocase(scheme, STR("Bearer")) || !token.len)
		return err_set(e, ERR_AUTH, "the Authorization header must be: Bearer TOKEN");
	if (!str_starts(token, STR(API_TOKEN_START)))
		return check_jwt(acc, d, a, token, out, e);
	return api_token_check(d, a, token, clock_wall_ms(acc->clock), &found, e) &&
	       somebody(&found, out, "the API token is unknown, revoked or expired", e);
}

struct str access_cookie_name(const struct access *acc)
{
	return acc->cookie_secure ? STR("__Host-lockstep") : STR("lockstep");
}

bool access_cookie(const struct access *acc, struct str header, struct str *out, struct err *e)
{
	struct str name = access_cookie_name(acc), found = STR("");

	while (header.len) {
		struct str value = str_trim(str_cut(&header, ';')), key = str_cut(&value, '=');

		if (!str_eq(key, name))
			continue;
		if (found.len)
			return err_set(e, ERR_AUTH, "there are two session cookies");
		found = value;
	}
	*out = found;
	return true;
}

bool access_check(struct access *acc, struct db *d, struct arena *a,
		  const struct credentials *given, struct identity *out, struct err *e)
{
	struct identity found;
	struct str secret;

	if (given->authorization.len)
		return check_bearer(acc, d, a, given->authorization, out, e);
	if (!access_cookie(acc, given->cookie, &secret, e))
		return false;
	if (!secret.len) {
		*out = nobody;
		return true;
	}
	return login_check(d, a, secret, clock_wall_ms(acc->clock), acc->session_ms, &found, e) &&
	       somebody(&found, out, "the session has ended; sign in again", e);
}
