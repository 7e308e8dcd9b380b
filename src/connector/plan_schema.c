/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_schema.c - a JSON Schema of the plan, for editors, from the tables that read it.
 *
 * Every table of keys is one entry of $defs, so that the schema is as deep as the plan is named.
 * Numbers and booleans may also be a text with ${…} in it.
 */
#include "connector/plan_read.h"
#include "data/json.h"

#define DEFS_MAX 48

struct schema {
	struct arena *a;
	struct value defs;
	const struct plan_keys *todo[DEFS_MAX]; /* every table once, done and to do */
	size_t n;
};

static void set(struct schema *s, struct value map, const char *key, struct value item)
{
	value_map_set(s->a, map, str_from(key), item);
}

static void set_text(struct schema *s, struct value map, const char *key, const char *text)
{
	set(s, map, key, value_str(str_from(text)));
}

static struct value typed(struct schema *s, const char *type)
{
	struct value v = value_map_new(s->a);

	set_text(s, v, "type", type);
	return v;
}

/* One of two schemas. */
static struct value either(struct schema *s, struct value one, struct value other)
{
	struct value v = value_map_new(s->a), list = value_list_new(s->a);

	value_list_add(s->a, list, one);
	value_list_add(s->a, list, other);
	set(s, v, "anyOf", list);
	return v;
}

static struct value text_like(struct schema *s, const char *pattern)
{
	struct value v = typed(s, "string");

	set_text(s, v, "pattern", pattern);
	return v;
}

static struct value def_name(struct schema *s, const struct plan_keys *keys)
{
	struct value v = value_map_new(s->a);
	size_t i = 0;

	while (i < s->n && s->todo[i] != keys)
		i++;
	if (i == s->n) {
		assert(s->n < DEFS_MAX);
		s->todo[s->n++] = keys;
	}
	set(s, v, "$ref", value_str(str_printf(s->a, "#/$defs/%s", keys->name)));
	return v;
}

/* ---- types ---- */

#define FROM_ENVIRONMENT "\\$\\{"
#define NAME_PATTERN "[A-Za-z_][A-Za-z0-9_]{0,62}"

static struct value number_schema(struct schema *s, const struct plan_key *k)
{
	struct value v = typed(s, "integer");

	set(s, v, "minimum", value_int(k->min));
	if (k->max)
		set(s, v, "maximum", value_int(k->max));
	return either(s, v, text_like(s, FROM_ENVIRONMENT));
}

static struct value word_schema(struct schema *s, const struct plan_key *k)
{
	struct value v = value_map_new(s->a), words = value_list_new(s->a);

	for (size_t i = 0; k->word[i]; i++)
		value_list_add(s->a, words, value_str(str_from(k->word[i])));
	set(s, v, "enum", words);
	return either(s, v, text_like(s, FROM_ENVIRONMENT));
}

static struct value maps_schema(struct schema *s, const struct plan_key *k)
{
	struct value v = typed(s, "object");

	if (k->of)
		set(s, v, "additionalProperties", def_name(s, k->of));
	return v;
}

static struct value list_schema(struct schema *s, struct value item)
{
	struct value v = typed(s, "array");

	set(s, v, "items", item);
	return either(s, item, v);
}

static struct value scalar_schema(struct schema *s)
{
	struct value v = value_map_new(s->a), types = value_list_new(s->a);
	static const char *const scalars[] = { "string", "number", "boolean", "null" };

	for (size_t i = 0; i < COUNT(scalars); i++)
		value_list_add(s->a, types, value_str(str_from(scalars[i])));
	set(s, v, "type", types);
	return v;
}

/* A text, or the file that holds it. */
static struct value secret_schema(struct schema *s)
{
	struct value v = typed(s, "object"), properties = value_map_new(s->a);

	set(s, properties, "file", typed(s, "string"));
	set(s, v, "properties", properties);
	set(s, v, "additionalProperties", value_bool(false));
	return either(s, typed(s, "string"), v);
}

static struct value key_schema(struct schema *s, const struct plan_key *k)
{
	switch (k->type) {
	case KEY_NAME:
		return text_like(s, "^" NAME_PATTERN "$|" FROM_ENVIRONMENT);
	case KEY_TABLE:
		return text_like(s, "^(" NAME_PATTERN "\\.)?" NAME_PATTERN "$|" FROM_ENVIRONMENT);
	case KEY_URL:
		return text_like(s, "^https?://|" FROM_ENVIRONMENT);
	case KEY_INTEGER:
		return number_schema(s, k);
	case KEY_BYTES:
	case KEY_PERCENT:
		return either(s, typed(s, "integer"), typed(s, "string"));
	case KEY_BOOLEAN:
		return either(s, typed(s, "boolean"), text_like(s, FROM_ENVIRONMENT));
	case KEY_WORD:
		return word_schema(s, k);
	case KEY_TEMPLATE:
		return scalar_schema(s);
	case KEY_SECRET:
		return secret_schema(s);
	case KEY_VALUE:
		return value_map_new(s->a);
	case KEY_TEXTS:
		return list_schema(s, typed(s, "string"));
	case KEY_MAP:
		return def_name(s, k->of);
	case KEY_MAPS:
		return maps_schema(s, k);
	case KEY_MAP_LIST:
		return list_schema(s, def_name(s, k->of));
	case KEY_TEXT:
	case KEY_DURATION:
	case KEY_ZONE:
		return typed(s, "string");
	}
	assert(false); /* every type of key has a schema */
	return UNDEFINED;
}

/* ---- tables ---- */

static void add_property(struct schema *s, const struct plan_key *k, struct value properties,
			 struct value required)
{
	struct value v = key_schema(s, k);

	set_text(s, v, "description", k->says);
	if (k->fallback)
		set_text(s, v, "default", k->fallback);
	set(s, properties, k->name, v);
	if (k->required)
		value_list_add(s->a, required, value_str(str_from(k->name)));
}

static struct value keys_schema(struct schema *s, const struct plan_keys *keys)
{
	struct value v = typed(s, "object"), properties = value_map_new(s->a);
	struct value required = value_list_new(s->a), brief;

	set_text(s, v, "description", keys->says);
	for (const struct plan_keys *k = keys; k; k = k->more)
		for (size_t i = 0; i < k->n; i++)
			add_property(s, &k->key[i], properties, required);
	set(s, v, "properties", properties);
	if (value_len(required))
		set(s, v, "required", required);
	set(s, v, "additionalProperties", value_bool(false));
	if (!keys->short_form)
		return v;
	brief = scalar_schema(s);
	set_text(s, brief, "description", keys->short_form);
	return either(s, brief, v);
}

struct str plan_schema(struct arena *a)
{
	struct schema s = { .a = a, .defs = value_map_new(a) };
	struct value root = value_map_new(a), top;
	struct str out, key;
	struct value_iter it;
	struct value item;
	struct err e;
	bool written;

	set_text(&s, root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	set_text(&s, root, "title", "lockstep.yaml");
	top = keys_schema(&s, &plan_root_keys);
	it = value_iter(top);
	while (value_next(&it, &key, &item))
		value_map_set(a, root, key, item);
	for (size_t i = 0; i < s.n; i++)
		set(&s, s.defs, s.todo[i]->name, keys_schema(&s, s.todo[i]));
	set(&s, root, "$defs", s.defs);
	written = json_pretty(a, root, &out, &e);
	assert(written); /* our own tables are not deep */
	return out;
}
