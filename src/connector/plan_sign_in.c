/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_sign_in.c - how people sign in by the application's identity provider, and which of its
 * pages may embed ours.
 *
 * Always: a provider is signed in by in one way, at a page of the application or by the
 * authorization code flow; its name then stands in addresses.
 */
#include "connector/plan_read.h"

#define DEFAULT_SCOPES "openid"
/* Where Supabase's OAuth server is, below the issuer. */
#define SUPABASE_AUTHORIZE "/oauth/authorize"
#define SUPABASE_TOKEN "/oauth/token"

static const char *const secret_words[] = { "header", "body", NULL };

static const struct plan_key sign_in_rows[] = {
	{ .name = "label",
	  .type = KEY_TEXT,
	  .offset = offsetof(struct sign_in_plan, label),
	  .says = "What the button says after \"Continue with\"; the provider's name otherwise." },
	{ .name = "url",
	  .type = KEY_URL,
	  .offset = offsetof(struct sign_in_plan, url),
	  .says = "A page of the application that signs in and sends the browser back to "
		  "/sign-in#access_token=…; instead of all that follows." },
	{ .name = "authorize_url",
	  .type = KEY_URL,
	  .offset = offsetof(struct sign_in_plan, authorize_url),
	  .says = "The provider's authorization endpoint (OAuth 2.1 with PKCE); known for "
		  "`supabase`." },
	{ .name = "token_url",
	  .type = KEY_URL,
	  .offset = offsetof(struct sign_in_plan, token_url),
	  .says = "Its token endpoint; known for `supabase`." },
	{ .name = "redirect_url",
	  .type = KEY_URL,
	  .offset = offsetof(struct sign_in_plan, redirect_url),
	  .says = "Where the provider sends the browser back, as it is registered there; by default "
		  "/api/sign-in/NAME/callback of the host that the browser asked." },
	{ .name = "client_id",
	  .type = KEY_TEXT,
	  .offset = offsetof(struct sign_in_plan, client_id),
	  .says = "What Lockstep is called there; an id_token's `aud` must be it." },
	{ .name = "client_secret",
	  .type = KEY_SECRET,
	  .read = plan_secret,
	  .offset = offsetof(struct sign_in_plan, client_secret),
	  .says = "Its secret there; a public client has none." },
	{ .name = "client_secret_in",
	  .type = KEY_WORD,
	  .word = secret_words,
	  .fallback = "header",
	  .offset = offsetof(struct sign_in_plan, secret_in_body),
	  .says = "Where the secret goes: `header` (client_secret_basic) or `body` "
		  "(client_secret_post)." },
	{ .name = "scopes",
	  .type = KEY_TEXT,
	  .fallback = DEFAULT_SCOPES,
	  .offset = offsetof(struct sign_in_plan, scopes),
	  .says = "What is asked for, with spaces between. With `openid` an id_token must come, and "
		  "carry the nonce." },
};

const struct plan_keys plan_sign_in_keys = {
	.name = "sign_in",
	.says = "How people sign in at the console by a provider: at a page of the application "
		"(`url`), or by the authorization code flow with PKCE (the others).",
	.key = sign_in_rows,
	.n = COUNT(sign_in_rows),
};

/* It becomes a part of a path. */
static void check_name(struct plan_loader *p, const struct node *auth_node,
		       const struct auth_plan *auth)
{
	const struct node *name = node_get(auth_node, "name");

	if (name && !plan_word_ok(auth->name))
		plan_complain(p, name,
			      "a provider that people sign in by is named by letters, digits, - "
			      "and _");
}

static void check_flow(struct plan_loader *p, const struct node *n, const struct auth_plan *auth)
{
	const struct sign_in_plan *s = &auth->sign_in;
	static const char *const flow_only[] = { "authorize_url", "token_url", "redirect_url",
						 "client_id", "client_secret" };

	if (s->url.len) {
		for (size_t i = 0; i < COUNT(flow_only); i++)
			if (node_get(n, flow_only[i]))
				plan_complain(p, node_get(n, flow_only[i]),
					      "it has no use beside `url`");
		return;
	}
	if (!s->client_id.len)
		plan_complain(p, n,
			      "signing in takes a url, or a client_id and what belongs to it");
	else if (!s->authorize_url.len || !s->token_url.len)
		plan_complain(p, n, "a client_id goes with an authorize_url and a token_url");
}

void plan_sign_in_finish(struct plan_loader *p, const struct node *auth_node,
			 struct auth_plan *auth)
{
	const struct node *n = node_get(auth_node, "sign_in");
	struct sign_in_plan *s = &auth->sign_in;

	if (!n || n->kind != NODE_MAP)
		return;
	if (!s->label.len)
		s->label = auth->name;
	if (!s->scopes.len)
		s->scopes = STR(DEFAULT_SCOPES);
	if (node_get(auth_node, "supabase") && s->client_id.len) {
		if (!s->authorize_url.len)
			s->authorize_url =
				str_printf(p->a, "%.*s" SUPABASE_AUTHORIZE, STR_ARG(auth->issuer));
		if (!s->token_url.len)
			s->token_url =
				str_printf(p->a, "%.*s" SUPABASE_TOKEN, STR_ARG(auth->issuer));
	}
	check_name(p, auth_node, auth);
	check_flow(p, n, auth);
}

/* ---- embed_origins ---- */

/* Only what a browser would send in Origin, letter by letter: it is compared as a whole. */
static bool is_origin(struct str s)
{
	static const char *const on_this_machine[] = { "http://localhost", "http://127.0.0.1",
						       "http://[::1]" };
	static const char fit[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
	bool here = false;
	struct str host;

	for (size_t i = 0; i < COUNT(on_this_machine); i++) {
		struct str start = str_from(on_this_machine[i]);

		here = here ||
		       (str_starts(s, start) && (s.len == start.len || s.at[start.len] == ':'));
	}
	if (!here && !str_starts(s, STR("https://")))
		return false;
	host = str_slice(s, (size_t)str_find(s, STR("://")) + 3, s.len);
	for (size_t i = 0; i < host.len; i++)
		if (!host.at[i] || !strchr(fit, host.at[i]))
			return false;
	return host.len > 0 && host.at[0] != ':' && host.at[host.len - 1] != ':' &&
	       host.at[host.len - 1] != '.' && !str_ends(host, STR(":443"));
}

void plan_embed_origins(struct plan_loader *p, const struct node *n, void *into)
{
	struct server_plan *server = into;
	size_t count = n->kind == NODE_LIST ? n->n : 1;

	if (n->kind == NODE_MAP && !plan_expect(p, n, NODE_LIST, "a list of origins"))
		return;
	server->embed_origin = arena_new_array(p->a, struct str, count + 1);
	for (size_t i = 0; i < count; i++) {
		const struct node *item = n->kind == NODE_LIST ? n->item[i] : n;
		struct str *one = &server->embed_origin[server->embed_origins];

		if (!plan_scalar(p, item, KEY_TEXT, one))
			continue;
		if (is_origin(*one))
			server->embed_origins++;
		else
			plan_complain(
				p, item,
				"%s is not an origin such as https://app.example.org, in small "
				"letters and without a path",
				plan_quote(p, item));
	}
}
