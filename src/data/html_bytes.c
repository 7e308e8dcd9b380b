/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_bytes.c - which characters the bytes of a page are.
 *
 * Most pages are UTF-8, some say that they are something else, and a few say one thing and have
 * pieces of another in them: there each byte that is no UTF-8 is taken for Latin-1, as somebody
 * pasted it.  No character is left out: what is none is seen as something else.
 */
#include "data/html_part.h"

#include "base/buf.h"

#include <libxml/encoding.h>

#define HEAD_BYTES 4096 /* how far a <meta> is looked for */
#define NAME_BYTES_MAX 40

static bool is_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_';
}

/* The encoding that the first <meta … charset=…> names, in lower case; or empty. */
static struct str meta_charset(struct arena *a, struct str bytes)
{
	struct str head = str_lower(a, str_slice(bytes, 0, HEAD_BYTES)), name;
	ptrdiff_t meta = str_find(head, STR("<meta")), at;
	size_t n = 0;

	if (meta < 0)
		return STR("");
	head = str_slice(head, (size_t)meta, head.len);
	at = str_find(head, STR("charset="));
	if (at < 0)
		return STR("");
	name = str_slice(head, (size_t)at + strlen("charset="), head.len);
	while (name.len && (name.at[0] == '"' || name.at[0] == '\'' || name.at[0] == ' '))
		name = str_slice(name, 1, name.len);
	while (n < name.len && n < NAME_BYTES_MAX && is_name(name.at[n]))
		n++;
	return str_slice(name, 0, n);
}

/* An encoding of bytes below which ASCII is ASCII; NULL when it is UTF-8, unknown or wider. */
static const char *other_encoding(struct arena *a, struct str name)
{
	static const char *const known[] = { "iso-8859-", "windows-125", "latin1", "cp125",
					     "koi8-",     "shift_jis",   "euc-",   "gb",
					     "big5",      "macintosh" };
	xmlCharEncodingHandlerPtr handler = NULL;
	struct str kept = str_keep(a, name);

	for (size_t i = 0; i < COUNT(known); i++)
		if (str_starts(name, str_from(known[i])))
			handler = xmlFindCharEncodingHandler(kept.at);
	if (!handler)
		return NULL;
	xmlCharEncCloseFunc(handler);
	return kept.at;
}

static void repair_one(struct buf *b, unsigned char c)
{
	if (c >= 0xa0) {
		buf_char(b, (char)(0xc0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add(b, STR("\xef\xbf\xbd"));
	}
}

static struct str repair(struct arena *a, struct str bytes)
{
	struct buf b;

	buf_in(&b, a, 3 * HTML_BYTES_MAX + 1);
	while (bytes.len > 0) {
		size_t n = bytes.at[0] ? str_utf8_len(bytes) : 0;

		if (n)
			buf_add(&b, str_slice(bytes, 0, n));
		else
			repair_one(&b, (unsigned char)bytes.at[0]);
		bytes = str_slice(bytes, n ? n : 1, bytes.len);
	}
	return buf_str(&b);
}

/* ---- what libxml2 would leave out without a word ---- */

static bool is_character(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0xd800 || (c >= 0xe000 && c < 0xfffe) || (c >= 0x10000 && c <= 0x10ffff);
}

/* The value of a digit, or 16. */
static uint32_t digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10 : 16;
}

/* Whether what is behind "&#" names a character. */
static bool is_reference(struct str s)
{
	uint32_t base = s.len > 0 && (s.at[0] | 0x20) == 'x' ? 16 : 10, c = 0;
	size_t n = base == 16, first = n;

	for (; n < s.len && digit(s.at[n]) < base; n++)
		c = c > 0x10ffff ? c : c * base + digit(s.at[n]);
	return n > first && is_character(c);
}

/* The byte to stand at `i`: its own, or one that no number has in it. */
static char mended(struct str bytes, size_t i)
{
	unsigned char c = (unsigned char)bytes.at[i];

	if (c == '\f' || c == '\v')
		return ' ';
	if (c < 0x20 && !is_character(c))
		return '?';
	if (c == '&' && i + 1 < bytes.len && bytes.at[i + 1] == '#' &&
	    !is_reference(str_slice(bytes, i + 2, bytes.len)))
		return '?';
	/* U+FFFE and U+FFFF become U+FFFD. */
	if (c >= 0xbe && c <= 0xbf && i > 1 && bytes.at[i - 1] == '\xbf' &&
	    bytes.at[i - 2] == '\xef')
		return '\xbd';
	return bytes.at[i];
}

/* A control character or a reference to none is no character, and what is left would join:
 * "1&#0;6.8" would be 16.8.  It stays visible. */
static struct str mend(struct arena *a, struct str bytes)
{
	char *at = arena_alloc(a, bytes.len + 1);

	for (size_t i = 0; i < bytes.len; i++)
		at[i] = mended(bytes, i);
	return (struct str){ at, bytes.len };
}

/* ---- all of it ---- */

static struct str in_encoding(struct arena *a, struct str bytes, const char **encoding)
{
	*encoding = "UTF-8";
	if (memchr(bytes.at, 0, bytes.len))
		return repair(a, bytes);
	if (!str_is_utf8(bytes)) {
		const char *other = other_encoding(a, meta_charset(a, bytes));

		if (!other)
			return repair(a, bytes);
		*encoding = other;
	}
	return bytes;
}

struct str html_bytes_read(struct arena *a, struct str bytes, const char **encoding)
{
	if (str_starts(bytes, STR("\xef\xbb\xbf")))
		bytes = str_slice(bytes, 3, bytes.len);
	return mend(a, in_encoding(a, bytes, encoding));
}
