/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.c - credentials on a request, and OAuth tokens (RFC 6749) that are refreshed once.
 *
 * States of a connection's token:
 *
 *     none ──refresh token or client credentials of the config──► valid ──expiry, 401──► refreshing
 * ──► valid │ needs a person ◄── invalid_grant, nothing newer ┘
 *
 * A network failure or a 5xx at the token endpoint changes nothing: the stored token stays.
 */
#include "flow/auth.h"

#include "data/json.h"
#include "flow/gate.h"
#include "http/backoff.h"
#include "store/audit.h"

#include <sodium.h>

#define TOKEN_MARGIN_MS 300000 /* refreshed so long before expiry */
/* A token that lives shorter than that would be refreshed for every request: part of its life then.
 */
#define TOKEN_MARGIN_PART 4
#define TOKEN_LIFE_MS 3600000 /* assumed when the vendor does not say */
#define TOKEN_LEASE_MS 120000
#define TOKEN_WAIT_MS 200
#define TOKEN_BYTES_MAX ((size_t)1024 * 1024)
#define SEARCH_DEPTH_MAX 5
#define TOKEN_TRIES 4

const struct authenticator *auth_of(const struct manifest *m)
{
	for (size_t i = 0; i < m->streams; i++)
		if (m->stream[i].requester.auth.kind == AUTH_OAUTH)
			return &m->stream[i].requester.auth;
	return NULL;
}

static struct str base64(struct arena *a, struct str s)
{
	size_t size = sodium_base64_ENCODED_LEN(s.len, sodium_base64_VARIANT_ORIGINAL);
	char *out = arena_alloc(a, size);

	sodium_bin2base64(out, size, (const unsigned char *)s.at, s.len,
			  sodium_base64_VARIANT_ORIGINAL);
	return str_from(out);
}

/* ---- the answer of a token endpoint ---- */

/* Keys are looked for deeply, for some vendors wrap the answer. */
static struct value search(struct value v, struct str key, unsigned depth)
{
	struct value_iter it = value_iter(v);
	struct value hit = value_get(v, key), item;
	struct str name;

	if (hit.kind != VALUE_UNDEFINED || depth == 0)
		return hit;
	while (value_next(&it, &name, &item)) {
		hit = search(item, key, depth - 1);
		if (hit.kind != VALUE_UNDEFINED)
			return hit;
	}
	return UNDEFINED;
}

static bool expiry_of(const struct oauth *o, struct value answer, int64_t now_ms, int64_t *out_ms,
		      struct err *e)
{
	struct value v = search(answer, o->expires_in_name, SEARCH_DEPTH_MAX), at;
	int64_t n;

	*out_ms = now_ms + TOKEN_LIFE_MS;
	if (o->expiry_format.len > 0 && v.kind == VALUE_STR) {
		if (!moment_parse_as(v.s, o->expiry_format, &at, e))
			return err_wrap(e, "token expiry");
		*out_ms = at.us / 1000;
		return true;
	}
	if (v.kind == VALUE_STR && str_to_i64(v.s, &n))
		v = value_int(n);
	if (value_is_number(v))
		*out_ms = (int64_t)(value_to_double(v) * 1000) + (o->expiry_is_epoch ? 0 : now_ms);
	return true;
}

static bool token_read(const struct oauth *o, struct value answer, int64_t now_ms,
		       const struct token *before, struct token *out, struct err *e)
{
	struct value access = search(answer, o->access_token_name, SEARCH_DEPTH_MAX);
	struct value refresh = search(answer, o->refresh_token_response_name, SEARCH_DEPTH_MAX);
	struct token t = { .refresh = before->refresh, .renewed_ms = now_ms };

	if (access.kind != VALUE_STR || access.s.len == 0)
		return err_set(e, ERR_REMOTE, "the token endpoint's answer holds no '%.*s'",
			       STR_ARG(o->access_token_name));
	t.access = access.s;
	if (refresh.kind == VALUE_STR && refresh.s.len > 0)
		t.refresh = refresh.s;
	if (!expiry_of(o, answer, now_ms, &t.expires_ms, e))
		return false;
	t.margin_ms = (t.expires_ms - now_ms) / TOKEN_MARGIN_PART;
	if (t.margin_ms > TOKEN_MARGIN_MS)
		t.margin_ms = TOKEN_MARGIN_MS;
	*out = t;
	return true;
}

