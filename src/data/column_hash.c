/* SPDX-License-Identifier: Apache-2.0 */
/*
 * column_hash.c - fingerprints of cells: what column_eq() calls the same has the same.
 *
 * Numbers go by value, members of JSON objects in any order.
 */
#include "data/column.h"

#include "data/decimal.h"
#include "data/json.h"

#include <math.h>

/* What a parsed text may take, generously: its own bytes, and a value for each of them at the
 * worst. */
#define JSON_BYTES_PER_BYTE 64
#define PRIME 0x9E3779B97F4A7C15u

static uint64_t mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * PRIME;
	return h ^ h >> 32;
}

static uint64_t digits_hash(struct str text)
{
	struct decimal d;
	uint64_t h = 1;

	if (!decimal_parse(text, &d))
		return str_hash(text);
	if (d.digits.len == 0)
		return h;
	h = mix(mix(h, d.minus), (uint64_t)d.point);
	for (size_t i = 0; i < d.digits.len; i++)
		if (d.digits.at[i] != '.')
			h = mix(h, (unsigned char)d.digits.at[i]);
	return h;
}

static uint64_t number_hash(struct value v)
{
	char text[INT_TEXT_MAX + FLOAT_TEXT_MAX];

	if (v.kind == VALUE_NUMBER)
		return digits_hash(v.s);
	if (v.kind == VALUE_INT)
		return digits_hash((struct str){ text, int_text(text, v.i) });
	return isfinite(v.f) ? digits_hash((struct str){ text, float_text(text, v.f) }) : 0;
}

static uint64_t hash_at(struct value v, unsigned depth);

static uint64_t items_hash(struct value v, unsigned depth)
{
	struct value_iter it = value_iter(v);
	uint64_t h = v.kind, sum = 0;
	struct value item;
	struct str key;

	if (depth > VALUE_DEPTH_MAX)
		return h;
	while (value_next(&it, &key, &item)) {
		uint64_t inner = hash_at(item, depth);

		if (v.kind == VALUE_MAP)
			sum += mix(str_hash(key), inner);
		else
			h = mix(h, inner);
	}
	return mix(h, sum);
}

static uint64_t hash_at(struct value v, unsigned depth)
{
	if (value_is_number(v))
		return number_hash(v);
	switch ((enum value_kind)v.kind) {
	case VALUE_UNDEFINED:
	case VALUE_NULL:
		return 2;
	case VALUE_BOOL:
		return 3 + v.b;
	case VALUE_STR:
	case VALUE_OTHER:
		return mix(v.kind, str_hash(v.s));
	case VALUE_TIME:
	case VALUE_SPAN:
		return mix(v.kind, (uint64_t)v.us);
	case VALUE_LIST:
	case VALUE_MAP:
		return items_hash(v, depth + 1);
	case VALUE_INT:
	case VALUE_NUMBER:
	case VALUE_FLOAT:
		break;
	}
	return 0;
}

static uint64_t json_hash(struct str text)
{
	AUTO_ARENA *a = arena_new("cell hash", (text.len + 1024) * JSON_BYTES_PER_BYTE);
	struct value parsed;
	struct err unsaid;

	return hash_at(json_parse(a, text, &parsed, NULL, &unsaid) ? parsed : value_str(text), 0);
}

uint64_t column_hash(enum column_type type, struct value cell)
{
	assert((size_t)type < COLUMN_TYPES);
	if (cell.kind == VALUE_STR && type == COLUMN_DECIMAL)
		return digits_hash(cell.s);
	if (cell.kind == VALUE_STR && type == COLUMN_JSON)
		return json_hash(cell.s);
	return hash_at(cell, 0);
}
