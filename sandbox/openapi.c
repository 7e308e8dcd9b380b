/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi.c - a vendor's OpenAPI file as the judge of requests and of answers.
 *
 * Always: everything points into the one document, which nothing changes after openapi_new().
 */
#include "openapi.h"

#include "data/json.h"
#include "schema.h"

#include <stdlib.h>

#define OPERATIONS_MAX 500
#define ARENA_BYTES_MAX ((size_t)1 << 20)
#define CODE_SIZE 12

struct openapi {
	struct arena *arena;
	yyjson_doc *doc;
	yyjson_val *root;
	struct operation *operations;
	size_t n;
};

static const char *const methods[] = { "get", "post", "put", "patch", "delete" };

static bool add_operation(struct openapi *o, yyjson_val *path, const char *method, yyjson_val *spec,
			  struct err *e)
{
	char *upper;
	size_t len = strlen(method);

	if (o->n == OPERATIONS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d operations", OPERATIONS_MAX);
	upper = arena_alloc(o->arena, len + 1);
	for (size_t i = 0; i < len; i++)
		upper[i] = (char)(method[i] - 'a' + 'A');
	o->operations[o->n++] = (struct operation){
		.method = { upper, len },
		.path = { yyjson_get_str(path), yyjson_get_len(path) },
		.secured = yyjson_arr_size(yyjson_obj_get(spec, "security")) > 0,
		.spec = spec,
	};
	return true;
}

static bool read_operations(struct openapi *o, struct err *e)
{
	yyjson_val *paths = yyjson_obj_get(o->root, "paths"), *path;
	yyjson_obj_iter it = yyjson_obj_iter_with(paths);

	if (!yyjson_is_obj(paths))
		return err_set(e, ERR_CONFIG, "no object 'paths'");
	while ((path = yyjson_obj_iter_next(&it))) {
		yyjson_val *item = yyjson_obj_iter_get_val(path);

		for (size_t i = 0; i < COUNT(methods); i++) {
			yyjson_val *spec = yyjson_obj_get(item, methods[i]);

			if (spec && !add_operation(o, path, methods[i], spec, e))
				return false;
		}
	}
	return true;
}

bool openapi_new(struct str json, struct openapi **out, struct err *e)
{
	struct openapi *o;
	yyjson_read_err bad;
	yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)json.at, json.len, 0, NULL, &bad);

	if (!doc)
		return err_set(e, ERR_CONFIG, "byte %zu: %s", bad.pos, bad.msg);
	o = calloc(1, sizeof *o);
	if (!o)
		abort();
	o->arena = arena_new("openapi", ARENA_BYTES_MAX);
	o->doc = doc;
	o->root = yyjson_doc_get_root(doc);
	o->operations = arena_new_array(o->arena, struct operation, OPERATIONS_MAX);
	if (!read_operations(o, e)) {
		openapi_free(o);
		return false;
	}
	*out = o;
	return true;
}

void openapi_free(struct openapi *o)
{
	if (!o)
		return;
	yyjson_doc_free(o->doc);
	arena_free(o->arena);
	free(o);
}

size_t openapi_len(const struct openapi *o)
{
	return o->n;
}

const struct operation *openapi_at(const struct openapi *o, size_t i)
{
	assert(i < o->n);
	return &o->operations[i];
}

const struct operation *openapi_find(const struct openapi *o, struct str method, struct str path,
				     bool *path_known)
{
	*path_known = false;
	for (size_t i = 0; i < o->n; i++) {
		if (!str_eq(o->operations[i].path, path))
			continue;
		*path_known = true;
		if (str_eq(o->operations[i].method, method))
			return &o->operations[i];
	}
	return NULL;
}

