/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_manifest_files.c - whole manifests: the examples, the one that ships, and configs for them.
 *
 * Reads files of the source tree; the build gives their place.
 */
#include "connector/manifest.h"
#include "data/json.h"
#include "tap.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

static const struct manifest *load(struct arena *a, const char *file)
{
	const char *root = getenv("SOURCE_ROOT");
	struct complaints list = { .n = 0 };
	const struct manifest *m = NULL;
	struct err e;

	OK(manifest_load(a, str_printf(a, "%s/%s", root ? root : ".", file).at, &m, &list, &e),
	   "%s loads", file);
	for (size_t i = 0; i < list.n; i++)
		printf("# %s\n", complaint_text(a, &list.at[i]).at);
	if (!m)
		exit(tap_done());
	return m;
}

static bool source_is(const struct slot *s, const char *text)
{
	return s->template && str_eq(template_source(s->template), str_from(text));
}

static void is_str(struct str got, const char *want, const char *what)
{
	OK(str_eq(got, str_from(want)), "%s: %.*s", what, STR_ARG(got));
}

static void an_example_with_a_list_of_partitions(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = load(a, "tests/connector/manifests/ctf.yaml");
	const struct stream *s = manifest_stream(m, STR("scores"));

	is_str(m->name, "ctf", "its name is the file's");
	is_str(m->version, "7.0.0", "its version");
	OK(m->streams == 1 && m->public_streams == 1 && m->checks == 1 && m->check[0] == s,
	   "streams");
	OK(s->primary_keys == 2 && s->primary_key[1].n == 1, "two keys");
	is_str(s->primary_key[1].step[0], "time_unix", "the second");
	OK(s->routers == 1 && s->router[0].kind == ROUTER_LIST &&
		   s->router[0].values.kind == MOULD_SLOT && !s->router[0].has_option,
	   "a list router");
	OK(source_is(&s->router[0].cursor_field, "competitor"), "its field");
	OK(s->selector.steps == 1 && !s->selector.has_glob, "a path");
	OK(s->paginator.kind == PAGING_NONE, "no pages");
	OK(s->requester.parameters.kind == MOULD_MAP && s->requester.parameters.n == 1 &&
		   source_is(&s->requester.parameters.key[0], "competitor"),
	   "a parameter");
	OK(s->requester.handlers == 1 && s->requester.handler->max_time_s == 600,
	   "a handler always");
	OK(s->cursor && s->cursor->has_start_option && !s->cursor->has_step &&
		   !s->cursor->end.datetime.template && s->cursor->start.datetime.template,
	   "a cursor");
	is_str(s->cursor->start.format, "%s", "its format");
	is_str(s->cursor->start_field, "start_time", "the slice's name by default");
	OK(s->schema.kind == VALUE_MAP && m->spec.kind == VALUE_MAP, "schemas");
	OK(m->budget.policies == 0, "no budget by default");
}

static void an_example_with_a_body(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = load(a, "tests/connector/manifests/fire2.yaml");
	const struct stream *s = &m->stream[0];
	const struct requester *q = &s->requester;

	IS(q->method, "POST", "method");
	OK(q->payload_kind == PAYLOAD_JSON && q->body.kind == MOULD_MAP && q->body.n == 3,
	   "a JSON body");
	OK(q->body.item[1].kind == MOULD_LIST && q->body.item[1].item[0].kind == MOULD_SLOT,
	   "a list");
	OK(q->auth.kind == AUTH_BEARER && source_is(&q->auth.token, "{{ config['api_key'] }}"),
	   "token");
	is_str(q->auth.where, "streams[0].retriever.requester.authenticator",
	       "and where it stands");
	OK(s->transforms == 1 && s->transform[0].kind == TRANSFORM_ADD &&
		   s->transform[0].type == ADDED_STRING && s->transform[0].steps == 1,
	   "an added field");
}

static void an_example_with_a_parent(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = load(a, "tests/connector/manifests/manifest.yaml");
	const struct stream *contacts = manifest_stream(m, STR("contacts"));
	const struct stream *matters = manifest_stream(m, STR("matters"));
	const struct parent *p;

	OK(m->streams == 2 && matters->routers == 1 && matters->router[0].kind == ROUTER_SUBSTREAM,
	   "a substream");
	p = &matters->router[0].parent[0];
	OK(p->stream == contacts && p->incremental_dependency && !p->has_option,
	   "of the same struct");
	OK(contacts->paginator.kind == PAGING_PAGE && contacts->paginator.start_from_page == 1 &&
		   contacts->paginator.inject_on_first && contacts->paginator.has_token_option,
	   "pages by number");
	OK(contacts->requester.auth.kind == AUTH_OAUTH, "OAuth");
	is_str(contacts->requester.auth.oauth.expires_in_name, "expires_in", "names by default");
	OK(source_is(&contacts->requester.path, "/api/contacts"), "a key beside a $ref");
}

