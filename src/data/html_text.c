/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_text.c - what a person reads of a page.
 *
 * Left out is what a browser does not show: the elements of unseen[], and what an attribute or a
 * style of its own hides.  Only below the node that is read: who asks for a hidden one means it.
 */
#include "data/html_part.h"

/* ---- characters ---- */

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

/* ---- elements ---- */

/* What stands in a line with its neighbours; not what is raised or lowered: 3 with a small 8 beside
 * it is not 38. */
static bool is_inline(const xmlNode *n)
{
	static const char *const name[] = {
		"a",      "abbr",   "acronym", "b",    "bdi",  "bdo",    "big",   "cite",
		"code",   "data",   "dfn",     "em",   "font", "i",      "ins",   "kbd",
		"mark",   "nobr",   "q",       "s",    "samp", "script", "small", "span",
		"strike", "strong", "style",   "time", "tt",   "u",      "var",   "wbr",
	};

	if (n->type != XML_ELEMENT_NODE)
		return true;
	for (size_t i = 0; i < COUNT(name); i++)
		if (strcmp((const char *)n->name, name[i]) == 0)
			return true;
	return false;
}

/* What a browser shows a picture, a field or nothing for. */
static bool is_unseen(const xmlNode *n)
{
	static const char *const name[] = {
		"audio",  "canvas",   "datalist", "iframe", "noembed", "noframes", "noscript",
		"object", "template", "textarea", "title",  "video",   "xmp",
	};

	for (size_t i = 0; i < COUNT(name); i++)
		if (strcmp((const char *)n->name, name[i]) == 0)
			return true;
	return false;
}

/* Compares up to the next ';', without blanks and case; *end: what is behind it. */
static bool same_declaration(const char *style, const char *want, const char **end)
{
	bool same = true;

	for (; *style && *style != ';'; style++) {
		char c = *style >= 'A' && *style <= 'Z' ? (char)(*style + 32) : *style;

		if (html_is_blank(c))
			continue;
		same = same && *want && c == *want;
		want += *want != 0;
	}
	*end = *style ? style + 1 : style;
	return same && !*want;
}

bool html_style_has(const char *style, const char *want)
{
	while (*style)
		if (same_declaration(style, want, &style))
			return *want != 0;
	return false;
}

/* *bytes: of its style, which it takes to look at. */
static bool is_hidden(const xmlNode *n, size_t *bytes)
{
	static const char *const style[] = {
		"display:none",      "display:none!important",
		"visibility:hidden", "visibility:hidden!important",
		"opacity:0",         "font-size:0",
		"font-size:0px",
	};
	xmlNode *element = (xmlNode *)(void *)(uintptr_t)n;
	bool hidden = xmlHasProp(element, (const xmlChar *)"hidden") != NULL;
	xmlChar *own = xmlGetNoNsProp(element, (const xmlChar *)"style");

	*bytes = (size_t)xmlStrlen(own);
	for (size_t i = 0; own && !hidden && i < COUNT(style); i++)
		hidden = html_style_has((const char *)own, style[i]);
	xmlFree(own);
	return hidden;
}

/* ---- reading ---- */

#define BYTES_A_STEP 16

/* Whether what is below `n` is read; *steps counts. */
static bool is_seen(const xmlNode *n, size_t *steps)
{
	size_t bytes;
	bool seen;

	if (n->type != XML_ELEMENT_NODE || !n->children)
		return n->children != NULL;
	if (is_unseen(n))
		return false;
	if (!n->properties)
		return true;
	seen = !is_hidden(n, &bytes);
	*steps += bytes / BYTES_A_STEP;
	return seen;
}

static size_t tree_read(const xmlNode *top, struct buf *b)
{
	const xmlNode *n = top->children;
	bool gap = false;
	size_t steps = 0;

	for (; n && !b->failed; steps++) {
		gap = gap || !is_inline(n);
		if (n->type == XML_TEXT_NODE && n->content)
			text_add(b, str_from((const char *)n->content), &gap);
		if (is_seen(n, &steps)) {
			n = n->children;
			continue;
		}
		while (n && n != top && !n->next) {
			n = n->parent;
			gap = gap || (n != top && !is_inline(n));
		}
		n = n && n != top ? n->next : NULL;
	}
	return steps;
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
