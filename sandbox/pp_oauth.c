/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_oauth.c - codes, tokens and grants, as the vendor deals them out.
 *
 * Client credentials count only in the body.  A refresh token works once; what was forgotten,
 * used, revoked or never given looks the same from outside: invalid_grant.
 */
#include "pp.h"

#include <stdio.h>
#include <stdlib.h>

#define TOKENS_KEPT 4096
#define CODE_SECONDS 300
#define TEXT_SIZE 96
#define REDIRECT_SIZE 512

enum token_kind { TOKEN_NONE, TOKEN_ACCESS, TOKEN_REFRESH, TOKEN_CODE };

struct token {
	enum token_kind kind;
	bool dead;
	int64_t expires_ms;
	char text[TEXT_SIZE];
	char redirect[REDIRECT_SIZE]; /* of a code */
};

struct oauth {
	char client_id[TEXT_SIZE], client_secret[TEXT_SIZE];
	int64_t token_seconds;
	uint64_t seed, issued;
	uint64_t refreshes, reuses, refusals;
	bool drop_next;
	struct token tokens[TOKENS_KEPT]; /* a ring: number n is at n % TOKENS_KEPT */
};

static struct token *issue(struct oauth *o, enum token_kind kind, int64_t expires_ms)
{
	static const char *const names[] = { "", "access", "refresh", "code" };
	uint64_t n = o->issued++, noise = (o->seed + n + 1) * 0x9E3779B97F4A7C15u;
	struct token *t = &o->tokens[n % TOKENS_KEPT];

	noise ^= noise >> 29;
	*t = (struct token){ .kind = kind, .expires_ms = expires_ms };
	snprintf(t->text, sizeof t->text, "sandbox-%s-%llu-%016llx", names[kind],
		 (unsigned long long)n, (unsigned long long)(noise * 0xBF58476D1CE4E5B9u));
	return t;
}

struct oauth *oauth_new(const struct oauth_setup *setup, int64_t now_ms)
{
	struct oauth *o = calloc(1, sizeof *o);
	struct token *t;

	if (!o)
		abort();
	o->seed = setup->seed;
	o->token_seconds = setup->token_seconds;
	snprintf(o->client_id, sizeof o->client_id, "%s", setup->client_id);
	snprintf(o->client_secret, sizeof o->client_secret, "%s", setup->client_secret);
	t = issue(o, TOKEN_REFRESH, INT64_MAX);
	snprintf(t->text, sizeof t->text, "%s", setup->refresh_token);
	t = issue(o, TOKEN_ACCESS, now_ms + o->token_seconds * MS_PER_S);
	snprintf(t->text, sizeof t->text, "%s", setup->access_token);
	return o;
}

void oauth_free(struct oauth *o)
{
	free(o);
}

/* Newest first, because that is the one in use. */
static struct token *find(struct oauth *o, enum token_kind kind, struct str text)
{
	uint64_t kept = o->issued < TOKENS_KEPT ? o->issued : TOKENS_KEPT;

	for (uint64_t n = o->issued; n > o->issued - kept; n--) {
		struct token *t = &o->tokens[(n - 1) % TOKENS_KEPT];

		if (t->kind == kind && str_eq(str_from(t->text), text))
			return t;
	}
	return NULL;
}

static bool live(const struct token *t, int64_t now_ms)
{
	return t && !t->dead && now_ms < t->expires_ms;
}

bool oauth_authorised(struct oauth *o, const char *header, int64_t now_ms)
{
	struct str token, scheme;

	if (!header)
		return false;
	token = str_from(header);
	scheme = str_cut(&token, ' ');
	return str_eq_nocase(scheme, STR("bearer")) &&
	       live(find(o, TOKEN_ACCESS, str_trim(token)), now_ms);
}

static void refuse(struct oauth *o, struct reply *reply, const char *error)
{
	o->refusals++;
	reply_error(reply, 400, error);
}

