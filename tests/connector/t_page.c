/* SPDX-License-Identifier: Apache-2.0 */
/* t_page.c - pages/complaints.txt, and what a plan reads of files of pages. */
#include "complaint_cases.h"
#include "connector/page.h"
#include "data/json.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define TEXT_MAX ((size_t)1024 * 1024)

static struct str root;

/* ---- complaints ---- */

static bool load(struct arena *a, struct str yaml, struct complaints *list, struct err *e)
{
	const struct pages *s;

	return pages_parse(a, yaml, STR("x"), &s, list, e);
}

static void wrong_files_are_told_what_is_wrong(void)
{
	complaint_cases(root, STR("tests/connector/pages/complaints.txt"), load);
}

/* ---- reading ---- */

#define PLAN                                                                       \
	"pages:\n"                                                                 \
	"  p:\n"                                                                   \
	"    present: [//main, count(//h1) = 1]\n"                                 \
	"    fields:\n"                                                            \
	"      title: [//h2, //h1]\n"                                              \
	"      n: {select: //i, type: integer, low: -5, high: 5}\n"                \
	"      d: {select: //b, type: decimal, pattern: '-?[0-9]+([.][0-9]+)?'}\n" \
	"      day: {select: //time, type: date, format: '%m/%d/%y'}\n"            \
	"      href: {select: //a, attribute: href}\n"                             \
	"      there: {select: //hr, type: boolean}\n"                             \
	"      true: {select: count(//hr) = 2, type: boolean}\n"                   \
	"      one: {select: //u, single: true}\n"                                 \
	"    lists:\n"                                                             \
	"      rows:\n"                                                            \
	"        rows: [//none, //tr]\n"                                           \
	"        max: 3\n"                                                         \
	"        fields:\n"                                                        \
	"          k: {select: 'td[1]', required: true}\n"                         \
	"          v: {select: 'td[2]', type: integer}\n"                          \
	"        lists:\n"                                                         \
	"          in: {rows: './/li', fields: {t: .}}\n"                          \
	"  q:\n"                                                                   \
	"    present: //*\n"                                                       \
	"    fields:\n"                                                            \
	"      must: {select: //b, type: integer, required: true}\n"               \
	"  wrong:\n"                                                               \
	"    present: //*\n"                                                       \
	"    fields: {x: nope(1)}\n"

static const char *read_as(struct arena *a, const char *plan, const char *html)
{
	const struct pages *pages;
	struct page_reading r;
	struct html *h = NULL;
	struct buf b;
	struct err e;
	bool ok;

	buf_in(&b, a, TEXT_MAX);
	if (!pages_parse(a, STR(PLAN), STR("x"), &pages, NULL, &e) ||
	    !html_parse(str_from(html), &h, &e))
		return str_printf(a, "%s", e.text).at;
	ok = page_read(pages_find(pages, str_from(plan)), h, a, &r, &e);
	html_free(h);
	if (!ok)
		return str_printf(a, "%s", e.text).at;
	buf_add(&b, r.present ? STR("") : STR("absent "));
	for (size_t i = 0; i < r.refusals; i++)
		buf_printf(&b, "[%.*s: %.*s] ", STR_ARG(r.refusal[i].field),
			   STR_ARG(r.refusal[i].why));
	if (!json_write(&b, r.fields, &e))
		return "cannot be written";
	return b.at;
}

#define NOTHING                                                                             \
	"\"title\":\"t\",\"n\":null,\"d\":null,\"day\":null,\"href\":null,\"there\":false," \
	"\"true\":false,\"one\":null,\"rows\":[]"

static void a_page_becomes_values(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);

	IS(read_as(a, "p", "<h1>t</h1>"), "{" NOTHING "}", "what is not there is null");
	IS(read_as(a, "p", "<p>x"), "absent {}", "another page has no fields");
	IS(read_as(a, "p", "<h1>t</h1><h1>u</h1>"), "absent {}", "and one must be true");
	IS(read_as(a, "p",
		   "<h1>t</h1><h2> </h2><i>-5</i><b>007.50</b><time>03/06/25</time>"
		   "<a href=' /x?a&amp;b '>l</a><hr><hr><u>s</u><u> s </u>"),
	   "{\"title\":\"t\",\"n\":-5,\"d\":7.50,\"day\":\"2025-03-06T00:00:00Z\","
	   "\"href\":\"/x?a&b\",\"there\":true,\"true\":true,\"one\":\"s\",\"rows\":[]}",
	   "each by its type, a decimal with its digits");
	IS(read_as(a, "p", "<main><h2>a</h2><h1>b</h1></main>"),
	   "{\"title\":\"a\",\"n\":null,\"d\":null,\"day\":null,\"href\":null,\"there\":false,"
	   "\"true\":false,\"one\":null,\"rows\":[]}",
	   "the first expression that finds a text");
}

