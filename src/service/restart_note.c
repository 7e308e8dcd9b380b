/* SPDX-License-Identifier: Apache-2.0 */
/* restart_note.c - what of a plan that was read again takes a restart. */
#include "service/restart_note.h"

static bool same_text(const struct str *a, const struct str *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!str_eq(a[i], b[i]))
			return false;
	return true;
}

static bool same_sign_in(const struct sign_in_plan *x, const struct sign_in_plan *y)
{
	struct str one[] = { x->label,        x->url,       x->authorize_url, x->token_url,
			     x->redirect_url, x->client_id, x->client_secret, x->scopes };
	struct str two[] = { y->label,        y->url,       y->authorize_url, y->token_url,
			     y->redirect_url, y->client_id, y->client_secret, y->scopes };

	return x->secret_in_body == y->secret_in_body && same_text(one, two, COUNT(one));
}

static bool same_auth(const struct server_plan *a, const struct server_plan *b)
{
	if (a->auths != b->auths)
		return false;
	for (size_t i = 0; i < a->auths; i++) {
		const struct auth_plan *x = &a->auth[i], *y = &b->auth[i];
		struct str one[] = { x->name,     x->secret,      x->jwks_url, x->issuer,
				     x->audience, x->roles_claim, x->types };
		struct str two[] = { y->name,     y->secret,      y->jwks_url, y->issuer,
				     y->audience, y->roles_claim, y->types };

		if (x->algorithm != y->algorithm || x->allow_http != y->allow_http ||
		    x->role_maps != y->role_maps || !same_sign_in(&x->sign_in, &y->sign_in) ||
		    !same_text(one, two, COUNT(one)) ||
		    !same_text(x->role_map, y->role_map, x->role_maps))
			return false;
	}
	return true;
}

void restart_note(const struct plan *old, const struct plan *new, struct buf *told)
{
	const struct server_plan *a = &old->server, *b = &new->server;
	const struct {
		const char *name;
		bool same;
	} row[] = {
		{ "database", str_eq(old->database, new->database) },
		{ "key_file", str_eq(old->key_file, new->key_file) },
		{ "server.listen", str_eq(a->listen, b->listen) },
		{ "server.tls",
		  str_eq(a->tls_cert, b->tls_cert) && str_eq(a->tls_key, b->tls_key) },
		{ "server.workers", a->workers == b->workers },
		{ "server.notify", a->notify == b->notify },
		{ "server.secure_cookies", a->secure_cookies == b->secure_cookies },
		{ "server.trusted_proxies",
		  a->trusted_proxies == b->trusted_proxies &&
			  same_text(a->trusted_proxy, b->trusted_proxy, a->trusted_proxies) },
		{ "server.auth", same_auth(a, b) },
		{ "server.embed_origins",
		  a->embed_origins == b->embed_origins &&
			  same_text(a->embed_origin, b->embed_origin, a->embed_origins) },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		if (!row[i].same)
			buf_printf(told, "%s has changed: that takes a restart\n", row[i].name);
}
