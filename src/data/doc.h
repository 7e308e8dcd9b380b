/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc.h - how a parsed JSON document lies behind a value; for the data layer alone.
 *
 * yyjson keeps a document as one flat array in document order: a container is followed by its
 * items, and knows in bytes where it ends.  json_parse() leaves out what a later member of the same
 * name replaces: such a key is DOC_DEAD, and its container's length does not count it.  Hence a
 * walk goes by doc_end(), never by the length, and skips dead keys.
 */
#ifndef DOC_H
#define DOC_H

#include "data/value.h"

#include <yyjson.h>

/* No type and a length no key has: never equal to a key that is looked for. */
#define DOC_DEAD (UINT64_MAX << YYJSON_TAG_BIT)

static inline bool doc_is_dead(const struct yyjson_val *key)
{
	return key->tag == DOC_DEAD;
}

static inline struct yyjson_val *doc_first(struct yyjson_val *container)
{
	return container + 1;
}

/* Where the value that follows `v` stands: for a container, behind all its items. */
static inline struct yyjson_val *doc_end(struct yyjson_val *v)
{
	return unsafe_yyjson_get_next(v);
}

/* The text of a key, a string or a raw number. */
static inline struct str doc_text(struct yyjson_val *v)
{
	return (struct str){ v->uni.str, (size_t)(v->tag >> YYJSON_TAG_BIT) };
}

/* Skips dead members; `end` when none is left. */
static inline struct yyjson_val *doc_live_key(struct yyjson_val *key, const struct yyjson_val *end)
{
	while (key < end && doc_is_dead(key))
		key = doc_end(key + 1);
	return key;
}

struct value doc_value(struct yyjson_val *v);

#endif
