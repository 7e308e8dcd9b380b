/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_call.c - one call of the vendor's API.
 *
 * Always: nothing goes out without a token, and an action that may have been carried out goes again
 * only when doing it twice is doing it once.
 */
#include "gameplatform/vendor_call.h"

#include "data/json.h"
#include "http/backoff.h"

#define ATTEMPTS_MAX 3
#define WAIT_BASE_MS 300
#define WAIT_JITTER_MS 100
/* A vendor's limit that asks for more is the caller's to wait for. */
#define LIMIT_WAIT_MAX_MS ((int64_t)60 * 1000)

bool vendor_open(struct arena *a, const struct engine *g, const struct connection *c,
		 struct vendor *out, struct err *e)
{
	*out = (struct vendor){ .arena = a };
	if (!c->actions)
		return err_set(e, ERR_CONFIG,
			       "connection '%.*s': there is no metactf.actions.yaml beside the "
			       "connector's manifest",
			       STR_ARG(c->name));
	return session_open(a, g, c, &out->session, e);
}

static bool has_token(const struct vendor *v)
{
	struct value token = value_get(v->session->connection->config, STR("token"));

	return token.kind == VALUE_STR && str_trim(token.s).len > 0;
}

static bool begin(struct vendor *v, const struct vendor_op *op, struct err *e)
{
	v->fault = (struct vendor_fault){ 0 };
	return has_token(v) || vendor_no_token(v, op, e);
}

static const struct connection *connection_of(const struct vendor *v)
{
	return v->session->connection;
}

/* ---- reading ---- */

static struct value slice_of(struct vendor *v, const struct vendor_op *op)
{
	struct value slice = value_map_new(v->arena);

	if (op->user.len)
		value_map_set(v->arena, slice, STR("syned_user_id"), value_str(op->user));
	if (op->team.len)
		value_map_set(v->arena, slice, STR("syned_team_id"), value_str(op->team));
	return slice;
}

bool vendor_ask(struct vendor *v, const struct vendor_op *op, const char *stream, int64_t since_us,
		struct reply *out, struct err *e)
{
	struct question q = { .stream =
				      manifest_stream(connection_of(v)->manifest, str_from(stream)),
			      .slice = slice_of(v, op),
			      .since_us = since_us };
	struct err why;
	bool ok;

	if (!begin(v, op, e))
		return false;
	if (!q.stream)
		return err_set(e, ERR_CONFIG, "the connector has no stream '%s'", stream);
	ok = ask(v->session, &q, v->arena, out, &why);
	v->calls = v->session->counts.requests;
	if (ok)
		return true;
	v->fault.wait_ms = out->wait_ms;
	if (out->status == 0)
		return vendor_silent(v, op, &why, e);
	if (http_class(out->status) == HTTP_OK)
		return vendor_odd(v, op, out->status, &why, e);
	return vendor_refused(v, op, out->status, out->text, e);
}

/* ---- doing ---- */

struct doing {
	struct vendor *v;
	const struct action *action;
	const struct scope *scope;
	const struct draft *draft;
	unsigned attempts; /* that count */
	int64_t waited_ms; /* for the vendor's limits */
};

/* Whether, and after what time, it goes again. */
static bool again(struct doing *d, const struct sent *sent, int64_t *wait_ms)
{
	int64_t own_ms = ((int64_t)WAIT_BASE_MS << d->attempts) +
			 (int64_t)rng_below(d->v->session->engine->rng, WAIT_JITTER_MS);

	if (sent->outcome == SEND_LATER && !sent->counts) {
		*wait_ms = sent->wait_ms;
		d->waited_ms += sent->wait_ms;
		return d->waited_ms <= LIMIT_WAIT_MAX_MS;
	}
	if (sent->outcome != SEND_LATER &&
	    !(sent->outcome == SEND_IN_DOUBT && d->action->safe_to_repeat))
		return false;
	*wait_ms = own_ms;
	return ++d->attempts < ATTEMPTS_MAX;
}

static bool send_all(struct doing *d, struct sent *out, struct err *e)
{
	struct session *s = d->v->session;
	int64_t wait_ms;

	for (;;) {
		send_once(s, d->action, d->scope, d->draft, d->attempts, out);
		d->v->adrift |= out->outcome == SEND_IN_DOUBT && out->status == 0;
		if (out->outcome == SEND_DONE || out->outcome == SEND_REFUSED ||
		    !again(d, out, &wait_ms))
			return true;
		if (!session_pause(s, wait_ms, out->why.text, e))
			return false;
	}
}

static bool conclude(struct vendor *v, const struct vendor_op *op, const struct sent *sent,
		     struct err *e)
{
	v->fault.in_doubt = sent->outcome == SEND_IN_DOUBT;
	v->fault.wait_ms = sent->outcome == SEND_LATER ? sent->wait_ms : 0;
	if (sent->outcome == SEND_DONE)
		return true;
	if (sent->status && http_class(sent->status) == HTTP_OK)
		return vendor_odd(v, op, sent->status, &sent->why, e);
	if (sent->status)
		return vendor_refused(v, op, sent->status, sent->body, e);
	if (sent->outcome == SEND_LATER && !sent->counts) /* our own ledger held it back */
		return vendor_refused(v, op, 429, STR(""), e);
	return vendor_silent(v, op, &sent->why, e);
}

bool vendor_do(struct vendor *v, const struct vendor_op *op, struct value args, struct sent *out,
	       struct err *e)
{
	struct session *s = v->session;
	struct scope scope = session_scope(s, v->arena);
	struct draft *draft = arena_new_struct(v->arena, struct draft);
	struct doing d = { .v = v, .scope = &scope, .draft = draft };
	bool ok;

	if (!begin(v, op, e))
		return false;
	d.action = actions_find(connection_of(v)->actions, str_from(op->name));
	if (!d.action)
		return err_set(e, ERR_CONFIG, "the connector has no action '%s'", op->name);
	scope.variable[VAR_ARGS] = args;
	if (!send_draft(d.action, &scope, draft, e))
		return err_wrap(e, "%s", op->name);
	ok = send_all(&d, out, e);
	v->calls = s->counts.requests;
	return ok && conclude(v, op, out, e);
}

/* ---- answers ---- */

struct value vendor_body(struct vendor *v, const struct sent *sent)
{
	struct value body = NULL_VALUE;
	struct err unsaid;

	if (!sent->body.len || !json_parse(v->arena, sent->body, &body, NULL, &unsaid))
		return NULL_VALUE;
	return body;
}

bool vendor_take(struct vendor *v, const struct vendor_op *op, const struct shape *s,
		 struct value body, void *into, bool done, struct err *e)
{
	struct err why;

	if (shape_take(s, body, into, &why))
		return true;
	v->fault.in_doubt = done;
	return vendor_odd(v, op, 200, &why, e);
}
