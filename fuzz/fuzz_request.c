/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_request.c - what a stranger sends to a route: whatever passes is what the rows promise, and
 * whatever does not is said in JSON that holds nothing but our own words and the names it used.
 *
 * The first byte says what the rest is: a body, a query, a path, an Accept header.
 */
#include "api/api_part.h"
#include "data/json.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 26)
#define INPUT_BYTES_MAX ((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct field inner[] = {
	{ .name = "n", .type = FIELD_INTEGER, .required = true, .low = 1, .high = 5 },
	{ 0 },
};
static const struct field item[] = { { .name = "i", .type = FIELD_OBJECT, .of = inner }, { 0 } };
static const struct field rows[] = {
	{ .name = "text", .type = FIELD_TEXT, .low = 1, .high = 8 },
	{ .name = "word", .type = FIELD_TEXT, .one_of = "a|bc" },
	{ .name = "n", .type = FIELD_INTEGER, .low = -3, .high = 3, .otherwise = "1" },
	{ .name = "x", .type = FIELD_NUMBER },
	{ .name = "b", .type = FIELD_BOOLEAN, .nullable = true },
	{ .name = "t", .type = FIELD_TIME },
	{ .name = "u", .type = FIELD_UUID },
	{ .name = "o", .type = FIELD_OBJECT, .of = inner },
	{ .name = "l", .type = FIELD_LIST, .of = item, .low = 0, .high = 3 },
	{ .name = "any", .type = FIELD_ANY },
	{ 0 },
};

static void must(bool true_always)
{
	if (!true_always)
		abort();
}

/* What the rows promise of a few members. */
static void must_keep_promises(struct value v)
{
	struct value text = value_get(v, STR("text")), n = value_get(v, STR("n"));
	struct value list = value_get(v, STR("l"));

	must(text.kind == VALUE_UNDEFINED ||
	     (text.kind == VALUE_STR && text.s.len >= 1 && text.s.len <= 8 &&
	      !memchr(text.s.at, 0, text.s.len)));
	must(n.kind == VALUE_UNDEFINED || (n.kind == VALUE_INT && n.i >= -3 && n.i <= 3));
	must(list.kind == VALUE_UNDEFINED || value_len(list) <= 3 || list.kind == VALUE_STR);
}

static void must_be_sayable(struct arena *a, const struct complaints *k)
{
	struct value back;
	size_t repaired = 0;
	struct buf b;
	struct err e;

	buf_in(&b, a, ARENA_BYTES / 8);
	must(json_write(&b, k->list, &e));
	must(json_parse(a, buf_str(&b), &back, &repaired, &e) && !repaired);
	must(value_len(back) <= COMPLAINTS_MAX);
}

static void fuzz_body(struct arena *a, struct str text)
{
	struct complaints k;
	struct value v;
	struct err e;

	complaints_init(&k, a);
	if (!json_parse(a, text, &v, NULL, &e))
		return;
	check_body(&k, rows, v);
	if (!k.n)
		must_keep_promises(v);
	must_be_sayable(a, &k);
}

static void fuzz_query(struct arena *a, struct str text)
{
	struct complaints k;
	struct value v;

	complaints_init(&k, a);
	if (!form_parse(a, text, &v))
		return;
	v = check_texts(&k, rows, v);
	must_keep_promises(v);
	must_be_sayable(a, &k);
}

static bool nothing(struct call *c, struct err *e)
{
	(void)c;
	(void)e;
	return true;
}

static void fuzz_path(struct arena *a, struct str text)
{
	static const struct route routes[] = {
		{ .method = "GET", .path = "/a/{id}", .handle = nothing },
		{ .method = "PUT", .path = "/a/{id}", .handle = nothing },
		{ .method = "GET", .path = "/a/b", .handle = nothing },
		{ .method = "GET", .path = "/{x}/b/{y}", .handle = nothing },
	};
	static struct api api;
	struct str path = str_printf(a, "/%.*s", STR_ARG(text));
	struct match m;
	bool bad;

	for (api.endpoints = 0; api.endpoints < COUNT(routes); api.endpoints++)
		api.endpoint[api.endpoints].route = &routes[api.endpoints];
	m = router_find(&api, a, STR("GET"), path, &bad);
	must(!(bad && m.endpoint));
	if (!m.endpoint)
		return;
	for (size_t i = 0; i < value_len(m.params); i++) {
		struct value id = value_get(m.params, STR("id"));

		must(id.kind == VALUE_UNDEFINED || (id.s.len > 0 && str_is_utf8(id.s)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text;

	if (size == 0 || size > INPUT_BYTES_MAX)
		return 0;
	text = (struct str){ (const char *)data + 1, size - 1 };
	switch (data[0]) {
	case 'b':
		fuzz_body(a, text);
		break;
	case 'q':
		fuzz_query(a, text);
		break;
	case 'p':
		fuzz_path(a, text);
		break;
	case 'a':
		must(!accept_allows(text, STR("none/none")) || text.len == 0 ||
		     str_find(text, STR("/")) >= 0);
		must(request_id(a, text).len <= REQUEST_ID_MAX);
		break;
	default:
		break;
	}
	return 0;
}
