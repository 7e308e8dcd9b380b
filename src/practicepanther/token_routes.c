/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_routes.c - how a person gives Lockstep access at PracticePanther from the API, and takes it
 * back: service/sign_in.h under the original application's names.
 */
#include "practicepanther/token_routes.h"

#include "practicepanther/firm.h"
#include "service/sign_in.h"
#include "service/view.h"

/* ---- the routes ---- */

static bool config_has(const struct connection *n, const char *name)
{
	return value_get_text(n->config, name).len > 0;
}

static bool token_status(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value token, environment = value_map_new(c->arena);
	const struct connection *n;

	if (!firm_connection(setup, &n, e) || !firm_token(c, n, &token, e))
		return false;
	view_bool(c->arena, environment, "clientId", config_has(n, "client_id"));
	view_bool(c->arena, environment, "clientSecret", config_has(n, "client_secret"));
	view_bool(c->arena, environment, "database", true);
	value_map_set(c->arena, token, STR("environment"), environment);
	return firm_answer(c, token, e);
}

static bool authorize_url(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct value data;

	return firm_connection(setup, &n, e) && sign_in_vendor_page(c, n, &data, e) &&
	       firm_answer(c, data, e);
}

static bool callback(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	bool answered;

	if (!firm_connection(setup, &n, e) ||
	    !sign_in_finish(c, n, STR("PracticePanther"), &answered, e))
		return false;
	return answered ||
	       call_bytes(c, "text/plain; charset=utf-8",
			  STR("PracticePanther is connected. You can close this page.\n"), e);
}

static bool revoke(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;
	bool was;

	if (!firm_connection(setup, &n, e) || !sign_in_revoke(c, n, &was, e))
		return false;
	connection_hint(c, n);
	view_text(c->arena, map, "status", STR("success"));
	view_text(c->arena, map, "message",
		  was ? STR("The tokens are forgotten here. Remove the application in "
			    "PracticePanther too, to end its access there.")
		      : STR("There were no tokens."));
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field data_answer[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = "success" },
	{ .name = "data", .type = FIELD_OBJECT },
	{ .name = NULL },
};
static const struct field message_answer[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = "success" },
	{ .name = "message", .type = FIELD_TEXT },
	{ .name = NULL },
};

const struct route practicepanther_token_routes[] = {
	{ .method = "GET",
	  .path = "/api/admin/pp-token/status",
	  .roles = ROLE_ADMIN,
	  .handle = token_status,
	  .summary = "Whether there is a token, until when, and what is configured",
	  .tag = "practicepanther",
	  .answer = data_answer },
	{ .method = "GET",
	  .path = "/api/admin/pp-token/auth-url",
	  .roles = ROLE_ADMIN,
	  .handle = authorize_url,
	  .summary = "The page on which a person allows the access; good for ten minutes",
	  .tag = "practicepanther",
	  .answer = data_answer },
	{ .method = "GET",
	  .path = "/api/admin/pp-token/callback",
	  .roles = ROLE_ANYBODY,
	  .handle = callback,
	  .summary = "Where PracticePanther sends the browser back to; needs the state of auth-url",
	  .tag = "practicepanther",
	  .query = sign_in_query,
	  .answer_type = "text/plain",
	  .rate = RATE_LOGIN,
	  .problems = "access_denied:400" },
	{ .method = "POST",
	  .path = "/api/admin/pp-token/revoke",
	  .roles = ROLE_ADMIN,
	  .handle = revoke,
	  .summary = "Forget the tokens",
	  .tag = "practicepanther",
	  .answer = message_answer },
	{ .method = NULL },
};
