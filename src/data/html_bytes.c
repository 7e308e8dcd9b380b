/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_bytes.c - which characters the bytes of a page are.
 *
 * Most pages are UTF-8, some say that they are something else, and a few say one thing and have
 * pieces of another in them: there each byte that is no UTF-8 is taken for Latin-1, as somebody
 * pasted it.
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

struct str html_bytes_read(struct arena *a, struct str bytes, const char **encoding)
{
	*encoding = "UTF-8";
	if (str_starts(bytes, STR("\xef\xbb\xbf")))
		bytes = str_slice(bytes, 3, bytes.len);
	if (str_is_utf8(bytes) && !memchr(bytes.at, 0, bytes.len))
		return bytes;
	if (!memchr(bytes.at, 0, bytes.len)) {
		const char *other = other_encoding(a, meta_charset(a, bytes));

		if (other) {
			*encoding = other;
			return bytes;
		}
	}
	return repair(a, bytes);
}
