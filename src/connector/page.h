/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - how a web page is read: NAME.pages.yaml beside the connector NAME.yaml.
 *
 * For vendors that have pages instead of an API.  Selectors are declared, not coded: another
 * league, another template is another file.
 *
 *     pages:
 *       player_card:
 *         present: "//div[…]"          # without any of these it is not this page (a list: one of)
 *         fields:
 *           first_name: "(//div[…])[1]"                       # XPath; its text
 *           pti:
 *             select: "…"              # a list: the first that finds a text
 *             type: decimal            # text (default), integer, decimal, date, boolean (is there)
 *             pattern: "^-?[0-9]{1,3}(\\.[0-9]+)?$"   # all of the text, or the field is refused
 *             low: -30
 *             high: 120
 *             format: "%m/%d/%y"       # of a date
 *             attribute: href          # in place of the text
 *             required: true           # without it the page is refused, or the row left out
 *             single: true             # two that say different things are refused
 *         lists:
 *           matches:
 *             rows: "//div[…]"
 *             max: 2000                # further rows are not read
 *             fields: { date: { select: "div[1]", type: date, format: "%m/%d/%y" }, … }
 *             lists: { … }             # one level deeper
 *
 * Every selector of a list's fields begins at the row.  `definitions` holds what several pages use.
 */
#ifndef PAGE_H
#define PAGE_H

#include "connector/complaint.h"
#include "data/html.h"
#include "data/value.h"

#define PAGE_ROWS_DEFAULT 10000
#define PAGE_REFUSALS_MAX 100 /* that are told */
/* Of the arena that a page is read into: less is left, and it is ERR_LIMIT. */
#define PAGE_ROOM_BYTES ((size_t)2 * 1024 * 1024)

enum page_type { PAGE_TEXT, PAGE_INTEGER, PAGE_DECIMAL, PAGE_DATE, PAGE_BOOLEAN };

struct page_plan;
struct pages;

/* As actions_load(); what is loaded lives as long as `a` and is immutable. */
MUST_CHECK bool pages_load(struct arena *a, const char *path, const struct pages **out,
			   struct complaints *list, struct err *e);
MUST_CHECK bool pages_parse(struct arena *a, struct str text, struct str file,
			    const struct pages **out, struct complaints *list, struct err *e);
const struct page_plan *pages_find(const struct pages *p, struct str name); /* or NULL */
size_t pages_count(const struct pages *p);

/* The place of a connector's pages: "x/NAME.yaml" has "x/NAME.pages.yaml". */
struct str pages_path(struct arena *a, struct str manifest);

/* A field whose text was there and was refused (its pattern, range or type), or that is required
 * and missing: never its text. */
struct page_refusal {
	struct str field, why;
};
struct page_reading {
	bool present;        /* it is this page at all, with everything that is required */
	struct value fields; /* a map: texts, INT, NUMBER (a decimal's digits), TIME, BOOL, lists of
				maps; NULL where nothing was found or it was refused */
	struct page_refusal *refusal;
	size_t refusals;
};
/* False only for what ends everything (ERR_LIMIT; ERR_CONFIG: an expression calls what there is
 * not).  Everything lives as long as `a`. */
MUST_CHECK bool page_read(const struct page_plan *p, struct html *h, struct arena *a,
			  struct page_reading *out, struct err *e);

/* Whether this field was refused ("pti", "matches.rating"). */
bool page_refused(const struct page_reading *r, const char *field);

#endif
