/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.c - a request and its answer.
 *
 * An attempt ends in one of: an answer, a wait and another attempt, a renewed token and another
 * attempt, an error.  A 2xx whose body is not JSON, or is empty, is tried again like a 5xx: front
 * ends lie.  A vendor that keeps answering with an empty body means an empty list.
 */
#include "flow/exchange.h"

#include "data/json.h"
#include "flow/auth.h"
#include "flow/judge.h"
#include "http/backoff.h"

#define EMPTY_ANSWERS_MAX 2 /* tries before an empty body is believed */

static bool attempt_send(struct session *s, struct exchange *x, struct err *e)
{
	struct draft *d = arena_new_struct(x->arena, struct draft);
	struct scope scope = session_scope(s, x->arena);
	struct request request;

	*d = *x->draft;
	if (!auth_apply(s, x->requester, d, &scope, e) || !draft_request(x->arena, d, &request, e))
		return false;
	x->under_way = true;
	return gate_start(s, &request, &x->flight, e);
}

bool exchange_start(struct session *s, const struct requester *r, const struct draft *d,
		    struct arena *a, struct exchange *x, struct err *e)
{
	*x = (struct exchange){ .requester = r,
				.draft = d,
				.arena = a,
				.began_ms = clock_steady_ms(s->engine->clock) };
	return attempt_send(s, x, e);
}

void exchange_abandon(struct session *s, struct exchange *x)
{
	if (x->under_way)
		gate_abandon(s, &x->flight);
	x->under_way = false;
}

static void evidence_body(const struct exchange *x, struct evidence *ev, struct answer *out)
{
	struct err unsaid;

	out->body = NULL_VALUE;
	out->repaired = 0;
	if (ev->response->body.len == 0 || x->raw)
		return;
	ev->body_is_json =
		json_parse(x->arena, ev->response->body, &out->body, &out->repaired, &unsaid);
	if (!ev->body_is_json) {
		out->body = NULL_VALUE;
		ev->failure = unsaid;
	}
	ev->body = out->body;
}

/* A success that cannot be one. */
static bool lies(const struct exchange *x, const struct evidence *ev, struct verdict *v)
{
	int status = ev->response->status;
	struct str why;

	if (status == 204 || status == 205 || ev->body_is_json || x->raw)
		return false;
	if (ev->response->body.len > 0)
		why = str_from(ev->failure.text);
	else if (x->empty_answers < EMPTY_ANSWERS_MAX)
		why = STR("an empty body");
	else
		return false;
	v->action = ACTION_RETRY;
	v->why = (struct err){ 0 };
	err_set(&v->why, ERR_REMOTE, "HTTP %d, but %.*s", status, STR_ARG(why));
	return true;
}

static void lie_wait(const struct session *s, const struct exchange *x, struct verdict *v)
{
	v->wait_ms = backoff_full_jitter_ms(1000, 60000, x->attempt, s->engine->rng);
	v->give_up = x->attempt >= 4;
}

static bool retry(struct session *s, struct exchange *x, const struct verdict *v, struct err *e)
{
	char why[sizeof(v->why.text)];

	if (v->action == ACTION_RATE_LIMITED && (!v->give_up || v->too_long) &&
	    !gate_block(s, &x->flight.request, v->wait_ms, e))
		return false;
	if (v->give_up) {
		x->wait_ms = v->wait_ms;
		*e = v->why;
		if (v->too_long)
			session_quiet(s, v->wait_ms, v->why.text, e);
		return x->attempt == 0 ? false : err_wrap(e, "after %u attempts", x->attempt + 1);
	}
	memcpy(why, v->why.text, sizeof(why));
	x->attempt++;
	return session_wait(s, v->action == ACTION_RATE_LIMITED ? WAIT_RETRY_AFTER : WAIT_BACKOFF,
			    v->wait_ms, why, e) &&
	       attempt_send(s, x, e);
}

/* One attempt's end, judged.  *done false: go round again. */
static bool settle(struct session *s, struct exchange *x, struct evidence *ev, struct answer *out,
		   bool *done, struct err *e)
{
	struct scope scope = session_scope(s, x->arena);
	struct verdict v;

	ev->attempt = x->attempt;
	ev->now_wall_ms = clock_wall_ms(s->engine->clock);
	ev->spent_ms = clock_steady_ms(s->engine->clock) - x->began_ms;
	ev->headers =
		ev->response ? headers_value(x->arena, ev->response) : value_map_new(x->arena);
	out->headers = ev->headers;
	if (ev->response)
		evidence_body(x, ev, out);
	if (!judge(x->requester, ev, &scope, s->engine->rng, &v, e))
		return false;
	if (v.action == ACTION_SUCCESS && ev->response && lies(x, ev, &v)) {
		x->empty_answers += ev->response->body.len == 0;
		lie_wait(s, x, &v);
	}
	*done = v.action == ACTION_SUCCESS || v.action == ACTION_IGNORE ||
		v.action == ACTION_RESET_PAGINATION;
	out->kind = v.action == ACTION_IGNORE             ? ANSWER_IGNORED
		    : v.action == ACTION_RESET_PAGINATION ? ANSWER_RESET
							  : ANSWER_BODY;
	if (*done) {
		s->token_refused = -1;
		return true;
	}
	if (v.action == ACTION_REFRESH_TOKEN_THEN_RETRY)
		return auth_refused(s, x->requester, e) && attempt_send(s, x, e);
	if (v.action == ACTION_RETRY || v.action == ACTION_RATE_LIMITED)
		return retry(s, x, &v, e);
	*e = v.why;
	return false;
}

bool exchange_grounded(const struct exchange *x)
{
	return x->under_way && !x->flight.transfer;
}

bool exchange_finish(struct session *s, struct exchange *x, struct answer *out, struct err *e)
{
	bool done = false;

	while (!done) {
		struct response *r = arena_new_struct(x->arena, struct response);
		struct evidence ev = { .response = r, .body = UNDEFINED };

		if (!gate_land(s, &x->flight, x->arena, r, &ev.failure)) {
			if (ev.failure.kind != ERR_TRANSIENT || x->flight.transfer || s->quiet_ms) {
				*e = ev.failure;
				exchange_abandon(s, x);
				return false;
			}
			ev.response = NULL;
		}
		x->under_way = false;
		x->status = ev.response ? r->status : 0;
		x->body = ev.response ? r->body : STR("");
		if (!settle(s, x, &ev, out, &done, e)) {
			exchange_abandon(s, x);
			return false;
		}
	}
	return true;
}
