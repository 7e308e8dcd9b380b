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

static struct sign_in sign_in_keep(struct arena *a, const struct sign_in *o)
{
	return (struct sign_in){ .label = str_keep(a, o->label),
				 .url = str_keep(a, o->url),
				 .authorize_url = str_keep(a, o->authorize_url),
				 .token_url = str_keep(a, o->token_url),
				 .redirect_url = str_keep(a, o->redirect_url),
				 .client_id = str_keep(a, o->client_id),
				 .client_secret = str_keep(a, o->client_secret),
				 .scopes = str_keep(a, o->scopes),
				 .secret_in_body = o->secret_in_body };
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
	kept.sign_in = sign_in_keep(a, &o->sign_in);
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

	if (i->algorithm == JWT_HS256)
		return jose_key_secret(secret, &p->secret, e);
	if (secret.len)
		return err_set(e, ERR_CONFIG, "it has a secret, but its algorithm needs none");
	if (!o->client)
		return err_set(e, ERR_CONFIG, "its keys cannot be fetched here");
	if (!url_check(i->jwks_url, &p->policy, e))
		return err_wrap(e, "address of its keys");
	p->keys = jwks_new(&keys);
	return true;
}

/* Where the code is exchanged is asked by us, as the keys are. */
static bool sign_in_ok(const struct provider *p, const struct access_options *o, struct err *e)
{
	const struct sign_in *s = &p->issuer.sign_in;

	if (!s->client_id.len)
		return true;
	if (!o->client)
		return err_set(e, ERR_CONFIG, "nobody can sign in by it here");
	if (!url_check(s->token_url, &p->policy, e))
		return err_wrap(e, "address of its tokens");
	return url_check(s->authorize_url, &p->policy, e) ||
	       err_wrap(e, "address where people sign in");
}

static bool provider_open(struct access *acc, const struct access_options *o, size_t n,
			  struct err *e)
{
	struct provider *p = &acc->provider[n];

	p->issuer = issuer_keep(acc->arena, &o->issuer[n]);
	acc->providers++;
	if (!p->issuer.issuer.len || !p->issuer.audience.len)
		return err_set(e, ERR_CONFIG, "it needs an issuer (iss) and an audience (aud)");
	p->policy = (struct url_policy){ .allow_http = p->issuer.allow_http,
					 .allow_private = p->issuer.allow_http };
	return claim_ok(p->issuer.roles_claim, e) && map_ok(&p->issuer, e) && sign_in_ok(p, o, e) &&
	       keys_open(acc, p, o, o->issuer[n].secret, e);
}

bool access_open(const struct access_options *o, struct access **out, struct err *e)
{
	struct access *acc = calloc(1, sizeof(*acc));

	if (!acc || sodium_init() < 0)
		abort();
	acc->arena = arena_new("access", CONFIG_BYTES_MAX);
	acc->provider = arena_new_array(acc->arena, struct provider, o->issuers + 1);
	acc->client = o->client;
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

/* `by` is the provider's own rules, or those with another audience. */
static bool verify_by(struct provider *p, const struct issuer *by, const struct jwt *t,
		      int64_t now_ms, struct err *e)
{
	struct jose_key *key;
	bool ok;

	if (!jwt_check_issuer(t, by, e))
		return false;
	if (p->secret)
		return jwt_verify(t, by, p->secret, now_ms, e);
	if (!t->kid.len)
		return err_set(e, ERR_AUTH, "the token names no key (kid)");
	if (!jwks_find(p->keys, t->kid, &key, e))
		return false;
	ok = jwt_verify(t, by, key, now_ms, e);
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

		if (verify_by(p, &p->issuer, t, now_ms, &why))
			return p;
		if (!str_eq(p->issuer.issuer, t->issuer))
			continue;
		if (!same || jwt_check_issuer(t, &p->issuer, &(struct err){ 0 }))
			*e = why;
		same = true;
	}
	return NULL;
}

/* What a token that was verified says, and what is said here of its subject. */
static bool identity_of(const struct provider *p, struct db *d, struct arena *a,
			const struct jwt *t, struct identity *out, struct err *e)
{
	struct grant grant;
	struct str sub;

	if (jwt_is_anonymous(t)) {
		*out = nobody;
		return true;
	}
	sub = value_get(t->claims, STR("sub")).s;
	if (!grant_find(d, a, p->issuer.issuer, sub, &grant, e))
		return false;
	if (grant.denied)
		return err_set(e, ERR_AUTH, "access was withdrawn");
	*out = (struct identity){ .kind = IDENTITY_JWT,
				  .roles = grant.there ? grant.roles : jwt_roles(t, &p->issuer),
				  .subject = sub,
				  .name = subject_name(a, sub),
				  .uuid = subject_uuid(sub),
				  .email = value_get_text(t->claims, "email"),
				  .provider = p->issuer.name,
				  .expires_ms = value_get(t->claims, STR("exp")).i * 1000 };
	return true;
}

static bool check_jwt(struct access *acc, struct db *d, struct arena *a, struct str token,
		      struct identity *out, struct err *e)
{
	struct provider *p;
	struct jwt t;

	if (!jwt_parse(a, token, &t, e))
		return false;
	p = provider_find(acc, &t, e);
	return p && identity_of(p, d, a, &t, out, e);
}

