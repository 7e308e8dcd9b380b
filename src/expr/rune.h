/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rune.h - the code points of a text, one by one.
 *
 * Text is valid UTF-8; a byte that is not (a hostile one got through) counts as one code point of
 * its own, so that every loop ends.
 */
#ifndef RUNE_H
#define RUNE_H

#include "base/buf.h"

/* Cuts the first code point off `rest`, which is not empty. */
uint32_t rune_next(struct str *rest);

/* Appends a code point as UTF-8. */
void rune_add(struct buf *b, uint32_t rune);

size_t rune_count(struct str s);

/* The part from code point `from` to before `to`; both clamped. */
struct str rune_slice(struct str s, size_t from, size_t to);

/*
 * Simple case mapping of Latin, Greek, Cyrillic, Armenian and Georgian letters; others stay as they
 * are.
 */
uint32_t rune_lower(uint32_t rune);
uint32_t rune_upper(uint32_t rune);

bool rune_is_cased(uint32_t rune);
bool rune_is_letter(uint32_t rune);
bool rune_is_space(uint32_t rune);     /* what Python's str.strip() takes off */
bool rune_is_printable(uint32_t rune); /* what repr() does not escape */

/*
 * Reads one escape of a Python string literal: `rest` stands after the backslash.  An unknown one
 * is kept with its backslash.  False when it is cut off, out of range or names a character (\N).
 * With `bytes` the escapes \u and \U are unknown.
 */
bool rune_escape(struct str *rest, bool bytes, struct buf *b);

#endif
