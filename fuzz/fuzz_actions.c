/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_actions.c - strangers' files of actions: any bytes load or are complained about.
 *
 * What loads has a name, a request with an address and a handler for every action.
 */
#include "connector/action.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void look_at(const struct requester *r)
{
	must(r->url_base.template && r->handlers > 0 && r->method);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text = { (const char *)data, size };
	struct complaints list = { .n = 0 };
	const struct actions *s = NULL;
	struct err e;

	if (!actions_parse(a, text, STR("fuzz.actions.yaml"), &s, &list, &e)) {
		must(s == NULL && e.kind != ERR_NONE && list.n > 0);
		return 0;
	}
	must(list.n == 0);
	for (size_t i = 0; i < s->n; i++) {
		const struct action *c = &s->action[i];

		must(c->name.len > 0 && c->attempts_max > 0);
		look_at(&c->requester);
		if (c->lookup)
			look_at(&c->lookup->requester);
		must(actions_find(s, c->name) != NULL);
	}
	return 0;
}
