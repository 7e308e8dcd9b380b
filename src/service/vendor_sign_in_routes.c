/* SPDX-License-Identifier: Apache-2.0 */
/* vendor_sign_in_routes.c - signing in at the vendor of any connection, over HTTP. */
#include "service/vendor_sign_in_routes.h"

#include "flow/auth.h"
#include "service/sign_in.h"
#include "service/view.h"

/* The path's connection, whose connector must use OAuth. */
static bool named(const struct call *c, const struct setup *s, const struct connection **out,
		  struct err *e)
{
	if (!connection_find(setup_plan(s), call_text(c, c->params, "name"), STR(""), out, e))
		return false;
	return auth_of((*out)->manifest) != NULL ||
	       err_set(e, ERR_CONFIG, "connector '%.*s' does not use OAuth: nobody signs in there",
		       STR_ARG((*out)->manifest->name));
}

static bool show(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct arena *a = c->arena;
	struct value map = value_map_new(a);
	const struct connection *n;
	struct sign_in_state s;

	if (!named(c, setup, &n, e) || !sign_in_state(c, n, &s, e))
		return false;
	view_text(a, map, "connection", n->name);
	view_text(a, map, "status", str_from(s.status));
	view_text(a, map, "message", s.message);
	view_text(a, map, "next", s.next);
	view_time(a, map, "since", s.since_ms);
	view_time(a, map, "expires_at", s.expires_ms);
	view_time(a, map, "renewed_at", s.renewed_ms);
	view_bool(a, map, "has_refresh_token", s.has_refresh);
	view_bool(a, map, "can_authorize", n->redirect_url.len > 0 && n->authorize_url.len > 0);
	view_text(a, map, "redirect_url", n->redirect_url);
	return call_json(c, map, e);
}

static bool authorize(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct value map;

	return named(c, setup, &n, e) && sign_in_vendor_page(c, n, &map, e) && call_json(c, map, e);
}

static bool callback(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	bool answered;

	if (!named(c, setup, &n, e) || !sign_in_finish(c, n, n->manifest->name, &answered, e))
		return false;
	return answered ||
	       call_redirect(
		       c, str_printf(c->arena, "/connections/%.*s?tab=sign-in", STR_ARG(n->name)),
		       e);
}

static bool revoke(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;
	bool was;

	if (!named(c, setup, &n, e) || !sign_in_revoke(c, n, &was, e))
		return false;
	view_bool(c->arena, map, "revoked", was);
	view_text(c->arena, map, "message",
		  was ? STR("The tokens are forgotten here. Remove the application at the vendor "
			    "too, to end its access there.")
		      : STR("There were no tokens."));
	return call_json(c, map, e);
}

static const struct field state_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .one_of = "no_token|valid|expiring_soon|expired|error" },
	{ .name = "message", .type = FIELD_TEXT },
	{ .name = "next", .type = FIELD_TEXT, .nullable = true, .says = "what a person does" },
	{ .name = "since", .type = FIELD_TIME, .nullable = true },
	{ .name = "expires_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "renewed_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "has_refresh_token", .type = FIELD_BOOLEAN },
	{ .name = "can_authorize",
	  .type = FIELD_BOOLEAN,
	  .says = "the plan has oauth.authorize_url and oauth.redirect_url" },
	{ .name = "redirect_url", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};
static const struct field page_answer[] = {
	{ .name = "url", .type = FIELD_TEXT },
	{ .name = "redirect_url", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field revoke_answer[] = {
	{ .name = "revoked", .type = FIELD_BOOLEAN },
	{ .name = "message", .type = FIELD_TEXT },
	{ .name = NULL },
};

#define PROBLEMS "not_found:404"

const struct route vendor_sign_in_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections/{name}/auth",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show,
	  .summary = "Whether there is access at the vendor, until when, and what to do",
	  .tag = "connections",
	  .answer = state_answer,
	  .problems = PROBLEMS },
	{ .method = "POST",
	  .path = "/api/connections/{name}/auth/authorize",
	  .roles = ROLE_ADMIN,
	  .handle = authorize,
	  .summary = "The page on which a person allows the access; good for ten minutes",
	  .tag = "connections",
	  .answer = page_answer,
	  .problems = PROBLEMS },
	{ .method = "GET",
	  .path = "/api/connections/{name}/auth/callback",
	  .roles = ROLE_ANYBODY,
	  .handle = callback,
	  .summary = "Where the vendor sends the browser back to; needs the state of authorize",
	  .tag = "connections",
	  .query = sign_in_query,
	  .status = 303,
	  .rate = RATE_LOGIN,
	  .problems = "not_found:404,access_denied:400" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/auth/revoke",
	  .roles = ROLE_ADMIN,
	  .handle = revoke,
	  .summary = "Forget the tokens",
	  .tag = "connections",
	  .answer = revoke_answer,
	  .problems = PROBLEMS },
	{ .method = NULL },
};
