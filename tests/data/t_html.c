/* SPDX-License-Identifier: Apache-2.0 */
/* t_html.c - pages as trees: texts, characters, limits, silence, and XPath over them. */
#include "base/thread.h"
#include "base/buf.h"
#include "data/html.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)64 * 1024 * 1024)

static struct arena *a;

static struct html *page(struct str bytes)
{
	struct html *h = NULL;
	struct err e;

	if (!html_parse(bytes, &h, &e))
		OK(false, "%s", e.text);
	return h;
}

static struct xpath *xpath(const char *text)
{
	struct xpath *x = NULL;
	struct err e;

	if (!xpath_new(str_from(text), &x, &e))
		OK(false, "%s: %s", text, e.text);
	return x;
}

/* What an expression says of a page; "(none)", or the failure. */
static const char *said_of(struct str bytes, const char *expression)
{
	struct html *h = page(bytes);
	struct xpath *x = xpath(expression);
	struct str text = STR("");
	static struct err e;
	bool found = false;
	const char *got = e.text;

	if (html_text_of(h, NULL, x, a, &text, &found, &e))
		got = found ? str_keep(a, text).at : "(none)";
	xpath_free(x);
	html_free(h);
	return got;
}

static const char *said(const char *html, const char *expression)
{
	return said_of(str_from(html), expression);
}

static void texts_are_what_a_person_reads(void)
{
	IS(said("<p> \n\ta  b&nbsp;\302\240c\r\n</p>", "//p"), "a b c", "blanks collapse");
	IS(said("<p>a &amp; b &lt;c&gt; &eacute; &#10004;</p>", "//p"),
	   "a & b <c> \303\251 \342\234\224", "entities are resolved");
	IS(said("<p>1<!-- 2 -->3</p>", "//p"), "13", "comments are not there");
	IS(said("<div>a<script>var b = '<p>';</script><style>p { c: d }</style>e</div>", "//div"),
	   "ae", "scripts and styles are not there");
	IS(said("<div>a<script>var b;</script></div>", "string(//div)"), "a",
	   "nor for XPath's own functions");
	IS(said("<!-- <p>x</p> --><b>y</b>", "//p"), "(none)", "nor what a comment holds");
	IS(said("<div>a<div>b</div>c<br>d<p>e</p></div>", "//div"), "a b c d e",
	   "blocks are apart");
	IS(said("<p>3<b>5</b>.<i>3</i></p>", "//p"), "35.3", "what is in a line is not");
	IS(said("<p>\342\200\203x\343\200\200y\342\200\250</p>", "//p"), "x y",
	   "wide blanks are blanks");
	IS(said("<p>3<sup>8</sup>0<sub>1</sub></p>", "//p"), "3 8 0 1",
	   "nor what is raised or lowered");
	IS(said("<p></p>", "//p"), "(none)", "nothing is nothing");
	IS(said("<p>AT&T R&D &unknown;</p>", "//p"), "AT&T R&D &unknown;",
	   "what is no entity stays");
}

static void what_nobody_sees_is_not_read(void)
{
	static const char *const hidden[] = {
		"<i hidden>1</i>",
		"<i style='color: red; DISPLAY : none'>1</i>",
		"<i style='display:none !important'>1</i>",
		"<i style=visibility:hidden>1</i>",
		"<i style=opacity:0>1</i>",
		"<i style='font-size: 0'><b>1</b></i>",
		"<textarea>1</textarea>",
		"<template><b>1</b></template>",
		"<noscript>1</noscript>",
		"<iframe>1</iframe>",
	};

	for (size_t i = 0; i < COUNT(hidden); i++) {
		const char *html = str_printf(a, "<p>%s<u>6.8</u></p>", hidden[i]).at;

		IS(said(html, "//p"), "6.8", hidden[i]);
	}
	IS(said("<p>2<i style=display:nonesuch>1</i></p>", "//p"), "21",
	   "what is not quite hidden");
	IS(said("<p hidden>x<b>y</b></p>", "//p"), "xy", "what is asked for is read");
	IS(said("<p hidden>x<b>y</b></p>", "//b"), "y", "and what is in it");
}

