/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rune.c - the code points of a text, one by one.
 *
 * The tables cover the scripts in which customers' names come; there is no locale here.
 */
#include "expr/rune.h"

uint32_t rune_next(struct str *rest)
{
	const unsigned char *p = (const unsigned char *)rest->at;
	size_t n = str_utf8_len(*rest);
	uint32_t rune;

	assert(rest->len > 0);
	if (n <= 1) {
		rune = n == 1 ? p[0] : 0xFFFD;
		n = 1;
	} else {
		rune = p[0] & (0xFFu >> (n + 1));
		for (size_t i = 1; i < n; i++)
			rune = rune << 6 | (p[i] & 0x3Fu);
	}
	rest->at += n;
	rest->len -= n;
	return rune;
}

void rune_add(struct buf *b, uint32_t rune)
{
	char out[4];
	size_t n = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
	static const uint32_t lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (rune & 0x3F));
		rune >>= 6;
	}
	out[0] = (char)(lead[n] | rune);
	buf_add(b, (struct str){ out, n });
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] >= 0x80)
			return false;
	return true;
}

size_t rune_count(struct str s)
{
	size_t n = 0;

	if (is_ascii(s))
		return s.len;
	while (s.len > 0) {
		rune_next(&s);
		n++;
	}
	return n;
}

struct str rune_slice(struct str s, size_t from, size_t to)
{
	struct str rest = s;
	size_t at = 0, start;

	if (is_ascii(s))
		return str_slice(s, from, to);
	for (; at < from && rest.len > 0; at++)
		rune_next(&rest);
	start = s.len - rest.len;
	for (; at < to && rest.len > 0; at++)
		rune_next(&rest);
	return str_slice(s, start, s.len - rest.len);
}

/*
 * Upper-case letters `from`..`to`; `step` 1: each has its lower-case twin `add` further on;
 * `step` 2: upper and lower case take turns.
 */
struct case_range {
	uint32_t from, to;
	int32_t add;
	uint32_t step;
};

static const struct case_range case_ranges[] = {
	{ 'A', 'Z', 32, 1 },         { 0xC0, 0xD6, 32, 1 },     { 0xD8, 0xDE, 32, 1 },
	{ 0x100, 0x12E, 1, 2 },      { 0x132, 0x136, 1, 2 },    { 0x139, 0x147, 1, 2 },
	{ 0x14A, 0x176, 1, 2 },      { 0x178, 0x178, -121, 1 }, { 0x179, 0x17D, 1, 2 },
	{ 0x1CD, 0x1DB, 1, 2 },      { 0x1DE, 0x1EE, 1, 2 },    { 0x1F8, 0x21E, 1, 2 },
	{ 0x222, 0x232, 1, 2 },      { 0x386, 0x386, 38, 1 },   { 0x388, 0x38A, 37, 1 },
	{ 0x38C, 0x38C, 64, 1 },     { 0x38E, 0x38F, 63, 1 },   { 0x391, 0x3A1, 32, 1 },
	{ 0x3A3, 0x3AB, 32, 1 },     { 0x400, 0x40F, 80, 1 },   { 0x410, 0x42F, 32, 1 },
	{ 0x460, 0x480, 1, 2 },      { 0x48A, 0x4BE, 1, 2 },    { 0x4C0, 0x4C0, 15, 1 },
	{ 0x4C1, 0x4CD, 1, 2 },      { 0x4D0, 0x52E, 1, 2 },    { 0x531, 0x556, 48, 1 },
	{ 0x10A0, 0x10C5, 7264, 1 }, { 0x1E00, 0x1E94, 1, 2 },  { 0x1EA0, 0x1EFE, 1, 2 },
	{ 0x24B6, 0x24CF, 26, 1 },   { 0xFF21, 0xFF3A, 32, 1 }, { 0x10400, 0x10427, 40, 1 },
};

uint32_t rune_lower(uint32_t rune)
{
	for (size_t i = 0; i < COUNT(case_ranges) && case_ranges[i].from <= rune; i++) {
		const struct case_range *r = &case_ranges[i];

		if (rune <= r->to && (rune - r->from) % r->step == 0)
			return rune + (uint32_t)r->add;
	}
	return rune;
}

uint32_t rune_upper(uint32_t rune)
{
	if (rune == 0xB5)
		return 0x39C;
	if (rune == 0x3C2)
		return 0x3A3;
	if (rune == 0x131)
		return 'I';
	if (rune == 0x17F)
		return 'S';
	for (size_t i = 0; i < COUNT(case_ranges); i++) {
		const struct case_range *r = &case_ranges[i];
		uint32_t big = rune - (uint32_t)r->add;

		if (big >= r->from && big <= r->to && (big - r->from) % r->step == 0)
			return big;
	}
	return rune;
}

bool rune_is_cased(uint32_t rune)
{
	return rune == 0xDF || rune_lower(rune) != rune || rune_upper(rune) != rune;
}

struct range {
	uint32_t from, to;
};

