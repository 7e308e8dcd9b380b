/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.c - asks a YAML tree what its nodes mean, by YAML 1.2's core schema.
 *
 * Only plain scalars are ever more than text.
 */
#include "connector/yaml.h"

#include <errno.h>
#include <stdlib.h>

struct node *node_get(const struct node *map, const char *key)
{
	struct str k = str_from(key);

	if (map->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (str_eq(map->key[i], k))
			return map->item[i];
	return NULL;
}

static bool is_one_of(struct str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, str_from(words[i])))
			return true;
	return false;
}

bool node_is_null(const struct node *n)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	return n->kind == NODE_SCALAR && n->plain && is_one_of(n->text, words, COUNT(words));
}

bool node_bool(const struct node *n, bool *out)
{
	static const char *const yes[] = { "true", "True", "TRUE" };
	static const char *const no[] = { "false", "False", "FALSE" };

	if (n->kind != NODE_SCALAR || !n->plain)
		return false;
	if (is_one_of(n->text, yes, COUNT(yes)))
		*out = true;
	else if (is_one_of(n->text, no, COUNT(no)))
		*out = false;
	else
		return false;
	return true;
}

/* 0o17 and 0xFF; at most 63 bits. */
static bool based_int(struct str s, int64_t *out)
{
	int base = str_starts(s, STR("0o")) ? 8 : str_starts(s, STR("0x")) ? 16 : 0;
	char digits[32], *end;
	long long v;

	if (!base || s.len < 3 || s.len - 2 >= sizeof(digits) || s.at[2] == '-' || s.at[2] == '+')
		return false;
	memcpy(digits, s.at + 2, s.len - 2);
	digits[s.len - 2] = 0;
	errno = 0;
	v = strtoll(digits, &end, base);
	if (errno || *end || end == digits || digits[0] == ' ' || digits[1] == 'x')
		return false;
	*out = v;
	return true;
}

bool node_int(const struct node *n, int64_t *out)
{
	if (n->kind != NODE_SCALAR || !n->plain)
		return false;
	return based_int(n->text, out) || str_to_i64(n->text, out);
}

bool node_same(const struct node *a, const struct node *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->n != b->n || a->plain != b->plain || !str_eq(a->text, b->text))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if ((a->kind == NODE_MAP && !str_eq(a->key[i], b->key[i])) ||
		    !node_same(a->item[i], b->item[i]))
			return false;
	return true;
}

bool node_is_falsy(const struct node *n)
{
	bool b = true;
	int64_t i = 1;

	if (n->kind != NODE_SCALAR)
		return n->n == 0;
	if (node_is_null(n) || n->text.len == 0)
		return true;
	if (node_bool(n, &b) || node_int(n, &i))
		return !b || i == 0;
	return n->plain && (str_eq(n->text, STR("0.0")) || str_eq(n->text, STR("-0.0")));
}

const char *node_kind_name(const struct node *n)
{
	static const char *const name[] = { "a text", "a list", "a map" };

	return name[n->kind];
}

static size_t digits_at(struct str s, size_t from)
{
	size_t n = 0;

	while (from + n < s.len && s.at[from + n] >= '0' && s.at[from + n] <= '9')
		n++;
	return n;
}

/* A number of the core schema as JSON writes it: no "+", a digit before and after the point. */
static bool number_text(struct arena *a, struct str s, struct str *out)
{
	bool minus = s.len && s.at[0] == '-';
	size_t at = s.len && (s.at[0] == '-' || s.at[0] == '+') ? 1 : 0;
	size_t whole = digits_at(s, at), part = 0, point = at + whole, tail;

	if (point < s.len && s.at[point] == '.')
		part = digits_at(s, point + 1);
	tail = point + part + (point < s.len && s.at[point] == '.');
	if (whole + part == 0)
		return false;
	if (tail < s.len) {
		size_t sign = tail + 1 < s.len && (s.at[tail + 1] == '-' || s.at[tail + 1] == '+');
		size_t power = digits_at(s, tail + 1 + sign);

		if ((s.at[tail] != 'e' && s.at[tail] != 'E') || !power ||
		    tail + 1 + sign + power != s.len)
			return false;
	}
	while (whole > 1 && s.at[at] == '0') {
		at++;
		whole--;
	}
	*out = str_printf(a, "%s%.*s%s%.*s%.*s", minus ? "-" : "", whole ? (int)whole : 1,
			  whole ? s.at + at : "0", part ? "." : "", (int)part,
			  part ? s.at + point + 1 : "", (int)(s.len - tail), s.at + tail);
	return true;
}

static struct value scalar_value(struct arena *a, const struct node *n)
{
	struct str text;
	int64_t i;
	bool b;

	if (node_is_null(n))
		return NULL_VALUE;
	if (node_bool(n, &b))
		return value_bool(b);
	if (node_int(n, &i))
		return value_int(i);
	if (n->plain && number_text(a, n->text, &text))
		return (struct value){ .kind = VALUE_NUMBER, .s = text };
	return value_str(n->text);
}

struct value node_value(struct arena *a, const struct node *n)
{
	struct value v;

	if (n->kind == NODE_SCALAR)
		return scalar_value(a, n);
	v = n->kind == NODE_LIST ? value_list_new(a) : value_map_new(a);
	for (size_t i = 0; i < n->n; i++) {
		if (n->kind == NODE_LIST)
			value_list_add(a, v, node_value(a, n->item[i]));
		else
			value_map_set(a, v, n->key[i], node_value(a, n->item[i]));
	}
	return v;
}