/* What a refusal means: a person is needed, or another try. */
static bool token_refused(const struct response *r, struct value answer, struct err *e)
{
	struct value error = value_get(answer, STR("error"));
	struct str code = error.kind == VALUE_STR && error.s.len <= 64 ? error.s : STR("no reason");
	enum http_class class = http_class(r->status);

	if (class == HTTP_RETRY || class == HTTP_LIMITED || class == HTTP_ODD)
		return err_set(e, ERR_TRANSIENT, "the token endpoint answered HTTP %d", r->status);
	for (size_t i = 0; i < code.len; i++)
		if (!(code.at[i] == '_' || (code.at[i] >= 'a' && code.at[i] <= 'z')))
			code = STR("no reason");
	return err_set(e, ERR_AUTH, "the token endpoint refused (HTTP %d, %.*s)", r->status,
		       STR_ARG(code));
}

/* ---- asking for tokens ---- */

struct grant {
	struct str type, name, value; /* form field and content: refresh_token, code; or empty */
	struct str redirect_url;
};

static bool grant_draft(const struct oauth *o, const struct grant *g, const struct scope *scope,
			struct draft *d, struct err *e)
{
	struct str id, secret, one;
	struct buf scopes;

	*d = (struct draft){ .method = "POST" };
	buf_in(&scopes, scope->arena, TOKEN_BYTES_MAX);
	for (size_t i = 0; i < o->scopes; i++) {
		if (!slot_text(&o->scope[i], scope, &one, e))
			return false;
		buf_printf(&scopes, "%s%.*s", i ? " " : "", STR_ARG(one));
	}
	if (!slot_text(&o->token_url, scope, &d->url, e) ||
	    !slot_text(&o->client_id, scope, &id, e) ||
	    !slot_text(&o->client_secret, scope, &secret, e) ||
	    !draft_form(d, o->grant_type_name, g->type, e) ||
	    !draft_form(d, o->client_id_name, id, e) ||
	    (secret.len > 0 && !draft_form(d, o->client_secret_name, secret, e)) ||
	    (g->name.len > 0 && !draft_form(d, g->name, g->value, e)) ||
	    (g->redirect_url.len > 0 && !draft_form(d, STR("redirect_uri"), g->redirect_url, e)) ||
	    (scopes.len > 0 && !draft_form(d, STR("scope"), buf_str(&scopes), e)))
		return false;
	return true;
}

static bool grant_extras(const struct oauth *o, const struct scope *scope, struct draft *d,
			 struct err *e)
{
	struct value body, headers, item;
	struct value_iter it;
	struct str key, text;

	if (!mould_value(&o->extra_body, scope, &body, e) ||
	    !mould_value(&o->extra_headers, scope, &headers, e))
		return false;
	it = value_iter(body);
	while (value_next(&it, &key, &item))
		if (!value_as_text(scope->arena, item, &text, e) || !draft_form(d, key, text, e))
			return false;
	it = value_iter(headers);
	while (value_next(&it, &key, &item))
		if (!value_as_text(scope->arena, item, &text, e) || !draft_header(d, key, text, e))
			return false;
	return true;
}

/* One request to the token endpoint, read. */
static bool grant_once(struct session *s, const struct request *request, struct arena *a,
		       struct value *answer, struct err *e)
{
	struct response r;

	if (!gate_send(s, request, a, &r, e))
		return false;
	if (!json_parse(a, r.body, answer, NULL, e))
		*answer = UNDEFINED;
	if (http_class(r.status) != HTTP_OK)
		return token_refused(&r, *answer, e);
	if (answer->kind == VALUE_UNDEFINED)
		return err_set(e, ERR_TRANSIENT, "the token endpoint did not answer with JSON");
	return true;
}

static bool grant_ask(struct session *s, const struct oauth *o, const struct grant *g,
		      const struct token *before, struct arena *a, struct token *out, struct err *e)
{
	struct scope scope = session_scope(s, a);
	struct draft *d = arena_new_struct(a, struct draft);
	struct request request;
	struct value answer = UNDEFINED;

	if (!grant_draft(o, g, &scope, d, e) || !grant_extras(o, &scope, d, e) ||
	    !draft_request(a, d, &request, e))
		return err_wrap(e, "token request");
	for (unsigned n = 0; !grant_once(s, &request, a, &answer, e); n++) {
		int64_t wait_ms = backoff_full_jitter_ms(1000, 30000, n, s->engine->rng);

		if (e->kind != ERR_TRANSIENT || n + 1 == TOKEN_TRIES)
			return false;
		if (!session_wait(s, WAIT_BACKOFF, wait_ms, "the token endpoint does not answer",
				  e))
			return false;
	}
	return token_read(o, answer, clock_wall_ms(s->engine->clock), before, out, e);
}

/* ---- one refresh at a time ---- */

struct token_asking {
	struct session *session;
	struct arena *arena;
	struct token token;
	bool found;
};

static bool token_ask(void *arg, struct err *e)
{
	struct token_asking *q = arg;
	const struct engine *g = q->session->engine;

	return token_get(g->db, q->arena, g->seal, q->session->connection->name, &q->token,
			 &q->found, e);
}

