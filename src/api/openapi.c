/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi.c - the table of routes as an OpenAPI 3.1 document.
 *
 * Nothing is said here that the router does not do: both read the same rows.
 */
#include "api/api_part.h"

#define OPERATION_BYTES_MAX 128

static void set(struct arena *a, struct value map, const char *name, struct value v)
{
	value_map_set(a, map, str_from(name), v);
}

static void set_text(struct arena *a, struct value map, const char *name, const char *text)
{
	set(a, map, name, value_str(str_from(text)));
}

/* A map with one member. */
static struct value map_of(struct arena *a, const char *name, struct value v)
{
	struct value map = value_map_new(a);

	set(a, map, name, v);
	return map;
}

/* ---- schemas ---- */

static struct value object_schema(struct arena *a, const struct field *row, bool closed);

static const char *type_word(enum field_type type)
{
	static const char *const word[] = {
		[FIELD_TEXT] = "string",     [FIELD_INTEGER] = "integer", [FIELD_NUMBER] = "number",
		[FIELD_BOOLEAN] = "boolean", [FIELD_OBJECT] = "object",   [FIELD_LIST] = "array",
		[FIELD_ANY] = NULL,          [FIELD_TIME] = "string",     [FIELD_UUID] = "string",
	};

	return word[type];
}

static void set_type(struct arena *a, struct value schema, const struct field *f)
{
	const char *word = type_word(f->type);
	struct value both;

	if (!word)
		return;
	if (!f->nullable) {
		set_text(a, schema, "type", word);
		return;
	}
	both = value_list_new(a);
	value_list_add(a, both, value_str(str_from(word)));
	value_list_add(a, both, value_str(STR("null")));
	set(a, schema, "type", both);
}

static void set_limits(struct arena *a, struct value schema, const struct field *f)
{
	static const struct {
		const char *low, *high;
	} words[] = {
		[FIELD_TEXT] = { "minLength", "maxLength" },
		[FIELD_INTEGER] = { "minimum", "maximum" },
		[FIELD_NUMBER] = { "minimum", "maximum" },
		[FIELD_LIST] = { "minItems", "maxItems" },
		[FIELD_UUID] = { NULL, NULL },
	};

	if (!words[f->type].low || (!f->low && !f->high))
		return;
	set(a, schema, words[f->type].low, value_int(f->low));
	if (f->high)
		set(a, schema, words[f->type].high, value_int(f->high));
}

static struct value words_of(struct arena *a, const struct field *f)
{
	struct value list = value_list_new(a);
	struct str rest = str_from(f->one_of);

	while (rest.len)
		value_list_add(a, list, value_str(str_cut(&rest, '|')));
	if (f->nullable)
		value_list_add(a, list, NULL_VALUE);
	return list;
}

/* `closed`: what comes in, where unknown members are refused; answers may grow. */
static struct value field_schema(struct arena *a, const struct field *f, bool closed)
{
	struct value schema = f->type == FIELD_OBJECT && f->of ? object_schema(a, f->of, closed)
							       : value_map_new(a);

	set_type(a, schema, f);
	set_limits(a, schema, f);
	if (f->type == FIELD_LIST && f->of)
		set(a, schema, "items", field_schema(a, f->of, closed));
	if (f->type == FIELD_UUID || f->type == FIELD_TIME)
		set_text(a, schema, "format", f->type == FIELD_UUID ? "uuid" : "date-time");
	if (f->one_of)
		set(a, schema, "enum", words_of(a, f));
	if (f->says)
		set_text(a, schema, "description", f->says);
	return schema;
}

static struct value object_schema(struct arena *a, const struct field *row, bool closed)
{
	struct value schema = value_map_new(a), members = value_map_new(a);
	struct value required = value_list_new(a);

