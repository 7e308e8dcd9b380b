/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_openapi.c - strangers' bodies against a vendor's OpenAPI file: what is said of them is JSON,
 * and says something exactly when it counts something.
 *
 * The input's first byte chooses the operation, the rest is the body, and the answer.
 */
#include "embedded.h"
#include "schema.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define LIST_BYTES ((size_t)4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check(struct arena *a, const struct complaints *c)
{
	struct buf whole;
	yyjson_doc *doc;

	if (c->list->failed)
		return;
	buf_in(&whole, a, LIST_BYTES + 2);
	buf_char(&whole, '[');
	buf_add(&whole, buf_str(c->list));
	buf_char(&whole, ']');
	doc = yyjson_read(whole.at, whole.len, 0);
	must(doc && yyjson_arr_size(yyjson_doc_get_root(doc)) == c->n);
	yyjson_doc_free(doc);
}

static void judge(const struct openapi *o, const struct operation *op, struct str body)
{
	static const unsigned statuses[] = { 200, 201, 422 };
	struct arena *a = arena_new("fuzz", ARENA_BYTES);
	struct buf list;
	struct complaints c = { .list = &list, .strict_email = true };
	yyjson_val *value;

	buf_in(&list, a, LIST_BYTES);
	openapi_check_body(o, op, NULL, body, a, &value, &c);
	check(a, &c);
	for (size_t i = 0; i < COUNT(statuses); i++) {
		buf_reset(&list);
		c.n = 0;
		openapi_check_answer(o, op, statuses[i], body, &c);
		check(a, &c);
	}
	must(!email_valid(body, true) || email_valid(body, false));
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct openapi *o;
	struct err e;

	if (!o)
		must(openapi_new((struct str){ metactf_openapi, metactf_openapi_len }, &o, &e));
	/* An answer longer than this only makes the list longer than it may be. */
	if (size < 1 || size > 64 * 1024)
		return 0;
	judge(o, openapi_at(o, data[0] % openapi_len(o)),
	      (struct str){ (const char *)data + 1, size - 1 });
	return 0;
}
