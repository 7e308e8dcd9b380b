/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.c - values to JSON text.
 *
 * Always: what is written is valid JSON in valid UTF-8, whatever the value holds.  Parsed documents
 * take a road of their own, for every record passes here.
 */
#include "data/decimal.h"
#include "data/doc.h"
#include "data/json.h"
#include "data/moment.h"

#include <math.h>

struct writer {
	struct buf *b;
	bool pretty;
};

static inline void put(struct buf *b, char c)
{
	if (b->len + 1 >= b->cap || b->failed) {
		buf_char(b, c);
		return;
	}
	b->at[b->len++] = c;
	b->at[b->len] = 0;
}

/* Strings. */

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS (ONES * 0x80)
#define HAS_ZERO(word) (((word)-ONES) & ~(word)&HIGHS)
#define HAS_BELOW_SPACE(word) (((word)-ONES * 0x20) & ~(word)&HIGHS)

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* How many bytes at the start of `s` stand in JSON as they are; may stop early before any other. */
static size_t plain_len(struct str s)
{
	size_t n = 0;

	while (s.len - n >= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, s.at + n, sizeof(word));
		if ((word & HIGHS) | HAS_BELOW_SPACE(word) | HAS_ZERO(word ^ ONES * '"') |
		    HAS_ZERO(word ^ ONES * '\\'))
			break;
		n += sizeof(word);
	}
	while (n < s.len && is_plain((unsigned char)s.at[n]))
		n++;
	return n;
}

/* Writes the one character at the start of `s` that cannot stand as it is; returns its length. */
static size_t put_special(struct buf *b, struct str s)
{
	static const char hex[] = "0123456789abcdef", named[] = "btnvfr";
	unsigned char c = (unsigned char)s.at[0];
	size_t n = str_utf8_len(s);

	if (c >= 0x80) {
		buf_add(b, n ? str_slice(s, 0, n) : STR("\xEF\xBF\xBD"));
		return n ? n : 1;
	}
	put(b, '\\');
	if (c == '"' || c == '\\') {
		put(b, (char)c);
	} else if (c >= '\b' && c <= '\r' && c != '\v') {
		put(b, named[c - '\b']);
	} else {
		buf_add(b, STR("u00"));
		put(b, hex[c >> 4]);
		put(b, hex[c & 15]);
	}
	return 1;
}

/* All of `s` as it is, in one go; false when it is not plain. */
static bool put_plain(struct buf *b, struct str s)
{
	char *to;

	if (plain_len(s) < s.len)
		return false;
	to = buf_room(b, s.len + 2);
	if (!to)
		return true;
	to[0] = '"';
	if (s.len)
		memcpy(to + 1, s.at, s.len);
	to[s.len + 1] = '"';
	to[s.len + 2] = 0;
	b->len += s.len + 2;
	return true;
}

void json_write_str(struct buf *b, struct str s)
{
	if (put_plain(b, s))
		return;
	put(b, '"');
	while (s.len > 0) {
		size_t n = plain_len(s);

		buf_add(b, str_slice(s, 0, n));
		if (n < s.len)
			n += put_special(b, str_slice(s, n, s.len));
		s = str_slice(s, n, s.len);
	}
	put(b, '"');
}

/* Documents: their depth was checked when they were read. */

static void write_doc_scalar(struct buf *b, struct yyjson_val *v)
{
	switch (unsafe_yyjson_get_type(v)) {
	case YYJSON_TYPE_STR:
		json_write_str(b, doc_text(v));
		break;
	case YYJSON_TYPE_RAW:
		buf_add(b, doc_text(v));
		break;
	case YYJSON_TYPE_BOOL:
		buf_add(b, unsafe_yyjson_get_bool(v) ? STR("true") : STR("false"));
		break;
	default:
		assert(unsafe_yyjson_get_type(v) == YYJSON_TYPE_NULL);
		buf_add(b, STR("null"));
	}
}