void openapi_check_query(const struct openapi *o, const struct operation *op,
			 const struct request *r, struct complaints *c)
{
	yyjson_val *parameters = yyjson_obj_get(op->spec, "parameters");
	struct place query = { .name = "query" };

	for (size_t i = 0; i < yyjson_arr_size(parameters); i++) {
		yyjson_val *parameter = yyjson_arr_get(parameters, i);
		const char *name = yyjson_get_str(yyjson_obj_get(parameter, "name"));
		struct place place = { &query, name, 0 };
		struct str text;

		if (!name || !yyjson_equals_str(yyjson_obj_get(parameter, "in"), "query"))
			continue;
		if (request_param(r, name, &text))
			schema_check_text(o->root, yyjson_obj_get(parameter, "schema"), text,
					  &place, c);
		else if (yyjson_get_bool(yyjson_obj_get(parameter, "required")))
			complain(c, &place, "Field required", "missing");
	}
}

static yyjson_val *content_schema(yyjson_val *holder)
{
	yyjson_val *content = yyjson_obj_get(holder, "content");

	return yyjson_obj_get(yyjson_obj_get(content, "application/json"), "schema");
}

/* FastAPI reads a body as JSON when it is called so, or called nothing. */
static bool called_json(const char *type)
{
	struct str rest = str_from(type ? type : ""), kind = str_trim(str_cut(&rest, ';'));

	return !kind.len || str_eq_nocase(kind, STR("application/json")) ||
	       (str_starts(kind, STR("application/")) && str_ends(kind, STR("+json")));
}

static yyjson_val *read_body(struct str body, struct arena *arena, struct complaints *c)
{
	struct place place = { .name = "body" };
	size_t bytes = yyjson_read_max_memory_usage(body.len, 0);
	yyjson_alc memory;
	yyjson_read_err bad;
	yyjson_doc *doc;

	if (bytes > arena_room(arena)) {
		complain(c, &place, "The body is too large", "too_long");
		return NULL;
	}
	yyjson_alc_pool_init(&memory, arena_alloc(arena, bytes), bytes);
	/* yyjson reads without YYJSON_READ_INSITU and does not write to it. */
	doc = yyjson_read_opts((char *)(uintptr_t)body.at, body.len, 0, &memory, &bad);
	if (!doc) {
		struct place at = { &place, NULL, bad.pos };

		complain(c, &at, "JSON decode error", "json_invalid");
		return NULL;
	}
	return yyjson_doc_get_root(doc);
}

void openapi_check_body(const struct openapi *o, const struct operation *op, const char *type,
			struct str body, struct arena *arena, yyjson_val **value,
			struct complaints *c)
{
	yyjson_val *wanted = yyjson_obj_get(op->spec, "requestBody");
	struct place place = { .name = "body" };

	*value = NULL;
	if (!wanted)
		return;
	if (!body.len) {
		complain(c, &place, "Field required", "missing");
		return;
	}
	if (!called_json(type)) {
		complain(c, &place,
			 "Input should be a valid dictionary or object to extract fields from",
			 "model_attributes_type");
		return;
	}
	*value = read_body(body, arena, c);
	if (*value)
		schema_check(o->root, content_schema(wanted), *value, &place, c);
}

void openapi_check_answer(const struct openapi *o, const struct operation *op, unsigned status,
			  struct str body, struct complaints *c)
{
	char code[CODE_SIZE];
	size_t digits = 3;
	yyjson_val *response, *schema;
	struct place place = { .name = "response" };
	yyjson_doc *doc;

	assert(status >= 100 && status <= 999);
	for (unsigned rest = status; digits; rest /= 10)
		code[--digits] = (char)('0' + rest % 10);
	code[3] = 0;
	response = yyjson_obj_get(yyjson_obj_get(op->spec, "responses"), code);
	if (!response) {
		complain(c, &place, "The status is not declared", "status");
		return;
	}
	schema = content_schema(response);
	/* {} allows anything, an empty body too. */
	if (!schema || !yyjson_obj_size(schema))
		return;
	doc = yyjson_read(body.at, body.len, 0);
	if (doc)
		schema_check(o->root, schema, yyjson_doc_get_root(doc), &place, c);
	else
		complain(c, &place, "JSON decode error", "json_invalid");
	yyjson_doc_free(doc);
}