static void an_example_with_a_budget(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = load(a, "tests/connector/manifests/pp.yaml");
	const struct requester *q = &m->stream[0].requester;

	OK(m->budget.policies == 1 && m->budget.policy[0].kind == POLICY_MOVING &&
		   m->budget.policy[0].rates == 1 && m->budget.policy[0].matchers == 0,
	   "a moving window");
	OK(m->budget.policy[0].rate[0].limit == 300 &&
		   m->budget.policy[0].rate[0].interval.us == 300 * US_PER_S,
	   "of 300 in five minutes");
	OK(q->handlers == 1 && q->handler[0].filters == 1 &&
		   q->handler[0].filter[0].code[0] == 401 &&
		   q->handler[0].filter[0].action == ACTION_REFRESH_TOKEN_THEN_RETRY,
	   "a composite of one");
	OK(q->handler[0].backoffs == 1 && q->handler[0].backoff[0].kind == BACKOFF_WAIT_HEADER,
	   "waits");
	OK(source_is(&m->stream[0].cursor->lookback, "P1D"), "lookback");
}

static void parents_that_are_not_listed_follow(void)
{
	static const char text[] =
		"version: 1\nspec: {connection_specification: {}}\ncheck: {stream_names: [a]}\n"
		"definitions:\n"
		"  r: {record_selector: {extractor: {field_path: ['*', x]}}, requester: {url: x}}\n"
		"  hidden: {name: hidden, retriever: '#/definitions/r'}\n"
		"  routed:\n"
		"    $ref: '#/definitions/r'\n"
		"    partition_router:\n"
		"      type: SubstreamPartitionRouter\n"
		"      parent_stream_configs:\n"
		"      - {stream: '#/definitions/hidden', parent_key: id, partition_field: p}\n"
		"streams:\n"
		"- {name: a, retriever: '#/definitions/routed'}\n"
		"- {name: b, retriever: '#/definitions/routed'}\n";
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m;
	struct err e;

	OK(manifest_parse(a, str_from(text), STR("x/m.yml"), &m, NULL, &e), "loads");
	OK(m->streams == 3 && m->public_streams == 2, "one more than is listed");
	is_str(m->stream[2].name, "hidden", "the parent");
	OK(m->stream[2].number == 2, "has a number too");
	OK(m->stream[0].router[0].parent[0].stream == &m->stream[2] &&
		   m->stream[1].router[0].parent[0].stream == &m->stream[2],
	   "both have the same parent");
	OK(m->stream[0].selector.has_glob, "a glob is seen");
	is_str(m->name, "m", "a .yml has a name too");
}

static void parameters_reach_templates(void)
{
	static const char text[] =
		"version: 1\nspec: {connection_specification: {}}\ncheck: {stream_names: [a]}\n"
		"definitions:\n"
		"  r:\n"
		"    record_selector: {extractor: {field_path: []}}\n"
		"    requester: {url_base: 'https://x.test/{{ parameters.place }}'}\n"
		"streams:\n"
		"- {$parameters: {name: a, path: /one, place: p}, retriever: '#/definitions/r'}\n";
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m;
	const struct requester *q;
	struct err e;

	OK(manifest_parse(a, str_from(text), STR("m.yaml"), &m, NULL, &e), "loads");
	q = &m->stream[0].requester;
	is_str(m->stream[0].name, "a", "a name");
	OK(source_is(&q->path, "/one"), "a path");
	is_str(value_get(q->url_base.parameters, STR("place")).s, "p", "what templates see");
}

/* ---- PracticePanther ---- */

static const struct manifest *practicepanther(struct arena *a)
{
	return load(a, "connectors/practicepanther.yaml");
}

static struct value config_of(struct arena *a, const char *json)
{
	struct value v;
	struct err e;

	if (!json_parse(a, str_from(json), &v, NULL, &e))
		exit(1);
	return v;
}

static const char *rendered(struct arena *a, const struct slot *s, struct value config)
{
	struct value variable[MANIFEST_VARIABLES] = {
		[VAR_CONFIG] = config, [VAR_PARAMETERS] = s->parameters
	};
	struct expr_context c = { a, variable, clock_system() };
	struct str text;
	struct err e;

	if (!template_render(s->template, &c, &text, &e))
		return str_keep(a, str_from(e.text)).at;
	return str_keep(a, text).at;
}

