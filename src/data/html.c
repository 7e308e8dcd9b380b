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

/* ---- texts ---- */

/* Bytes of the white space that begins `s`; 0 when none does. */
static size_t blank_len(struct str s)
{
	static const char *const wide[] = {
		"\xc2\xa0",     "\xc2\x85",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
		"\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
		"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
	};

	if ((unsigned char)s.at[0] <= ' ' || s.at[0] == 0x7f)
		return 1;
	if ((unsigned char)s.at[0] < 0xc2)
		return 0;
	for (size_t i = 0; i < COUNT(wide); i++)
		if (str_starts(s, str_from(wide[i])))
			return strlen(wide[i]);
	return 0;
}

/* Adds `text` to what is in `b`, which never begins or ends with a blank; `*gap`: one is due. */
static void text_add(struct buf *b, struct str text, bool *gap)
{
	while (text.len > 0 && !b->failed) {
		size_t blank = blank_len(text), n = blank;

		if (blank) {
			*gap = true;
		} else {
			while (n < text.len && !blank_len(str_slice(text, n, text.len)))
				n++;
			if (*gap && b->len)
				buf_char(b, ' ');
			*gap = false;
			buf_add(b, str_slice(text, 0, n));
		}
		text = str_slice(text, n, text.len);
	}
}

void html_clean(struct str text, struct buf *b)
{
	bool gap = false;

	text_add(b, text, &gap);
}

/* What stands in a line with its neighbours. */
static bool is_inline(const xmlNode *n)
{
	static const char *const name[] = {
		"a",    "abbr", "acronym", "b",      "bdi",   "bdo",  "big",    "cite",   "code",
		"data", "dfn",  "em",      "font",   "i",     "ins",  "kbd",    "mark",   "nobr",
		"q",    "s",    "samp",    "script", "small", "span", "strike", "strong", "style",
		"sub",  "sup",  "time",    "tt",     "u",     "var",  "wbr",
	};

	if (n->type != XML_ELEMENT_NODE)
		return true;
	for (size_t i = 0; i < COUNT(name); i++)
		if (strcmp((const char *)n->name, name[i]) == 0)
			return true;
	return false;
}

static size_t tree_read(const xmlNode *top, struct buf *b)
{
	const xmlNode *n = top->children;
	bool gap = false;
	size_t nodes = 0;

	for (; n && !b->failed; nodes++) {
		gap = gap || !is_inline(n);
		if (n->type == XML_TEXT_NODE && n->content)
			text_add(b, str_from((const char *)n->content), &gap);
		if (n->children) {
			n = n->children;
			continue;
		}
		while (n && n != top && !n->next) {
			n = n->parent;
			gap = gap || (n != top && !is_inline(n));
		}
		n = n && n != top ? n->next : NULL;
	}
	return nodes;
}

size_t html_read(const xmlNode *n, struct buf *b)
{
	if (n->type != XML_TEXT_NODE)
		return tree_read(n, b);
	if (n->content)
		html_clean(str_from((const char *)n->content), b);
	return 1;
}

struct str html_node_text(struct html *h, const struct html_node *n, struct arena *a)
{
	struct buf b;

	(void)h; /* whose node it is */
	buf_in(&b, a, HTML_TEXT_MAX);
	html_read((const xmlNode *)(const void *)n, &b);
	return buf_str(&b);
}

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
