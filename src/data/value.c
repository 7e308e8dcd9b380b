/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.c - one value of what vendors send and expressions compute.
 *
 * Always: a value with .json set points into a document that is never changed any more; our own
 * lists and maps grow by doubling.  A map of more than INDEX_FROM members has an index: open
 * addressing, a power of two of slots, at most half of them taken.
 */
#include "data/value.h"

#include "data/decimal.h"
#include "data/doc.h"

struct value_list {
	struct value *item;
	size_t n, cap;
};

struct member {
	struct str key;
	struct value item;
};

struct value_map {
	struct member *member;
	size_t n, cap;
	uint32_t *slot; /* NULL, or 1 + the member's position, 0 for none */
	size_t slots;
};

#define ITEMS_FIRST 8
#define INDEX_FROM 16
#define MAP_MAX ((size_t)UINT32_MAX / 4)

const char *value_kind_name(struct value v)
{
	static const char *const name[] = {
		[VALUE_UNDEFINED] = "undefined",
		[VALUE_NULL] = "null",
		[VALUE_BOOL] = "boolean",
		[VALUE_INT] = "integer",
		[VALUE_NUMBER] = "number",
		[VALUE_FLOAT] = "float",
		[VALUE_STR] = "text",
		[VALUE_LIST] = "list",
		[VALUE_MAP] = "map",
		[VALUE_TIME] = "time",
		[VALUE_SPAN] = "span",
		[VALUE_OTHER] = "object",
	};

	assert(v.kind < COUNT(name));
	return name[v.kind];
}

bool value_is_nothing(struct value v)
{
	return v.kind == VALUE_UNDEFINED || v.kind == VALUE_NULL;
}

bool value_is_number(struct value v)
{
	return v.kind == VALUE_INT || v.kind == VALUE_NUMBER || v.kind == VALUE_FLOAT;
}

/* Documents. */

/* So many characters always fit an int64. */
#define INT_QUICK 18

/* `s` is a number by JSON's grammar. */
static struct value number_value(struct str s)
{
	struct value number = { .kind = VALUE_NUMBER, .s = s };
	bool minus = s.at[0] == '-';
	int64_t n = 0;

	if (minus && s.at[1] == '0')
		return number;
	if (s.len > INT_QUICK)
		return str_to_i64(s, &n) ? value_int(n) : number;
	for (size_t i = minus; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return number;
		n = n * 10 + (s.at[i] - '0');
	}
	return value_int(minus ? -n : n);
}

struct value doc_value(struct yyjson_val *v)
{
	switch (unsafe_yyjson_get_type(v)) {
	case YYJSON_TYPE_NULL:
		return NULL_VALUE;
	case YYJSON_TYPE_BOOL:
		return value_bool(unsafe_yyjson_get_bool(v));
	case YYJSON_TYPE_RAW:
		return number_value(doc_text(v));
	case YYJSON_TYPE_STR:
		return value_str(doc_text(v));
	case YYJSON_TYPE_ARR:
		return (struct value){ .kind = VALUE_LIST, .json = true, .doc = v };
	default:
		assert(unsafe_yyjson_get_type(v) == YYJSON_TYPE_OBJ);
		return (struct value){ .kind = VALUE_MAP, .json = true, .doc = v };
	}
}

static bool doc_has_text(const struct yyjson_val *v)
{
	uint8_t type = (uint8_t)(v->tag & YYJSON_TYPE_MASK);

	return type == YYJSON_TYPE_STR || type == YYJSON_TYPE_RAW;
}

/* Positions inside a document are relative, so that its array can be copied as it is. */
static struct value doc_keep(struct arena *a, struct yyjson_val *v)
{
	size_t n = (size_t)(doc_end(v) - v), bytes = 0;
	struct yyjson_val *copy = arena_new_array(a, struct yyjson_val, n);
	char *to;

