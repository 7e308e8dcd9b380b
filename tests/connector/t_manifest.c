/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_manifest.c - every component with good and bad input, and what whole manifests become.
 *
 * A case is a snippet behind a small manifest whose last line is 15; its complaint is what the
 * loader says first, "" when it loads, NULL where the words are those of another layer.
 */
#include "connector/manifest.h"
#include "tap.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

#define BASE                                                                                                  \
	"version: 7.0.0\n"                                                                                    \
	"type: DeclarativeSource\n"                                                                           \
	"check: {type: CheckStream, stream_names: [a]}\n"                                                     \
	"spec: {type: Spec, connection_specification: {type: object}}\n"                                      \
	"definitions: {}\n"                                                                                   \
	"streams:\n"                                                                                          \
	"- type: DeclarativeStream\n"                                                                         \
	"  name: a\n"                                                                                         \
	"  retriever:\n"                                                                                      \
	"    type: SimpleRetriever\n"                                                                         \
	"    record_selector: {type: RecordSelector, extractor: &x {type: DpathExtractor, field_path: []}}\n" \
	"    requester:\n"                                                                                    \
	"      type: HttpRequester\n"                                                                         \
	"      url_base: https://vendor.test\n"                                                               \
	"      path: /a\n"

#define IN_REQUESTER "      "
#define IN_RETRIEVER "    "
#define IN_STREAM "  "
#define IN_ROOT ""

struct load_case {
	const char *snippet, *says;
};

static const struct manifest *load(struct arena *a, const char *text, const char **says)
{
	const struct manifest *m = NULL;
	struct err e;

	*says = "";
	if (!manifest_parse(a, str_from(text), STR("m"), &m, NULL, &e))
		*says = str_keep(a, str_from(e.text)).at;
	return m;
}

/* On one line, as TAP wants it. */
static const char *name_of(struct arena *a, const char *text)
{
	struct str copy = str_keep(a, str_from(text));
	char *name = arena_alloc(a, copy.len + 1);

	for (size_t i = 0; i < copy.len; i++)
		name[i] = copy.at[i] == '\n' ? ' ' : copy.at[i];
	return name;
}

static void run_cases(const struct load_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		AUTO_ARENA *a = arena_new("test", ARENA_MAX);
		const char *says;

		load(a, str_printf(a, BASE "%s", c[i].snippet).at, &says);
		if (c[i].says)
			IS(says, c[i].says, name_of(a, c[i].snippet));
		else
			OK(strncmp(says, "m:16:", 5) == 0, "%s", says);
	}
}

#define R "streams[0].retriever.requester."

