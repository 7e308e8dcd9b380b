/* SPDX-License-Identifier: Apache-2.0 */
/* t_ask.c - one request of a stream outside a run: what is sent, and what is told of the answer. */
#include "flow/ask.h"
#include "piece.h"
#include "tap.h"

#include <stdlib.h>

static struct piece p;
static struct canned wire;
static struct connection connection;
static struct engine engine;
static struct session *session;
static struct reply got;
static struct err failure;
static int status;
static const char *body;

static void answer(void *arg, const struct request *r, struct canned_reply *out)
{
	(void)arg;
	(void)r;
	out->status = status;
	buf_add(&out->body, str_from(body));
}

#define OPTION(name)                                                                              \
	"request_option: {type: RequestOption, inject_into: request_parameter, field_name: " name \
	"}"
#define BY_USER                                                                                   \
	"partition_router: {type: ListPartitionRouter, values: [x], cursor_field: user, " OPTION( \
		"user") "}"
#define SINCE                                                                                     \
	"incremental_sync: {type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%s', " \
	"start_datetime: '0', lookback_window: P1D, step: P1D, cursor_granularity: PT1S, "        \
	"start_time_option: {type: RequestOption, inject_into: request_parameter, "               \
	"field_name: after}, "                                                                    \
	"end_time_option: {type: RequestOption, inject_into: request_parameter, "                 \
	"field_name: before}}"
#define PARENT                                                                       \
	"- {type: DeclarativeStream, name: b, retriever: {type: SimpleRetriever, "   \
	"record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, " \
	"field_path: []}}, requester: {type: HttpRequester, "                        \
	"url_base: 'https://things.example', path: /b, http_method: GET}}}\n"
#define HANDLER                                                                              \
	"http_method: GET, error_handler: {type: DefaultErrorHandler, max_retries: 2, "      \
	"response_filters: [{type: HttpResponseFilter, http_codes: [410], action: IGNORE}, " \
	"{type: HttpResponseFilter, http_codes: [404], action: FAIL}]}"

static void given(const char *stream, const char *retriever, int with, const char *text)
{
	struct piece_parts parts = {
		.requester = HANDLER, .stream = stream, .retriever = retriever, .streams = PARENT
	};
	struct err e;

	status = with;
	body = text;
	piece_open(&p, &parts);
	canned_init(&wire, &p.clock, NULL);
	wire.answer = answer;
	connection = (struct connection){ .name = STR("c"), .manifest = p.manifest };
	connection.config = piece_value(&p, "{}");
	engine = (struct engine){ .client = &wire.client, .clock = &p.clock.clock, .rng = &p.rng };
	if (!session_open(p.a, &engine, &connection, &session, &e))
		abort();
}

static bool asked(const char *slice, int64_t since_us)
{
	struct question q = { .stream = p.stream,
			      .slice = piece_value(&p, slice),
			      .since_us = since_us };

	failure = (struct err){ 0 };
	return ask(session, &q, p.a, &got, &failure);
}

static const char *sent(size_t i)
{
	return i < wire.logged ? str_keep(p.a, wire.log[i].url).at : "(nothing)";
}

static void finish(void)
{
	canned_done(&wire);
	piece_close(&p);
}

static void the_partition_goes_with_it(void)
{
	given(SINCE, BY_USER, 200, "{\"points\": 3}");
	OK(asked("{\"user\": \"a b\"}", NO_TIME), "it is asked");
	IS(sent(0), "https://things.example/a?user=a%20b", "by its option, and without a time");
	IS(piece_json(&p, got.body), "{\"points\":3}", "the answer is told as a whole");
	OK(got.status == 200 && str_eq(got.text, STR("{\"points\": 3}")) && !got.ignored,
	   "and as it came");
	OK(wire.logged == 1, "one request");
	finish();
}

static void the_time_is_what_was_said(void)
{
	given(SINCE, BY_USER, 200, "{}");
	OK(asked("{\"user\": \"u\"}", 1700000000 * US_PER_S), "it is asked");
	IS(sent(0), "https://things.example/a?after=1700000000&user=u",
	   "without the manifest's lookback");
	OK(asked("{\"user\": \"u\"}", 0), "the first second of all");
	IS(sent(1), "https://things.example/a?after=0&user=u", "is a time like any other");
	finish();
}