	memcpy(copy, v, n * sizeof(*v));
	for (size_t i = 0; i < n; i++)
		bytes += doc_has_text(&v[i]) ? doc_text(&v[i]).len : 0;
	to = arena_alloc(a, bytes + 1);
	for (size_t i = 0; i < n; i++) {
		struct str s;

		if (!doc_has_text(&v[i]))
			continue;
		s = doc_text(&v[i]);
		if (s.len)
			memcpy(to, s.at, s.len);
		copy[i].uni.str = to;
		to += s.len;
	}
	return doc_value(copy);
}

/* Lists. */

struct value value_list_new(struct arena *a)
{
	return (struct value){ .kind = VALUE_LIST, .list = arena_new_struct(a, struct value_list) };
}

void value_list_add(struct arena *a, struct value list, struct value item)
{
	struct value_list *l = list.list;

	assert(list.kind == VALUE_LIST && !list.json);
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : ITEMS_FIRST;

		l->item = arena_grow(a, l->item, l->cap * sizeof(*l->item), cap * sizeof(*l->item));
		l->cap = cap;
	}
	l->item[l->n++] = item;
}

struct value value_at(struct value list, size_t i)
{
	assert(list.kind == VALUE_LIST && i < value_len(list));
	return list.json ? doc_value(yyjson_arr_get(list.doc, i)) : list.list->item[i];
}

/* Maps. */

/* The slot of `key`, or the free one where it would stand. */
static size_t slot_find(const struct value_map *m, struct str key)
{
	size_t at = (size_t)str_hash(key) & (m->slots - 1);

	while (m->slot[at] && !str_eq(m->member[m->slot[at] - 1].key, key))
		at = (at + 1) & (m->slots - 1);
	return at;
}

static size_t member_find(const struct value_map *m, struct str key)
{
	if (m->slot) {
		uint32_t held = m->slot[slot_find(m, key)];

		return held ? held - 1 : m->n;
	}
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->member[i].key, key))
			return i;
	return m->n;
}

static void index_fill(struct value_map *m)
{
	memset(m->slot, 0, m->slots * sizeof(*m->slot));
	for (size_t i = 0; i < m->n; i++)
		m->slot[slot_find(m, m->member[i].key)] = (uint32_t)i + 1;
}

static void members_grow(struct arena *a, struct value_map *m, size_t cap)
{
	assert(cap < MAP_MAX);
	m->member = arena_grow(a, m->member, m->cap * sizeof(*m->member), cap * sizeof(*m->member));
	m->cap = cap;
	if (cap <= INDEX_FROM)
		return;
	for (m->slots = INDEX_FROM; m->slots < 2 * cap; m->slots *= 2)
		;
	m->slot = arena_new_array(a, uint32_t, m->slots);
	index_fill(m);
}

/* `key` is not there yet. */
static void member_add(struct arena *a, struct value_map *m, struct str key, struct value item)
{
	if (m->n == m->cap)
		members_grow(a, m, m->cap ? 2 * m->cap : ITEMS_FIRST);
	if (m->slot)
		m->slot[slot_find(m, key)] = (uint32_t)m->n + 1;
	m->member[m->n++] = (struct member){ key, item };
}

struct value value_map_new(struct arena *a)
{
	return (struct value){ .kind = VALUE_MAP, .map = arena_new_struct(a, struct value_map) };
}

void value_map_set(struct arena *a, struct value map, struct str key, struct value item)
{
	size_t at;

	assert(map.kind == VALUE_MAP && !map.json);
	at = member_find(map.map, key);
	if (at < map.map->n)
		map.map->member[at].item = item;
	else
		member_add(a, map.map, key, item);
}

void value_map_remove(struct value map, struct str key)
{
	struct value_map *m = map.map;
	size_t at;

	assert(map.kind == VALUE_MAP && !map.json);
	at = member_find(m, key);
	if (at == m->n)
		return;
	m->n--;
	memmove(m->member + at, m->member + at + 1, (m->n - at) * sizeof(*m->member));
	if (m->slot)
		index_fill(m);
}