static bool token_load(struct session *s, struct arena *a, struct token *out, bool *found,
		       struct err *e)
{
	struct token_asking q = { .session = s, .arena = a };

	if (!session_ask_db(s, token_ask, &q, e))
		return false;
	*out = q.token;
	*found = q.found;
	return true;
}

static bool token_tell(void *arg, struct err *e)
{
	struct token_asking *q = arg;
	const struct engine *g = q->session->engine;

	return token_put(g->db, g->seal, q->session->connection->name, &q->token, e);
}

/* A refresh token that works once is lost for good with its answer: a database that is away for a
 * moment must not cost it. */
static bool token_store(struct session *s, const struct token *t, struct err *e)
{
	struct token_asking q = { .session = s, .token = *t };

	return session_ask_db(s, token_tell, &q, e);
}

static bool usable(const struct session *s, const struct token *t, bool found)
{
	int64_t left_ms = t->expires_ms - clock_wall_ms(s->engine->clock);

	if (!found || t->access.len == 0 || t->problem.len > 0 || t->version == s->token_refused)
		return false;
	return t->expires_ms == 0 || left_ms > (t->margin_ms > 0 ? t->margin_ms : TOKEN_MARGIN_MS);
}

static bool needs_person(const struct session *s, struct str why, struct err *e)
{
	return err_set(e, ERR_AUTH, "%.*s; run `lockstep connect %.*s` to authorise again",
		       STR_ARG(why), STR_ARG(s->connection->name));
}

/* Which grant to use with what is there. */
static bool grant_choose(struct session *s, const struct oauth *o, const struct token *t,
			 const struct scope *scope, struct grant *g, struct err *e)
{
	struct str type, configured;

	if (!slot_text(&o->grant_type, scope, &type, e) ||
	    !slot_text(&o->refresh_token, scope, &configured, e))
		return false;
	*g = (struct grant){ .type = type.len ? type : STR("refresh_token") };
	if (!str_eq(g->type, STR("refresh_token")))
		return true;
	g->name = o->refresh_token_name;
	g->value = t->refresh.len > 0 ? t->refresh : configured;
	if (g->value.len == 0)
		return needs_person(s, STR("there is no refresh token"), e);
	return true;
}

/* Into the audit log, where a person looks for what happened to the connection; a database that has
 * none yet keeps nobody from hearing why. */
static void tell_refused(struct session *s, struct arena *a, struct str why)
{
	struct value details = value_map_new(a);
	struct audit_entry entry = { .actor = STR("system"), .action = STR("token.refused") };
	struct err unsaid;
	struct buf b;

	entry.target = str_printf(a, "connection:%.*s", STR_ARG(s->connection->name));
	value_map_set(a, details, STR("why"), value_str(why));
	buf_in(&b, a, TOKEN_BYTES_MAX);
	if (json_write(&b, details, &unsaid))
		entry.details = buf_str(&b);
	if (!audit_add(s->engine->db, &entry, &unsaid))
		session_warn(s, "the audit log does not have it: %s", unsaid.text);
}

/* The token as it is in the database after the caller's own attempt failed for good. */
static bool refresh_failed(struct session *s, struct arena *a, const struct token *before,
			   struct token *out, struct err *e)
{
	struct token now = { 0 };
	struct err why = *e;
	bool found;

	if (why.kind != ERR_AUTH)
		return false;
	if (!token_load(s, a, &now, &found, e))
		return false;
	if (found && now.version != before->version && usable(s, &now, found)) {
		*out = now;
		return true;
	}
	now = *before;
	now.problem = str_keep(a, str_from(why.text));
	now.problem_ms = clock_wall_ms(s->engine->clock);
	if (!token_store(s, &now, e))
		return false;
	tell_refused(s, a, now.problem);
	return needs_person(s, now.problem, e);
}

static bool refresh_held(struct session *s, const struct oauth *o, struct arena *a,
			 struct token *out, struct err *e)
{
	struct scope scope = session_scope(s, a);
	struct token t = { 0 }, fresh;
	struct grant g;
	bool found;

	if (!token_load(s, a, &t, &found, e))
		return false;
	if (usable(s, &t, found)) {
		*out = t;
		return true;
	}
	if (found && t.problem.len > 0)
		return needs_person(s, t.problem, e);
	if (!grant_choose(s, o, &t, &scope, &g, e))
		return false;
	if (!grant_ask(s, o, &g, &t, a, &fresh, e))
		return refresh_failed(s, a, &t, out, e);
	if (!token_store(s, &fresh, e) || !token_load(s, a, out, &found, e))
		return err_wrap(e, "storing the new token");
	return true;
}