	set_text(a, schema, "type", "object");
	for (; row && row->name; row++) {
		set(a, members, row->name, field_schema(a, row, closed));
		if (row->required)
			value_list_add(a, required, value_str(str_from(row->name)));
	}
	set(a, schema, "properties", members);
	if (value_len(required))
		set(a, schema, "required", required);
	if (closed)
		set(a, schema, "additionalProperties", value_bool(false));
	return schema;
}

/* ---- one operation ---- */

/* "get_api_jobs_id" */
static struct str operation_id(struct arena *a, const struct route *r)
{
	struct buf b;

	buf_in(&b, a, OPERATION_BYTES_MAX);
	for (const char *p = r->method; *p; p++)
		buf_char(&b, (char)(*p | 0x20));
	for (const char *p = r->path; *p; p++) {
		bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			    (*p >= '0' && *p <= '9');

		if (word)
			buf_char(&b, *p);
		else if (b.len && b.at[b.len - 1] != '_' && p[1])
			buf_char(&b, '_');
	}
	return buf_str(&b);
}

static struct value parameter(struct arena *a, const struct field *f, const char *in)
{
	struct value p = value_map_new(a), schema = field_schema(a, f, true);

	set_text(a, p, "name", f->name);
	set_text(a, p, "in", in);
	if (f->required || strcmp(in, "path") == 0)
		set(a, p, "required", value_bool(true));
	if (f->says)
		set_text(a, p, "description", f->says);
	if (f->otherwise) {
		int64_t n;

		set(a, schema, "default",
		    f->type == FIELD_INTEGER && str_to_i64(str_from(f->otherwise), &n)
			    ? value_int(n)
		    : f->type == FIELD_BOOLEAN ? value_bool(strcmp(f->otherwise, "true") == 0)
					       : value_str(str_from(f->otherwise)));
	}
	set(a, p, "schema", schema);
	return p;
}

static const struct field *path_row(const struct route *r, struct str name)
{
	for (const struct field *f = r->path_params; f && f->name; f++)
		if (str_eq(str_from(f->name), name))
			return f;
	return NULL;
}

static void add_path_params(struct arena *a, const struct route *r, struct value list)
{
	struct str rest = str_from(r->path);

	while (rest.len) {
		struct str one = str_cut(&rest, '/');
		const struct field *f;

		if (one.len < 3 || one.at[0] != '{')
			continue;
		one = str_keep(a, str_slice(one, 1, one.len - 1));
		f = path_row(r, one);
		value_list_add(
			a, list,
			parameter(a, f ? f : &(struct field){ .name = one.at, .required = true },
				  "path"));
	}
}

/* Whether an Idempotency-Key keeps its answer. */
static bool is_repeatable(const struct route *r)
{
	return strcmp(r->method, "POST") == 0 && r->roles != ROLE_ANYBODY && !r->unkept;
}

static struct value parameters(struct arena *a, const struct route *r)
{
	static const struct field key = { .name = "Idempotency-Key",
					  .type = FIELD_TEXT,
					  .low = 1,
					  .high = 255,
					  .says = "with it, asking again gives the same answer" };
	struct value list = value_list_new(a);

	add_path_params(a, r, list);
	if (is_repeatable(r))
		value_list_add(a, list, parameter(a, &key, "header"));
	for (const struct field *f = r->query; f && f->name; f++)
		value_list_add(a, list, parameter(a, f, "query"));
	return list;
}

static struct value content(struct arena *a, const char *type, struct value schema)
{
	return map_of(a, type, map_of(a, "schema", schema));
}

static struct value request_body(struct arena *a, const struct route *r)
{
	struct value body = value_map_new(a), schema, types;

	if (r->body_kind == BODY_RAW) {
		set(a, body, "content", content(a, "*/*", value_map_new(a)));
		return body;
	}
	schema = object_schema(a, r->body, true);
	types = content(a, "application/json", schema);
	if (r->body_kind == BODY_FORM)
		set(a, types, "application/x-www-form-urlencoded", map_of(a, "schema", schema));
	set(a, body, "content", types);
	set(a, body, "required", value_bool(r->body_kind == BODY_JSON));
	return body;
}