static void write_doc(struct buf *b, struct yyjson_val *v)
{
	struct yyjson_val *end = doc_end(v), *at = doc_first(v);
	bool map = unsafe_yyjson_get_type(v) == YYJSON_TYPE_OBJ, first = true;

	if (!unsafe_yyjson_is_ctn(v)) {
		write_doc_scalar(b, v);
		return;
	}
	put(b, map ? '{' : '[');
	while ((at = map ? doc_live_key(at, end) : at) < end) {
		if (!first)
			put(b, ',');
		first = false;
		if (map) {
			json_write_str(b, doc_text(at++));
			put(b, ':');
		}
		write_doc(b, at);
		at = doc_end(at);
	}
	put(b, map ? '}' : ']');
}

/* Everything else. */

/* A float stays one for whoever reads it: 1.0, not 1. */
static void write_float(struct buf *b, double f)
{
	char text[FLOAT_TEXT_MAX];
	struct str s = { text, 0 };

	if (!isfinite(f)) {
		buf_add(b, STR("null"));
		return;
	}
	s.len = float_text(text, f);
	buf_add(b, s);
	if (str_find(s, STR(".")) < 0 && str_find(s, STR("e")) < 0)
		buf_add(b, STR(".0"));
}

static void write_int(struct buf *b, int64_t i)
{
	char digits[INT_TEXT_MAX];

	buf_add(b, (struct str){ digits, int_text(digits, i) });
}

static void write_scalar(struct buf *b, struct value v)
{
	switch ((enum value_kind)v.kind) {
	case VALUE_BOOL:
		buf_add(b, v.b ? STR("true") : STR("false"));
		return;
	case VALUE_INT:
		write_int(b, v.i);
		return;
	case VALUE_NUMBER:
		buf_add(b, v.s);
		return;
	case VALUE_FLOAT:
		write_float(b, v.f);
		return;
	case VALUE_STR:
	case VALUE_OTHER:
		json_write_str(b, v.s);
		return;
	case VALUE_TIME:
		put(b, '"');
		moment_write(b, v);
		put(b, '"');
		return;
	case VALUE_SPAN:
		put(b, '"');
		span_write(b, v.us);
		put(b, '"');
		return;
	case VALUE_UNDEFINED:
	case VALUE_NULL:
		buf_add(b, STR("null"));
		return;
	case VALUE_LIST:
	case VALUE_MAP:
		break;
	}
	assert(false); /* a container is no scalar */
}

static void new_line(struct writer *w, unsigned depth)
{
	if (!w->pretty)
		return;
	put(w->b, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_add(w->b, STR("  "));
}

static bool write_at(struct writer *w, struct value v, unsigned depth, struct err *e)
{
	struct value_iter it = value_iter(v);
	struct value item;
	struct str key;

	if (v.kind != VALUE_LIST && v.kind != VALUE_MAP) {
		write_scalar(w->b, v);
		return true;
	}
	if (depth == VALUE_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "JSON nested deeper than %d levels", VALUE_DEPTH_MAX);
	put(w->b, v.kind == VALUE_MAP ? '{' : '[');
	while (value_next(&it, &key, &item)) {
		if (it.at > 1)
			put(w->b, ',');
		new_line(w, depth + 1);
		if (v.kind == VALUE_MAP) {
			json_write_str(w->b, key);
			buf_add(w->b, w->pretty ? STR(": ") : STR(":"));
		}
		if (!write_at(w, item, depth + 1, e))
			return false;
	}
	if (it.at > 0)
		new_line(w, depth);
	put(w->b, v.kind == VALUE_MAP ? '}' : ']');
	return true;
}

static bool write_all(struct writer *w, struct value v, struct err *e)
{
	if (v.json && !w->pretty)
		write_doc(w->b, v.doc);
	else if (!write_at(w, v, 0, e))
		return false;
	if (w->b->failed)
		return err_set(e, ERR_LIMIT, "JSON longer than the %zu bytes it may have",
			       w->b->max);
	return true;
}

bool json_write(struct buf *b, struct value v, struct err *e)
{
	return write_all(&(struct writer){ .b = b }, v, e);
}

bool json_pretty(struct arena *a, struct value v, struct str *out, struct err *e)
{
	struct buf b;

	/* A buf that doubles asks its arena for less than four times what it holds in the end. */
	buf_in(&b, a, arena_room(a) / 4);
	if (!write_all(&(struct writer){ .b = &b, .pretty = true }, v, e))
		return false;
	*out = buf_str(&b);
	return true;
}
