/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_name.c - names as leagues write them, and whether two mean the same person's name.
 *
 * Comparing walks both names letter by letter in a folded form and needs no memory.  What is not a
 * Latin letter compares as it is.
 */
#include "pti/card_part.h"

/* ---- letters ---- */

/* Latin letters with marks, in the order of Unicode, by what they are without. */
static const struct fold {
	uint16_t first, last;
	char to[3];
} folds[] = {
	{ 0x00c0, 0x00c5, "a" },  { 0x00c6, 0x00c6, "ae" }, { 0x00c7, 0x00c7, "c" },
	{ 0x00c8, 0x00cb, "e" },  { 0x00cc, 0x00cf, "i" },  { 0x00d0, 0x00d0, "d" },
	{ 0x00d1, 0x00d1, "n" },  { 0x00d2, 0x00d6, "o" },  { 0x00d8, 0x00d8, "o" },
	{ 0x00d9, 0x00dc, "u" },  { 0x00dd, 0x00dd, "y" },  { 0x00de, 0x00de, "th" },
	{ 0x00df, 0x00df, "ss" }, { 0x00e0, 0x00e5, "a" },  { 0x00e6, 0x00e6, "ae" },
	{ 0x00e7, 0x00e7, "c" },  { 0x00e8, 0x00eb, "e" },  { 0x00ec, 0x00ef, "i" },
	{ 0x00f0, 0x00f0, "d" },  { 0x00f1, 0x00f1, "n" },  { 0x00f2, 0x00f6, "o" },
	{ 0x00f8, 0x00f8, "o" },  { 0x00f9, 0x00fc, "u" },  { 0x00fd, 0x00fd, "y" },
	{ 0x00fe, 0x00fe, "th" }, { 0x00ff, 0x00ff, "y" },  { 0x0100, 0x0105, "a" },
	{ 0x0106, 0x010d, "c" },  { 0x010e, 0x0111, "d" },  { 0x0112, 0x011b, "e" },
	{ 0x011c, 0x0123, "g" },  { 0x0124, 0x0127, "h" },  { 0x0128, 0x0131, "i" },
	{ 0x0132, 0x0133, "ij" }, { 0x0134, 0x0135, "j" },  { 0x0136, 0x0138, "k" },
	{ 0x0139, 0x0142, "l" },  { 0x0143, 0x014b, "n" },  { 0x014c, 0x0151, "o" },
	{ 0x0152, 0x0153, "oe" }, { 0x0154, 0x0159, "r" },  { 0x015a, 0x0161, "s" },
	{ 0x0162, 0x0167, "t" },  { 0x0168, 0x0173, "u" },  { 0x0174, 0x0175, "w" },
	{ 0x0176, 0x0178, "y" },  { 0x0179, 0x017e, "z" },  { 0x017f, 0x017f, "s" },
	{ 0x01a0, 0x01a1, "o" },  { 0x01af, 0x01b0, "u" },  { 0x01cd, 0x01ce, "a" },
	{ 0x01cf, 0x01d0, "i" },  { 0x01d1, 0x01d2, "o" },  { 0x01d3, 0x01dc, "u" },
	{ 0x0218, 0x0219, "s" },  { 0x021a, 0x021b, "t" },  { 0x1e00, 0x1e01, "a" },
	{ 0x1e02, 0x1e07, "b" },  { 0x1e08, 0x1e09, "c" },  { 0x1e0a, 0x1e13, "d" },
	{ 0x1e14, 0x1e1d, "e" },  { 0x1e1e, 0x1e1f, "f" },  { 0x1e20, 0x1e21, "g" },
	{ 0x1e22, 0x1e2b, "h" },  { 0x1e2c, 0x1e2f, "i" },  { 0x1e30, 0x1e35, "k" },
	{ 0x1e36, 0x1e3d, "l" },  { 0x1e3e, 0x1e43, "m" },  { 0x1e44, 0x1e4b, "n" },
	{ 0x1e4c, 0x1e53, "o" },  { 0x1e54, 0x1e57, "p" },  { 0x1e58, 0x1e5f, "r" },
	{ 0x1e60, 0x1e69, "s" },  { 0x1e6a, 0x1e71, "t" },  { 0x1e72, 0x1e7b, "u" },
	{ 0x1e7c, 0x1e7f, "v" },  { 0x1e80, 0x1e89, "w" },  { 0x1e8a, 0x1e8d, "x" },
	{ 0x1e8e, 0x1e8f, "y" },  { 0x1e90, 0x1e95, "z" },  { 0x1e9e, 0x1e9e, "ss" },
	{ 0x1ea0, 0x1eb7, "a" },  { 0x1eb8, 0x1ec7, "e" },  { 0x1ec8, 0x1ecb, "i" },
	{ 0x1ecc, 0x1ee3, "o" },  { 0x1ee4, 0x1ef1, "u" },  { 0x1ef2, 0x1ef9, "y" },
};

