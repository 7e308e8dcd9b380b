/* SPDX-License-Identifier: Apache-2.0 */
/* t_draft.c - a request while it is put together. */
#include "flow/auth.h"
#include "piece.h"
#include "tap.h"

#include <stdlib.h>

static struct piece p;
static struct draft *d;
static struct err e;

static bool given(const char *requester, const char *config)
{
	struct piece_parts parts = { .requester = requester, .config = config };

	piece_open(&p, &parts);
	d = arena_new_struct(p.a, struct draft);
	e = (struct err){ 0 };
	return draft_fill(d, &p.stream->requester, &p.scope, &e);
}

/* "METHOD URL", then the body. */
static const char *request(void)
{
	struct request r = { 0 };

	if (!draft_request(p.a, d, &r, &e))
		return str_keep(p.a, str_from(e.text)).at;
	return str_printf(p.a, "%s %.*s%s%.*s", r.method, STR_ARG(r.url), r.body.at ? " " : "",
			  (int)r.body.len, r.body.at ? r.body.at : "")
		.at;
}

static const char *header(const char *name)
{
	struct request r = { 0 };

	if (!draft_request(p.a, d, &r, &e))
		return "(error)";
	for (size_t i = 0; i < r.headers; i++)
		if (str_eq_nocase(r.header[i].name, str_from(name)))
			return str_keep(p.a, r.header[i].value).at;
	return "(none)";
}

static void parameters_keep_their_text_and_lists_repeat(void)
{
	OK(given("request_parameters: {n: '{{ config.n }}', b: '{{ config.b }}', l: '{{ config.l }}', "
		 "e: '{{ config.e }}', t: '1e3', '{{ config.k }}': x}",
		 "{\"n\": 7, \"b\": true, \"l\": [1, \"two\"], \"e\": \"\", \"k\": \"key\"}"),
	   "filled: %s", e.text);
	IS(request(), "GET https://things.example/a?n=7&b=True&l=1&l=two&t=1e3&key=x",
	   "numbers keep their digits, nothing empty is sent");
	IS(header("accept"), "application/json", "Accept is there");
	piece_close(&p);
}

static void a_name_that_two_parts_give_is_an_error(void)
{
	OK(given("request_parameters: {a: '1'}, request_headers: {X-One: '1'}", NULL), "filled");
	OK(!draft_param(d, STR("a"), STR("2"), &e) && e.kind == ERR_CONFIG, "%s", e.text);
	OK(!draft_header(d, STR("x-one"), STR("2"), &e) && e.kind == ERR_CONFIG, "%s", e.text);
	OK(!draft_header(d, STR("X-Two"), STR("a\nb"), &e), "%s", e.text);
	OK(draft_form(d, STR("f"), STR("1"), &e) && !draft_form(d, STR("f"), STR("2"), &e),
	   "form fields too");
	piece_close(&p);
	OK(!given("request_parameters: {a: '1', '{{ config.k }}': '2'}", "{\"k\": \"a\"}"),
	   "also when a template makes it: %s", e.text);
	piece_close(&p);
}

static void headers_are_converted_and_given_once(void)
{
	OK(given("request_headers: {X-N: '{{ 1_000 }}', Accept: text/csv, X-None: '{{ none }}'}",
		 NULL),
	   "filled: %s", e.text);
	IS(header("x-n"), "1000", "a number");
	IS(header("accept"), "text/csv", "the manifest's own");
	IS(header("x-none"), "(none)", "nothing is not sent");
	piece_close(&p);
}

static void a_json_body_is_typed_and_leaves_out_null(void)
{
	OK(given("http_method: POST, request_body_json: {n: '{{ config.n }}', z: '{{ none }}', s: text, "
		 "m: {deep: '{{ config.n + 1 }}'}}",
		 "{\"n\": 7}"),
	   "filled: %s", e.text);
	IS(request(), "POST https://things.example/a {\"n\":7,\"s\":\"text\",\"m\":{\"deep\":8}}",
	   "body");
	IS(header("content-type"), "application/json", "its type");
	piece_close(&p);
}

static void form_fields_are_encoded(void)
{
	OK(given("http_method: POST, request_body_data: {a: 'x y', b: '{{ config.n }}'}",
		 "{\"n\": 7}"),
	   "filled: %s", e.text);
	IS(request(), "POST https://things.example/a a=x+y&b=7", "form");
	IS(header("content-type"), "application/x-www-form-urlencoded", "its type");
	piece_close(&p);
}

