/* SPDX-License-Identifier: Apache-2.0 */
/* t_ask.c - one request of a stream outside a run. */
#define reply canned_reply /* ask.h has a noun of that name too */
#include "piece.h"
#undef reply
#include "flow/ask.h"
#include "tap.h"

#include <stdlib.h>

static struct piece p;
static struct canned wire;
static struct connection connection;
static struct engine engine;
static struct session *session;
static int status;

static void answer(void *arg, const struct request *r, struct canned_reply *out)
{
	(void)arg;
	(void)r;
	out->status = status;
	buf_add(&out->body,
		status == 200 ? STR("{\"solves\": [1, 2]}") : STR("{\"detail\": \"no\"}"));
}

static void given(void)
{
	struct piece_parts parts = {
		.stream = "incremental_sync: {type: DatetimeBasedCursor, cursor_field: at, "
			  "datetime_format: '%s', start_datetime: '0', start_time_option: {type: "
			  "RequestOption, inject_into: request_parameter, field_name: after}, "
			  "end_time_option: {type: RequestOption, inject_into: request_parameter, "
			  "field_name: before}}",
		.retriever = "partition_router: {type: ListPartitionRouter, values: [], "
			     "cursor_field: player, request_option: {type: RequestOption, "
			     "inject_into: request_parameter, field_name: id}}",
		.requester = "request_parameters: {who: '{{ stream_partition.player }}'}, "
			     "error_handler: {type: DefaultErrorHandler, response_filters: [{type: "
			     "HttpResponseFilter, http_codes: [404], action: IGNORE}, {type: "
			     "HttpResponseFilter, http_codes: [422], action: FAIL}]}",
	};
	struct err e;

	piece_open(&p, &parts);
	canned_init(&wire, &p.clock, NULL);
	wire.answer = answer;
	connection = (struct connection){ .name = STR("c"), .manifest = p.manifest };
	connection.config = piece_value(&p, "{}");
	engine = (struct engine){ .client = &wire.client, .clock = &p.clock.clock, .rng = &p.rng };
	if (!session_open(p.a, &engine, &connection, &session, &e))
		abort();
}

static bool asked(int64_t since_us, struct reply *out, struct err *e)
{
	struct question q = { .stream = p.stream,
			      .slice = piece_value(&p, "{\"player\": \"p1\"}"),
			      .since_us = since_us };

	return ask(session, &q, p.a, out, e);
}

static const char *last_url(void)
{
	return str_keep(p.a, wire.log[wire.logged - 1].url).at;
}

static void the_whole_answer_comes_back(void)
{
	struct reply r;
	struct err e;

	status = 200;
	OK(asked(1700000000 * INT64_C(1000000), &r, &e), "asked");
	OK(r.status == 200 && !r.ignored, "status");
	IS(str_keep(p.a, r.text).at, "{\"solves\": [1, 2]}", "text");
	OK(value_len(value_get(r.body, STR("solves"))) == 2, "body");
	IS(last_url(), "https://things.example/a?who=p1&after=1700000000&id=p1",
	   "the slice, and exactly the time that was given, without an end");
	OK(asked(NO_TIME, &r, &e), "asked");
	IS(last_url(), "https://things.example/a?who=p1&id=p1", "no time");
}

static void what_the_manifest_ignores_has_no_body(void)
{
	struct reply r;
	struct err e;

	status = 404;
	OK(asked(NO_TIME, &r, &e) && r.ignored && r.status == 404, "an ignored status");
	OK(r.body.kind == VALUE_UNDEFINED && r.text.len > 0, "its text is there, no body");
}

static void a_refusal_says_what_came(void)
{
	struct reply r;
	struct err e;

	status = 422;
	OK(!asked(NO_TIME, &r, &e) && e.kind == ERR_REMOTE, "refused: %s", e.text);
	OK(r.status == 422, "its status");
	IS(str_keep(p.a, r.text).at, "{\"detail\": \"no\"}", "its text");
}

int main(void)
{
	given();
	the_whole_answer_comes_back();
	what_the_manifest_ignores_has_no_body();
	a_refusal_says_what_came();
	canned_done(&wire);
	piece_close(&p);
	return tap_done();
}
