/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_manifest.c - strangers' manifests: any bytes load or are complained about, with their place.
 *
 * What loads has names, numbers in order and a handler for every request; a complaint is one line.
 */
#include "connector/manifest.h"

#include <stdlib.h>

/* Smaller than what a hostile file asks for, so that the limits are met too. */
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void look_at(const struct manifest *m)
{
	must(m->public_streams <= m->streams);
	for (size_t i = 0; i < m->streams; i++) {
		const struct stream *s = &m->stream[i];

		must(s->number == i && s->name.len > 0);
		must(s->requester.handlers > 0 && s->requester.url_base.template);
		for (size_t k = 0; k < s->routers; k++)
			for (size_t p = 0; p < s->router[k].parents; p++)
				must(s->router[k].parent[p].stream != NULL);
	}
	for (size_t i = 0; i < m->checks; i++)
		must(m->check[i]->number < m->public_streams);
}

static void look_at_complaints(struct arena *a, const struct complaints *list)
{
	must(list->n > 0);
	for (size_t i = 0; i < list->n; i++) {
		struct str text = complaint_text(a, &list->at[i]);

		must(str_is_utf8(text) && !memchr(text.at, '\n', text.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text = { (const char *)data, size };
	struct complaints list = { .n = 0 };
	const struct manifest *m = NULL;
	struct value filled;
	struct err e;

	if (!manifest_parse(a, text, STR("fuzz.yaml"), &m, &list, &e)) {
		must(m == NULL && e.kind != ERR_NONE);
		look_at_complaints(a, &list);
		return 0;
	}
	must(list.n == 0);
	look_at(m);
	if (manifest_check_config(a, m, value_map_new(a), &filled, &e))
		must(filled.kind == VALUE_MAP);
	return 0;
}