static void what_does_not_fit_is_refused(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);

	IS(read_as(a, "p", "<h1>t</h1><i>6</i>"), "[n: it is too high] {" NOTHING "}", "too high");
	IS(read_as(a, "p", "<h1>t</h1><i>-6</i>"), "[n: it is too low] {" NOTHING "}", "too low");
	IS(read_as(a, "p", "<h1>t</h1><i>1.0</i>"), "[n: it is no whole number] {" NOTHING "}",
	   "not whole");
	IS(read_as(a, "p", "<h1>t</h1><b>1.0 or so</b>"),
	   "[d: it does not look like one] {" NOTHING "}", "only a part of the text fits");
	IS(read_as(a, "p", "<h1>t</h1><b>about 1.0</b>"),
	   "[d: it does not look like one] {" NOTHING "}", "at either end");
	IS(read_as(a, "p", "<h1>t</h1><time>13/06/25</time>"),
	   "[day: it is no such date] {" NOTHING "}", "no date");
	IS(read_as(a, "p", "<h1>t</h1><u>s</u><u>r</u>"),
	   "[one: it is there more than once] {" NOTHING "}", "two that differ");
	IS(read_as(a, "q", "<b>1</b>"), "{\"must\":1}", "what is required is there");
	IS(read_as(a, "q", "<i>1</i>"), "absent [must: it is missing] {\"must\":null}",
	   "or the page is none");
	IS(read_as(a, "q", "<b>x</b>"), "absent [must: it is no whole number] {\"must\":null}",
	   "also when it is refused");
	IS(read_as(a, "wrong", "<b>x</b>"), "an XPath expression: there is no such function",
	   "a plan that cannot be followed is a failure");
}

static void rows_are_read_from_where_they_are(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const char *said = read_as(
		a, "p",
		"<h1>t</h1><table><tr><td>a<td>1<ul><li>x<li>y</ul><tr><td><td>2<tr><td>c<td>z"
		"<tr><td>d<td>4</table>");

	OK(strstr(said, "[rows.v: it is no whole number]"), "refusals name their list: %s", said);
	OK(strstr(said, "\"rows\":[{\"k\":\"a\",\"v\":null,\"in\":[{\"t\":\"x\"},{\"t\":\"y\"}]},"
			"{\"k\":\"c\",\"v\":null,\"in\":[]}]}"),
	   "without those that lack what is required, and those past the end");
}

static void a_small_arena_is_no_end(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	AUTO_ARENA *small = arena_new("small", PAGE_ROOM_BYTES + 1024);
	const struct pages *pages;
	struct page_reading r;
	struct html *h = NULL;
	struct err e = { 0 };
	bool ok;

	if (!pages_parse(a, STR(PLAN), STR("x"), &pages, NULL, &e) ||
	    !html_parse(STR("<h1>t</h1>"), &h, &e)) {
		OK(false, "%s", e.text);
		return;
	}
	ok = page_read(pages_find(pages, STR("p")), h, small, &r, &e);
	html_free(h);
	OK(!ok && e.kind == ERR_LIMIT, "but a limit: %s", e.text);
}

static void plans_are_found(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	const struct pages *pages = NULL;
	struct err e;

	OK(pages_parse(a, STR(PLAN), STR("x"), &pages, NULL, &e) && pages_count(pages) == 3,
	   "three pages");
	OK(pages_find(pages, STR("q")) && !pages_find(pages, STR("r")) &&
		   !pages_find(NULL, STR("q")),
	   "by their names");
	IS(pages_path(a, STR("c/x.yaml")).at, "c/x.pages.yaml", "they stand beside the manifest");
}

int main(void)
{
	assert(getenv("SOURCE_ROOT"));
	root = str_from(getenv("SOURCE_ROOT"));
	wrong_files_are_told_what_is_wrong();
	a_page_becomes_values();
	what_does_not_fit_is_refused();
	rows_are_read_from_where_they_are();
	a_small_arena_is_no_end();
	plans_are_found();
	return tap_done();
}