/* The option of the stream's paginator, with which the following inject. */
#define OPTION(option)                                                          \
	"paginator: {type: DefaultPaginator, page_token_option: {" option "}, " \
	"pagination_strategy: {type: CursorPagination, cursor_value: '{{ response.next }}'}}"

static void open_option(const char *retriever, const char *requester)
{
	struct piece_parts parts = { .retriever = retriever, .requester = requester };

	piece_open(&p, &parts);
	d = arena_new_struct(p.a, struct draft);
	if (!draft_fill(d, &p.stream->requester, &p.scope, &e))
		abort();
}

static bool inject(struct value v)
{
	return draft_inject(d, &p.stream->paginator.token_option, v, &p.scope, &e);
}

static void values_are_injected_where_the_option_says(void)
{
	open_option(OPTION("type: RequestOption, inject_into: request_parameter, field_name: at"),
		    "http_method: GET");
	OK(inject(value_int(5)), "parameter");
	IS(request(), "GET https://things.example/a?at=5", "parameter");
	piece_close(&p);
	open_option(OPTION("type: RequestOption, inject_into: header, field_name: X-At"),
		    "http_method: GET");
	OK(inject(value_int(5)), "header");
	IS(header("x-at"), "5", "header");
	piece_close(&p);
	open_option(OPTION("type: RequestOption, inject_into: body_json, field_path: [page, at]"),
		    "http_method: POST, request_body_json: {page: {size: 5}}");
	OK(inject(value_int(5)), "deep in the body");
	IS(request(), "POST https://things.example/a {\"page\":{\"size\":5,\"at\":5}}",
	   "beside what is there");
	OK(!inject(value_int(6)) && e.kind == ERR_CONFIG, "twice is an error: %s", e.text);
	piece_close(&p);
	open_option(OPTION("type: RequestOption, inject_into: body_data, field_name: at"),
		    "http_method: POST");
	OK(inject(value_int(5)), "form");
	IS(request(), "POST https://things.example/a at=5", "form");
	piece_close(&p);
	open_option(OPTION("type: RequestPath"), "request_parameters: {size: '5'}");
	OK(inject(value_str(STR("https://things.example/a?size=5&after=x"))), "path");
	IS(request(), "GET https://things.example/a?size=5&after=x",
	   "the next page's link; what it says already is not said twice");
	piece_close(&p);
}

/* The simple authenticators ask nothing of a session. */
static bool authorised(const char *authenticator)
{
	struct session s = { 0 };
	char requester[512];

	snprintf(requester, sizeof(requester), "authenticator: {%s}", authenticator);
	return given(requester,
		     "{\"user\": \"Mina\", \"word\": \"s\u00e9same?>\", \"key\": \"k-1\"}") &&
	       auth_apply(&s, &p.stream->requester, d, &p.scope, &e);
}

static void credentials_go_where_the_authenticator_says(void)
{
	OK(authorised("type: BasicHttpAuthenticator, username: '{{ config.user }}', password: '{{ "
		      "config.word }}'"),
	   "basic: %s", e.text);
	IS(header("authorization"), "Basic TWluYTpzw6lzYW1lPz4=", "user and password, RFC 7617");
	piece_close(&p);
	OK(authorised("type: BasicHttpAuthenticator, username: '{{ config.user }}'"),
	   "no password");
	IS(header("authorization"), "Basic TWluYTo=", "the colon stays");
	piece_close(&p);
	OK(authorised("type: BearerAuthenticator, api_token: '{{ config.key }}'"), "bearer");
	IS(header("authorization"), "Bearer k-1", "RFC 6750");
	piece_close(&p);
	OK(authorised(
		   "type: ApiKeyAuthenticator, api_token: '{{ config.key }}', inject_into: {type: "
		   "RequestOption, inject_into: request_parameter, field_name: key}"),
	   "an API key");
	IS(request(), "GET https://things.example/a?key=k-1", "as a parameter");
	piece_close(&p);
	OK(authorised("type: ApiKeyAuthenticator, api_token: '{{ config.key }}', header: X-Key"),
	   "an API key");
	IS(header("x-key"), "k-1", "as a header");
	piece_close(&p);
	OK(authorised("type: NoAuth"), "none");
	IS(header("authorization"), "(none)", "nothing is sent");
	piece_close(&p);
}

int main(void)
{
	parameters_keep_their_text_and_lists_repeat();
	a_name_that_two_parts_give_is_an_error();
	headers_are_converted_and_given_once();
	a_json_body_is_typed_and_leaves_out_null();
	form_fields_are_encoded();
	values_are_injected_where_the_option_says();
	credentials_go_where_the_authenticator_says();
	return tap_done();
}