static struct value success(struct arena *a, const struct route *r, int status)
{
	struct value answer = value_map_new(a);
	const char *type = r->answer_type ? r->answer_type : "application/json";

	set_text(a, answer, "description", r->summary);
	if (status == 204 || (status >= 300 && status < 400))
		return answer;
	if (r->answer)
		set(a, answer, "content", content(a, type, object_schema(a, r->answer, false)));
	else
		set(a, answer, "content", content(a, type, value_map_new(a)));
	return answer;
}

/* `status` 0 stands for every other. */
static void add_problem(struct arena *a, struct value responses, int status)
{
	const char *key = status ? str_printf(a, "%d", status).at : "default";
	struct value answer;

	if (value_get(responses, str_from(key)).kind != VALUE_UNDEFINED)
		return;
	answer = value_map_new(a);
	set_text(a, answer, "description", status_title(status));
	set(a, answer, "content",
	    content(a, "application/problem+json",
		    map_of(a, "$ref", value_str(STR("#/components/schemas/Problem")))));
	set(a, responses, key, answer);
}

/* "sync_running:409,busy:503" */
static void add_own_problems(struct arena *a, struct value responses, const char *problems)
{
	struct str rest = str_from(problems);

	while (rest.len) {
		struct str status = str_cut(&rest, ',');
		int64_t n;

		str_cut(&status, ':');
		if (str_to_i64(str_trim(status), &n))
			add_problem(a, responses, (int)n);
	}
}

static struct value responses(struct arena *a, const struct route *r)
{
	int status = r->status ? r->status : 200;
	struct value all = map_of(a, str_printf(a, "%d", status).at, success(a, r, status));

	if (r->path_params || r->query || r->body_kind != BODY_NONE)
		add_problem(a, all, 400);
	if (r->roles != ROLE_ANYBODY) {
		add_problem(a, all, 401);
		add_problem(a, all, 403);
	}
	if (r->body_kind != BODY_NONE) {
		add_problem(a, all, 413);
		add_problem(a, all, 415);
	}
	if (r->problems)
		add_own_problems(a, all, r->problems);
	if (r->rate != RATE_FREE)
		add_problem(a, all, 429);
	if (strchr(r->path, '{'))
		add_problem(a, all, 404);
	if (is_repeatable(r)) {
		add_problem(a, all, 409);
		add_problem(a, all, 422);
	}
	add_problem(a, all, 503);
	add_problem(a, all, 0);
	return all;
}

static struct value security(struct arena *a, const struct route *r)
{
	struct value list = value_list_new(a), none = value_list_new(a);

	if (r->secret)
		value_list_add(a, list, map_of(a, "secret", none));
	if (r->roles == ROLE_ANYBODY)
		return list;
	value_list_add(a, list, map_of(a, "bearer", none));
	value_list_add(a, list, map_of(a, "session", none));
	if (r->embed)
		value_list_add(a, list, map_of(a, "embed", none));
	return list;
}

static struct value role_list(struct arena *a, unsigned roles)
{
	struct value list = value_list_new(a);

	for (unsigned bit = 1; bit <= roles; bit <<= 1)
		if (roles & bit)
			value_list_add(a, list, value_str(str_from(role_name((enum role)bit))));
	return list;
}

static struct value operation(struct arena *a, const struct route *r)
{
	struct value op = value_map_new(a), tags = value_list_new(a), list = parameters(a, r);

	value_list_add(a, tags, value_str(str_from(r->tag)));
	set(a, op, "operationId", value_str(operation_id(a, r)));
	set_text(a, op, "summary", r->summary);
	set(a, op, "tags", tags);
	if (value_len(list))
		set(a, op, "parameters", list);
	if (r->body_kind != BODY_NONE)
		set(a, op, "requestBody", request_body(a, r));
	set(a, op, "responses", responses(a, r));
	set(a, op, "security", security(a, r));
	set(a, op, "x-roles", role_list(a, r->roles));
	set_text(a, op, "x-rate", rate_name(r->rate));
	return op;
}