static struct value doc_get(struct yyjson_val *map, struct str key)
{
	const struct yyjson_val *end = doc_end(map);

	for (struct yyjson_val *k = doc_first(map); k < end; k = doc_end(k + 1))
		if (str_eq(doc_text(k), key))
			return doc_value(k + 1);
	return UNDEFINED;
}

struct value value_get(struct value map, struct str key)
{
	size_t at;

	if (map.kind != VALUE_MAP)
		return UNDEFINED;
	if (map.json)
		return doc_get(map.doc, key);
	at = member_find(map.map, key);
	return at < map.map->n ? map.map->member[at].item : UNDEFINED;
}

struct value value_text_or_null(struct str s)
{
	return s.len > 0 ? value_str(s) : NULL_VALUE;
}

struct str value_text(struct value v)
{
	return v.kind == VALUE_STR ? v.s : STR("");
}

int64_t value_whole(struct value v)
{
	return v.kind == VALUE_INT ? v.i : 0;
}

struct str value_get_text(struct value map, const char *key)
{
	return value_text(value_get(map, str_from(key)));
}

int64_t value_get_int(struct value map, const char *key)
{
	return value_whole(value_get(map, str_from(key)));
}

bool value_get_bool(struct value map, const char *key)
{
	struct value v = value_get(map, str_from(key));

	return v.kind == VALUE_BOOL && v.b;
}

struct value value_map_copy(struct arena *a, struct value map)
{
	struct value copy = value_map_new(a), item;
	struct value_iter it = value_iter(map);
	size_t n = value_len(map);
	struct str key;

	assert(map.kind == VALUE_MAP);
	if (n > 0)
		members_grow(a, copy.map, n + n / 4 + 1);
	while (value_next(&it, &key, &item))
		member_add(a, copy.map, key, item);
	return copy;
}

/* Both. */

static size_t code_points(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xC0) != 0x80;
	return n;
}

size_t value_len(struct value v)
{
	if (v.kind == VALUE_STR)
		return code_points(v.s);
	if (v.kind == VALUE_LIST)
		return v.json ? unsafe_yyjson_get_len(v.doc) : v.list->n;
	if (v.kind == VALUE_MAP)
		return v.json ? unsafe_yyjson_get_len(v.doc) : v.map->n;
	return 0;
}

struct value_iter value_iter(struct value v)
{
	bool walked = v.kind == VALUE_LIST || v.kind == VALUE_MAP;

	return (struct value_iter){ .of = v, .next = walked && v.json ? doc_first(v.doc) : NULL };
}

static bool doc_next(struct value_iter *it, struct str *key, struct value *item)
{
	const struct yyjson_val *end = doc_end(it->of.doc);
	struct yyjson_val *at = it->next;

	*key = (struct str){ "", 0 };
	if (it->of.kind == VALUE_MAP)
		at = doc_live_key(at, end);
	if (at >= end)
		return false;
	if (it->of.kind == VALUE_MAP)
		*key = doc_text(at++);
	*item = doc_value(at);
	it->next = doc_end(at);
	it->at++;
	return true;
}

bool value_next(struct value_iter *it, struct str *key, struct value *item)
{
	if (it->next)
		return doc_next(it, key, item);
	if (it->of.kind == VALUE_LIST && it->at < it->of.list->n) {
		*key = (struct str){ "", 0 };
		*item = it->of.list->item[it->at++];
		return true;
	}
	if (it->of.kind == VALUE_MAP && it->at < it->of.map->n) {
		*key = it->of.map->member[it->at].key;
		*item = it->of.map->member[it->at++].item;
		return true;
	}
	return false;
}

/* Comparing and copying. */

double value_to_double(struct value v)
{
	if (v.kind == VALUE_INT)
		return (double)v.i;
	if (v.kind == VALUE_FLOAT)
		return v.f;
	return v.kind == VALUE_NUMBER ? decimal_to_double(v.s) : 0;
}

/* 2^63: no double below it and above -2^63 - 1 misses the range of int64. */
#define TWO_63 9223372036854775808.0