static void characters_are_known(void)
{
	IS(said("\357\273\277<p>\303\253</p>", "//p"), "\303\253", "UTF-8 with a mark");
	IS(said("<meta charset=iso-8859-1><p>\303\253</p>", "//p"), "\303\253",
	   "UTF-8 is UTF-8, whatever the page says");
	IS(said("<meta http-equiv='Content-Type' content='text/html; charset=windows-1252'>"
		"<p>\353\222</p>",
		"//p"),
	   "\303\253\342\200\231", "another encoding is what the page says");
	IS(said("<p>Zo\353 \303\253\200</p>", "//p"), "Zo\303\253 \303\253\357\277\275",
	   "a stray byte is Latin-1, or replaced");
	IS(said("<meta charset=no-such><p>\353</p>", "//p"), "\303\253",
	   "unknown names are ignored");
	IS(said_of((struct str){ "<p>a\0b</p>", 10 }, "//p"), "a\357\277\275b", "NUL is no end");
	IS(said("<p>1\0016\0022</p>", "//p"), "1?6?2", "controls are not left out");
	IS(said("<p>1\f6\v2</p>", "//p"), "1 6 2", "or they are blanks");
	IS(said("<p>1&#0;6&#xd800;2&#;3&#x110000;4</p>", "//p"), "1?#0;6?#xd800;2?#;3?#x110000;4",
	   "nor references to no character");
	IS(said("<p>&#x41;&#66;&#9;&#X43;&#128512;</p>", "//p"), "AB C\360\237\230\200",
	   "those to one are resolved");
	IS(said("<p>1\357\277\2776</p>", "//p"), "1\357\277\2756", "nor what is no character");
	IS(said("<meta charset=iso-8859-1><p>\3531\0016</p>", "//p"), "\303\2531?6",
	   "in any encoding");
}

static void expressions_find(void)
{
	static const char *const html =
		"<div class=' x  demi' STYLE='COLOR: red;Font-Size :\t30PX ;'>one</div>"
		"<div class='demiurge' style='xfont-size:30px; font-size:30pxx'>two</div>"
		"<ul><li>1<li>2<li>3</ul><a HREF='/a?b&amp;c=1&d'>x</a>";

	IS(said(html, "//div[has-class('demi')]"), "one", "a class, word by word");
	IS(said(html, "count(//div[has-class('demi')])"), "1", "and only that");
	IS(said(html, "count(//div[has-style('font-size:30px')])"), "1",
	   "a declaration, without blanks and case");
	IS(said(html, "//div[lower(said()) = 'two']"), "two", "by its text");
	IS(said(html, "said(//li)"), "1", "the first one's text");
	IS(said(html, "said(//nothing)"), "(none)", "of nothing: nothing");
	IS(said(html, "//li[3]"), "3", "lists that nobody closed");
	IS(said(html, "//a/@href"), "/a?b&c=1&d", "an attribute's value");
	IS(said(html, "1 = 1"), "true", "what is true");
	IS(said(html, "1 = 2"), "(none)", "what is not");
	IS(said(html, "0 div 0"), "(none)", "what is no number");
	IS(said(html, "nope(1)"), "an XPath expression: there is no such function",
	   "a function that is not there is a failure");
	IS(said(html, "has-class()"),
	   "an XPath expression: a function has another number of arguments",
	   "and so is one without its argument");
	IS(said(html, "lower('A', 'b')"),
	   "an XPath expression: a function has another number of arguments", "or with more");
	IS(said(html, "said('x')"),
	   "an XPath expression: a function wants another kind of argument", "or with another");
	IS(said("<table><tr><th>A<th>R</tr><tr><td>x<td>5</tr></table>", "//td[header() = 'R']"),
	   "5", "a cell by its header");
	IS(said("<table><tbody><tr><th colspan=2>B</tr><tr><td>A<th>R</tr><tr><td>x<td>5</table>",
		"//td[header() = 'R']"),
	   "5", "the first row that has one for every column");
	IS(said("<table><tr><th>A<th>R<th>W</tr><tr><td>x<td>5</tr></table>", "//td[header()]"),
	   "(none)", "no cell of a row that is shorter");
	IS(said("<table><tr><th>A<th>R<th>W</tr><tr><td colspan=2>x<td>5<td>1</tr></table>",
		"//td[header()]"),
	   "(none)", "nor of one with a cell that spans two");
	IS(said("<table><tr><th>A<th>R</tr><tr><td colspan=1>x<td>5</tr></table>",
		"//td[header() = 'R']"),
	   "5", "one is not two");
	IS(said("<p>x</p><td>y</td>", "//*[header()]"), "(none)", "nor outside of tables");
	IS(said(html, "//namespace::*"), "(none)", "what does not last is not given");
}

