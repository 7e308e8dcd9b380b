/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - one value of what vendors send and expressions compute.
 *
 * A value is small and passed by value.  Text, lists and maps are borrowed from an arena; nothing
 * is freed one by one.  A list or map is backed either by a parsed JSON document (read-only, no
 * copy is made) or by our own arrays; the accessors hide which.
 *
 * Numbers keep their digits: a JSON number that is an integer of at most 64 bits in its shortest
 * form is VALUE_INT; every other number is VALUE_NUMBER, whose text is exactly what was received
 * ("509135.89", "1e3", "12345678901234567890", "-0").  VALUE_FLOAT only comes from arithmetic.
 *
 * VALUE_UNDEFINED is a missing attribute, key or variable; it is false, empty and not null.
 */
#ifndef VALUE_H
#define VALUE_H

#include "base/buf.h"

enum value_kind {
	VALUE_UNDEFINED,
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_NUMBER,
	VALUE_FLOAT,
	VALUE_STR,
	VALUE_LIST,
	VALUE_MAP,
	VALUE_TIME,  /* an instant, with the offset it was written in */
	VALUE_SPAN,  /* a length of time */
	VALUE_OTHER, /* what an expression language may yield and nobody stores: the text of it in
			.s */
};

/* How a list came to be; only an expression language cares. */
enum value_shape { SHAPE_PLAIN, SHAPE_TUPLE, SHAPE_SET };

struct value_list; /* ours */
struct value_map;  /* ours */
struct yyjson_val; /* theirs */

struct value {
	uint8_t kind;     /* enum value_kind */
	uint8_t shape;    /* enum value_shape, lists only */
	bool json;        /* LIST and MAP: backed by .doc */
	bool has_offset;  /* TIME: false = written without an offset (taken as UTC) */
	int32_t offset_s; /* TIME: seconds east of UTC as written */
	union {
		bool b;
		int64_t i;
		double f;
		struct str s; /* STR, NUMBER, OTHER */
		struct value_list *list;
		struct value_map *map;
		struct yyjson_val *doc;
		int64_t us; /* TIME: microseconds since 1970 UTC; SPAN: microseconds */
	};
};

#define UNDEFINED ((struct value){ .kind = VALUE_UNDEFINED })
#define NULL_VALUE ((struct value){ .kind = VALUE_NULL })

static inline struct value value_bool(bool b)
{
	return (struct value){ .kind = VALUE_BOOL, .b = b };
}

static inline struct value value_int(int64_t i)
{
	return (struct value){ .kind = VALUE_INT, .i = i };
}

static inline struct value value_float(double f)
{
	return (struct value){ .kind = VALUE_FLOAT, .f = f };
}

static inline struct value value_str(struct str s)
{
	return (struct value){ .kind = VALUE_STR, .s = s };
}

/* "null", "boolean", "integer", "number", "text", "list", "map", "time", "span", …: for messages.
 */
const char *value_kind_name(struct value v);

/* NULL or UNDEFINED. */
bool value_is_nothing(struct value v);
bool value_is_number(struct value v); /* INT, NUMBER or FLOAT */

/* A text, or null for an empty one. */
struct value value_text_or_null(struct str s);

/* Lists.  `i` < value_len(). */
struct value value_list_new(struct arena *a);
void value_list_add(struct arena *a, struct value list, struct value item); /* ours only */
struct value value_at(struct value list,
		      size_t i); /* O(1) ours; JSON lists are walked: iterate instead */

/* Maps.  Keys keep their order; of duplicate keys in JSON the last one wins. */
struct value value_map_new(struct arena *a);
/* Sets or replaces.  `map` is ours (value_map_new() or value_map_copy()). */
void value_map_set(struct arena *a, struct value map, struct str key, struct value item);
void value_map_remove(struct value map, struct str key);
/* UNDEFINED when `map` is not a map or has no such key. */
struct value value_get(struct value map, struct str key);
/* A text, or an empty one for whatever is none; a whole number that was written as one, or 0. */
struct str value_text(struct value v);
int64_t value_whole(struct value v);
/* A member that is a text, such a number or true; empty, 0 or false for whatever is none. */
struct str value_get_text(struct value map, const char *key);
int64_t value_get_int(struct value map, const char *key);
bool value_get_bool(struct value map, const char *key);
/* A map of our own with the same members (not copied deeply): what value_map_set() may change. */
struct value value_map_copy(struct arena *a, struct value map);

/* Items of a list, members of a map, code points of a text; 0 for everything else. */
size_t value_len(struct value v);

/*
 * Walks a list (key stays empty) or a map in order:
 *
 *     struct value_iter it = value_iter(v);
 *     while (value_next(&it, &key, &item)) …
 */
struct value_iter {
	struct value of;
	size_t at;
	void *next;
};
struct value_iter value_iter(struct value v);
bool value_next(struct value_iter *it, struct str *key, struct value *item);

/*
 * Same kind and content; integers, numbers and floats compare by numeric value; maps regardless of
 * the order of their keys.  Deeper than VALUE_DEPTH_MAX is never equal.
 */
bool value_eq(struct value a, struct value b);

/* A copy in which nothing is borrowed from outside `a`.  What our own containers hold deeper than
 * VALUE_DEPTH_MAX, which json_write() refuses, becomes null. */
struct value value_keep(struct arena *a, struct value v);

/* The number as a double (exact for INT up to 2^53); 0 for what is no number. */
double value_to_double(struct value v);

#define VALUE_DEPTH_MAX 128

#endif