static void requesters(void)
{
	static const struct load_case cases[] = {
		{ "", "" },
		{ IN_REQUESTER "http_method: POST\n", "" },
		{ IN_REQUESTER "http_method: post\n",
		  "m:16:20: " R
		  "http_method: 'post' is unknown here; it would be GET, POST, PUT, PATCH or "
		  "DELETE" },
		{ IN_REQUESTER
		  "request_parameters: {a: 1, '{{ config.k }}': '{{ stream_slice.x }}'}\n",
		  "" },
		{ IN_REQUESTER "request_parameters: '{{ config.p }}'\n", "" },
		{ IN_REQUESTER "request_parameters: [a]\n",
		  "m:16:27: " R "request_parameters: a map is expected here, not a list" },
		{ IN_REQUESTER "request_parameters: {a: yes}\n",
		  "m:16:31: " R
		  "request_parameters.a: YAML 1.1 reads 'yes' as a boolean; write true or "
		  "false, or put it in quotes" },
		{ IN_REQUESTER "request_parameters: {f: {type: QueryProperties}}\n",
		  "m:16:38: " R "request_parameters.f.type: QueryProperties is not supported" },
		{ IN_REQUESTER "fetch_properties_from_endpoint: {}\n",
		  "m:16:39: " R
		  "fetch_properties_from_endpoint: HttpRequester.fetch_properties_from_endpoint "
		  "is not supported" },
		{ IN_REQUESTER "query_properties: {}\n",
		  "m:16:25: " R
		  "query_properties: HttpRequester.query_properties is not supported" },
		{ IN_REQUESTER "use_cache: true\n", "" },
		{ IN_REQUESTER "request_header: {a: b}\n",
		  "m:16:7: " R
		  "request_header: HttpRequester has no property 'request_header'; did you mean "
		  "'request_headers'?" },
		{ IN_REQUESTER "url: https://x.test\n",
		  "m:13:7: streams[0].retriever.requester: either url, or url_base and path" },
		{ IN_REQUESTER "request_body_json: {a: {b: ['{{ config.c }}', 1, null, true]}}\n",
		  "" },
		{ IN_REQUESTER "request_body_data: 'text {{ config.a }}'\n", "" },
		{ IN_REQUESTER "request_body_data: [a]\n",
		  "m:16:26: " R "request_body_data: a text or a map is expected here, not a list" },
		{ IN_REQUESTER "request_body: {type: RequestBodyPlainText, value: a}\n", "" },
		{ IN_REQUESTER "request_body: {type: RequestBodyUrlEncodedForm, value: {a: b}}\n",
		  "" },
		{ IN_REQUESTER "request_body: {type: RequestBodyJsonObject}\n",
		  "m:16:21: " R "request_body: RequestBodyJsonObject.value is required" },
		{ IN_REQUESTER "request_body: {type: RequestBodyGraphQL, value: {}}\n",
		  "m:16:28: " R "request_body.type: RequestBodyGraphQL is not supported here; use "
		  "RequestBodyPlainText, RequestBodyUrlEncodedForm or RequestBodyJsonObject" },
		{ IN_REQUESTER "request_body_json: {a: 1}\n" IN_REQUESTER
			       "request_body_data: {a: 1}\n",
		  "m:17:26: " R "request_body_data: a request has one body: this is a second one" },
	};

	run_cases(cases, COUNT(cases));
}

static void authenticators(void)
{
#define AUTH IN_REQUESTER "authenticator: "
	static const struct load_case cases[] = {
		{ AUTH "{type: NoAuth}\n", "" },
		{ AUTH "{type: ApiKeyAuthenticator, api_token: t, header: X-Key}\n", "" },
		{ AUTH
		  "{type: ApiKeyAuthenticator, api_token: t, inject_into: {type: RequestOption, "
		  "inject_into: request_parameter, field_name: key}}\n",
		  "" },
		{ AUTH "{type: ApiKeyAuthenticator, api_token: t}\n",
		  "m:16:22: " R
		  "authenticator: inject_into or header is required: where does the key go?" },
		{ AUTH "{type: BearerAuthenticator}\n",
		  "m:16:22: " R "authenticator: BearerAuthenticator.api_token is required" },
		{ AUTH "{type: BearerAuthenticator, api_token: '{{ record.x }}'}\n",
		  "m:16:61: " R
		  "authenticator.api_token: column 4: 'record' is not a variable here" },
		{ AUTH "{type: BasicHttpAuthenticator, username: u, password: p}\n", "" },
		{ AUTH "{type: BasicHttpAuthenticator, user: u}\n",
		  "m:16:53: " R
		  "authenticator.user: BasicHttpAuthenticator has no property 'user' (and 1 more)" },
		{ AUTH
		  "{type: OAuthAuthenticator, token_refresh_endpoint: https://x.test/t, scopes: [a, b], "
		  "refresh_request_body: {aud: x}, token_expiry_date_format: '%Y-%m-%d'}\n",
		  "" },
		{ AUTH "{type: OAuthAuthenticator, client_id: x}\n",
		  "m:16:22: " R
		  "authenticator: OAuthAuthenticator.token_refresh_endpoint is required" },
		{ AUTH
		  "{type: OAuthAuthenticator, token_refresh_endpoint: x, token_expiry_date_format: '%Q'}\n",
		  NULL },
		{ AUTH
		  "{type: OAuthAuthenticator, token_refresh_endpoint: x, refresh_token_updater: "
		  "{refresh_token_path: [x]}}\n",
		  NULL },
		{ AUTH
		  "{type: OAuthAuthenticator, token_refresh_endpoint: x, profile_assertion: {}}\n",
		  "m:16:95: " R
		  "authenticator.profile_assertion: OAuthAuthenticator.profile_assertion is not supported" },
		{ AUTH "{type: SelectiveAuthenticator}\n",
		  "m:16:29: " R
		  "authenticator.type: SelectiveAuthenticator is not supported here; use NoAuth, "
		  "ApiKeyAuthenticator, BearerAuthenticator, BasicHttpAuthenticator or OAuthAuthenticator" },
		{ AUTH "{type: CustomAuthenticator, class_name: a.B}\n",
		  "m:16:22: " R "authenticator: a class_name needs Python: not supported" },
		{ AUTH "{type: CustomAuthenticator}\n",
		  "m:16:29: " R
		  "authenticator.type: CustomAuthenticator needs Python: not supported" },
		{ AUTH "{type: BearerAuthenticater}\n",
		  "m:16:29: " R
		  "authenticator.type: there is no component 'BearerAuthenticater'; did you mean "
		  "'BearerAuthenticator'?" },
		{ AUTH "{api_token: x}\n",
		  "m:16:22: " R
		  "authenticator: type is missing; it would be NoAuth, ApiKeyAuthenticator, "
		  "BearerAuthenticator, BasicHttpAuthenticator or OAuthAuthenticator" },
		{ AUTH "text\n",
		  "m:16:22: " R "authenticator: a map is expected here, not a text" },
		{ AUTH "null\n", "" },
	};

	run_cases(cases, COUNT(cases));
}

