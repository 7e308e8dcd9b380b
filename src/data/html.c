/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.c - pages as trees.
 *
 * libxml2 builds the tree from what we let through: no comments, no scripts, no styles, no more
 * elements than HTML_ELEMENTS_MAX, and none deeper than TREE_DEPTH_MAX (what is deeper keeps its
 * texts, which then belong to the last element that is in).
 */
#include "data/html_part.h"

#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <pthread.h>

/* The names of tags and attributes: bounds what looking for an attribute's double costs. */
#define NAME_BYTES_MAX 8192
#define TREE_DEPTH_MAX 100 /* below libxml2's own limit, which ends the page there */
#define DEEPER_MAX 2000    /* elements: each makes libxml2 copy the text that it joins */
#define PAGE_ARENA_MAX (8 * HTML_BYTES_MAX)

/* ---- silence ---- */

static pthread_once_t started = PTHREAD_ONCE_INIT;

#if LIBXML_VERSION >= 21200
static void hear(void *to, const xmlError *what)
#else
static void hear(void *to, xmlErrorPtr what)
#endif
{
	(void)to;
	(void)what; /* pages are never right; what matters is what could be read */
}

static void print_nothing(void *to, const char *format, ...) PRINTF(2, 3);

static void print_nothing(void *to, const char *format, ...)
{
	(void)to;
	(void)format;
}

struct html_voice html_quiet(void)
{
	struct html_voice before;

	pthread_once(&started, xmlInitParser);
	before = (struct html_voice){ xmlStructuredError, xmlGenericError,
				      xmlStructuredErrorContext, xmlGenericErrorContext };
	xmlSetStructuredErrorFunc(NULL, hear);
	xmlSetGenericErrorFunc(NULL, print_nothing);
	return before;
}

void html_loud(struct html_voice before)
{
	xmlSetStructuredErrorFunc(before.said_to, before.said);
	xmlSetGenericErrorFunc(before.printed_to, before.printed);
}

/* ---- building ---- */

struct building {
	size_t elements;
	size_t skipped; /* open elements that are not in the tree */
	size_t deeper;  /* all that were not */
	bool passed;    /* a limit was */
};

static void element_begins(void *context, const xmlChar *name, const xmlChar **attribute)
{
	xmlParserCtxtPtr c = context;
	struct building *b = c->_private;
	bool deep = b->skipped || c->nodeNr >= TREE_DEPTH_MAX;

	b->deeper += deep;
	if (++b->elements > HTML_ELEMENTS_MAX || c->nameNr > HTML_DEPTH_MAX ||
	    b->deeper > DEEPER_MAX) {
		b->passed = true;
		xmlStopParser(c);
	} else if (deep) {
		b->skipped++;
	} else {
		xmlSAX2StartElement(context, name, attribute);
	}
}

static void element_ends(void *context, const xmlChar *name)
{
	struct building *b = ((xmlParserCtxtPtr)context)->_private;

	if (b->skipped)
		b->skipped--;
	else if (!b->passed)
		xmlSAX2EndElement(context, name);
}

/* A script's or style's text. */
static void leave_out(void *context, const xmlChar *text, int len)
{
	(void)context;
	(void)text;
	(void)len;
}

static xmlDocPtr build(struct str bytes, const char *encoding, struct building *b)
{
	xmlParserCtxtPtr c = htmlNewParserCtxt();
	xmlDocPtr doc;

	assert(c);
	c->_private = b;
	c->sax->startElement = element_begins;
	c->sax->endElement = element_ends;
	c->sax->cdataBlock = leave_out;
	c->sax->comment = NULL;
	c->sax->processingInstruction = NULL;
	xmlDictSetLimit(c->dict, NAME_BYTES_MAX);
	doc = htmlCtxtReadMemory(c, bytes.at, (int)bytes.len, NULL, encoding,
				 HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
					 HTML_PARSE_NONET | HTML_PARSE_NODEFDTD |
					 HTML_PARSE_COMPACT | HTML_PARSE_IGNORE_ENC);
	htmlFreeParserCtxt(c);
	return doc;
}

bool html_parse(struct str bytes, struct html **out, struct err *e)
{
	struct building b = { .elements = 0 };
	struct html_voice voice;
	struct arena *a;
	const char *encoding;
	struct html *h;

	if (bytes.len > HTML_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "the page is larger than %zu bytes", HTML_BYTES_MAX);
	a = arena_new("html", PAGE_ARENA_MAX);
	h = arena_new_struct(a, struct html);
	h->arena = a;
	voice = html_quiet();
	bytes = html_bytes_read(a, bytes, &encoding);
	if (bytes.len > 0)
		h->doc = build(bytes, encoding, &b);
	if (h->doc && !b.passed && xmlDocGetRootElement(h->doc)) {
		xmlXPathOrderDocElems(h->doc);
		h->xpath = xmlXPathNewContext(h->doc);
	}
	html_loud(voice);
	if (h->xpath) {
		xpath_functions(h);
		*out = h;
		return true;
	}
	html_free(h);
	if (b.passed)
		return err_set(e, ERR_LIMIT, "the page has too many elements, or too deep ones");
	return err_set(e, ERR_REMOTE, "the page is empty");
}

void html_free(struct html *h)
{
	if (!h)
		return;
	xmlXPathFreeContext(h->xpath);
	xmlFreeDoc(h->doc);
	arena_free(h->arena);
}

/* ---- attributes ---- */

struct str html_attribute(struct html *h, const struct html_node *node, const char *name,
			  struct arena *a)
{
	const xmlNode *n = (const xmlNode *)(const void *)node;
	struct str out = { NULL, 0 };
	xmlChar *text;

	(void)h;
	if (n->type != XML_ELEMENT_NODE)
		return out;
	text = xmlGetNoNsProp((xmlNode *)(void *)(uintptr_t)n, (const xmlChar *)name);
	if (text && xmlStrlen(text) <= HTML_TEXT_MAX)
		out = str_keep(a, str_from((const char *)text));
	if (text)
		xmlFree(text);
	return out;
}
