/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_in.c - the authorization code flow with PKCE.
 *
 * Always: the code is exchanged once and only for the state that this browser was given; what comes
 * back is believed by the issuer's own rules, and what it says of the nonce.
 */
#include "api/sign_in.h"

#include "api/base64url.h"
#include "base/log.h"
#include "data/json.h"
#include "store/seal.h"

#include <sodium.h>

#define SECRET_TEXT_LEN 43 /* SECRET_BYTES as base64url */
#define DERIVED_BYTES 32
#define EXCHANGE_MS 10000
#define ANSWER_BYTES_MAX ((size_t)64 * 1024)
#define CODE_WORD_MAX 40

/* ---- where one came from ---- */

/* A browser takes "/x/../api" and "/./api" for "/api", and the router "/%61pi". */
static bool is_page(struct str path)
{
	struct str where = str_slice(path, 1, path.len), first;

	for (size_t i = 0; i < where.len; i++)
		if (where.at[i] == '?' || where.at[i] == '#')
			where.len = i;
	first = str_slice(where, 0, where.len);
	first = str_cut(&first, '/');
	if (str_eq_nocase(first, STR("api")) || str_find(first, STR("%")) >= 0)
		return false;
	while (where.len) {
		struct str part = str_cut(&where, '/');

		if (str_starts(part, STR(".")) || str_starts(part, STR("%2e")) ||
		    str_starts(part, STR("%2E")))
			return false;
	}
	return true;
}

bool sign_in_path_ok(struct str path)
{
	if (!path.len || path.len > SIGN_IN_FROM_MAX || path.at[0] != '/')
		return false;
	/* "//host", and "/\host", which browsers take for the same. */
	if (path.len > 1 && path.at[1] == '/')
		return false;
	for (size_t i = 0; i < path.len; i++)
		if (path.at[i] <= ' ' || path.at[i] > '~' || path.at[i] == '\\')
			return false;
	return is_page(path);
}

/* ---- what the browser carries ---- */

static struct str base64url_write(struct arena *a, const unsigned char *bytes, size_t n)
{
	const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	size_t room = sodium_base64_encoded_len(n, variant);
	char *to = arena_alloc(a, room);

	return str_from(sodium_bin2base64(to, room, bytes, n, variant));
}

struct sign_in_errand sign_in_errand_new(struct arena *a, struct str from)
{
	return (struct sign_in_errand){ random_text(a, SECRET_BYTES), from };
}

struct str sign_in_errand_text(struct arena *a, const struct sign_in_errand *w)
{
	struct str from = base64url_write(a, (const unsigned char *)w->from.at, w->from.len);

	return str_printf(a, "%.*s.%.*s", STR_ARG(w->secret), STR_ARG(from));
}

bool sign_in_errand_read(struct arena *a, struct str text, struct sign_in_errand *out)
{
	unsigned char *from = arena_alloc(a, SIGN_IN_FROM_MAX);
	unsigned char secret[SECRET_BYTES];
	struct str head = str_cut(&text, '.');
	size_t n, secret_n;

	if (head.len != SECRET_TEXT_LEN ||
	    !base64url_read(head, secret, sizeof(secret), &secret_n) ||
	    !base64url_read(text, from, SIGN_IN_FROM_MAX, &n))
		return false;
	*out = (struct sign_in_errand){ head, { (const char *)from, n } };
	return sign_in_path_ok(out->from);
}

/* One of the texts that are made of the secret; another for every purpose and provider. */
static struct str derive(const struct sign_in_flow *f, struct arena *a, const char *purpose)
{
	struct str text = str_printf(a, "lockstep sign-in|%s|%.*s|%.*s", purpose,
				     STR_ARG(f->provider->issuer.name), STR_ARG(f->errand.secret));
	unsigned char hash[DERIVED_BYTES];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text.at, text.len, NULL, 0);
	return base64url_write(a, hash, sizeof(hash));
}

/* ---- to the provider ---- */