static void error_handlers(void)
{
#define HANDLER IN_REQUESTER "error_handler: "
	static const struct load_case cases[] = {
		{ HANDLER
		  "{max_retries: 3, response_filters: [{http_codes: [429], action: RATE_LIMITED, "
		  "failure_type: transient_error, error_message: 'wait {{ headers.x }}'}]}\n",
		  "" },
		{ HANDLER
		  "{response_filters: [{predicate: \"{{ 'x' in response and headers.y }}\"}]}\n",
		  "" },
		{ HANDLER "{response_filters: [{predicate: '{{ config.x }}'}]}\n",
		  "m:16:54: " R
		  "error_handler.response_filters[0].predicate: column 4: 'config' is not a "
		  "variable here" },
		{ HANDLER "{response_filters: [{action: IGNORE}]}\n",
		  "m:16:42: " R
		  "error_handler.response_filters[0]: one of http_codes, predicate and "
		  "error_message_contains is required" },
		{ HANDLER "{response_filters: [{http_codes: [42]}]}\n",
		  "m:16:56: " R
		  "error_handler.response_filters[0].http_codes[0]: an HTTP status is a number "
		  "from 100 to 599" },
		{ HANDLER "{response_filters: [{http_codes: [404], action: SKIP}]}\n",
		  "m:16:70: " R
		  "error_handler.response_filters[0].action: 'SKIP' is unknown here; it would be "
		  "SUCCESS, RETRY, FAIL, IGNORE, RATE_LIMITED, REFRESH_TOKEN_THEN_RETRY or RESET_PAGINATION" },
		{ HANDLER "{response_filters: [{http_codes: [404], failure_type: bad}]}\n",
		  "m:16:76: " R
		  "error_handler.response_filters[0].failure_type: 'bad' is unknown here; it "
		  "would be system_error, config_error or transient_error" },
		{ HANDLER
		  "{backoff_strategies: [{type: ConstantBackoffStrategy, backoff_time_in_seconds: 5}, "
		  "{type: ExponentialBackoffStrategy}, {type: WaitTimeFromHeader, header: Retry-After, "
		  "regex: '\\d+', max_waiting_time_in_seconds: 60}, {type: WaitUntilTimeFromHeader, "
		  "header: X-Reset, min_wait: '{{ config.w }}'}]}\n",
		  "" },
		{ HANDLER "{backoff_strategies: [{type: ConstantBackoffStrategy}]}\n",
		  "m:16:44: " R "error_handler.backoff_strategies[0]: "
		  "ConstantBackoffStrategy.backoff_time_in_seconds is required" },
		{ HANDLER
		  "{backoff_strategies: [{type: WaitTimeFromHeader, header: x, regex: 'a(?=b)'}]}\n",
		  "m:16:89: " R
		  "error_handler.backoff_strategies[0].regex: column 2 of the pattern: groups "
		  "with '(?' are not supported" },
		{ HANDLER "{backoff_strategies: [{type: CustomBackoffStrategy, class_name: x}]}\n",
		  "m:16:44: " R
		  "error_handler.backoff_strategies[0]: a class_name needs Python: not supported" },
		{ HANDLER
		  "{type: CompositeErrorHandler, error_handlers: [{}, {type: CompositeErrorHandler, "
		  "error_handlers: [{max_retries: 2}]}]}\n",
		  "" },
		{ HANDLER "{type: CompositeErrorHandler}\n",
		  "m:16:22: " R "error_handler: CompositeErrorHandler.error_handlers is required" },
		{ HANDLER "{type: CustomErrorHandler}\n",
		  "m:16:29: " R
		  "error_handler.type: CustomErrorHandler needs Python: not supported" },
	};

	run_cases(cases, COUNT(cases));
}

