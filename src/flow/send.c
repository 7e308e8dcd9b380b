/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.c - one attempt at an action.
 *
 * Always: what may have reached the vendor and was not answered to the point is IN_DOUBT.  Only
 * what certainly never left (held back, no connection) or was certainly not carried out (refused,
 * limited) is anything else.
 */
#include "flow/send.h"

#include "data/json.h"
#include "flow/auth.h"
#include "flow/exchange.h"
#include "flow/judge.h"
#include "http/backoff.h"

#define RENEWALS_MAX 1
#define UNAUTHORIZED 401
#define WAIT_BASE_MS 1000
#define WAIT_CAP_MS ((int64_t)15 * 60 * 1000)

bool send_draft(const struct action *c, const struct scope *scope, struct draft *d, struct err *e)
{
	struct value key = scope->variable[VAR_IDEMPOTENCY_KEY];

	if (!draft_fill(d, &c->requester, scope, e))
		return false;
	return !c->idempotency_header.len || draft_header(d, c->idempotency_header, key.s, e);
}

bool send_ready(struct session *s, const struct action *c, const struct scope *scope,
		const struct draft *d, struct err *e)
{
	struct draft *full = arena_new_struct(scope->arena, struct draft);
	struct scope own = session_scope(s, scope->arena);

	*full = *d;
	return auth_apply(s, &c->requester, full, &own, e);
}

/* ---- what came of it ---- */

static void is_later(struct sent *out, int64_t wait_ms, bool counts, const struct err *why)
{
	out->outcome = SEND_LATER;
	out->wait_ms = wait_ms;
	out->counts = counts;
	out->why = *why;
}

static void is_refused(struct sent *out, const struct err *why)
{
	out->outcome = SEND_REFUSED;
	out->why = *why;
}

static void is_in_doubt(struct sent *out, const struct err *why)
{
	out->outcome = SEND_IN_DOUBT;
	out->why = *why;
}

static bool extract_all(const struct action_extract *x, size_t n, const struct scope *scope,
			int status, struct value *out, struct err *e)
{
	struct value map = value_map_new(scope->arena);

	value_map_set(scope->arena, map, STR("status"), value_int(status));
	for (size_t i = 0; i < n; i++) {
		struct value v;

		if (!slot_value(&x[i].value, scope, &v, e))
			return err_wrap(e, "extract '%.*s'", STR_ARG(x[i].name));
		value_map_set(scope->arena, map, x[i].name, v);
	}
	*out = map;
	return true;
}

static bool is_success(const struct action *c, int status)
{
	for (size_t i = 0; i < c->successes; i++)
		if (c->success[i] == status)
			return true;
	return c->successes == 0;
}

/* It was done; whether we understand the answer decides if we know what came of it. */
static void conclude(const struct action *c, const struct scope *scope, const struct evidence *ev,
		     struct sent *out)
{
	struct scope answered = *scope;
	struct err e;

	answered.variable[VAR_RESPONSE] = ev->body;
	answered.variable[VAR_HEADERS] = ev->headers;
	if (!is_success(c, out->status)) {
		err_set(&e, ERR_REMOTE, "HTTP %d is none of the action's successes", out->status);
		is_in_doubt(out, &e);
	} else if (c->extracts && !ev->body_is_json) {
		err_set(&e, ERR_REMOTE, "HTTP %d, but its body is not JSON", out->status);
		is_in_doubt(out, &e);
	} else if (!extract_all(c->extract, c->extracts, &answered, out->status, &out->result,
				&e)) {
		is_in_doubt(out, &e);
	} else {
		out->outcome = SEND_DONE;
	}
}

static bool has_code(const struct response_filter *f, int status)
{
	for (size_t i = 0; i < f->codes; i++)
		if (f->code[i] == status)
			return true;
	return false;
}

/* Whether a filter of the handlers speaks of that very status. */
static bool is_named(const struct requester *r, int status)
{
	for (size_t i = 0; i < r->handlers; i++)
		for (size_t k = 0; k < r->handler[i].filters; k++)
			if (has_code(&r->handler[i].filter[k], status))
				return true;
	return false;
}

/*
 * The format retries most answers, for reading is harmless.  A 4xx that no filter names is a
 * refusal here; a 5xx says nothing about what was done, unless the action says that it does.
 */
static void weigh_retry(const struct action *c, const struct verdict *v, struct sent *out)
{
	enum http_class class = http_class(out->status);

	if (class == HTTP_REFUSED && !is_named(&c->requester, out->status))
		is_refused(out, &v->why);
	else if (out->status >= 400 && out->status < 500)
		is_later(out, v->wait_ms, true, &v->why);
	else if (out->status >= 500 && c->server_error == SERVER_ERROR_NO_EFFECT)
		is_later(out, v->wait_ms, true, &v->why);
	else
		is_in_doubt(out, &v->why);
}

static void weigh_silence(const struct evidence *ev, bool unsent, struct rng *rng, struct sent *out)
{
	int64_t wait_ms = backoff_full_jitter_ms(WAIT_BASE_MS, WAIT_CAP_MS, ev->attempt, rng);

	if (!unsent)
		is_in_doubt(out, &ev->failure);
	else
		is_later(out, wait_ms, true, &ev->failure);
}

/* ---- an attempt ---- */

struct attempt {
	struct session *session;
	const struct action *action;
	const struct scope *scope;
	struct request request;
	unsigned number;
	bool renew;  /* refused for its token */
	bool unsent; /* it failed before anything went out */
};

