/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - what comes in against the rows that describe it, with a complaint for each place.
 *
 * A complaint says which rule a value broke and never quotes the value.
 */
#include "api/api_part.h"

#include "data/json.h"
#include "data/moment.h"

#include <math.h>

#define TEXT_BYTES_DEFAULT 1000
#define LIST_ITEMS_DEFAULT 1000
#define POINTER_BYTES_MAX 512
#define OTHERS_NAMED_MAX 64
#define UUID_LEN 36

static void check_field(struct complaints *k, const struct field *f, struct value v,
			struct str pointer);

void complaints_init(struct complaints *k, struct arena *a)
{
	*k = (struct complaints){ .a = a, .list = value_list_new(a) };
}

void fault_put(struct complaints *k, const char *kind, struct str where, struct str detail)
{
	struct value one;

	if (k->n++ >= COMPLAINTS_MAX)
		return;
	one = value_map_new(k->a);
	value_map_set(k->a, one, str_from(kind), value_str(str_keep(k->a, where)));
	value_map_set(k->a, one, STR("detail"), value_str(detail));
	value_list_add(k->a, k->list, one);
}

/* As much of a stranger's name as a complaint repeats, cut between characters. */
static struct str beginning(struct str name)
{
	struct str s = str_slice(name, 0, OTHERS_NAMED_MAX);

	while (!str_is_utf8(s))
		s.len--;
	return s;
}

/* pointer/name, escaped as RFC 6901 wants. */
static struct str below(struct complaints *k, struct str pointer, struct str name)
{
	struct buf b;

	buf_in(&b, k->a, POINTER_BYTES_MAX);
	buf_add(&b, pointer);
	buf_char(&b, '/');
	name = beginning(name);
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '~')
			buf_add(&b, STR("~0"));
		else if (name.at[i] == '/')
			buf_add(&b, STR("~1"));
		else
			buf_char(&b, name.at[i]);
	}
	return b.failed ? pointer : buf_str(&b);
}

static const struct field *find_row(const struct field *row, struct str name)
{
	for (; row && row->name; row++)
		if (str_eq(str_from(row->name), name))
			return row;
	return NULL;
}

/* ---- one value against one row: NULL, or which rule it broke ---- */

static bool is_one_of(struct str s, const char *words)
{
	struct str rest = str_from(words);

	while (rest.len)
		if (str_eq(str_cut(&rest, '|'), s))
			return true;
	return false;
}

static const char *text_fault(struct complaints *k, const struct field *f, struct str s)
{
	int64_t high = f->low || f->high ? f->high : TEXT_BYTES_DEFAULT;

	if (memchr(s.at ? s.at : "", 0, s.len))
		return "must not hold a NUL";
	if (f->one_of && !is_one_of(s, f->one_of))
		return str_printf(k->a, "must be one of %s", f->one_of).at;
	if ((int64_t)s.len < f->low)
		return str_printf(k->a, "must have at least %lld bytes", (long long)f->low).at;
	if (high && (int64_t)s.len > high)
		return str_printf(k->a, "must have at most %lld bytes", (long long)high).at;
	return NULL;
}

static const char *number_fault(struct complaints *k, const struct field *f, struct value v)
{
	double n = value_to_double(v);

	if (!isfinite(n))
		return "is too large";
	if (!f->low && !f->high)
		return NULL;
	if (n < (double)f->low)
		return str_printf(k->a, "must be at least %lld", (long long)f->low).at;
	if (f->high && n > (double)f->high)
		return str_printf(k->a, "must be at most %lld", (long long)f->high).at;
	return NULL;
}

static bool is_uuid(struct str s)
{
	if (s.len != UUID_LEN)
		return false;
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.at[i] != '-' : !memchr("0123456789abcdefABCDEF", s.at[i], 22))
			return false;
	}
	return true;
}

static bool is_time(struct str s)
{
	struct value time;
	struct err e;

	/* RFC 3339 wants time and offset; moment_parse() is for vendors and takes less. */
	return s.len >= strlen("2026-01-01T00:00:00Z") && moment_parse(s, &time, &e) &&
	       time.has_offset;
}

static const char *str_fault(struct complaints *k, const struct field *f, struct value v)
{
	if (v.kind != VALUE_STR)
		return f->type == FIELD_TEXT   ? "must be a text"
		       : f->type == FIELD_UUID ? "must be a uuid"
					       : "must be a time";
	if (f->type == FIELD_UUID)
		return is_uuid(v.s) ? NULL : "must be a uuid";
	if (f->type == FIELD_TIME)
		return is_time(v.s) ? NULL : "must be a time such as 2026-11-25T21:00:00Z";
	return text_fault(k, f, v.s);
}