#define P "streams[0].retriever.paginator"
#define OPTION(name) "{type: RequestOption, inject_into: request_parameter, field_name: " name "}"

static void paginators(void)
{
#define PAGES IN_RETRIEVER "paginator: "
	static const struct load_case cases[] = {
		{ PAGES "{type: NoPagination}\n", "" },
		{ PAGES "{}\n", "" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: OffsetIncrement, page_size: 10, "
		  "inject_on_first_request: true}, page_size_option: " OPTION(
			  "n") ", page_token_option: " OPTION("o") ", decoder: {type: JsonDecoder}}\n",
		  "" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: OffsetIncrement, page_size: "
		  "'{{ response.size }}'}}\n",
		  "" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: OffsetIncrement, page_size: 0}}\n",
		  "m:16:97: " P
		  ".pagination_strategy.page_size: a whole number from 1 is expected here" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement, start_from_page: 1}}\n",
		  "" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement, start_from_page: "
		  "-1}}\n",
		  "m:16:101: " P
		  ".pagination_strategy.start_from_page: a whole number from 0 is expected here" },
		{ PAGES "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement}, "
			"page_size_option: " OPTION("n") "}\n",
		  "m:16:16: " P
		  ": a page_size_option needs a page_size in the pagination strategy" },
		{ PAGES
		  "{type: DefaultPaginator, page_token_option: {type: RequestPath}, pagination_strategy: "
		  "{type: CursorPagination, cursor_value: '{{ headers.link.next.url }}', stop_condition: "
		  "'{{ last_page_size == 0 or not last_record or response.done }}'}}\n",
		  "" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: CursorPagination, cursor_value: "
		  "'{{ next_page_token }}'}}\n",
		  "m:16:101: " P
		  ".pagination_strategy.cursor_value: column 4: 'next_page_token' is not a "
		  "variable here" },
		{ PAGES
		  "{type: DefaultPaginator, page_token_option: {type: RequestPath}, pagination_strategy: "
		  "{type: PageIncrement}}\n",
		  "m:16:16: " P ": a RequestPath needs a CursorPagination" },
	};

	run_cases(cases, COUNT(cases));
}

