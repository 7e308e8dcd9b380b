/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_part.h - what the files that read pages share.
 */
#ifndef HTML_PART_H
#define HTML_PART_H

#include "data/html.h"

#include "base/buf.h"

#include <libxml/xpath.h>

struct html {
	struct arena *arena; /* of this struct */
	xmlDocPtr doc;
	xmlXPathContextPtr xpath;
	unsigned long steps; /* so far; of HTML_STEPS_MAX */
};

/* libxml2 is initialised, and silent in this thread until html_loud(). */
struct html_voice {
	xmlStructuredErrorFunc said;
	xmlGenericErrorFunc printed;
	void *said_to, *printed_to;
};
struct html_voice html_quiet(void);
void html_loud(struct html_voice before);

/* The bytes as UTF-8 without NUL and byte order mark, unless a <meta> names another encoding that
 * libxml2 knows: then they stay as they are and *encoding says its name. */
struct str html_bytes_read(struct arena *a, struct str bytes, const char **encoding);

/* Appends a text as a person reads it to an empty buf; the steps that it took. */
void html_clean(struct str text, struct buf *b);
size_t html_read(const xmlNode *n, struct buf *b);

/* Whether `want` ("font-size:30px") is among the declarations of a style, whatever their blanks and
 * case. */
bool html_style_has(const char *style, const char *want);

/* What HTML has between words. */
static inline bool html_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Makes our functions known to the page's expressions. */
void xpath_functions(struct html *h);

#endif