static const char *list_fault(struct complaints *k, const struct field *f, struct value v)
{
	int64_t n = (int64_t)value_len(v), high = f->low || f->high ? f->high : LIST_ITEMS_DEFAULT;

	if (v.kind != VALUE_LIST)
		return "must be a list";
	if (n < f->low)
		return str_printf(k->a, "must have at least %lld items", (long long)f->low).at;
	if (high && n > high)
		return str_printf(k->a, "must have at most %lld items", (long long)high).at;
	return NULL;
}

static const char *fault(struct complaints *k, const struct field *f, struct value v)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_TIME:
	case FIELD_UUID:
		return str_fault(k, f, v);
	case FIELD_INTEGER:
		return v.kind == VALUE_INT ? number_fault(k, f, v) : "must be an integer";
	case FIELD_NUMBER:
		return value_is_number(v) ? number_fault(k, f, v) : "must be a number";
	case FIELD_BOOLEAN:
		return v.kind == VALUE_BOOL ? NULL : "must be true or false";
	case FIELD_OBJECT:
		return v.kind == VALUE_MAP ? NULL : "must be an object";
	case FIELD_LIST:
		return list_fault(k, f, v);
	case FIELD_ANY:
		break;
	}
	return NULL;
}

/* ---- bodies ---- */

static void check_members(struct complaints *k, const struct field *row, struct value map,
			  struct str pointer)
{
	struct value_iter it = value_iter(map);
	struct value item;
	struct str key;

	while (value_next(&it, &key, &item)) {
		const struct field *f = find_row(row, key);

		if (f)
			check_field(k, f, item, below(k, pointer, key));
		else
			fault_put(k, "pointer", below(k, pointer, key), STR("is not known here"));
	}
	for (; row && row->name; row++)
		if (row->required && value_get(map, str_from(row->name)).kind == VALUE_UNDEFINED)
			fault_put(k, "pointer", below(k, pointer, str_from(row->name)),
				  STR("is missing"));
}

static void check_items(struct complaints *k, const struct field *f, struct value list,
			struct str pointer)
{
	struct value_iter it = value_iter(list);
	struct value item;
	struct str key;
	size_t i = 0;

	for (; value_next(&it, &key, &item) && k->n < COMPLAINTS_MAX; i++)
		check_field(k, f->of, item, below(k, pointer, str_printf(k->a, "%zu", i)));
}

static void check_field(struct complaints *k, const struct field *f, struct value v,
			struct str pointer)
{
	const char *wrong;

	if (v.kind == VALUE_NULL && f->nullable)
		return;
	wrong = fault(k, f, v);
	if (wrong)
		fault_put(k, "pointer", pointer, str_from(wrong));
	else if (f->type == FIELD_OBJECT && f->of)
		check_members(k, f->of, v, pointer);
	else if (f->type == FIELD_LIST && f->of)
		check_items(k, f, v, pointer);
}

void check_body(struct complaints *k, const struct field *row, struct value body)
{
	if (body.kind != VALUE_MAP)
		fault_put(k, "pointer", STR(""), STR("must be an object"));
	else
		check_members(k, row, body, STR(""));
}

/* ---- texts ---- */

static struct value number_from(struct complaints *k, struct str s)
{
	struct value v;
	struct err e;

	/* JSON's numbers, and nothing around them. */
	if (s.len == 0 || s.len > 40 || !memchr("-0123456789", s.at[0], 11) ||
	    !memchr("0123456789", s.at[s.len - 1], 10) || !json_parse(k->a, s, &v, NULL, &e))
		return value_str(s);
	return v;
}

static struct value text_to_value(struct complaints *k, const struct field *f, struct str s)
{
	if (f->type == FIELD_INTEGER || f->type == FIELD_NUMBER)
		return number_from(k, s);
	if (f->type == FIELD_BOOLEAN && (str_eq(s, STR("true")) || str_eq(s, STR("false"))))
		return value_bool(s.len == 4);
	return value_str(s);
}

struct value check_texts(struct complaints *k, const struct field *row, struct value texts)
{
	struct value_iter it = value_iter(texts);
	struct value out = value_map_new(k->a), item;
	struct str key;

	while (value_next(&it, &key, &item))
		if (!find_row(row, key))
			fault_put(k, "parameter", beginning(key), STR("is not known here"));
	for (; row && row->name; row++) {
		struct str name = str_from(row->name);
		struct value v = value_get(texts, name);
		const char *wrong = NULL;

		if (v.kind != VALUE_UNDEFINED) {
			v = text_to_value(k, row, v.s);
			wrong = fault(k, row, v);
		} else if (row->otherwise) {
			v = text_to_value(k, row, str_from(row->otherwise));
		} else if (row->required) {
			wrong = "is missing";
		}
		if (wrong)
			fault_put(k, "parameter", name, str_from(wrong));
		else if (v.kind != VALUE_UNDEFINED)
			value_map_set(k->a, out, name, v);
	}
	return out;
}