static void page_options_and_retrievers(void)
{
	static const struct load_case cases[] = {
		{ PAGES "{type: DefaultPaginator}\n",
		  "m:16:16: " P ": DefaultPaginator.pagination_strategy is required" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement}, "
		  "page_token_option: {type: RequestOption, inject_into: query, field_name: x}}\n",
		  "m:16:139: " P
		  ".page_token_option.inject_into: 'query' is unknown here; it would be "
		  "request_parameter, header, body_data or body_json" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement}, "
		  "page_token_option: {type: RequestOption, inject_into: header, field_path: [a]}}\n",
		  "m:16:104: " P ".page_token_option: a field_path is only for body_json" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement}, "
		  "page_token_option: {type: RequestOption, inject_into: body_json, field_path: [a, b]}}\n",
		  "" },
		{ PAGES "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement}, "
			"page_token_option: {type: RequestOption, inject_into: header}}\n",
		  "m:16:104: " P
		  ".page_token_option: either field_name or field_path is required" },
		{ PAGES
		  "{type: DefaultPaginator, pagination_strategy: {type: CustomPaginationStrategy}}\n",
		  "m:16:69: " P
		  ".pagination_strategy.type: CustomPaginationStrategy needs Python: not supported" },
		{ IN_RETRIEVER "decoder: {type: XmlDecoder}\n",
		  "m:16:21: streams[0].retriever.decoder.type: XmlDecoder is not supported here; use JsonDecoder" },
		{ IN_RETRIEVER "ignore_stream_slicer_parameters_on_paginated_requests: true\n",
		  "" },
		{ IN_RETRIEVER "ignore_stream_slicer_parameters_on_paginated_requests: 1\n",
		  "m:16:60: streams[0].retriever.ignore_stream_slicer_parameters_on_paginated_requests: true "
		  "or false is expected here" },
		{ IN_RETRIEVER "pagination_reset: {}\n",
		  "m:16:23: streams[0].retriever.pagination_reset: SimpleRetriever.pagination_reset is not "
		  "supported" },
	};

	run_cases(cases, COUNT(cases));
}

static void partitions(void)
{
#define ROUTER IN_RETRIEVER "partition_router: "
#define Q "streams[0].retriever.partition_router"
#define PARENT \
	"{type: SubstreamPartitionRouter, parent_stream_configs: [{parent_key: id, partition_field: p, "
	static const struct load_case cases[] = {
		{ ROUTER "{type: ListPartitionRouter, cursor_field: c, values: [a, 1]}\n", "" },
		{ ROUTER "{type: ListPartitionRouter, cursor_field: c, values: '{{ config.v }}', "
			 "request_option: " OPTION("x") "}\n",
		  "" },
		{ ROUTER "{type: ListPartitionRouter, cursor_field: c, values: {a: 1}}\n",
		  "m:16:76: " Q
		  ".values: a list, or a template that yields one, is expected here" },
		{ ROUTER "{type: ListPartitionRouter, values: [a]}\n",
		  "m:16:23: " Q ": ListPartitionRouter.cursor_field is required" },
		{ ROUTER "[{type: ListPartitionRouter, cursor_field: c, values: [a]}, {type: "
			 "ListPartitionRouter, cursor_field: d, values: [b]}]\n",
		  "" },
		{ ROUTER PARENT "stream: '#/streams/0'}]}\n",
		  "m:16:125: " Q
		  ".parent_stream_configs[0].stream: '#/streams/0' leads back to itself" },
		{ ROUTER PARENT
		  "stream: {name: b, retriever: {requester: {url_base: x}, record_selector: "
		  "{extractor: *x}}}, incremental_dependency: true, extra_fields: [[a, b]], "
		  "lazy_read_pointer: []}]}\n",
		  "" },
		{ ROUTER PARENT "stream: {name: b}}]}\n",
		  "m:16:125: " Q
		  ".parent_stream_configs[0].stream: DeclarativeStream.retriever is required" },
		{ ROUTER PARENT "stream: b}]}\n",
		  "m:16:125: " Q ".parent_stream_configs[0].stream: a stream is expected here" },
		{ ROUTER PARENT "stream: {type: StateDelegatingStream, name: b}}]}\n",
		  "m:16:132: " Q
		  ".parent_stream_configs[0].stream.type: StateDelegatingStream is not supported "
		  "here; use DeclarativeStream" },
		{ ROUTER "{type: SubstreamPartitionRouter, parent_stream_configs: []}\n",
		  "m:16:79: " Q ".parent_stream_configs: at least one parent is expected here" },
		{ ROUTER "{type: GroupingPartitionRouter}\n",
		  "m:16:30: " Q
		  ".type: GroupingPartitionRouter is not supported here; use ListPartitionRouter or "
		  "SubstreamPartitionRouter" },
	};

	run_cases(cases, COUNT(cases));
}