static void expressions_are_judged(void)
{
	static const char *const wrong[] = { "", "//div[", "//", "a b", "'x", "//div]", "1 +" };
	struct xpath *x;
	struct err e;

	for (size_t i = 0; i < COUNT(wrong); i++)
		OK(!xpath_new(str_from(wrong[i]), &x, &e) && e.kind == ERR_CONFIG, "'%s': %s",
		   wrong[i], e.text);
	xpath_free(NULL);
	html_free(NULL);
}

static void rows_come_in_order(void)
{
	struct html *h = page(STR("<p id=1>a<b>x</b></p><p id=2>b<b>y</b></p><p>c</p>"));
	struct xpath *rows = xpath("//p[3] | //p[1] | //p[2]"), *inner = xpath("b");
	const struct html_node **row;
	struct str text;
	bool found;
	size_t n = 0;
	struct err e;

	OK(html_select(h, NULL, rows, a, &row, &n, &e) && n == 3, "all that were asked for");
	IS(str_keep(a, html_node_text(h, row[0], a)).at, "ax", "the first first");
	IS(str_keep(a, html_node_text(h, row[2], a)).at, "c", "the last last");
	IS(str_keep(a, html_attribute(h, row[1], "id", a)).at, "2", "with attributes");
	OK(!html_attribute(h, row[2], "id", a).at, "or without");
	OK(html_text_of(h, row[1], inner, a, &text, &found, &e) && str_eq(text, STR("y")),
	   "an expression begins at the row");
	OK(html_text_of(h, row[2], inner, a, &text, &found, &e) && !found, "and stays there");
	xpath_free(rows);
	xpath_free(inner);
	html_free(h);
}

