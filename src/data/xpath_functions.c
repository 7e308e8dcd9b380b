/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xpath_functions.c - what XPath 1.0 cannot say of a page without a line of translate() for it.
 */
#include "data/html_part.h"

#include <libxml/xpathInternals.h>

/* The text of the only argument, to be freed; NULL after a failure that is already told. */
static xmlChar *argument(xmlXPathParserContextPtr c, int n)
{
	if (n != 1) {
		xmlXPathSetArityError(c);
		return NULL;
	}
	return xmlXPathPopString(c);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
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

/* Compares up to the next ';', without blanks and case; *end: what is behind it. */
static bool same_declaration(const char *style, const char *want, const char **end)
{
	bool same = true;

	for (; *style && *style != ';'; style++) {
		char c = *style >= 'A' && *style <= 'Z' ? (char)(*style + 32) : *style;

		if (is_blank(c))
			continue;
		same = same && *want && c == *want;
		want += *want != 0;
	}
	*end = *style ? style + 1 : style;
	return same && !*want;
}

static bool has_declaration(const char *style, const char *want)
{
	while (*style)
		if (same_declaration(style, want, &style))
			return *want != 0;
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
	test_attribute(c, n, "style", has_declaration);
}

static void said(xmlXPathParserContextPtr c, int n)
{
	xmlNodePtr node = c->context->node;
	xmlNodeSetPtr set = NULL;
	AUTO_BUF b;

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
		html_read(node, &b);
	xmlXPathReturnString(c, xmlStrdup((const xmlChar *)buf_str(&b).at));
	if (set)
		xmlXPathFreeNodeSet(set);
}

static void lower(xmlXPathParserContextPtr c, int n)
{
	xmlChar *text = argument(c, n);

	for (xmlChar *at = text; at && *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (xmlChar)(*at + 32);
	if (text)
		xmlXPathReturnString(c, text);
}

void xpath_functions(xmlXPathContextPtr c)
{
	static const struct {
		const char *name;
		xmlXPathFunction call;
	} known[] = { { "has-class", has_class },
		      { "has-style", has_style },
		      { "lower", lower },
		      { "said", said } };

	for (size_t i = 0; i < COUNT(known); i++)
		xmlXPathRegisterFunc(c, (const xmlChar *)known[i].name, known[i].call);
}