static void cursors(void)
{
#define CURSOR(more)                                                                       \
	IN_STREAM                                                                          \
	"incremental_sync: {type: DatetimeBasedCursor, cursor_field: u, datetime_format: " \
	"'%Y-%m-%d', start_datetime: '{{ config.s }}'" more "}\n"
#define C "streams[0].incremental_sync"
	static const struct load_case cases[] = {
		{ CURSOR(""), "" },
		{ CURSOR(", end_datetime: {datetime: '{{ now_utc() }}', datetime_format: '%s', min_datetime: a, "
			 "max_datetime: b}"),
		  "" },
		{ CURSOR(", step: P1M, cursor_granularity: P1D, lookback_window: '{{ config.l }}'"),
		  "" },
		{ CURSOR(", step: P1M"),
		  "m:16:21: " C ": step and cursor_granularity come together" },
		{ CURSOR(", cursor_datetime_formats: ['%s', '%ms', '%Y-%m-%dT%H:%M:%S.%f%z']"),
		  "" },
		{ CURSOR(", start_time_option: " OPTION("since") ", end_time_option: " OPTION(
			  "until") ", "
				   "partition_field_start: s, partition_field_end: e, is_data_feed: true, "
				   "is_client_side_incremental: false"),
		  "" },
		{ CURSOR(", is_compare_strictly: true"),
		  "m:16:150: " C
		  ".is_compare_strictly: DatetimeBasedCursor.is_compare_strictly is not "
		  "supported, but for false" },
		{ CURSOR(", global_substream_cursor: false"), "" },
		{ CURSOR(", clamping: {}"),
		  "m:16:139: " C ".clamping: DatetimeBasedCursor.clamping is not supported" },
		{ CURSOR(", end_datetime: {datetime_format: '%s'}"),
		  "m:16:143: " C ".end_datetime: MinMaxDatetime.datetime is required" },
		{ CURSOR(", cursor_granularity: x, step: P1D"), NULL },
		{ CURSOR(", lookback_window: soon"), NULL },
		{ CURSOR(", cursor_datetime_formats: ['%K']"), NULL },
		{ IN_STREAM "incremental_sync: {type: IncrementingCountCursor}\n",
		  "m:16:28: " C
		  ".type: IncrementingCountCursor is not supported here; use DatetimeBasedCursor" },
		{ IN_STREAM
		  "incremental_sync: {type: DatetimeBasedCursor, cursor_field: u, start_datetime: x}\n",
		  "m:16:21: " C ": DatetimeBasedCursor.datetime_format is required" },
	};

	run_cases(cases, COUNT(cases));
}