bool sign_in_has_flow(const struct provider *p)
{
	return p->issuer.sign_in.client_id.len > 0;
}

static bool wants_id_token(const struct sign_in *s)
{
	struct str rest = s->scopes;

	while (rest.len)
		if (str_eq(str_cut(&rest, ' '), STR("openid")))
			return true;
	return false;
}

bool sign_in_page(const struct sign_in_flow *f, struct arena *a, struct str *url, struct err *e)
{
	const struct sign_in *s = &f->provider->issuer.sign_in;
	struct str verifier = derive(f, a, "verifier");
	unsigned char challenge[crypto_hash_sha256_BYTES];
	struct url_param param[8];
	size_t n = 0;

	crypto_hash_sha256(challenge, (const unsigned char *)verifier.at, verifier.len);
	param[n++] = (struct url_param){ STR("response_type"), STR("code") };
	param[n++] = (struct url_param){ STR("client_id"), s->client_id };
	param[n++] = (struct url_param){ STR("redirect_uri"), f->redirect_url };
	param[n++] = (struct url_param){ STR("scope"), s->scopes };
	param[n++] = (struct url_param){ STR("state"), derive(f, a, "state") };
	param[n++] = (struct url_param){ STR("code_challenge"),
					 base64url_write(a, challenge, sizeof(challenge)) };
	param[n++] = (struct url_param){ STR("code_challenge_method"), STR("S256") };
	if (wants_id_token(s))
		param[n++] = (struct url_param){ STR("nonce"), derive(f, a, "nonce") };
	return url_add_params(a, s->authorize_url, param, n, url, e);
}

bool sign_in_state_is(const struct sign_in_flow *f, struct arena *a, struct str state)
{
	struct str wanted = derive(f, a, "state");

	return state.len == wanted.len && sodium_memcmp(state.at, wanted.at, wanted.len) == 0;
}

/* ---- and back ---- */

struct tokens {
	struct str id, access; /* empty: there is none */
};

/* RFC 6749, 2.3.1: both parts as in a form. */
static struct str basic(struct arena *a, const struct sign_in *s)
{
	const struct url_param id = { STR(""), s->client_id },
			       secret = { STR(""), s->client_secret };
	struct str one = str_slice(url_form(a, &id, 1), 1, SIZE_MAX);
	struct str two = str_slice(url_form(a, &secret, 1), 1, SIZE_MAX);
	struct str both = str_printf(a, "%.*s:%.*s", STR_ARG(one), STR_ARG(two));
	size_t room = sodium_base64_encoded_len(both.len, sodium_base64_VARIANT_ORIGINAL);
	char *to = arena_alloc(a, room);

	sodium_bin2base64(to, room, (const unsigned char *)both.at, both.len,
			  sodium_base64_VARIANT_ORIGINAL);
	return str_printf(a, "Basic %s", to);
}

/* "invalid_grant" and its like; never a text that may hold what was sent. */
static struct str error_word(struct arena *a, struct str body)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyz_";
	struct value doc, word;
	struct err no_json;

	if (!json_parse(a, body, &doc, NULL, &no_json) || doc.kind != VALUE_MAP)
		return STR("no reason");
	word = value_get(doc, STR("error"));
	if (word.kind != VALUE_STR || !word.s.len || word.s.len > CODE_WORD_MAX)
		return STR("no reason");
	for (size_t i = 0; i < word.s.len; i++)
		if (!word.s.at[i] || !strchr(fit, word.s.at[i]))
			return STR("no reason");
	return word.s;
}

static bool read_answer(struct arena *a, const struct response *answer, struct tokens *out,
			struct err *e)
{
	struct value doc;

