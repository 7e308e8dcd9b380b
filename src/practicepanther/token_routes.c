/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_routes.c - how a person gives Lockstep access at PracticePanther from the API, and takes it
 * back.
 *
 * Always: the redirect URL comes from the plan, never from a request.  `state` is sealed text that
 * only we can have made: for this connection, by this administrator, for ten minutes; the callback,
 * which anybody can reach, believes nothing else.  No token is ever in an answer.
 */
#include "practicepanther/token_routes.h"

#include "data/json.h"
#include "flow/auth.h"
#include "practicepanther/firm.h"
#include "service/trail.h"
#include "service/view.h"
#include "store/seal.h"

#define STATE_MS ((int64_t)10 * 60 * 1000)
#define STATE_BYTES_MAX 1024

/* ---- the state of an authorization ---- */

static struct str state_context(const struct call *c, const struct connection *n)
{
	return str_printf(c->arena, "oauth-state:%.*s", STR_ARG(n->name));
}

static struct str state_new(const struct call *c, const struct connection *n)
{
	int64_t until_ms = clock_wall_ms(c->clock) + STATE_MS;
	struct buf b;

	buf_in(&b, c->arena, STATE_BYTES_MAX);
	buf_printf(&b, "%lld ", (long long)until_ms);
	buf_add(&b, c->who.name);
	return seal_text(connection_seal(c), c->arena, state_context(c, n), buf_str(&b));
}

/* Whose it was, when it is ours and still fresh. */
static bool state_read(const struct call *c, const struct connection *n, struct str state,
		       struct str *actor, struct err *e)
{
	struct str plain, until;
	struct err unsaid;
	int64_t until_ms;

	if (!seal_read(connection_seal(c), c->arena, state_context(c, n), state, &plain, &unsaid))
		return err_set(e, ERR_AUTH, "this authorization was not begun here");
	until = str_cut(&plain, ' ');
	if (!str_to_i64(until, &until_ms) || until_ms < clock_wall_ms(c->clock))
		return err_set(e, ERR_AUTH, "this authorization took too long; begin again");
	*actor = plain;
	return true;
}

static bool redirect_url(const struct connection *n, struct str *out, struct err *e)
{
	if (n->redirect_url.len == 0)
		return err_set(e, ERR_CONFIG, "connection '%.*s' has no oauth.redirect_url",
			       STR_ARG(n->name));
	*out = n->redirect_url;
	return true;
}

/* ---- the routes ---- */

static bool config_has(const struct connection *n, struct str name)
{
	struct value v = value_get(n->config, name);

	return v.kind == VALUE_STR && v.s.len > 0;
}

static bool token_status(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value token, environment = value_map_new(c->arena);
	const struct connection *n;

	if (!firm_connection(setup, &n, e) || !firm_token(c, n, &token, e))
		return false;
	view_bool(c->arena, environment, "clientId", config_has(n, STR("client_id")));
	view_bool(c->arena, environment, "clientSecret", config_has(n, STR("client_secret")));
	view_bool(c->arena, environment, "database", true);
	value_map_set(c->arena, token, STR("environment"), environment);
	return firm_answer(c, token, e);
}

static bool authorize_url(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value data = value_map_new(c->arena);
	const struct connection *n;
	struct str redirect, url;

	if (!firm_connection(setup, &n, e) || !redirect_url(n, &redirect, e) ||
	    !auth_page(c->arena, n, redirect, state_new(c, n), &url, e) ||
	    !trail(c, "token.authorize", sync_lane(c->arena, n->name), UNDEFINED, e))
		return false;
	view_text(c->arena, data, "url", url);
	view_text(c->arena, data, "redirect_url", redirect);
	return firm_answer(c, data, e);
}

static const struct field callback_query[] = {
	{ .name = "code", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "state", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "scope", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "error", .type = FIELD_TEXT, .high = 200 },
	{ .name = "error_description", .type = FIELD_TEXT, .high = 1000 },
	{ .name = NULL },
};

static bool redeem(struct call *c, const struct connection *n, struct str redirect, struct err *e)
{
	struct rng rng;
	const struct authenticator *auth = auth_of(n->manifest);
	struct engine engine = connection_engine(c, &rng);
	struct session *s;

	if (!auth)
		return err_set(e, ERR_CONFIG, "connector '%.*s' does not use OAuth",
			       STR_ARG(n->manifest->name));
	return session_open(c->arena, &engine, n, &s, e) &&
	       auth_redeem(s, auth, call_text(c, c->query, "code"), redirect, e);
}

static bool callback(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct str redirect, actor;

	if (!firm_connection(setup, &n, e) || !redirect_url(n, &redirect, e) ||
	    !state_read(c, n, call_text(c, c->query, "state"), &actor, e))
		return false;
	c->who.name = actor;
	if (call_text(c, c->query, "error").len > 0)
		return call_problem(c, 400, "access_denied",
				    STR("PracticePanther says that the access was not allowed."),
				    UNDEFINED);
	if (call_text(c, c->query, "code").len == 0)
		return call_problem(c, 400, "invalid_request", STR("There is no code."), UNDEFINED);
	return redeem(c, n, redirect, e) &&
	       trail(c, "token.connected", sync_lane(c->arena, n->name), UNDEFINED, e) &&
	       call_bytes(c, 200, "text/plain; charset=utf-8",
			  STR("PracticePanther is connected. You can close this page.\n"), e);
}

struct revoking {
	struct call *call;
	const struct connection *connection;
	bool was;
};

static bool revoke_in_transaction(void *arg, struct err *e)
{
	struct revoking *r = arg;

	return token_forget(r->call->db, r->connection->name, &r->was, e) &&
	       trail(r->call, "token.revoke", sync_lane(r->call->arena, r->connection->name),
		     UNDEFINED, e);
}

static bool revoke(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct revoking r = { .call = c };
	struct value map = value_map_new(c->arena);

	if (!firm_connection(setup, &r.connection, e) ||
	    !db_transact(c->db, revoke_in_transaction, &r, e))
		return false;
	view_text(c->arena, map, "status", STR("success"));
	view_text(c->arena, map, "message",
		  r.was ? STR("The tokens are forgotten here. Remove the application in "
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
	  .query = callback_query,
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
