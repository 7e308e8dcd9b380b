/* SPDX-License-Identifier: Apache-2.0 */
/* t_judge.c - what an answer means: the manifest's error handlers, applied. */
#include "flow/judge.h"
#include "piece.h"
#include "tap.h"

#include <stdlib.h>

#define HANDLER(more) "error_handler: {type: DefaultErrorHandler, " more "}"
#define FILTER(more) "{type: HttpResponseFilter, " more "}"

static struct piece p;
static unsigned attempt;
static int64_t spent_ms;

static void given(const char *requester)
{
	struct piece_parts parts = { .requester = requester };

	piece_open(&p, &parts);
	attempt = 0;
	spent_ms = 0;
}

/* An answer; `header` NULL: none.  Status 0: no answer at all. */
static struct verdict judge_with(int status, const char *body, const char *header,
				 const char *value)
{
	struct header h = { str_from(header ? header : ""), str_from(value ? value : "") };
	struct response r = { .status = status, .header = &h, .headers = header != NULL };
	struct evidence ev = { .response = status ? &r : NULL,
			       .headers = status ? headers_value(p.a, &r) : UNDEFINED,
			       .body = piece_value(&p, body),
			       .body_is_json = true,
			       .attempt = attempt,
			       .spent_ms = spent_ms,
			       .now_wall_ms = p.clock.wall_ms };
	struct verdict v = { 0 };
	struct err e = { 0 };

	if (!status)
		err_set(&ev.failure, ERR_TRANSIENT, "connection reset");
	if (!judge(&p.stream->requester, &ev, &p.scope, &p.rng, &v, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return v;
}

static struct verdict judge_status(int status)
{
	return judge_with(status, "{}", NULL, NULL);
}

static void without_a_word_the_status_decides(void)
{
	static const struct {
		int status;
		enum error_action action;
		enum err_kind kind;
	} row[] = {
		{ 200, ACTION_SUCCESS, ERR_NONE },    { 204, ACTION_SUCCESS, ERR_NONE },
		{ 400, ACTION_FAIL, ERR_REMOTE },     { 401, ACTION_FAIL, ERR_AUTH },
		{ 403, ACTION_FAIL, ERR_AUTH },       { 404, ACTION_FAIL, ERR_REMOTE },
		{ 405, ACTION_FAIL, ERR_REMOTE },     { 408, ACTION_RETRY, ERR_TRANSIENT },
		{ 418, ACTION_RETRY, ERR_TRANSIENT }, { 429, ACTION_RATE_LIMITED, ERR_TRANSIENT },
		{ 500, ACTION_RETRY, ERR_TRANSIENT }, { 503, ACTION_RETRY, ERR_TRANSIENT },
		{ 302, ACTION_RETRY, ERR_TRANSIENT }, { 0, ACTION_RETRY, ERR_TRANSIENT },
	};

	given("http_method: GET");
	for (size_t i = 0; i < COUNT(row); i++) {
		struct verdict v = judge_status(row[i].status);

		OK(v.action == row[i].action && v.why.kind == row[i].kind, "%d", row[i].status);
	}
	piece_close(&p);
}

static void a_filter_matches_by_code_text_or_predicate(void)
{
	given(HANDLER("response_filters: [" FILTER("http_codes: [404], action: IGNORE") ", " FILTER("error_message_contains: slow down, action: RATE_LIMITED") ", " FILTER("predicate: \"{{ 'again' in response }}\", action: RETRY") ", " FILTER("predicate: \"{{ headers['X-Done'] == 'yes' }}\", action: SUCCESS") ", " FILTER(
		"http_codes: [400], action: REFRESH_TOKEN_THEN_RETRY") ", " FILTER("http_codes: [409], action: RESET_PAGINATION") ", " FILTER("http_codes: [410], action: FAIL, failure_type: config_error, "
																	      "error_message: \"Gone, says {{ response.who }}\"") ", " FILTER("http_codes: [411], action: FAIL, failure_type: transient_error") "]"));
	OK(judge_status(404).action == ACTION_IGNORE, "code");
	OK(judge_with(400, "{\"message\": \"please slow down\"}", NULL, NULL).action ==
		   ACTION_RATE_LIMITED,
	   "text");
	OK(judge_with(200, "{\"error\": {\"message\": \"slow down\"}}", NULL, NULL).action ==
		   ACTION_RATE_LIMITED,
	   "text inside, even of a success");
	OK(judge_with(200, "{\"again\": 1}", NULL, NULL).action == ACTION_RETRY, "predicate");
	OK(judge_with(500, "{}", "x-done", "yes").action == ACTION_SUCCESS, "header");
	OK(judge_status(400).action == ACTION_REFRESH_TOKEN_THEN_RETRY, "token");
	OK(judge_status(409).action == ACTION_RESET_PAGINATION, "pages");
	struct verdict v = judge_with(410, "{\"who\": \"me\"}", NULL, NULL);
	OK(v.action == ACTION_FAIL && v.why.kind == ERR_CONFIG,
	   "a person must do something, but not about the credentials");
	IS(v.why.text, "HTTP 410: Gone, says me", "the manifest's words");
	OK(judge_status(411).why.kind == ERR_TRANSIENT, "as it says");
	OK(judge_status(500).action == ACTION_RETRY, "none matches: the status");
	piece_close(&p);
}

static void a_composite_falls_through_as_the_reference_does(void)
{
	given("error_handler: {type: CompositeErrorHandler, error_handlers: ["
	      "{type: DefaultErrorHandler, max_retries: 2, response_filters: [" FILTER("http_codes: [401], action: REFRESH_TOKEN_THEN_RETRY") ", " FILTER("http_codes: [404], action: IGNORE") ", " FILTER(
		      "http_codes: [402, 403], action: FAIL") "]}, "
							      "{type: DefaultErrorHandler, response_filters: [" FILTER("http_codes: [403, 500], action: IGNORE") ", " FILTER(
								      "http_codes: [404], action: FAIL") "]}]}");
	OK(judge_status(401).action == ACTION_FAIL, "refresh falls to the second's default");
	OK(judge_status(402).action == ACTION_RETRY, "fail does so too");
	OK(judge_status(403).action == ACTION_IGNORE, "fail falls to the second's filter");
	OK(judge_status(404).action == ACTION_IGNORE, "ignore ends the search");
	OK(judge_status(500).action == ACTION_RETRY,
	   "the first's default says retry: it ends there");
	attempt = 2;
	OK(judge_status(500).give_up, "the first's number of retries counts");
	piece_close(&p);
}

static void waits_follow_the_strategies(void)
{
	struct verdict v;

	given(HANDLER("backoff_strategies: [{type: WaitTimeFromHeader, header: X-Wait, regex: "
		      "'([0-9]+)', max_waiting_time_in_seconds: 600}, {type: "
		      "WaitUntilTimeFromHeader, header: X-Until, min_wait: 3}, {type: "
		      "ConstantBackoffStrategy, backoff_time_in_seconds: 9}]"));
	OK(judge_with(503, "{}", "x-wait", "12 s").wait_ms == 12000, "from a header");
	OK(judge_with(503, "{}", "x-wait", "601").give_up, "longer than the most");
	OK(judge_with(503, "{}", "x-until", "1772366420").wait_ms == 20000, "until a time");
	OK(judge_with(503, "{}", "x-until", "1772366401").wait_ms == 3000, "at least so long");
	v = judge_status(503);
	OK(v.wait_ms >= 9000 && v.wait_ms <= 10000, "constant: %lld", (long long)v.wait_ms);
	piece_close(&p);
	given(HANDLER("backoff_strategies: [{type: ExponentialBackoffStrategy, factor: 4}]"));
	for (attempt = 0; attempt < 4; attempt++) {
		v = judge_status(503);
		OK(v.wait_ms >= 0 && v.wait_ms <= 4000 << (attempt + 1), "exponential, %u: %lld",
		   attempt, (long long)v.wait_ms);
	}
	piece_close(&p);
}

static void nobody_comes_earlier_than_retry_after(void)
{
	given(HANDLER("backoff_strategies: [{type: ConstantBackoffStrategy, "
		      "backoff_time_in_seconds: 1}]"));
	OK(judge_with(429, "{}", "retry-after", "30").wait_ms == 30000, "seconds");
	OK(judge_with(503, "{}", "retry-after", "1.5").wait_ms >= 1500, "with a fraction");
	OK(judge_with(429, "{}", "retry-after", "Sun, 01 Mar 2026 12:01:00 GMT").wait_ms == 60000,
	   "a date");
	OK(judge_with(429, "{}", "retry-after", "soon").wait_ms < 3000, "nonsense");
	piece_close(&p);
}

static void there_is_an_end_to_trying(void)
{
	given("http_method: GET");
	attempt = 4;
	OK(!judge_status(500).give_up, "the sixth attempt is made");
	attempt = 5;
	OK(judge_status(500).give_up && judge_status(429).give_up, "no seventh");
	attempt = 1;
	spent_ms = 600000;
	OK(judge_with(500, "{}", "retry-after", "1").give_up, "nor after ten minutes");
	piece_close(&p);
	given(HANDLER("max_retries: 0"));
	OK(judge_status(500).give_up, "none when the manifest wants none");
	piece_close(&p);
}

static void what_is_too_long_to_wait_for_is_told(void)
{
	struct verdict v;

	given("http_method: GET");
	v = judge_with(429, "{}", "retry-after", "599");
	OK(!v.give_up && !v.too_long, "ten minutes are waited");
	v = judge_with(429, "{}", "retry-after", "3600");
	OK(v.give_up && v.too_long && v.wait_ms == 3600000, "an hour is not");
	v = judge_with(503, "{}", "retry-after", "3600");
	OK(v.give_up && v.too_long, "whatever the reason");
	spent_ms = 599990;
	OK(judge_with(500, "{}", NULL, NULL).give_up && !judge_with(500, "{}", NULL, NULL).too_long,
	   "our own patience is not the vendor's wish");
	spent_ms = 0;
	attempt = 5;
	v = judge_with(429, "{}", "retry-after", "3600");
	OK(v.give_up && !v.too_long, "nor are too many tries");
	piece_close(&p);
}

static void headers_are_found_under_both_spellings(void)
{
	struct header h = { STR("link"), STR("<https://things.example/a?p=2>; rel=\"next\", "
					     "<https://things.example/a?p=9>; rel=\"last\"") };
	struct response r = { .status = 200, .header = &h, .headers = 1 };
	struct value v;

	given("http_method: GET");
	v = headers_value(p.a, &r);
	OK(value_get(v, STR("Link")).kind == VALUE_STR, "as people write it");
	v = value_get(v, STR("link"));
	IS(piece_json(&p, value_get(value_get(v, STR("next")), STR("url"))),
	   "\"https://things.example/a?p=2\"", "next");
	IS(piece_json(&p, value_get(value_get(v, STR("last")), STR("url"))),
	   "\"https://things.example/a?p=9\"", "last");
	piece_close(&p);
}

int main(void)
{
	without_a_word_the_status_decides();
	a_filter_matches_by_code_text_or_predicate();
	a_composite_falls_through_as_the_reference_does();
	waits_follow_the_strategies();
	nobody_comes_earlier_than_retry_after();
	there_is_an_end_to_trying();
	what_is_too_long_to_wait_for_is_told();
	headers_are_found_under_both_spellings();
	return tap_done();
}