	if (answer->status >= 400 && answer->status < 500) {
		struct str word = error_word(a, answer->body);

		return err_set(e, ERR_AUTH, "the provider refuses the code: %d, %.*s",
			       answer->status, STR_ARG(word));
	}
	if (answer->status != 200)
		return err_set(e, ERR_REMOTE, "the provider answered %d", answer->status);
	if (!json_parse(a, answer->body, &doc, NULL, e) || doc.kind != VALUE_MAP)
		return err_set(e, ERR_REMOTE, "the provider's answer is no JSON object");
	*out = (struct tokens){ value_get_text(doc, "id_token"),
				value_get_text(doc, "access_token") };
	return true;
}

static bool exchange(const struct sign_in_flow *f, struct arena *a, struct str code,
		     struct tokens *out, struct err *e)
{
	const struct sign_in *s = &f->provider->issuer.sign_in;
	bool by_header = s->client_secret.len && !s->secret_in_body;
	const struct header header[] = {
		{ STR("Accept"), STR("application/json") },
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded") },
		{ STR("Authorization"), by_header ? basic(a, s) : STR("") },
	};
	const struct url_param param[] = {
		{ STR("grant_type"), STR("authorization_code") },
		{ STR("code"), code },
		{ STR("redirect_uri"), f->redirect_url },
		{ STR("code_verifier"), derive(f, a, "verifier") },
		{ STR("client_id"), s->client_id },
		{ STR("client_secret"), s->client_secret },
	};
	const struct request r = {
		.method = "POST",
		.url = s->token_url,
		.header = header,
		.headers = by_header ? 3 : 2,
		.body = url_form(a, param, s->client_secret.len && s->secret_in_body ? 6 : 5),
		.total_ms = EXCHANGE_MS,
		.body_bytes_max = ANSWER_BYTES_MAX,
		.hops_max = CLIENT_HOPS_NONE,
		.policy = &f->provider->policy,
	};
	struct response answer;

	return client_send(f->access->client, &r, a, NULL, &answer, e) &&
	       read_answer(a, &answer, out, e);
}

/* Whether the access token says who it is by the issuer's rules: it then carries what the
 * application says of them, and an id_token may not.  One of another kind is no error. */
static bool read_access_token(const struct sign_in_flow *f, struct db *d, struct arena *a,
			      struct str token, struct identity *who, struct err *e)
{
	const struct provider *p = f->provider, *by;

	if (!token.len)
		return err_set(e, ERR_AUTH, "the provider sent no token");
	if (!access_bearer(f->access, d, a, token, who, e))
		return false;
	by = who->kind == IDENTITY_JWT ? access_provider(f->access, who->provider) : NULL;
	return (by && str_eq(by->issuer.issuer, p->issuer.issuer)) ||
	       err_set(e, ERR_AUTH, "the access token names nobody of this provider");
}

bool sign_in_redeem(const struct sign_in_flow *f, struct db *d, struct arena *a, struct str code,
		    struct identity *who, struct login_draft *draft, struct err *e)
{
	struct provider *p = f->provider;
	struct identity first = { .kind = IDENTITY_NOBODY }, second;
	struct tokens t;
	bool by_access;

	if (!exchange(f, a, code, &t, e))
		return false;
	if (!t.id.len && wants_id_token(&p->issuer.sign_in))
		return err_set(e, ERR_AUTH, "the provider sent no id_token");
	if (t.id.len &&
	    !access_id_token(f->access, p, &(struct id_token){ t.id, derive(f, a, "nonce") }, d, a,
			     &first, e))
		return false;
	by_access = read_access_token(f, d, a, t.access, &second, e) &&
		    (!t.id.len || str_eq(first.subject, second.subject));
	if (!by_access && !t.id.len)
		return false;
	*who = by_access ? second : first;
	if (who->kind == IDENTITY_NOBODY)
		return err_set(e, ERR_AUTH, "an anonymous user does not sign in");
	*draft = (struct login_draft){ .kind = by_access ? LOGIN_BEARER : LOGIN_ID_TOKEN,
				       .token = by_access ? t.access : t.id,
				       .name = who->name,
				       .provider = p->issuer.name,
				       .token_ends_ms = who->expires_ms };
	return true;
}
