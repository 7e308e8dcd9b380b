/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pages.c - strangers' plans of pages: any bytes load or are complained about, and what loads
 * can be followed.
 */
#include "connector/page.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text = { (const char *)data, size };
	struct complaints list = { .n = 0 };
	const struct pages *pages = NULL;
	const struct page_plan *plan;
	struct page_reading r;
	struct html *h;
	struct err e;

	if (!pages_parse(a, text, STR("fuzz.yaml"), &pages, &list, &e)) {
		must(pages == NULL && e.kind != ERR_NONE && list.n > 0);
		return 0;
	}
	must(list.n == 0);
	plan = pages_find(pages, STR("p"));
	if (plan &&
	    html_parse(STR("<div class=a>x<b>1</b></div><table><tr><td>2</table>"), &h, &e)) {
		must(page_read(plan, h, a, &r, &e) || e.kind == ERR_LIMIT || e.kind == ERR_CONFIG);
		html_free(h);
	}
	return 0;
}