struct provider *access_provider(const struct access *acc, struct str name)
{
	for (size_t i = 0; i < acc->providers; i++)
		if (str_eq(acc->provider[i].issuer.name, name))
			return &acc->provider[i];
	return NULL;
}

/* What is for us alone (OpenID Connect Core 3.1.3.7): `aud` is or holds the client_id, and when
 * somebody is named for whom it was made, that is the client as well. */
bool access_id_token(struct access *acc, struct provider *p, const struct id_token *it,
		     struct db *d, struct arena *a, struct identity *out, struct err *e)
{
	struct issuer by = p->issuer;
	struct value azp, nonce;
	struct jwt t;

	by.audience = p->issuer.sign_in.client_id;
	if (!by.audience.len)
		return err_set(e, ERR_AUTH, "nobody signs in by that provider");
	if (!jwt_parse(a, it->token, &t, e) || !verify_by(p, &by, &t, clock_wall_ms(acc->clock), e))
		return false;
	azp = value_get(t.claims, STR("azp"));
	if (azp.kind != VALUE_UNDEFINED && !(azp.kind == VALUE_STR && str_eq(azp.s, by.audience)))
		return err_set(e, ERR_AUTH, "the token was made for another client (azp)");
	nonce = value_get(t.claims, STR("nonce"));
	if (it->nonce.len && !(nonce.kind == VALUE_STR && str_eq(nonce.s, it->nonce)))
		return err_set(e, ERR_AUTH, "the token belongs to another sign-in (nonce)");
	return identity_of(p, d, a, &t, out, e);
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

bool access_bearer(struct access *acc, struct db *d, struct arena *a, struct str token,
		   struct identity *out, struct err *e)
{
	int64_t now_ms = clock_wall_ms(acc->clock);
	struct identity found;

	if (str_starts(token, STR(EMBED_TOKEN_START)))
		return embed_token_check(d, a, token, now_ms, &found, e) &&
		       somebody(&found, out, "the embed token is unknown or expired", e);
	if (!str_starts(token, STR(API_TOKEN_START)))
		return check_jwt(acc, d, a, token, out, e);
	return api_token_check(d, a, token, now_ms, &found, e) &&
	       somebody(&found, out, "the API token is unknown, revoked or expired", e);
}

static bool check_header(struct access *acc, struct db *d, struct arena *a, struct str header,
			 struct identity *out, struct err *e)
{
	struct str token = header, scheme = str_cut(&token, ' ');

	if (!str_eq_nocase(scheme, STR("Bearer")) || !token.len)
		return err_set(e, ERR_AUTH, "the Authorization header must be: Bearer TOKEN");
	return access_bearer(acc, d, a, token, out, e);
}

struct str access_cookie_name(const struct access *acc)
{
	return acc->cookie_secure ? STR("__Host-lockstep") : STR("lockstep");
}

bool access_cookie(struct str name, struct str header, struct str *out, struct err *e)
{
	struct str found = STR("");

	while (header.len) {
		struct str value = str_trim(str_cut(&header, ';')), key = str_cut(&value, '=');

		if (!str_eq(key, name))
			continue;
		if (found.len)
			return err_set(e, ERR_AUTH, "there are two cookies of one name");
		found = value;
	}
	*out = found;
	return true;
}

/* A token in a session is worth what it would be in the Authorization header now. */
static bool check_login(struct access *acc, struct db *d, struct arena *a, const struct login *l,
			struct identity *out, struct err *e)
{
	struct provider *p;

	switch (l->kind) {
	case LOGIN_USER:
		*out = l->user;
		return true;
	case LOGIN_BEARER:
		return access_bearer(acc, d, a, l->token, out, e);
	case LOGIN_ID_TOKEN:
		p = access_provider(acc, l->provider);
		if (!p)
			return err_set(e, ERR_AUTH, "nobody signs in by that provider any more");
		return access_id_token(acc, p, &(struct id_token){ .token = l->token }, d, a, out,
				       e);
	}
	return false;
}

static bool check_cookie(struct access *acc, struct db *d, struct arena *a, struct str secret,
			 struct identity *out, struct err *e)
{
	struct identity who;
	struct login login;
	bool found;

	if (!login_find(d, a, secret, clock_wall_ms(acc->clock), acc->session_ms, &login, &found,
			e))
		return false;
	if (!found)
		return err_set(e, ERR_AUTH, "the session has ended; sign in again");
	if (!check_login(acc, d, a, &login, &who, e))
		return false;
	if (who.kind == IDENTITY_NOBODY)
		return err_set(e, ERR_AUTH, "the session's token says nobody; sign in again");
	who.cookie = true;
	who.expires_ms = login.ends_ms;
	*out = who;
	return true;
}

bool access_check(struct access *acc, struct db *d, struct arena *a,
		  const struct credentials *given, struct identity *out, struct err *e)
{
	struct str secret;

	if (given->authorization.len)
		return check_header(acc, d, a, given->authorization, out, e);
	if (!access_cookie(access_cookie_name(acc), given->cookie, &secret, e))
		return false;
	if (!secret.len) {
		*out = nobody;
		return true;
	}
	return check_cookie(acc, d, a, secret, out, e);
}