/* ---- the document ---- */

static const struct field complaint_row[] = {
	{ .name = "pointer", .type = FIELD_TEXT, .says = "where in the body (RFC 6901)" },
	{ .name = "parameter", .type = FIELD_TEXT, .says = "which of the path or query" },
	{ .name = "detail", .type = FIELD_TEXT, .required = true },
	{ 0 },
};
static const struct field complaint_item[] = {
	{ .name = "complaint", .type = FIELD_OBJECT, .of = complaint_row },
	{ 0 },
};
static const struct field problem_row[] = {
	{ .name = "type", .type = FIELD_TEXT, .required = true, .says = "urn:lockstep:problem:…" },
	{ .name = "title", .type = FIELD_TEXT, .required = true },
	{ .name = "status", .type = FIELD_INTEGER, .required = true },
	{ .name = "detail", .type = FIELD_TEXT, .says = "what happened, for a person" },
	{ .name = "instance", .type = FIELD_TEXT, .says = "/requests/ and the request's id" },
	{ .name = "code", .type = FIELD_TEXT, .required = true, .says = "stays; for programs" },
	{ .name = "errors", .type = FIELD_LIST, .of = complaint_item },
	{ .name = "retry_after_seconds", .type = FIELD_INTEGER },
	{ 0 },
};

static struct value scheme(struct arena *a, const char *type, const char *member, const char *word)
{
	struct value v = map_of(a, "type", value_str(str_from(type)));

	set_text(a, v, member, word);
	return v;
}

static struct value components(struct arena *a)
{
	struct value c = value_map_new(a), schemes = value_map_new(a);
	struct value session = scheme(a, "apiKey", "in", "cookie");

	set_text(a, session, "name", "lockstep");
	set_text(a, session, "description",
		 "The cookie of POST /api/login; behind TLS its name is __Host-lockstep");
	set(a, schemes, "bearer", scheme(a, "http", "scheme", "bearer"));
	set(a, schemes, "session", session);
	set(a, schemes, "secret", scheme(a, "http", "scheme", "bearer"));
	set(a, schemes, "embed", scheme(a, "http", "scheme", "bearer"));
	set(a, c, "schemas", map_of(a, "Problem", object_schema(a, problem_row, false)));
	set(a, c, "securitySchemes", schemes);
	return c;
}

struct value api_document(const struct api *api, struct arena *a)
{
	struct value d = value_map_new(a), info = value_map_new(a), paths = value_map_new(a);

	set_text(a, info, "title", "Lockstep");
	set(a, info, "version",
	    value_str(api->o.version.len ? str_keep(a, api->o.version) : STR("0")));
	for (size_t i = 0; i < api->endpoints; i++) {
		const struct route *r = api->endpoint[i].route;
		struct value path = value_get(paths, str_from(r->path));
		char method[16] = { 0 };

		if (path.kind == VALUE_UNDEFINED)
			path = value_map_new(a);
		for (size_t n = 0; r->method[n] && n + 1 < sizeof(method); n++)
			method[n] = (char)(r->method[n] | 0x20);
		set(a, path, str_keep(a, str_from(method)).at, operation(a, r));
		set(a, paths, r->path, path);
	}
	set_text(a, d, "openapi", "3.1.0");
	set(a, d, "info", info);
	set(a, d, "paths", paths);
	set(a, d, "components", components(a));
	return d;
}

static bool document_get(struct call *c, struct err *e)
{
	return call_bytes(c, "application/json", c->api->document, e);
}

const struct route document_routes[] = {
	{ .method = "GET",
	  .path = "/api/openapi.json",
	  .handle = document_get,
	  .summary = "This document: every route, as OpenAPI 3.1",
	  .tag = "documentation" },
	{ 0 },
};
