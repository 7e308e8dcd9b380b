/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_text.c - what a person reads of a page.
 *
 * Left out is what a browser does not show: the elements of unseen[], and what an attribute or a
 * style of its own hides.  Only below the node that is read: who asks for a hidden one means it.
 */
#include "data/html_part.h"

#include <stdlib.h>

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

/* How an element looks that is no block: it stands in a line with its neighbours, or a browser
 * shows a picture, a field or nothing for it.  What is raised or lowered is in no line: 3 with a
 * small 8 beside it is not 38. */
enum look { LOOK_BLOCK, LOOK_INLINE, LOOK_UNSEEN };

/* By name, in order. */
static const struct looking {
	const char *name;
	enum look look;
} looks[] = {
	{ "a", LOOK_INLINE },        { "abbr", LOOK_INLINE },    { "acronym", LOOK_INLINE },
	{ "audio", LOOK_UNSEEN },    { "b", LOOK_INLINE },       { "bdi", LOOK_INLINE },
	{ "bdo", LOOK_INLINE },      { "big", LOOK_INLINE },     { "canvas", LOOK_UNSEEN },
	{ "cite", LOOK_INLINE },     { "code", LOOK_INLINE },    { "data", LOOK_INLINE },
	{ "datalist", LOOK_UNSEEN }, { "dfn", LOOK_INLINE },     { "em", LOOK_INLINE },
	{ "font", LOOK_INLINE },     { "i", LOOK_INLINE },       { "iframe", LOOK_UNSEEN },
	{ "ins", LOOK_INLINE },      { "kbd", LOOK_INLINE },     { "mark", LOOK_INLINE },
	{ "nobr", LOOK_INLINE },     { "noembed", LOOK_UNSEEN }, { "noframes", LOOK_UNSEEN },
	{ "noscript", LOOK_UNSEEN }, { "object", LOOK_UNSEEN },  { "q", LOOK_INLINE },
	{ "s", LOOK_INLINE },        { "samp", LOOK_INLINE },    { "script", LOOK_INLINE },
	{ "small", LOOK_INLINE },    { "span", LOOK_INLINE },    { "strike", LOOK_INLINE },
	{ "strong", LOOK_INLINE },   { "style", LOOK_INLINE },   { "template", LOOK_UNSEEN },
	{ "textarea", LOOK_UNSEEN }, { "time", LOOK_INLINE },    { "title", LOOK_UNSEEN },
	{ "tt", LOOK_INLINE },       { "u", LOOK_INLINE },       { "var", LOOK_INLINE },
	{ "video", LOOK_UNSEEN },    { "wbr", LOOK_INLINE },     { "xmp", LOOK_UNSEEN },
};

static int by_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct looking *)row)->name);
}

static enum look look_of(const xmlNode *n)
{
	const struct looking *found =
		bsearch(n->name, looks, COUNT(looks), sizeof(looks[0]), by_name);

	return found ? found->look : LOOK_BLOCK;
}

static bool is_inline(const xmlNode *n)
{
	return n->type != XML_ELEMENT_NODE || look_of(n) == LOOK_INLINE;
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

static bool hides(const char *style)
{
	static const char *const hiding[] = {
		"display:none",      "display:none!important",
		"visibility:hidden", "visibility:hidden!important",
		"opacity:0",         "font-size:0",
		"font-size:0px",
	};

	for (size_t i = 0; i < COUNT(hiding); i++)
		if (html_style_has(style, hiding[i]))
			return true;
	return false;
}

/* *bytes: of its style, which it takes to look at. */
static bool is_hidden(const xmlNode *n, size_t *bytes)
{
	bool hidden = false;

	*bytes = 0;
	for (const xmlAttr *at = n->properties; at && !hidden; at = at->next) {
		const xmlNode *text = at->children;

		if (strcmp((const char *)at->name, "hidden") == 0)
			return true;
		if (!text || !text->content || strcmp((const char *)at->name, "style") != 0)
			continue;
		*bytes = strlen((const char *)text->content);
		hidden = hides((const char *)text->content);
	}
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
	if (look_of(n) == LOOK_UNSEEN)
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