static void practicepanther_has_its_streams(void)
{
	static const char *const names[] = { "users", "accounts", "contacts", "matters", "tasks" };
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = practicepanther(a);
	struct value none = value_map_new(a);

	OK(m->streams == COUNT(names) && m->public_streams == COUNT(names), "five");
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct stream *s = manifest_stream(m, str_from(names[i]));

		OK(s && s->number == i, "%s", names[i]);
		IS(rendered(a, &s->requester.path, none), names[i], "its path");
		IS(s->requester.method, "GET", "is only read");
		OK(s->cursor && s->cursor->has_start_option && s->cursor->input_formats == 4,
		   "cursor");
		OK(value_get(value_get(s->schema, STR("properties")), STR("id")).kind == VALUE_MAP,
		   "has a schema");
		OK(s->selector.steps == 0 && s->paginator.kind == PAGING_OFFSET,
		   "bare arrays, offsets");
	}
	OK(m->checks == 1 && m->check[0] == &m->stream[0], "users are the check");
}

static void practicepanther_asks_as_its_config_says(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = practicepanther(a);
	const struct stream *s = manifest_stream(m, STR("matters"));
	const struct oauth *o = &s->requester.auth.oauth;
	struct value
		none = value_map_new(a),
		test = config_of(
			a,
			"{\"base_url\":\"http://127.0.0.1:1/api/v2\",\"token_url\":\"http://127.0.0.1:1/t\","
			"\"grant_type\":\"client_credentials\",\"order_by\":\"\",\"page_size\":7}");

	IS(rendered(a, &s->requester.url_base, none), "https://app.practicepanther.com/api/v2",
	   "API");
	IS(rendered(a, &s->requester.url_base, test), "http://127.0.0.1:1/api/v2", "elsewhere");
	IS(rendered(a, &o->token_url, none), "https://app.practicepanther.com/OAuth/Token",
	   "tokens");
	IS(rendered(a, &o->token_url, test), "http://127.0.0.1:1/t", "elsewhere");
	IS(rendered(a, &o->grant_type, none), "refresh_token", "grant");
	IS(rendered(a, &o->grant_type, test), "client_credentials", "the other grant");
	IS(rendered(a, &s->paginator.page_size, none), "100", "page size");
	IS(rendered(a, &s->paginator.page_size, test), "7", "another");
	IS(rendered(a, &s->paginator.size_option.name, none), "$top", "its option");
	IS(rendered(a, &s->paginator.token_option.name, none), "$skip", "the offset's");
	IS(rendered(a, &s->requester.parameters.key[0], none), "$orderby", "an order");
	IS(rendered(a, &s->requester.parameters.item[0].slot, none), "id", "by id");
	IS(rendered(a, &s->requester.parameters.item[0].slot, test), "", "or none");
	IS(rendered(a, &s->cursor->start_option.name, none), "updated_since", "since");
	IS(rendered(a, &s->cursor->start.datetime, none), "2000-01-01T00:00:00Z", "since ever");
}

static void practicepanther_reads_errors(void)
{
	static const struct {
		const char *response;
		bool matches;
	} cases[] = {
		{ "{\"error\":\"invalid_grant\"}", true },
		{ "{\"error\":\"other\"}", false },
		{ "{\"message\":\"no\"}", false },
		{ "[{\"error\":\"invalid_grant\"}]", false },
		{ "[]", false },
		{ "null", false },
	};
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = practicepanther(a);
	const struct error_handler *h = &m->stream[0].requester.handler[0];
	const struct response_filter *f = &h->filter[1];

	OK(h->filters == 7 && f->action == ACTION_REFRESH_TOKEN_THEN_RETRY && f->codes == 0,
	   "filters");
	OK(h->backoffs == 1 && source_is(&h->backoff[0].header, "Retry-After"), "Retry-After");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct value variable[MANIFEST_VARIABLES] = {
			[VAR_PARAMETERS] = f->predicate.parameters,
			[VAR_RESPONSE] = config_of(a, cases[i].response),
		};
		struct expr_context c = { a, variable, clock_system() };
		bool matches = false;
		struct err e;

		OK(template_test(f->predicate.template, &c, &matches, &e) &&
			   matches == cases[i].matches,
		   "%s", cases[i].response);
	}
}

/* ---- configs ---- */