static void a_stream_without_either_is_asked_plainly(void)
{
	given(NULL, NULL, 200, "[1]");
	OK(asked("{}", 5 * US_PER_S), "a time means nothing to it");
	IS(sent(0), "https://things.example/a", "and is not sent");
	finish();
}

static void a_parent_is_a_partition_too(void)
{
	given(NULL,
	      "partition_router: {type: SubstreamPartitionRouter, parent_stream_configs: "
	      "[{type: ParentStreamConfig, parent_key: id, partition_field: team, "
	      "stream: '#/streams/1', " OPTION("team") "}]}",
	      200, "[]");
	OK(asked("{\"team\": 7}", NO_TIME), "its field in the slice");
	IS(sent(0), "https://things.example/a?team=7", "is sent by the parent's option");
	finish();
}

static void a_failure_says_what_came(void)
{
	given(NULL, BY_USER, 404, "{\"detail\": \"none\"}");
	OK(!asked("{\"user\": \"u\"}", NO_TIME) && failure.kind == ERR_REMOTE, "a refusal");
	OK(got.status == 404 && str_eq(got.text, STR("{\"detail\": \"none\"}")),
	   "is told with its text");
	OK(got.body.kind == VALUE_UNDEFINED, "and is no body");
	finish();
	given(NULL, BY_USER, 503, "busy");
	OK(!asked("{\"user\": \"u\"}", NO_TIME) && failure.kind == ERR_TRANSIENT,
	   "attempts are used up");
	OK(wire.logged == 3 && got.status == 503 && str_eq(got.text, STR("busy")),
	   "the last answer is told");
	finish();
	given(NULL, BY_USER, 200, "{}");
	for (int i = 1; i <= 3; i++)
		canned_fault(&wire, i, FAULT_TRANSIENT, 0);
	OK(!asked("{\"user\": \"u\"}", NO_TIME) && got.status == 0 && got.text.len == 0,
	   "no answer is status 0");
	finish();
}

static void what_the_manifest_ignores_is_no_failure(void)
{
	given(NULL, BY_USER, 410, "{\"detail\": \"gone\"}");
	OK(asked("{\"user\": \"u\"}", NO_TIME) && got.ignored && got.status == 410,
	   "it is told as ignored");
	OK(got.body.kind == VALUE_UNDEFINED, "without a body");
	finish();
}

static void another_attempt_may_succeed(void)
{
	given(NULL, BY_USER, 200, "{\"ok\": 1}");
	canned_fault(&wire, 1, FAULT_STATUS, 500);
	OK(asked("{\"user\": \"u\"}", NO_TIME) && wire.logged == 2, "the second does");
	IS(piece_json(&p, got.body), "{\"ok\":1}", "and its answer counts");
	OK(got.status == 200, "with its status");
	finish();
}

static bool asked_raw(void)
{
	struct question q = { .stream = p.stream,
			      .slice = piece_value(&p, "{\"user\": \"u\"}"),
			      .since_us = NO_TIME,
			      .raw = true };

	failure = (struct err){ 0 };
	return ask(session, &q, p.a, &got, &failure);
}

static void a_page_is_told_as_it_came(void)
{
	given(NULL, BY_USER, 200, "<p>no JSON");
	OK(asked_raw() && wire.logged == 1, "it is asked once and believed");
	OK(got.status == 200 && str_eq(got.text, STR("<p>no JSON")) && got.body.kind == VALUE_NULL,
	   "its text is all");
	finish();
	given(NULL, BY_USER, 200, "{\"a\": 1}");
	OK(asked_raw() && got.body.kind == VALUE_NULL, "JSON is a text too");
	finish();
	given(NULL, BY_USER, 200, "");
	OK(asked_raw() && wire.logged == 1 && got.text.len == 0, "and nothing is nothing");
	finish();
	given(NULL, BY_USER, 404, "<p>gone");
	OK(!asked_raw() && got.status == 404 && str_eq(got.text, STR("<p>gone")),
	   "a refusal stays one");
	finish();
}

int main(void)
{
	the_partition_goes_with_it();
	the_time_is_what_was_said();
	a_stream_without_either_is_asked_plainly();
	a_parent_is_a_partition_too();
	a_failure_says_what_came();
	what_the_manifest_ignores_is_no_failure();
	another_attempt_may_succeed();
	a_page_is_told_as_it_came();
	return tap_done();
}