static void weigh(struct attempt *t, const struct evidence *ev, struct sent *out)
{
	const struct action *c = t->action;
	struct scope scope = session_scope(t->session, t->scope->arena);
	struct verdict v;
	struct err e;

	if (!judge(&c->requester, ev, &scope, t->session->engine->rng, &v, &e)) {
		is_in_doubt(out, &e);
		return;
	}
	switch (v.action) {
	case ACTION_SUCCESS:
		conclude(c, t->scope, ev, out);
		break;
	case ACTION_IGNORE:
		out->outcome = SEND_DONE;
		out->result = value_map_new(t->scope->arena);
		value_map_set(t->scope->arena, out->result, STR("status"), value_int(out->status));
		break;
	case ACTION_RATE_LIMITED:
		if (!gate_block(t->session, &t->request, v.wait_ms, &e))
			v.wait_ms += WAIT_BASE_MS; /* others will find out by themselves */
		is_later(out, v.wait_ms, false, &v.why);
		break;
	case ACTION_RETRY:
		weigh_retry(c, &v, out);
		break;
	case ACTION_REFRESH_TOKEN_THEN_RETRY:
		t->renew = true;
		is_refused(out, &v.why);
		break;
	case ACTION_NONE:
	case ACTION_FAIL:
	case ACTION_RESET_PAGINATION:
		if (out->status != UNAUTHORIZED && v.why.kind == ERR_AUTH)
			v.why.kind = ERR_REMOTE; /* 403 speaks of one record, not of us */
		is_refused(out, &v.why);
		break;
	}
}

static void answered(struct attempt *t, const struct response *r, struct sent *out)
{
	struct arena *a = t->scope->arena;
	struct evidence ev = { .response = r,
			       .body = NULL_VALUE,
			       .attempt = t->number,
			       .now_wall_ms = clock_wall_ms(t->session->engine->clock) };
	struct err unsaid;

	ev.headers = headers_value(a, r);
	out->status = r->status;
	out->body = r->body;
	ev.body_is_json = r->body.len > 0 && json_parse(a, r->body, &ev.body, NULL, &unsaid);
	if (!ev.body_is_json)
		ev.body = NULL_VALUE;
	weigh(t, &ev, out);
}

static void fly(struct attempt *t, struct sent *out)
{
	struct evidence ev = { .attempt = t->number };
	struct rng *rng = t->session->engine->rng;
	struct response r;
	struct flight f;

	t->unsent = false;
	t->request.unsent = &t->unsent;
	if (!gate_start(t->session, &t->request, &f, &ev.failure)) {
		if (ev.failure.kind == ERR_CONFIG)
			is_refused(out, &ev.failure);
		else
			weigh_silence(&ev, true, rng, out);
		return;
	}
	if (!f.transfer) {
		err_set(&ev.failure, ERR_TRANSIENT, "the vendor's rate limit is used up");
		is_later(out, f.wait_ms, false, &ev.failure);
		return;
	}
	if (gate_land(t->session, &f, t->scope->arena, &r, &ev.failure)) {
		answered(t, &r, out);
		return;
	}
	gate_abandon(t->session, &f);
	weigh_silence(&ev, t->unsent, rng, out);
}

void send_once(struct session *s, const struct action *c, const struct scope *scope,
	       const struct draft *d, unsigned attempt, struct sent *out)
{
	struct attempt t = { .session = s, .action = c, .scope = scope, .number = attempt };
	struct scope own = session_scope(s, scope->arena);
	struct err e;

	for (unsigned renewals = 0;; renewals++) {
		struct draft *full = arena_new_struct(scope->arena, struct draft);

		*out = (struct sent){ .result = UNDEFINED };
		*full = *d;
		t.renew = false;
		if (!auth_apply(s, &c->requester, full, &own, &e) ||
		    !draft_request(scope->arena, full, &t.request, &e)) {
			is_later(out, WAIT_BASE_MS, true, &e);
			return;
		}
		fly(&t, out);
		if (!t.renew)
			return;
		if (renewals == RENEWALS_MAX || !auth_refused(s, &c->requester, &e)) {
			out->why.kind = ERR_AUTH;
			return;
		}
	}
}

/* ---- looking it up ---- */

static bool lookup_judge(const struct action_lookup *l, const struct scope *scope,
			 const struct answer *answer, bool *found, struct value *result,
			 struct err *e)
{
	struct scope answered = *scope;

	*found = false;
	if (answer->kind != ANSWER_BODY)
		return true;
	answered.variable[VAR_RESPONSE] = answer->body;
	answered.variable[VAR_HEADERS] = answer->headers;
	if (!slot_test(&l->found, &answered, true, found, e))
		return false;
	return !*found || extract_all(l->extract, l->extracts, &answered, 0, result, e);
}

bool send_lookup(struct session *s, const struct action *c, const struct scope *scope, bool *found,
		 struct value *result, struct err *e)
{
	const struct action_lookup *l = c->lookup;
	struct draft *d = arena_new_struct(scope->arena, struct draft);
	struct exchange x;
	struct answer answer;

	return draft_fill(d, &l->requester, scope, e) &&
	       exchange_start(s, &l->requester, d, scope->arena, &x, e) &&
	       exchange_finish(s, &x, &answer, e) &&
	       lookup_judge(l, scope, &answer, found, result, e);
}