static const char *checked(struct arena *a, const struct manifest *m, const char *json)
{
	struct value filled = UNDEFINED;
	struct err e;
	struct buf b;

	buf_in(&b, a, 1 << 16);
	if (!manifest_check_config(a, m, config_of(a, json), &filled, &e)) {
		OK(filled.kind == VALUE_UNDEFINED && e.kind == ERR_CONFIG, "untouched");
		return str_keep(a, str_from(e.text)).at;
	}
	if (!json_write(&b, filled, &e))
		return "?";
	return str_keep(a, buf_str(&b)).at;
}

static void a_config_is_checked_and_filled(void)
{
	static const struct {
		const char *json, *want;
	} cases[] = {
		{ "{\"client_secret\":\"s\"}", "config.client_id is required" },
		{ "{\"client_id\":null,\"client_secret\":\"s\"}",
		  "config.client_id must be of type string" },
		{ "{\"client_id\":\"\",\"client_secret\":\"s\"}", "config.client_id is empty" },
		{ "{\"client_id\":5,\"client_secret\":\"s\"}",
		  "config.client_id must be of type string" },
		{ "{\"client_id\":\"x\",\"client_secret\":\"s\",\"grant_type\":\"hush\"}",
		  "config.grant_type must be one of: 'refresh_token', 'client_credentials'" },
		{ "{\"client_id\":\"x\",\"client_secret\":\"s\",\"page_size\":0}",
		  "config.page_size must be at least 1" },
		{ "{\"client_id\":\"x\",\"client_secret\":\"s\",\"page_size\":5000}",
		  "config.page_size must be at most 1000" },
		{ "{\"client_id\":\"x\",\"client_secret\":\"s\",\"page_size\":1.5}",
		  "config.page_size must be of type integer" },
		{ "{\"client_id\":\"x\",\"client_secret\":\"s\",\"base_url\":\"ftp://secret\"}",
		  "config.base_url does not match the pattern ^https?://" },
		{ "[1]", "config must be a map" },
		{ "{\"client_id\":\"x\",\"client_secret\":\"s\",\"more\":[1]}",
		  "{\"client_id\":\"x\",\"client_secret\":\"s\",\"more\":[1],\"grant_type\":\"refresh_token\","
		  "\"base_url\":\"https://app.practicepanther.com/api/v2\","
		  "\"token_url\":\"https://app.practicepanther.com/OAuth/Token\","
		  "\"authorize_url\":\"https://app.practicepanther.com/OAuth/Authorize\","
		  "\"order_by\":\"id\",\"page_size\":100,\"start_date\":\"2000-01-01T00:00:00Z\"}" },
	};
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m = practicepanther(a);

	for (size_t i = 0; i < COUNT(cases); i++)
		IS(checked(a, m, cases[i].json), cases[i].want, cases[i].json);
}

static void a_schema_reaches_into_lists_and_maps(void)
{
	static const char text[] =
		"version: 1\ncheck: {stream_names: []}\nstreams: []\nspec:\n  connection_specification:\n"
		"    properties:\n"
		"      where: {type: object, required: [a], properties: {a: {type: string}, b: {default: 1}}}\n"
		"      list: {type: array, items: {type: [integer, 'null'], minimum: 2}}\n"
		"      fix: {const: 1}\n"
		"      short: {minLength: 2, maxLength: 3}\n";
	static const struct {
		const char *json, *want;
	} cases[] = {
		{ "{\"where\":{}}", "config.where.a is required" },
		{ "{\"where\":{\"a\":\"x\"}}", "{\"where\":{\"a\":\"x\",\"b\":1}}" },
		{ "{\"list\":[2,null,\"x\"]}", "config.list[2] must be of type integer or null" },
		{ "{\"list\":[2,1]}", "config.list[1] must be at least 2" },
		{ "{\"list\":{}}", "config.list must be of type array" },
		{ "{\"fix\":2}", "config.fix must be what the connector says" },
		{ "{\"short\":\"x\"}", "config.short is too short" },
		{ "{\"short\":\"wxyz\"}", "config.short is too long" },
		{ "null", "{}" },
	};
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct manifest *m;
	struct err e;

	OK(manifest_parse(a, str_from(text), STR("m"), &m, NULL, &e), "loads");
	for (size_t i = 0; i < COUNT(cases); i++)
		IS(checked(a, m, cases[i].json), cases[i].want, cases[i].json);
}

int main(void)
{
	an_example_with_a_list_of_partitions();
	an_example_with_a_body();
	an_example_with_a_parent();
	an_example_with_a_budget();
	parents_that_are_not_listed_follow();
	parameters_reach_templates();
	practicepanther_has_its_streams();
	practicepanther_asks_as_its_config_says();
	practicepanther_reads_errors();
	a_config_is_checked_and_filled();
	a_schema_reaches_into_lists_and_maps();
	return tap_done();
}
