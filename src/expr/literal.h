/* SPDX-License-Identifier: Apache-2.0 */
/*
 * literal.h - text that is a Python literal, as its value: the typing of manifests.
 *
 * What ast.literal_eval() reads: numbers, texts with every prefix and quote, bytes, tuples, lists,
 * dicts, sets, None, True, False, "...".  Everything else stays the text it is, and so do complex
 * numbers, \N{…} escapes, literals nested deeper than LITERAL_DEPTH_MAX and dicts with keys that
 * JSON does not know.  Keys that are numbers, booleans or None become the text JSON writes for
 * them.
 */
#ifndef LITERAL_H
#define LITERAL_H

#include "base/err.h"
#include "data/value.h"

#define LITERAL_DEPTH_MAX 100

/*
 * The value that `text` writes, or `text` itself.  Lives as long as `a` and `text`.  `bytes_max` is
 * how much of `a` may be taken: ERR_LIMIT beyond.
 */
MUST_CHECK bool literal_read(struct arena *a, struct str text, size_t bytes_max, struct value *out,
			     struct err *e);

#endif
