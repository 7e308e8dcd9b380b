/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert_task.c - tells one receiver about one alert, durably: the queue tries again.
 */
#include "service/alert_task.h"

#include "data/json.h"
#include "data/moment.h"
#include "http/backoff.h"
#include "service/service.h"

#define MESSAGE_BYTES_MAX ((size_t)64 * 1024)
#define ANSWER_BYTES_MAX ((size_t)64 * 1024)
#define SEND_MS 20000
#define RETRY_AFTER_MAX_MS ((int64_t)3600 * 1000)

/* ---- adding ---- */

static const char *state_word(enum alert_act act)
{
	return act == ALERT_CLEAR ? "cleared" : act == ALERT_REMIND ? "reminder" : "raised";
}

static void set(struct arena *a, struct value map, const char *name, struct value v)
{
	value_map_set(a, map, str_from(name), v);
}

static struct value message(struct arena *a, const char *to, const struct alert_step *s,
			    int64_t now_ms)
{
	const struct alert *al = &s->alert;
	struct value map = value_map_new(a);
	bool over = s->act == ALERT_CLEAR;

	set(a, map, "to", value_str(str_from(to)));
	set(a, map, "alert", value_str(str_from(alert_code_name(al->code))));
	set(a, map, "state", value_str(str_from(state_word(s->act))));
	set(a, map, "subject", value_str(al->subject));
	set(a, map, "fingerprint", value_str(al->fingerprint));
	set(a, map, "text",
	    value_str(over ? str_printf(a, "%.*s is well again: %s", STR_ARG(al->subject),
					alert_code_name(al->code))
			   : alert_text(a, al)));
	if (!over) {
		set(a, map, "measured", value_int(al->n));
		set(a, map, "limit", value_int(al->limit));
	}
	set(a, map, "since", value_str(moment_text(a, s->raised_ms * 1000)));
	set(a, map, "at", value_str(moment_text(a, now_ms * 1000)));
	return map;
}

bool alert_enqueue(struct db *d, struct arena *a, const struct alerts_plan *plan,
		   const struct alert_step *s, int64_t now_ms, struct err *e)
{
	const struct {
		const char *name;
		bool wanted;
	} receiver[] = { { "webhook", plan->webhook.len > 0 },
			 { "sentry", plan->sentry_dsn.len > 0 } };
	struct job_draft draft = { .task = STR(ALERT_TASK),
				   .trigger = STR("watch"),
				   .priority = -10,
				   .attempts_max = 10 };
	struct job_ticket ticket;
	struct buf b;

	for (size_t i = 0; i < COUNT(receiver); i++) {
		if (!receiver[i].wanted)
			continue;
		buf_in(&b, a, MESSAGE_BYTES_MAX);
		if (!json_write(&b, message(a, receiver[i].name, s, now_ms), e))
			return err_wrap(e, "an alert");
		draft.args = buf_str(&b);
		if (!queue_add(d, &draft, &ticket, e))
			return err_wrap(e, "an alert");
	}
	return true;
}

/* ---- telling ---- */

/* Whoever runs the service chose the address, and often it is on a network of its own. */
static const struct url_policy policy = { .allow_http = true, .allow_private = true };

static void retry_after(struct job_run *r, const struct response *answer)
{
	struct str text = response_header(answer, STR("retry-after"));
	int64_t wait_ms;

	if (text.at && retry_after_ms(text, clock_wall_ms(r->clock), &wait_ms))
		job_retry_after(r, wait_ms < RETRY_AFTER_MAX_MS ? wait_ms : RETRY_AFTER_MAX_MS);
}

static bool deliver(struct job_run *r, struct request *q, struct err *e)
{
	struct rng rng = { 0 };
	struct engine g = service_engine(r->arg, r->db, &rng, r->stop);
	struct response answer;

	q->total_ms = SEND_MS;
	q->body_bytes_max = ANSWER_BYTES_MAX;
	q->policy = &policy;
	if (!client_send(g.client, q, r->arena, r->stop, &answer, e))
		return false;
	switch (http_class(answer.status)) {
	case HTTP_OK:
		return true;
	case HTTP_LIMITED:
	case HTTP_RETRY:
		retry_after(r, &answer);
		return err_set(e, ERR_TRANSIENT, "the receiver answered %d", answer.status);
	case HTTP_AUTH:
	case HTTP_REFUSED:
	case HTTP_ODD:
		break;
	}
	return err_set(e, ERR_REMOTE, "the receiver answered %d", answer.status);
}

bool alert_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	const struct alerts_plan *plan = &setup_plan(setup)->server.alerts;
	int64_t now_ms = clock_wall_ms(r->clock);
	struct header header[ALERT_HEADERS];
	struct value args, to;
	struct request q;
	bool sentry, ok;

	if (!json_parse(r->arena, r->job->args, &args, NULL, e))
		return err_set(e, ERR_USAGE, "the arguments are no JSON");
	to = value_get(args, STR("to"));
	sentry = to.kind == VALUE_STR && str_eq(to.s, STR("sentry"));
	/* A receiver that the plan no longer names is told nothing. */
	if ((sentry ? plan->sentry_dsn : plan->webhook).len == 0)
		return true;
	ok = sentry ? alert_sentry(r->arena, plan, args, service_version(r->arg), now_ms, header,
				   &q, e)
		    : alert_webhook(r->arena, plan, args, r->job->fence.job, now_ms, header, &q, e);
	return ok && deliver(r, &q, e);
}