static bool in_ranges(uint32_t rune, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rune >= r[i].from && rune <= r[i].to)
			return true;
	return false;
}

bool rune_is_letter(uint32_t rune)
{
	static const struct range letters[] = {
		{ 'A', 'Z' },       { 'a', 'z' },         { 0xAA, 0xAA },     { 0xB5, 0xB5 },
		{ 0xBA, 0xBA },     { 0xC0, 0xD6 },       { 0xD8, 0xF6 },     { 0xF8, 0x2C1 },
		{ 0x370, 0x373 },   { 0x376, 0x377 },     { 0x37B, 0x37D },   { 0x386, 0x386 },
		{ 0x388, 0x481 },   { 0x48A, 0x556 },     { 0x561, 0x587 },   { 0x5D0, 0x5EA },
		{ 0x620, 0x64A },   { 0x671, 0x6D3 },     { 0x904, 0x939 },   { 0xE01, 0xE30 },
		{ 0x10A0, 0x10FF }, { 0x1E00, 0x1FFC },   { 0x3041, 0x3096 }, { 0x30A1, 0x30FA },
		{ 0x3400, 0x4DBF }, { 0x4E00, 0x9FFF },   { 0xAC00, 0xD7A3 }, { 0xFF21, 0xFF3A },
		{ 0xFF41, 0xFF5A }, { 0x20000, 0x2FA1D },
	};

	return in_ranges(rune, letters, COUNT(letters));
}

bool rune_is_space(uint32_t rune)
{
	static const struct range spaces[] = {
		{ 0x09, 0x0D },     { 0x1C, 0x20 },     { 0x85, 0x85 },     { 0xA0, 0xA0 },
		{ 0x1680, 0x1680 }, { 0x2000, 0x200A }, { 0x2028, 0x2029 }, { 0x202F, 0x202F },
		{ 0x205F, 0x205F }, { 0x3000, 0x3000 },
	};

	return in_ranges(rune, spaces, COUNT(spaces));
}

bool rune_is_printable(uint32_t rune)
{
	static const struct range hidden[] = {
		{ 0x00, 0x1F },     { 0x7F, 0xA0 },        { 0xAD, 0xAD },     { 0x600, 0x605 },
		{ 0x61C, 0x61C },   { 0x6DD, 0x6DD },      { 0x70F, 0x70F },   { 0x1680, 0x1680 },
		{ 0x180E, 0x180E }, { 0x2000, 0x200F },    { 0x2028, 0x202F }, { 0x205F, 0x206F },
		{ 0x3000, 0x3000 }, { 0xD800, 0xF8FF },    { 0xFEFF, 0xFEFF }, { 0xFFF0, 0xFFFB },
		{ 0xFFFE, 0xFFFF }, { 0xE0000, 0x10FFFF },
	};

	return !in_ranges(rune, hidden, COUNT(hidden));
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

static void add_unit(struct buf *b, uint32_t rune, bool bytes)
{
	if (bytes)
		buf_char(b, (char)rune);
	else
		rune_add(b, rune);
}

/* Exactly `n` hexadecimal digits after the letter. */
static bool escape_hex(struct str *rest, size_t n, bool bytes, struct buf *b)
{
	uint32_t rune = 0;

	if (rest->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (digit_value(rest->at[i]) > 15)
			return false;
		rune = rune << 4 | (uint32_t)digit_value(rest->at[i]);
	}
	*rest = str_slice(*rest, n, rest->len);
	/* A lone surrogate has no UTF-8. */
	if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF))
		return false;
	add_unit(b, rune, bytes);
	return true;
}

static void escape_octal(struct str *rest, bool bytes, struct buf *b)
{
	uint32_t rune = 0;

	for (size_t i = 0; i < 3 && rest->len > 0 && digit_value(rest->at[0]) < 8; i++) {
		rune = rune * 8 + (uint32_t)digit_value(rest->at[0]);
		*rest = str_slice(*rest, 1, rest->len);
	}
	add_unit(b, bytes ? rune & 0xFF : rune, bytes);
}

bool rune_escape(struct str *rest, bool bytes, struct buf *b)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	const char *hit;
	char c;

	if (rest->len == 0)
		return false;
	c = rest->at[0];
	if (digit_value(c) < 8) {
		escape_octal(rest, bytes, b);
		return true;
	}
	hit = c ? strchr(from, c) : NULL;
	if (hit) {
		buf_char(b, to[hit - from]);
		*rest = str_slice(*rest, 1, rest->len);
		return true;
	}
	if (c == 'x' || (!bytes && (c == 'u' || c == 'U'))) {
		*rest = str_slice(*rest, 1, rest->len);
		return escape_hex(rest, c == 'x' ? 2 : c == 'u' ? 4 : 8, bytes, b);
	}
	if (c == 'N' && !bytes)
		return false;
	if (c == '\n')
		*rest = str_slice(*rest, 1, rest->len);
	else
		buf_char(b, '\\');
	return true;
}