/* Redirect URIs: https anywhere, http only to this machine. */
static bool acceptable_redirect(struct str uri)
{
	return uri.len < REDIRECT_SIZE &&
	       (str_starts(uri, STR("https://")) || str_starts(uri, STR("http://localhost")) ||
		str_starts(uri, STR("http://127.0.0.1")));
}

static void put_encoded(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		bool safe = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			    c == '-' || c == '.' || c == '_' || c == '~';

		if (safe)
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

/* Consents at once, without a page; `sandbox_deny=1` says no. */
static void authorize(struct pp *pp, const struct request *r, struct reply *reply)
{
	struct oauth *o = pp->oauth;
	struct str type, client, redirect, state, deny;
	struct buf to;
	struct token *code;

	if (!request_param(r, "response_type", &type) || !str_eq(type, STR("code")) ||
	    !request_param(r, "client_id", &client) || !str_eq(client, str_from(o->client_id)) ||
	    !request_param(r, "redirect_uri", &redirect) || !acceptable_redirect(redirect) ||
	    !request_param(r, "state", &state) || !state.len) {
		reply_set(reply, 400, TYPE_HTML, STR("<html><body>invalid_request</body></html>"));
		return;
	}
	buf_init(&to, 64 << 10);
	buf_add(&to, redirect);
	buf_char(&to, str_find(redirect, STR("?")) >= 0 ? '&' : '?');
	if (request_param(r, "sandbox_deny", &deny)) {
		buf_add(&to, STR("error=access_denied"));
	} else {
		code = issue(o, TOKEN_CODE, pp_now_ms(pp) + CODE_SECONDS * MS_PER_S);
		memcpy(code->redirect, redirect.at, redirect.len);
		buf_printf(&to, "code=%s", code->text);
	}
	buf_add(&to, STR("&state="));
	put_encoded(&to, state);
	reply_redirect(reply, 302, buf_str(&to));
	buf_done(&to);
}

/* `spent` is the refresh token that was used, or NULL. */
static void grant(struct pp *pp, const struct token *spent, struct reply *reply)
{
	struct oauth *o = pp->oauth;
	bool keep = spent && pp->modes.keep_refresh_token;
	struct token *access = issue(o, TOKEN_ACCESS, pp_now_ms(pp) + o->token_seconds * MS_PER_S);

	buf_printf(&reply->body, "{\"access_token\":\"%s\",\"token_type\":\"bearer\"",
		   access->text);
	if (!pp->modes.no_expires_in)
		buf_printf(&reply->body, ",\"expires_in\":%lld", (long long)o->token_seconds);
	if (!keep)
		buf_printf(&reply->body, ",\"refresh_token\":\"%s\"",
			   issue(o, TOKEN_REFRESH, INT64_MAX)->text);
	buf_add(&reply->body, STR(",\"sandbox_extra\":null}"));
	if (o->drop_next) {
		reply->delivery = DELIVER_NOTHING;
		o->drop_next = false;
	}
}

static void grant_refresh(struct pp *pp, const struct request *r, struct reply *reply)
{
	struct oauth *o = pp->oauth;
	struct str text;
	struct token *t = NULL;

	if (request_form(r, pp->server->scratch, "refresh_token", &text))
		t = find(o, TOKEN_REFRESH, text);
	if (!live(t, pp_now_ms(pp))) {
		o->reuses += t != NULL;
		refuse(o, reply, "invalid_grant");
		return;
	}
	o->refreshes++;
	t->dead = !pp->modes.keep_refresh_token;
	grant(pp, t, reply);
}

static void grant_code(struct pp *pp, const struct request *r, struct reply *reply)
{
	struct oauth *o = pp->oauth;
	struct str text, redirect;
	struct token *t = NULL;

	if (request_form(r, pp->server->scratch, "code", &text))
		t = find(o, TOKEN_CODE, text);
	if (!live(t, pp_now_ms(pp)) ||
	    !request_form(r, pp->server->scratch, "redirect_uri", &redirect) ||
	    !str_eq(redirect, str_from(t->redirect))) {
		refuse(o, reply, "invalid_grant");
		return;
	}
	t->dead = true;
	grant(pp, NULL, reply);
}

static void grant_client(struct pp *pp, const struct request *r, struct reply *reply)
{
	(void)r;
	if (pp->modes.grant_client_credentials)
		grant(pp, NULL, reply);
	else
		refuse(pp->oauth, reply, "unsupported_grant_type");
}

static const struct {
	const char *name;
	void (*grant)(struct pp *pp, const struct request *r, struct reply *reply);
} grants[] = {
	{ "authorization_code", grant_code },
	{ "refresh_token", grant_refresh },
	{ "client_credentials", grant_client },
};

static bool client_known(struct pp *pp, const struct request *r)
{
	struct arena *a = pp->server->scratch;
	struct str id, secret;

	return request_form(r, a, "client_id", &id) &&
	       request_form(r, a, "client_secret", &secret) &&
	       str_eq(id, str_from(pp->oauth->client_id)) &&
	       str_eq(secret, str_from(pp->oauth->client_secret));
}

static void token(struct pp *pp, const struct request *r, struct reply *reply)
{
	const char *type = request_header(r, "Content-Type");
	struct str name = STR("");

	if (!str_eq(r->method, STR("POST"))) {
		reply_message(reply, 405, "The requested resource only accepts POST.");
		return;
	}
	if (!type || !str_starts(str_from(type), STR("application/x-www-form-urlencoded"))) {
		refuse(pp->oauth, reply, "invalid_request");
		return;
	}
	if (!client_known(pp, r)) {
		refuse(pp->oauth, reply, "invalid_client");
		return;
	}
	request_form(r, pp->server->scratch, "grant_type", &name);
	for (size_t i = 0; i < COUNT(grants); i++) {
		if (str_eq(name, str_from(grants[i].name))) {
			grants[i].grant(pp, r, reply);
			return;
		}
	}
	refuse(pp->oauth, reply, "unsupported_grant_type");
}

bool oauth_handle(struct pp *pp, const struct request *r, struct reply *reply)
{
	if (str_eq_nocase(r->path, STR("/oauth/authorize")))
		authorize(pp, r, reply);
	else if (str_eq_nocase(r->path, STR("/oauth/token")))
		token(pp, r, reply);
	else
		return false;
	return true;
}

void oauth_drop_next(struct oauth *o)
{
	o->drop_next = true;
}

static size_t revoke(struct oauth *o, enum token_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < TOKENS_KEPT; i++) {
		struct token *t = &o->tokens[i];

		if (t->kind == kind && !t->dead) {
			t->dead = true;
			n++;
		}
	}
	return n;
}

size_t oauth_revoke_access(struct oauth *o)
{
	return revoke(o, TOKEN_ACCESS);
}

size_t oauth_revoke_refresh(struct oauth *o)
{
	return revoke(o, TOKEN_REFRESH);
}

static size_t count_live(const struct oauth *o, enum token_kind kind, int64_t now_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < TOKENS_KEPT; i++)
		n += o->tokens[i].kind == kind && live(&o->tokens[i], now_ms);
	return n;
}

void oauth_stats(const struct oauth *o, int64_t now_ms, struct buf *b)
{
	buf_printf(b,
		   ",\"tokens\":{\"access_live\":%zu,\"refresh_live\":%zu,\"refreshes\":%llu,"
		   "\"reuses\":%llu,\"refusals\":%llu}",
		   count_live(o, TOKEN_ACCESS, now_ms), count_live(o, TOKEN_REFRESH, now_ms),
		   (unsigned long long)o->refreshes, (unsigned long long)o->reuses,
		   (unsigned long long)o->refusals);
}