/* Characters that decide nothing: accents that follow their letter, and what leagues add. */
static bool is_silent(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36f) || c == '.' || c == ',' || c == '*' || c == '"' ||
	       c == 0x201c || c == 0x201d || c == 0x2713 || c == 0x2714 || c == 0xfe0f ||
	       c == 0x200b;
}

static bool is_blank(uint32_t c)
{
	return c <= ' ' || c == 0xa0;
}

/* A byte that is no UTF-8 is like no character. */
static uint32_t rune_cut(struct str *s)
{
	size_t n = str_utf8_len(*s);
	unsigned char lead = (unsigned char)s->at[0];
	uint32_t c = n == 1 ? lead : n == 0 ? 0xdc00u + lead : lead & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s->at[i] & 0x3f);
	*s = str_slice(*s, n ? n : 1, s->len);
	return c;
}

/* ---- marks ---- */

/* Bytes of "(C)", "(CC)", "(S …)" or "(sub)" at the beginning of `s`; 0 when there is none. */
static size_t mark_len(struct str s)
{
	static const char *const word[] = { "C", "CC", "S", "SUB" };
	const char *end = s.len ? memchr(s.at, ')', s.len) : NULL;
	struct str inside;

	if (!end || s.at[0] != '(')
		return 0;
	inside = str_trim(str_slice(s, 1, (size_t)(end - s.at)));
	for (size_t i = 0; i < COUNT(word); i++)
		if (str_eq_nocase(inside, str_from(word[i])))
			return (size_t)(end - s.at) + 1;
	if (str_starts(inside, STR("S \xe2\x86\x91")) || str_starts(inside, STR("S\xe2\x86\x91")))
		return (size_t)(end - s.at) + 1;
	return 0;
}

static bool is_digit(struct str s, size_t i)
{
	return i < s.len && s.at[i] >= '0' && s.at[i] <= '9';
}

struct str name_plain(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (mark_len(str_slice(name, i, name.len)) ||
		    (name.at[i] == '(' && is_digit(name, i + 1) && is_digit(name, i + 2)))
			name = str_slice(name, 0, i);
	name = str_trim(name);
	while (str_ends(name, STR("*")))
		name = str_trim(str_slice(name, 0, name.len - 1));
	return name;
}

/* ---- comparing ---- */

struct walk {
	struct str rest;
	uint32_t due; /* a letter's second half, or 0 */
	bool begun, gap;
};

static uint32_t folded(struct walk *w, uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c + 32;
	if (c == 0x2018 || c == 0x2019 || c == '`')
		return '\'';
	if (c == 0x2010 || c == 0x2011 || c == 0x2013)
		return '-';
	for (size_t i = 0; c >= 0xc0 && i < COUNT(folds); i++)
		if (c >= folds[i].first && c <= folds[i].last) {
			w->due = (unsigned char)folds[i].to[1];
			return (unsigned char)folds[i].to[0];
		}
	return c;
}

/* The next letter, or ' ' between words; 0 at the end. */
static uint32_t walk_next(struct walk *w)
{
	uint32_t due = w->due;

	w->due = 0;
	while (!due && w->rest.len) {
		struct str before = w->rest;
		size_t mark = mark_len(before);
		uint32_t c;

		if (mark) {
			w->rest = str_slice(before, mark, before.len);
			continue;
		}
		c = rune_cut(&w->rest);
		if (is_blank(c)) {
			w->gap = w->begun;
		} else if (!is_silent(c) && w->gap) {
			w->gap = false;
			w->rest = before;
			return ' ';
		} else if (!is_silent(c)) {
			w->begun = true;
			due = folded(w, c);
		}
	}
	return due;
}

bool pti_same_name(struct str a, struct str b)
{
	struct walk x = { .rest = a }, y = { .rest = b };
	bool begun = false;

	for (;;) {
		uint32_t c = walk_next(&x);

		if (c != walk_next(&y))
			return false;
		if (!c)
			return begun;
		begun = true;
	}
}