static void streams_and_records(void)
{
#define CHANGE IN_STREAM "transformations: "
#define T "streams[0].transformations"
	static const struct load_case cases[] = {
		{ IN_STREAM "primary_key: id\n", "" },
		{ IN_STREAM "primary_key: [id, other]\n", "" },
		{ IN_STREAM "primary_key: [[a, id], [b]]\n", "" },
		{ IN_STREAM "primary_key: {a: b}\n",
		  "m:16:16: streams[0].primary_key: a text or a list is expected here, not a map" },
		{ IN_STREAM "schema_loader: {type: InlineSchemaLoader, schema: {type: object}}\n",
		  "" },
		{ IN_STREAM "schema_loader: {file_path: x}\n",
		  "m:16:18: streams[0].schema_loader.type: JsonFileSchemaLoader is not supported here; use "
		  "InlineSchemaLoader" },
		{ IN_STREAM "state_migrations: []\n",
		  "m:16:21: streams[0].state_migrations: DeclarativeStream.state_migrations is not supported" },
		{ CHANGE
		  "[{type: AddFields, condition: '{{ record.x }}', fields: [{path: [a, b], value: '{{ "
		  "record.c }}', value_type: string}]}, {type: RemoveFields, field_pointers: [[a], [b, "
		  "'*']]}]\n",
		  "" },
		{ CHANGE "[{type: AddFields, fields: [{path: [a], value: '{{ recrod.c }}'}]}]\n",
		  "m:16:67: " T
		  "[0].fields[0].value: column 4: 'recrod' is not a variable here; did you mean "
		  "'record'?" },
		{ CHANGE "[{type: AddFields, fields: [{path: [a], value: 1, value_type: text}]}]\n",
		  "m:16:82: " T
		  "[0].fields[0].value_type: 'text' is unknown here; it would be string, integer, "
		  "number or boolean" },
		{ CHANGE "[{type: AddFields, fields: [{path: [], value: 1}]}]\n",
		  "m:16:55: " T "[0].fields[0].path: a path has at least one step" },
		{ CHANGE "[{type: RemoveFields, field_pointers: [a]}]\n",
		  "m:16:59: " T "[0].field_pointers[0]: a list is expected here, not a text" },
		{ CHANGE
		  "[{type: RemoveFields, field_pointers: [[a]], condition: '{{ property }}'}]\n",
		  "m:16:76: " T "[0].condition: column 4: 'property' is not a variable here" },
		{ CHANGE "[{type: KeysToLower}]\n",
		  "m:16:28: " T
		  "[0].type: KeysToLower is not supported here; use AddFields or RemoveFields" },
		{ CHANGE "[{type: CustomTransformation, class_name: x.Y}]\n",
		  "m:16:21: " T "[0]: a class_name needs Python: not supported" },
		{ CHANGE "{type: AddFields}\n",
		  "m:16:20: " T ": a list is expected here, not a map" },
	};

	run_cases(cases, COUNT(cases));
}

static void budgets_and_the_root(void)
{
#define BUDGET "api_budget: {type: HTTPAPIBudget, policies: "
#define B "api_budget.policies[0]"
	static const struct load_case cases[] = {
		{ BUDGET
		  "[{type: MovingWindowCallRatePolicy, rates: [{limit: '5', interval: PT1M}], matchers: "
		  "[{method: GET, url_path_pattern: '^/v\\d/', params: {a: b}}]}, {type: "
		  "FixedWindowCallRatePolicy, period: P1D, call_limit: 10, matchers: []}, {type: "
		  "UnlimitedCallRatePolicy, matchers: []}], status_codes_for_ratelimit_hit: [429, 420]}\n",
		  "" },
		{ BUDGET
		  "[{type: MovingWindowCallRatePolicy, rates: [{limit: '{{ config.n }}', interval: PT1M}], "
		  "matchers: []}]}\n",
		  "m:16:97: " B ".rates[0].limit: a whole number from 1 is expected here" },
		{ BUDGET
		  "[{type: MovingWindowCallRatePolicy, rates: [{limit: 1, interval: P1M}], matchers: []}]}\n",
		  "m:16:110: " B
		  ".rates[0].interval: an interval is longer than nothing and holds no months" },
		{ BUDGET "[{type: MovingWindowCallRatePolicy, rates: [], matchers: []}]}\n",
		  "m:16:88: " B ".rates: a window needs a rate" },
		{ BUDGET
		  "[{type: MovingWindowCallRatePolicy, rates: [{limit: 1, interval: PT1S}]}]}\n",
		  "m:16:46: " B ": MovingWindowCallRatePolicy.matchers is required" },
		{ "concurrency_level: {default_concurrency: 3, max_concurrency: 9}\n", "" },
		{ "concurrency_level: {default_concurrency: \"{{ config['n'] }}\"}\n", "" },
		{ "concurrency_level: {max_concurrency: 9}\n",
		  "m:16:20: concurrency_level: ConcurrencyLevel.default_concurrency is required" },
		{ "metadata: {x: y}\n$comment: a note\n", "" },
		{ "stream_groups: {}\n",
		  "m:16:16: stream_groups: DeclarativeSource.stream_groups is not supported" },
		{ "dynamic_streams: []\n",
		  "m:16:18: dynamic_streams: DeclarativeSource.dynamic_streams is not supported" },
		{ "defintions: {}\n",
		  "m:16:1: defintions: DeclarativeSource has no property 'defintions'; did you mean "
		  "'definitions'?" },
		{ "- type: DeclarativeStream\n  name: a\n  retriever: '#/streams/0/retriever'\n",
		  "m:16:3: streams[1]: there is another stream 'a'" },
	};

	run_cases(cases, COUNT(cases));
}

