/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.c - first the ledger, then the wire.
 *
 * The policies of the manifest's budget are tried in order and the first whose matcher fits counts,
 * as in the reference.  Fixed windows are kept as moving ones: never more generous, and a restart
 * cannot forget where a window began.
 */
#include "flow/gate.h"

#include "http/backoff.h"

#include <regex.h>

#define BEAT_MS 5000
#define PATIENCE_MS 600000
#define TOTAL_MS_DEFAULT 300000 /* the client's own default deadline */

static bool regex_matches(struct arena *a, struct str regex, struct str text)
{
	regex_t re;
	bool match;

	if (regcomp(&re, str_keep(a, regex).at, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	match = regexec(&re, str_keep(a, text).at, 0, NULL, 0) == 0;
	regfree(&re);
	return match;
}

static bool params_match(struct arena *a, struct value want, struct str url)
{
	struct value_iter it = value_iter(want);
	struct value item;
	struct str key, there;

	while (value_next(&it, &key, &item))
		if (!url_query_get(a, url, key, &there) ||
		    (item.kind == VALUE_STR && !str_eq(item.s, there)))
			return false;
	return true;
}

static bool headers_match(struct value want, const struct request *r)
{
	struct value_iter it = value_iter(want);
	struct value item;
	struct str key;

	while (value_next(&it, &key, &item)) {
		bool found = false;

		for (size_t i = 0; i < r->headers && !found; i++)
			found = str_eq_nocase(r->header[i].name, key) && item.kind == VALUE_STR &&
				str_eq(r->header[i].value, item.s);
		if (!found)
			return false;
	}
	return true;
}

static bool matches(const struct request_matcher *m, const struct request *r)
{
	AUTO_ARENA *a = arena_new("matcher", (size_t)1024 * 1024);
	struct str path = url_redact(a, r->url);

	if (m->method.len > 0 && !str_eq_nocase(m->method, str_from(r->method)))
		return false;
	if (m->url_base.len > 0 && !str_starts(path, m->url_base))
		return false;
	if (m->url_path_regex.len > 0 && !regex_matches(a, m->url_path_regex, path))
		return false;
	return params_match(a, m->params, r->url) && headers_match(m->headers, r);
}

/* The policy that counts this request, or -1. */
static int policy_of(const struct session *s, const struct request *r)
{
	const struct budget *b = &s->connection->manifest->budget;

	for (size_t i = 0; i < b->policies; i++) {
		const struct call_policy *p = &b->policy[i];

		if (p->matchers == 0)
			return (int)i;
		for (size_t k = 0; k < p->matchers; k++)
			if (matches(&p->matcher[k], r))
				return (int)i;
	}
	return -1;
}

/* One question to the ledger. */
struct asking {
	struct db *db;
	struct str key;
	struct ledger_rate rate[GATE_RATES_MAX];
	size_t rates;
	int64_t hold_ms, ticket;
	struct ledger_answer answer;
};

static bool take(void *arg, struct err *e)
{
	struct asking *q = arg;

	return ledger_take(q->db, q->key, q->rate, q->rates, q->hold_ms, &q->answer, e);
}

static bool sent(void *arg, struct err *e)
{
	struct asking *q = arg;

	return ledger_sent(q->db, q->ticket, e);
}

static bool ask_ledger(struct session *s, struct flight *f, int64_t *wait_ms, struct err *e)
{
	int number = policy_of(s, &f->request);
	struct asking q = { .db = s->engine->db,
			    .hold_ms =
				    f->request.total_ms ? f->request.total_ms : TOTAL_MS_DEFAULT };
	const struct call_policy *p;

	*wait_ms = 0;
	f->counted = false;
	if (number < 0)
		return true;
	p = &s->connection->manifest->budget.policy[number];
	q.key = s->budget_key[number];
	for (; p->kind != POLICY_UNLIMITED && q.rates < p->rates && q.rates < COUNT(q.rate);
	     q.rates++)
		q.rate[q.rates] = (struct ledger_rate){ p->rate[q.rates].limit,
							p->rate[q.rates].interval.us / 1000 };
	if (!session_ask_db(s, take, &q, e))
		return err_wrap(e, "rate ledger");
	*wait_ms = q.answer.wait_ms;
	f->counted = q.answer.wait_ms == 0;
	f->ticket = q.answer.ticket;
	s->calls_left = q.answer.left == INT64_MAX ? -1 : q.answer.left;
	return true;
}

static bool launch(struct session *s, struct flight *f, int64_t *wait_ms, struct err *e)
{
	if (!ask_ledger(s, f, wait_ms, e))
		return false;
	if (*wait_ms > 0)
		return true;
	s->counts.requests++;
	return s->engine->client->ops->start(s->engine->client, &f->request, &f->transfer, e);
}

bool gate_start(struct session *s, const struct request *r, struct flight *f, struct err *e)
{
	const struct network_plan *n = &s->connection->network;

	*f = (struct flight){ .request = *r };
	f->request.policy = &s->policy;
	f->request.connect_ms = n->connect_ms;
	f->request.stall_ms = n->stall_ms;
	f->request.total_ms = n->total_ms;
	f->request.body_bytes_max = n->body_bytes_max;
	return launch(s, f, &f->wait_ms, e);
}

/* The request has reached the vendor by now, whatever came of it. */
static bool landed(struct session *s, struct flight *f, struct err *e)
{
	struct asking q = { .db = s->engine->db, .ticket = f->ticket };

	f->transfer = NULL;
	if (!f->counted)
		return true;
	f->counted = false;
	return session_ask_db(s, sent, &q, e);
}

static void note_answer(struct session *s, const struct response *r)
{
	int64_t wall_ms;

	s->counts.requests += r->hops;
	s->counts.bytes += (int64_t)r->body.len;
	if (http_date_parse(response_header(r, STR("date")), &wall_ms))
		s->vendor_ms = wall_ms;
}

/* Waits one beat for the answer of a flight that is under way. */
static bool gate_wait(struct session *s, struct flight *f, struct arena *a, bool *ready,
		      struct response *out, struct err *e)
{
	struct client *c = s->engine->client;
	struct err unsaid;

	*ready = false;
	if (!c->ops->wait(c, f->transfer, a, BEAT_MS, s->engine->stop, ready, out, e)) {
		/* The first failure is the one to tell; a call not noted as sent counts longer. */
		if (!landed(s, f, &unsaid))
			f->transfer = NULL;
		return false;
	}
	if (!*ready)
		return true;
	note_answer(s, out);
	return landed(s, f, e);
}

/* A job has a worker that could do something else meanwhile; a person's command waits and says so.
 */
static bool stand_by(struct session *s, int64_t wait_ms, struct err *e)
{
	static const char why[] = "the vendor's rate limit is used up";

	if (s->quiet_ms || (s->engine->fence && wait_ms > PATIENCE_MS))
		return session_quiet(s, wait_ms, why, e);
	return session_wait(s, WAIT_RATE_LIMIT, wait_ms, why, e);
}

static bool take_off(struct session *s, struct flight *f, struct err *e)
{
	int64_t wait_ms;

	while (!f->transfer) {
		if (!launch(s, f, &wait_ms, e))
			return false;
		if (wait_ms > 0 && !stand_by(s, wait_ms, e))
			return false;
	}
	return true;
}

bool gate_land(struct session *s, struct flight *f, struct arena *a, struct response *out,
	       struct err *e)
{
	bool ready = false;

	if (!take_off(s, f, e))
		return false;
	while (!ready)
		if (!session_beat(s, e) || !gate_wait(s, f, a, &ready, out, e))
			return false;
	return true;
}

bool gate_send(struct session *s, const struct request *r, struct arena *a, struct response *out,
	       struct err *e)
{
	struct flight f;

	if (!gate_start(s, r, &f, e))
		return false;
	if (gate_land(s, &f, a, out, e))
		return true;
	gate_abandon(s, &f);
	return false;
}

void gate_abandon(struct session *s, struct flight *f)
{
	struct err unsaid;

	if (!f->transfer)
		return;
	s->engine->client->ops->abandon(s->engine->client, f->transfer);
	if (!landed(s, f, &unsaid))
		f->transfer = NULL; /* it counts until its deadline: longer, never less */
}

bool gate_block(struct session *s, const struct request *r, int64_t wait_ms, struct err *e)
{
	int number = policy_of(s, r);

	if (number < 0)
		return true;
	return ledger_block(s->engine->db, s->budget_key[number],
			    wait_ms < QUIET_MS_MAX ? wait_ms : QUIET_MS_MAX, e);
}
