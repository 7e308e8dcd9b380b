/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xpath_functions.c - what XPath 1.0 cannot say of a page without a line of translate() for it.
 */
#include "data/html_part.h"

#include <libxml/xpathInternals.h>

#define BYTES_A_STEP 16
#define CELLS_MAX 100 /* of a row; in longer ones no cell has a header */

/* The text of the only argument, to be freed; NULL after a failure that is already told. */
static xmlChar *argument(xmlXPathParserContextPtr c, int n)
{
	if (n != 1) {
		xmlXPathSetArityError(c);
		return NULL;
	}
	return xmlXPathPopString(c);
}

/* Counts what a call cost; false when the page's steps are used up. */
static bool charge(xmlXPathParserContextPtr c, size_t steps)
{
	struct html *h = c->context->user;

	h->steps += steps;
	if (h->steps <= HTML_STEPS_MAX)
		return true;
	xmlXPathSetError(c, XPATH_OP_LIMIT_EXCEEDED);
	return false;
}

/* Whether one of the words in `all` is `word`. */
static bool has_word(const char *all, const char *word)
{
	size_t len = strlen(word);

	while (*all) {
		size_t n = strcspn(all, " \t\n\r\f");

		if (n == len && n > 0 && strncmp(all, word, n) == 0)
			return true;
		all += n + strspn(all + n, " \t\n\r\f");
	}
	return false;
}

/* What `test` says of an attribute of the context node and the argument. */
static void test_attribute(xmlXPathParserContextPtr c, int n, const char *name,
			   bool (*test)(const char *, const char *))
{
	xmlChar *want = argument(c, n), *has;

	if (!want)
		return;
	has = c->context->node && c->context->node->type == XML_ELEMENT_NODE
		      ? xmlGetNoNsProp(c->context->node, (const xmlChar *)name)
		      : NULL;
	if (charge(c, 1 + (size_t)xmlStrlen(has) / BYTES_A_STEP))
		xmlXPathReturnBoolean(c, has && test((const char *)has, (const char *)want));
	xmlFree(has);
	xmlFree(want);
}

static void has_class(xmlXPathParserContextPtr c, int n)
{
	test_attribute(c, n, "class", has_word);
}

static void has_style(xmlXPathParserContextPtr c, int n)
{
	test_attribute(c, n, "style", html_style_has);
}

static void said(xmlXPathParserContextPtr c, int n)
{
	xmlNodePtr node = c->context->node;
	xmlNodeSetPtr set = NULL;
	size_t nodes = 1;
	AUTO_BUF b = { .at = NULL };

	if (n > 1) {
		xmlXPathSetArityError(c);
		return;
	}
	if (n == 1) {
		set = xmlXPathPopNodeSet(c);
		if (xmlXPathCheckError(c))
			return;
		if (set)
			xmlXPathNodeSetSort(set);
		node = set && set->nodeNr > 0 ? set->nodeTab[0] : NULL;
	}
	buf_init(&b, HTML_TEXT_MAX);
	if (node && node->type != XML_NAMESPACE_DECL)
		nodes = html_read(node, &b);
	if (charge(c, nodes + b.len / BYTES_A_STEP))
		xmlXPathReturnString(c, xmlStrdup((const xmlChar *)buf_str(&b).at));
	if (set)
		xmlXPathFreeNodeSet(set);
}

