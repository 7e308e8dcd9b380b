/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_page.c - strangers' pages: any bytes become a reading of the plan's shape, or a limit.
 *
 * What was refused is null; what was not has the type that the plan says, within its range.
 */
#include "connector/page.h"
#include "data/decimal.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plan_text[] =
	"pages:\n"
	"  p:\n"
	"    present: //*\n"
	"    fields:\n"
	"      name: (//div[has-class('demi') and has-style('font-size:30px')])[1]\n"
	"      n:\n"
	"        select: [\"//span[lower(said()) = 'paddle tennis index']"
	"/preceding-sibling::span[1]\", //b, //@n]\n"
	"        type: decimal\n"
	"        pattern: '-?[0-9]{1,3}([.][0-9]+)?'\n"
	"        low: -30\n"
	"        high: 120\n"
	"        single: true\n"
	"      i: {select: //i, type: integer, low: -9, high: 9}\n"
	"      day: {select: //u, type: date, format: '%m/%d/%y'}\n"
	"      link: {select: //a, attribute: href}\n"
	"      there: {select: //hr | //comment(), type: boolean}\n"
	"    lists:\n"
	"      rows:\n"
	"        rows: //tr\n"
	"        max: 50\n"
	"        fields: {r: \"td[header() = 'R']\", all: ., own: {select: .//b, required: true}}\n"
	"        lists: {in: {rows: td, max: 50, fields: {t: .}}}\n";

static void must(bool good)
{
	if (!good)
		abort();
}

static struct value member(const struct page_reading *r, const char *name)
{
	return value_get(r->fields, str_from(name));
}

static void look_at_text(struct value v)
{
	struct str s = v.kind == VALUE_STR ? v.s : STR("x");

	must(v.kind == VALUE_STR || v.kind == VALUE_NULL);
	must(s.len > 0 && s.len <= HTML_TEXT_MAX && str_is_utf8(s));
	must(s.at[0] != ' ' && s.at[s.len - 1] != ' ' && str_find(s, STR("  ")) < 0);
}

static void look_at(const struct page_reading *r)
{
	struct value n = member(r, "n"), i = member(r, "i"), rows = member(r, "rows");

	look_at_text(member(r, "name"));
	must(n.kind == VALUE_NULL || n.kind == VALUE_NUMBER);
	if (n.kind == VALUE_NUMBER)
		must(decimal_to_double(n.s) >= -30 && decimal_to_double(n.s) <= 120);
	must(i.kind == VALUE_NULL || (i.kind == VALUE_INT && i.i >= -9 && i.i <= 9));
	must(member(r, "day").kind == VALUE_NULL || member(r, "day").kind == VALUE_TIME);
	must(member(r, "there").kind == VALUE_BOOL);
	must(rows.kind == VALUE_LIST && value_len(rows) <= 50);
	for (size_t k = 0; k < value_len(rows); k++) {
		look_at_text(value_get(value_at(rows, k), STR("r")));
		must(value_get(value_at(rows, k), STR("own")).kind == VALUE_STR);
	}
	must(r->refusals <= PAGE_REFUSALS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	const struct pages *pages = NULL;
	struct page_reading r;
	struct html *h = NULL;
	struct err e = { 0 };

	must(pages_parse(a, str_from(plan_text), STR("fuzz.yaml"), &pages, NULL, &e));
	if (!html_parse((struct str){ (const char *)data, size }, &h, &e)) {
		must(e.kind == ERR_LIMIT || e.kind == ERR_REMOTE);
		return 0;
	}
	if (!page_read(pages_find(pages, STR("p")), h, a, &r, &e))
		must(e.kind == ERR_LIMIT);
	else if (r.present)
		look_at(&r);
	html_free(h);
	return 0;
}