static bool int_is_float(int64_t i, double f)
{
	return f >= -TWO_63 && f < TWO_63 && (int64_t)f == i && (double)(int64_t)f == f;
}

static bool numbers_eq(struct value a, struct value b)
{
	char digits[INT_TEXT_MAX];
	struct decimal x, y;

	if (a.kind == VALUE_INT && b.kind == VALUE_INT)
		return a.i == b.i;
	if (b.kind == VALUE_INT || b.kind == VALUE_FLOAT) {
		struct value swap = a;

		a = b;
		b = swap;
	}
	if (a.kind == VALUE_FLOAT)
		return b.kind == VALUE_INT ? int_is_float(b.i, a.f) : a.f == value_to_double(b);
	if (a.kind == VALUE_INT && b.kind == VALUE_FLOAT)
		return int_is_float(a.i, b.f);
	if (a.kind == VALUE_INT)
		a.s = (struct str){ digits, int_text(digits, a.i) };
	if (!decimal_parse(a.s, &x) || !decimal_parse(b.s, &y))
		return str_eq(a.s, b.s);
	return decimal_eq(x, y);
}

static bool eq_at(struct value a, struct value b, unsigned depth);

/* In the same order, as copies of one record are, each member is found at once. */
static bool items_eq(struct value a, struct value b, unsigned depth)
{
	struct value_iter in_a = value_iter(a), in_b = value_iter(b);
	struct str key_a, key_b;
	struct value x, y;

	if (depth > VALUE_DEPTH_MAX || value_len(a) != value_len(b))
		return false;
	while (value_next(&in_a, &key_a, &x)) {
		bool both = value_next(&in_b, &key_b, &y);

		assert(both);
		if (!str_eq(key_a, key_b))
			y = value_get(b, key_a);
		if (!eq_at(x, y, depth))
			return false;
	}
	return true;
}

static bool eq_at(struct value a, struct value b, unsigned depth)
{
	if (value_is_number(a) && value_is_number(b))
		return numbers_eq(a, b);
	if (a.kind != b.kind)
		return false;
	switch ((enum value_kind)a.kind) {
	case VALUE_UNDEFINED:
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return a.b == b.b;
	case VALUE_STR:
	case VALUE_OTHER:
		return str_eq(a.s, b.s);
	case VALUE_TIME:
	case VALUE_SPAN:
		return a.us == b.us;
	case VALUE_LIST:
	case VALUE_MAP:
		return items_eq(a, b, depth + 1);
	case VALUE_INT:
	case VALUE_NUMBER:
	case VALUE_FLOAT:
		break;
	}
	return false;
}

bool value_eq(struct value a, struct value b)
{
	return eq_at(a, b, 0);
}

static struct value keep_at(struct arena *a, struct value v, unsigned depth);

static struct value items_keep(struct arena *a, struct value v, unsigned depth)
{
	struct value copy = v.kind == VALUE_LIST ? value_list_new(a) : value_map_new(a), item;
	struct value_iter it = value_iter(v);
	struct str key;

	if (depth > VALUE_DEPTH_MAX)
		return NULL_VALUE;
	copy.shape = v.shape;
	while (value_next(&it, &key, &item)) {
		item = keep_at(a, item, depth);
		if (v.kind == VALUE_LIST)
			value_list_add(a, copy, item);
		else
			member_add(a, copy.map, str_keep(a, key), item);
	}
	return copy;
}

static struct value keep_at(struct arena *a, struct value v, unsigned depth)
{
	if (v.kind == VALUE_STR || v.kind == VALUE_NUMBER || v.kind == VALUE_OTHER) {
		v.s = str_keep(a, v.s);
		return v;
	}
	if (v.kind != VALUE_LIST && v.kind != VALUE_MAP)
		return v;
	return v.json ? doc_keep(a, v.doc) : items_keep(a, v, depth + 1);
}

struct value value_keep(struct arena *a, struct value v)
{
	return keep_at(a, v, 0);
}
