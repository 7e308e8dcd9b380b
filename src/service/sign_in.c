/* SPDX-License-Identifier: Apache-2.0 */
/* sign_in.c - how a person gives Lockstep access at a vendor, and takes it back. */
#include "service/sign_in.h"

#include "data/moment.h"
#include "flow/auth.h"
#include "service/trail.h"
#include "service/view.h"
#include "store/seal.h"

#define STATE_MS ((int64_t)10 * 60 * 1000)
#define STATE_BYTES_MAX 1024
#define SOON_MS ((int64_t)60 * 60 * 1000)

/* ---- how it stands ---- */

static struct str renew_next(const struct call *c, const struct connection *n)
{
	return str_printf(c->arena, "Sign in at the vendor again, or `lockstep connect %.*s`.",
			  STR_ARG(n->name));
}

static void judge(const struct call *c, const struct connection *n, const struct token *t,
		  struct sign_in_state *out)
{
	int64_t left_ms = t->expires_ms - clock_wall_ms(c->clock);

	out->since_ms = t->renewed_ms;
	if (t->problem.len > 0) {
		out->status = "error";
		out->message = STR("A person must allow the access again.");
		out->next = renew_next(c, n);
		out->since_ms = t->problem_ms;
	} else if (t->expires_ms == 0) {
		out->status = "valid";
		out->message = STR("The token is valid.");
	} else if (left_ms <= 0) {
		out->status = "expired";
		out->since_ms = t->expires_ms;
		out->message = t->refresh.len > 0
				       ? STR("The token has expired and will be renewed.")
				       : STR("The token has expired; a person must allow the "
					     "access again.");
		if (t->refresh.len == 0)
			out->next = renew_next(c, n);
	} else {
		out->status = left_ms < SOON_MS ? "expiring_soon" : "valid";
		out->message = str_printf(c->arena, "The token is valid for %s.",
					  span_text(c->arena, left_ms).at);
	}
}

bool sign_in_state(const struct call *c, const struct connection *n, struct sign_in_state *out,
		   struct err *e)
{
	struct token t = { 0 };
	bool found = false;
	struct err why;

	*out = (struct sign_in_state){ .status = "no_token" };
	if (!token_get(c->db, c->arena, connection_seal(c), n->name, &t, &found, &why)) {
		if (why.kind != ERR_CONFIG) {
			*e = why;
			return false;
		}
		out->status = "error";
		out->message = STR("The stored token cannot be read with this key.");
		out->next = STR("Start the server with the key that sealed it, or sign in again.");
		return true;
	}
	out->expires_ms = t.expires_ms;
	out->renewed_ms = t.renewed_ms;
	out->has_refresh = t.refresh.len > 0;
	if (found) {
		judge(c, n, &t, out);
		return true;
	}
	out->message = STR("Nobody has allowed the access yet.");
	out->next = str_printf(c->arena, "Sign in at the vendor, or `lockstep connect %.*s`.",
			       STR_ARG(n->name));
	return true;
}

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

/* ---- there and back ---- */

bool sign_in_vendor_page(const struct call *c, const struct connection *n, struct value *out,
			 struct err *e)
{
	struct str redirect, url;

	if (!redirect_url(n, &redirect, e) ||
	    !auth_page(c->arena, n, redirect, state_new(c, n), &url, e) ||
	    !trail(c, "token.authorize", sync_lane(c->arena, n->name), UNDEFINED, e))
		return false;
	*out = value_map_new(c->arena);
	view_text(c->arena, *out, "url", url);
	view_text(c->arena, *out, "redirect_url", redirect);
	return true;
}

const struct field sign_in_query[] = {
	{ .name = "code", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "state", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "scope", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "error", .type = FIELD_TEXT, .high = 200 },
	{ .name = "error_description", .type = FIELD_TEXT, .high = 1000 },
	{ .name = NULL },
};

static bool redeem(const struct call *c, const struct connection *n, struct str redirect,
		   struct err *e)
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

bool sign_in_finish(struct call *c, const struct connection *n, struct str vendor, bool *answered,
		    struct err *e)
{
	struct str redirect, actor;

	*answered = true;
	if (!redirect_url(n, &redirect, e) ||
	    !state_read(c, n, call_text(c, c->query, "state"), &actor, e))
		return false;
	c->who.name = actor;
	if (call_text(c, c->query, "error").len > 0)
		return call_problem(c, 400, "access_denied",
				    str_printf(c->arena,
					       "%.*s says that the access was not allowed.",
					       STR_ARG(vendor)),
				    UNDEFINED);
	if (call_text(c, c->query, "code").len == 0)
		return call_problem(c, 400, "invalid_request", STR("There is no code."), UNDEFINED);
	*answered = false;
	if (!redeem(c, n, redirect, e) ||
	    !trail(c, "token.connected", sync_lane(c->arena, n->name), UNDEFINED, e))
		return false;
	connection_hint(c, n);
	return true;
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

bool sign_in_revoke(struct call *c, const struct connection *n, bool *was, struct err *e)
{
	struct revoking r = { .call = c, .connection = n };

	if (!db_transact(c->db, revoke_in_transaction, &r, e))
		return false;
	*was = r.was;
	connection_hint(c, n);
	return true;
}