static void lower(xmlXPathParserContextPtr c, int n)
{
	xmlChar *text = argument(c, n);

	if (!text)
		return;
	if (!charge(c, 1 + (size_t)xmlStrlen(text) / BYTES_A_STEP)) {
		xmlFree(text);
		return;
	}
	for (xmlChar *at = text; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (xmlChar)(*at + 32);
	xmlXPathReturnString(c, text);
}

/* ---- tables ---- */

static bool is(const xmlNode *n, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static bool is_cell(const xmlNode *n)
{
	return is(n, "td") || is(n, "th");
}

/* Whether a cell takes the place of others. */
static bool is_wide(const xmlNode *cell)
{
	static const char *const name[] = { "colspan", "rowspan" };
	bool wide = false;

	for (size_t i = 0; i < COUNT(name) && cell->properties; i++) {
		xmlChar *span = xmlGetNoNsProp((xmlNode *)(void *)(uintptr_t)cell,
					       (const xmlChar *)name[i]);

		wide = wide || (span && strcmp((const char *)span, "1") != 0);
		xmlFree(span);
	}
	return wide;
}

/* The cells of a row, at most CELLS_MAX + 1; *at: the place of `cell` among them.  More than
 * CELLS_MAX when nobody can tell their columns by counting. */
static size_t cells_of(const xmlNode *row, const xmlNode *cell, size_t *at)
{
	size_t n = 0;

	for (const xmlNode *c = row->children; c && n <= CELLS_MAX; c = c->next) {
		if (c == cell)
			*at = n;
		if (is_cell(c))
			n = is_wide(c) ? CELLS_MAX + 1 : n + 1;
	}
	return n;
}

/* A row of headers has a th, and no cell that spans columns. */
static bool is_header_row(const xmlNode *row)
{
	bool any = false;
	size_t n = 0;

	for (const xmlNode *c = row->children; c && n <= CELLS_MAX; c = c->next, n++) {
		if (is_cell(c) && is_wide(c))
			return false;
		any = any || is(c, "th");
	}
	return any;
}

/* The first row of headers among the children of a table or of a part of it; *steps counts. */
static const xmlNode *header_among(const xmlNode *parent, size_t *steps)
{
	for (const xmlNode *n = parent->children; n; n = n->next, (*steps)++)
		if (is(n, "tr") && is_header_row(n))
			return n;
	return NULL;
}

static const xmlNode *header_row(const xmlNode *table, size_t *steps)
{
	const xmlNode *row = header_among(table, steps);

	for (const xmlNode *n = table->children; n && !row; n = n->next)
		if (is(n, "thead") || is(n, "tbody"))
			row = header_among(n, steps);
	return row;
}

static const xmlNode *cell_at(const xmlNode *row, size_t at)
{
	const xmlNode *c = row->children;

	while (c && (!is_cell(c) || at-- > 0))
		c = c->next;
	return c;
}

/* The header above `cell`; NULL without one. */
static const xmlNode *header_of(const xmlNode *cell, size_t *steps)
{
	const xmlNode *table = is_cell(cell) ? cell->parent : NULL, *head;
	size_t at = 0, n, unused;

	if (!is(table, "tr"))
		return NULL;
	n = cells_of(table, cell, &at);
	while (table && !is(table, "table"))
		table = table->parent;
	head = table ? header_row(table, steps) : NULL;
	*steps += n;
	if (!head || n > CELLS_MAX || cells_of(head, NULL, &unused) != n)
		return NULL;
	return cell_at(head, at);
}

static void header(xmlXPathParserContextPtr c, int n)
{
	size_t steps = 1;
	AUTO_BUF b = { .at = NULL };
	const xmlNode *head;

	if (n != 0) {
		xmlXPathSetArityError(c);
		return;
	}
	head = header_of(c->context->node, &steps);
	buf_init(&b, HTML_TEXT_MAX);
	if (head)
		steps += html_read(head, &b);
	if (charge(c, steps))
		xmlXPathReturnString(c, xmlStrdup((const xmlChar *)buf_str(&b).at));
}

void xpath_functions(struct html *h)
{
	static const struct {
		const char *name;
		xmlXPathFunction call;
	} known[] = { { "has-class", has_class },
		      { "has-style", has_style },
		      { "header", header },
		      { "lower", lower },
		      { "said", said } };

	h->xpath->user = h;
	for (size_t i = 0; i < COUNT(known); i++)
		xmlXPathRegisterFunc(h->xpath, (const xmlChar *)known[i].name, known[i].call);
}