static void whole_files_that_are_wrong(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[]", "m:1:1: a manifest is a map" },
		{ "{}", "m:1:1: DeclarativeSource.version is required (and 3 more)" },
		{ "type: Other", "m:1:7: type: there is no component 'Other'" },
		{ "a: b\n\tc: d\n", NULL },
		{ "version: 1\nspec: {connection_specification: {}}\ncheck: {stream_names: [b, c]}\nstreams:\n"
		  "- name: bb\n  retriever: {record_selector: {extractor: {field_path: []}}, requester: {url: x}}\n",
		  "m:3:24: check.stream_names[0]: there is no stream 'b'; did you mean 'bb'? (and 1 more)" },
		{ "version: 1\nspec: {connection_specification: {}, config_normalization_rules: {}}\ncheck: "
		  "{stream_names: []}\nstreams: []\n",
		  "m:2:66: spec.config_normalization_rules: Spec.config_normalization_rules is not supported" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA *a = arena_new("test", ARENA_MAX);
		const char *says;

		load(a, cases[i].text, &says);
		if (cases[i].says)
			IS(says, cases[i].says, name_of(a, cases[i].text));
		else
			OK(strncmp(says, "m:", 2) == 0, "%s", says);
	}
}

static void one_fault_of_a_shared_definition_is_one_complaint(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct complaints list = { .n = 0 };
	const struct manifest *m;
	struct err e;
	struct str text = STR(
		"version: 1\nspec: {connection_specification: {}}\ncheck: {stream_names: [a]}\n"
		"definitions:\n  r: {record_selector: {extractor: {field_path: []}}, requester: "
		"{url: x, wrong: 1}}\nstreams:\n- {name: a, retriever: '#/definitions/r'}\n- {name: "
		"b, retriever: '#/definitions/r'}\n");

	OK(!manifest_parse(a, text, STR("m"), &m, &list, &e), "refused: %s", e.text);
	OK(list.n == 1 && list.dropped == 0, "once");
}

static void a_file_that_is_too_large_is_refused(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct complaints list = { .n = 0 };
	char *big = arena_alloc(a, MANIFEST_BYTES_MAX + 1);
	const struct manifest *m;
	struct err e;

	memset(big, '#', MANIFEST_BYTES_MAX + 1);
	OK(!manifest_parse(a, (struct str){ big, MANIFEST_BYTES_MAX + 1 }, STR("m"), &m, &list, &e),
	   "refused: %s", e.text);
	OK(e.kind == ERR_LIMIT && list.n == 1, "as a limit");
}

int main(void)
{
	requesters();
	authenticators();
	error_handlers();
	paginators();
	page_options_and_retrievers();
	partitions();
	cursors();
	streams_and_records();
	budgets_and_the_root();
	whole_files_that_are_wrong();
	one_fault_of_a_shared_definition_is_one_complaint();
	a_file_that_is_too_large_is_refused();
	return tap_done();
}