static struct str repeated(const char *piece, size_t n)
{
	size_t len = strlen(piece);
	char *at = arena_alloc(a, n * len + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(at + i * len, piece, len);
	return (struct str){ at, n * len };
}

static bool limited(struct str bytes)
{
	struct html *h = NULL;
	struct err e = { 0 };

	if (html_parse(bytes, &h, &e)) {
		html_free(h);
		return false;
	}
	return e.kind == ERR_LIMIT;
}

static void what_a_stranger_makes_grow_is_limited(void)
{
	struct xpath *x = xpath("//b[said() = //b[said() = 1]]"), *many = xpath("//i");
	struct html *h;
	const struct html_node **node;
	struct str deep = repeated("<div>", HTML_DEPTH_MAX - 10);
	bool found = false;
	struct str text;
	size_t n;
	struct err e = { 0 };

	OK(limited(repeated("x", HTML_BYTES_MAX + 1)), "the bytes");
	OK(limited(repeated("<b></b>", HTML_ELEMENTS_MAX + 1)), "the elements");
	OK(limited(repeated("<b>", HTML_DEPTH_MAX + 10)), "the depth");
	deep = str_printf(a, "%.*s<i>end", STR_ARG(deep));
	IS(said_of(deep, "/*"), "end", "deep pages keep their texts");
	h = page(repeated("<b></b>", 20000));
	OK(!html_text_of(h, NULL, x, a, &text, &found, &e) && e.kind == ERR_LIMIT, "the steps: %s",
	   e.text);
	html_free(h);
	h = page(repeated("<i></i>", HTML_NODES_MAX + 1));
	OK(!html_select(h, NULL, many, a, &node, &n, &e) && e.kind == ERR_LIMIT, "what is found");
	html_free(h);
	h = page(repeated("word ", HTML_TEXT_MAX));
	xpath_free(x);
	x = xpath("/*");
	OK(html_text_of(h, NULL, x, a, &text, &found, &e) && text.len <= HTML_TEXT_MAX,
	   "a text: %zu", text.len);
	html_free(h);
	xpath_free(x);
	xpath_free(many);
}

/* A tag with so many attributes that comparing each with all would take minutes. */
static void many_attributes_end(void)
{
	struct buf b;

	buf_in(&b, a, HTML_BYTES_MAX);
	buf_add(&b, STR("<p "));
	for (int i = 0; b.len < HTML_BYTES_MAX - 100; i++)
		buf_printf(&b, "a%x ", i);
	buf_add(&b, STR(">x</p>"));
	IS(said_of(buf_str(&b), "/*"), "x", "a tag with very many attributes is read");
}

static void garbage_is_no_page(void)
{
	static const char *const garbage[] = {
		"<",
		"<!",
		"<!--",
		"</",
		"&",
		"&#",
		"<a b='",
		"<![CDATA[",
		"<?xml",
		"]]>",
		"\001\002",
		"<script>",
		"<a <a <a",
		"<!DOCTYPE html SYSTEM 'file:///etc/passwd'>",
		"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;"
	};
	struct html *h = NULL;
	struct err e = { 0 };

	OK(!html_parse(STR(""), &h, &e) && e.kind == ERR_REMOTE, "nothing is none: %s", e.text);
	for (size_t i = 0; i < COUNT(garbage); i++) {
		bool ok = html_parse(str_from(garbage[i]), &h, &e);

		OK(ok || e.kind == ERR_REMOTE, "'%zu' is read or none", i);
		if (ok)
			html_free(h);
	}
	IS(said("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>&e;</p>", "//p[last()]"),
	   "&e;", "nothing is fetched");
}

static void nothing_is_printed(void)
{
	int out[2], kept = dup(STDERR_FILENO);
	char heard[100];
	ssize_t n;

	assert(kept >= 0 && pipe(out) == 0 && dup2(out[1], STDERR_FILENO) >= 0);
	close(out[1]);
	said("<p <p></b></x:y>&#99999999;<a b=c b=d>\200", "//p");
	said("<meta charset=shift_jis><p>\201\377\377</p>", "//p");
	said("<p>", "nope(1)");
	dup2(kept, STDERR_FILENO);
	close(kept);
	n = read(out[0], heard, sizeof(heard));
	close(out[0]);
	OK(n == 0, "to standard error");
}

static void *read_pages(void *arg)
{
	size_t *wrong = arg;

	for (int i = 0; i < 200; i++) {
		AUTO_ARENA *own = arena_new("thread", ARENA_MAX);
		struct html *h = NULL;
		struct xpath *x = NULL;
		struct str text = STR("");
		bool found;
		struct err e;

		if (!html_parse(STR("<p>a<p>b"), &h, &e) || !xpath_new(STR("//p[2]"), &x, &e) ||
		    !html_text_of(h, NULL, x, own, &text, &found, &e) || !str_eq(text, STR("b")))
			(*wrong)++;
		xpath_free(x);
		html_free(h);
	}
	return NULL;
}

static void threads_read_pages_of_their_own(void)
{
	size_t wrong[4] = { 0 };
	pthread_t t[4];

	for (size_t i = 0; i < COUNT(t); i++)
		t[i] = thread_start(read_pages, &wrong[i]);
	for (size_t i = 0; i < COUNT(t); i++)
		thread_join(t[i]);
	OK(wrong[0] + wrong[1] + wrong[2] + wrong[3] == 0, "at the same time");
}

int main(void)
{
	a = arena_new("test", ARENA_MAX);
	threads_read_pages_of_their_own();
	texts_are_what_a_person_reads();
	what_nobody_sees_is_not_read();
	characters_are_known();
	expressions_find();
	expressions_are_judged();
	rows_come_in_order();
	what_a_stranger_makes_grow_is_limited();
	many_attributes_end();
	garbage_is_no_page();
	nothing_is_printed();
	arena_free(a);
	return tap_done();
}