static bool token_fresh(struct session *s, const struct oauth *o, struct arena *a,
			struct token *out, struct err *e)
{
	struct lease l = { .name = str_printf(a, "token:%.*s", STR_ARG(s->connection->name)),
			   .ttl_ms = TOKEN_LEASE_MS,
			   .fence = s->engine->fence };
	struct err release;
	bool found, took_over, done;

	for (;;) {
		if (!token_load(s, a, out, &found, e))
			return false;
		if (usable(s, out, found))
			return true;
		if (lease_take(s->engine->db, a, &l, &took_over, e))
			break;
		if (e->kind != ERR_BUSY ||
		    !session_pause(s, TOKEN_WAIT_MS, "another process renews the token", e))
			return false;
	}
	done = refresh_held(s, o, a, out, e);
	if (!lease_release(s->engine->db, &l, &release) && done) {
		*e = release;
		return false;
	}
	return done;
}

static bool oauth_apply(struct session *s, const struct authenticator *a, struct draft *d,
			const struct scope *scope, struct err *e)
{
	struct token t = { 0 };

	if (!token_fresh(s, &a->oauth, scope->arena, &t, e))
		return err_wrap(e, "%.*s", STR_ARG(s->connection->name));
	s->token_used = t.version;
	return draft_header(d, STR("Authorization"),
			    str_printf(scope->arena, "Bearer %.*s", STR_ARG(t.access)), e);
}

bool auth_refused(struct session *s, const struct requester *r, struct err *e)
{
	if (r->auth.kind != AUTH_OAUTH)
		return err_set(e, ERR_AUTH, "the vendor refused the credentials");
	if (s->token_refused >= 0 && s->token_refused != s->token_used)
		return err_set(
			e, ERR_AUTH,
			"the vendor refuses a token that was just renewed; run `lockstep connect %.*s`",
			STR_ARG(s->connection->name));
	s->token_refused = s->token_used;
	return true;
}

bool auth_redeem(struct session *s, const struct authenticator *a, struct str code,
		 struct str redirect_url, struct err *e)
{
	AUTO_ARENA *arena = arena_new("token", 4 * TOKEN_BYTES_MAX);
	struct grant g = { .type = STR("authorization_code"),
			   .name = STR("code"),
			   .value = code,
			   .redirect_url = redirect_url };
	struct token none = { 0 }, fresh;

	if (!grant_ask(s, &a->oauth, &g, &none, arena, &fresh, e))
		return false;
	return token_store(s, &fresh, e);
}

/* ---- the simple ones ---- */

static bool basic_apply(const struct authenticator *a, struct draft *d, const struct scope *scope,
			struct err *e)
{
	struct str user, password, pair;

	if (!slot_text(&a->username, scope, &user, e) ||
	    !slot_text(&a->password, scope, &password, e))
		return false;
	pair = str_printf(scope->arena, "%.*s:%.*s", STR_ARG(user), STR_ARG(password));
	return draft_header(
		d, STR("Authorization"),
		str_printf(scope->arena, "Basic %.*s", STR_ARG(base64(scope->arena, pair))), e);
}

bool auth_apply(struct session *s, const struct requester *r, struct draft *d,
		const struct scope *scope, struct err *e)
{
	const struct authenticator *a = &r->auth;
	struct str token;

	switch (a->kind) {
	case AUTH_NONE:
		return true;
	case AUTH_OAUTH:
		return oauth_apply(s, a, d, scope, e);
	case AUTH_BASIC:
		return basic_apply(a, d, scope, e);
	case AUTH_BEARER:
		return slot_text(&a->token, scope, &token, e) &&
		       draft_header(d, STR("Authorization"),
				    str_printf(scope->arena, "Bearer %.*s", STR_ARG(token)), e);
	case AUTH_API_KEY:
		return slot_text(&a->token, scope, &token, e) &&
		       draft_inject(d, &a->inject, value_str(token), scope, e);
	}
	assert(!"authenticator kind");
	return false;
}

bool auth_page(struct arena *a, const struct connection *c, struct str redirect_url,
	       struct str state, struct str *out, struct err *e)
{
	struct str base = c->authorize_url.len ? c->authorize_url
					       : value_get_text(c->config, "authorize_url");
	struct url_param param[] = { { STR("response_type"), STR("code") },
				     { STR("client_id"), value_get_text(c->config, "client_id") },
				     { STR("redirect_uri"), redirect_url },
				     { STR("state"), state },
				     { STR("scope"), c->scope } };

	if (base.len == 0)
		return err_set(e, ERR_CONFIG, "connection '%.*s' has no oauth.authorize_url",
			       STR_ARG(c->name));
	return url_add_params(a, base, param, COUNT(param) - (c->scope.len == 0), out, e);
}
