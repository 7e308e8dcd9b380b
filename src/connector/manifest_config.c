/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_config.c - checks a connection's config against the manifest's JSON Schema.
 *
 * The part of JSON Schema that specs use: type, required, enum, const, properties, default,
 * minimum, maximum, minLength, maxLength, pattern, items.  Other keywords are let pass.  A message
 * names the place and what is expected, never the value: it may be a secret.
 */
#include "connector/manifest.h"
#include "connector/pattern.h"

#include <regex.h>

#define CONFIG_DEPTH_MAX 32

struct check {
	struct arena *arena;
	struct err *e;
	size_t depth;
};

static bool check_value(struct check *c, struct value schema, struct value v, struct str where,
			struct value *filled);

static bool says(struct check *c, struct str where, const char *what)
{
	return err_set(c->e, ERR_CONFIG, "%.*s %s", STR_ARG(where), what);
}

/* ---- type ---- */

static bool is_integer(struct value v)
{
	double d = value_to_double(v);

	return v.kind == VALUE_INT ||
	       (value_is_number(v) && d > -1e15 && d < 1e15 && d == (double)(int64_t)d);
}

static bool has_type(struct value v, struct str type)
{
	static const struct {
		const char *name;
		enum value_kind kind;
	} simple[] = { { "null", VALUE_NULL },
		       { "boolean", VALUE_BOOL },
		       { "string", VALUE_STR },
		       { "array", VALUE_LIST },
		       { "object", VALUE_MAP } };

	if (str_eq(type, STR("number")))
		return value_is_number(v);
	if (str_eq(type, STR("integer")))
		return is_integer(v);
	for (size_t i = 0; i < COUNT(simple); i++)
		if (str_eq(type, str_from(simple[i].name)))
			return v.kind == simple[i].kind;
	return true; /* no type that we know: not ours to refuse */
}

static bool check_type(struct check *c, struct value type, struct value v, struct str where)
{
	struct value_iter it = value_iter(type);
	struct value one;
	struct str key, names = STR("");

	if (type.kind == VALUE_STR) {
		if (has_type(v, type.s))
			return true;
		return err_set(c->e, ERR_CONFIG, "%.*s must be of type %.*s", STR_ARG(where),
			       STR_ARG(type.s));
	}
	if (type.kind != VALUE_LIST)
		return true;
	while (value_next(&it, &key, &one)) {
		if (one.kind != VALUE_STR || has_type(v, one.s))
			return true;
		names = str_printf(c->arena, "%.*s%s%.*s", STR_ARG(names), names.len ? " or " : "",
				   STR_ARG(one.s));
	}
	return err_set(c->e, ERR_CONFIG, "%.*s must be of type %.*s", STR_ARG(where),
		       STR_ARG(names));
}

/* ---- one value ---- */

static bool check_enum(struct check *c, struct value allowed, struct value v, struct str where)
{
	struct value_iter it = value_iter(allowed);
	struct value one;
	struct str key, names = STR("");

	if (allowed.kind != VALUE_LIST)
		return true;
	while (value_next(&it, &key, &one)) {
		if (value_eq(one, v))
			return true;
		if (one.kind == VALUE_STR)
			names = str_printf(c->arena, "%.*s%s'%.*s'", STR_ARG(names),
					   names.len ? ", " : "", STR_ARG(one.s));
	}
	return err_set(c->e, ERR_CONFIG, "%.*s must be one of: %.*s", STR_ARG(where),
		       STR_ARG(names));
}

static bool check_number(struct check *c, struct value schema, struct value v, struct str where)
{
	struct value min = value_get(schema, STR("minimum")),
		     max = value_get(schema, STR("maximum"));

	if (value_is_number(min) && value_to_double(v) < value_to_double(min))
		return err_set(c->e, ERR_CONFIG, "%.*s must be at least %g", STR_ARG(where),
			       value_to_double(min));
	if (value_is_number(max) && value_to_double(v) > value_to_double(max))
		return err_set(c->e, ERR_CONFIG, "%.*s must be at most %g", STR_ARG(where),
			       value_to_double(max));
	return true;
}

static bool check_pattern(struct check *c, struct str python, struct str text, struct str where)
{
	struct str posix;
	regex_t compiled;
	bool matches;

	if (!pattern_translate(c->arena, python, &posix, c->e))
		return err_wrap(c->e, "the pattern of %.*s", STR_ARG(where));
	if (regcomp(&compiled, posix.at, REG_EXTENDED | REG_NOSUB) != 0)
		return says(c, where, "has a pattern that does not compile");
	matches = !memchr(text.at, 0, text.len) &&
		  regexec(&compiled, str_keep(c->arena, text).at, 0, NULL, 0) == 0;
	regfree(&compiled);
	if (matches)
		return true;
	return err_set(c->e, ERR_CONFIG, "%.*s does not match the pattern %.*s", STR_ARG(where),
		       STR_ARG(python));
}

static bool check_text(struct check *c, struct value schema, struct value v, struct str where)
{
	struct value min = value_get(schema, STR("minLength"));
	struct value max = value_get(schema, STR("maxLength"));
	struct value pattern = value_get(schema, STR("pattern"));
	double len = (double)value_len(v);

	if (value_is_number(min) && len < value_to_double(min))
		return says(c, where, len > 0 ? "is too short" : "is empty");
	if (value_is_number(max) && len > value_to_double(max))
		return says(c, where, "is too long");
	return pattern.kind != VALUE_STR || check_pattern(c, pattern.s, v.s, where);
}

/* ---- what is inside ---- */

static bool check_items(struct check *c, struct value items, struct value v, struct str where,
			struct value *filled)
{
	struct value out = value_list_new(c->arena), one, done;
	struct value_iter it = value_iter(v);
	struct str key;

	for (size_t i = 0; value_next(&it, &key, &one); i++) {
		if (!check_value(c, items, one,
				 str_printf(c->arena, "%.*s[%zu]", STR_ARG(where), i), &done))
			return false;
		value_list_add(c->arena, out, done);
	}
	*filled = out;
	return true;
}

static bool check_required(struct check *c, struct value required, struct value map,
			   struct str where)
{
	struct value_iter it = value_iter(required);
	struct value one;
	struct str key;

	if (required.kind != VALUE_LIST)
		return true;
	while (value_next(&it, &key, &one))
		if (one.kind == VALUE_STR && value_is_nothing(value_get(map, one.s)))
			return err_set(c->e, ERR_CONFIG, "%.*s.%.*s is required", STR_ARG(where),
				       STR_ARG(one.s));
	return true;
}

/* Each declared member is checked, a missing one gets its default. */
static bool check_properties(struct check *c, struct value schema, struct value v, struct str where,
			     struct value *filled)
{
	struct value properties = value_get(schema, STR("properties"));
	struct value out = value_map_copy(c->arena, v), property, done;
	struct value_iter it = value_iter(properties);
	struct str key;

	while (properties.kind == VALUE_MAP && value_next(&it, &key, &property)) {
		struct value member = value_get(v, key);

		if (member.kind == VALUE_UNDEFINED)
			member = value_get(property, STR("default"));
		if (member.kind == VALUE_UNDEFINED)
			continue;
		if (!check_value(c, property, member,
				 str_printf(c->arena, "%.*s.%.*s", STR_ARG(where), STR_ARG(key)),
				 &done))
			return false;
		value_map_set(c->arena, out, key, done);
	}
	*filled = out;
	return check_required(c, value_get(schema, STR("required")), out, where);
}

static bool check_inside(struct check *c, struct value schema, struct value v, struct str where,
			 struct value *filled)
{
	struct value items = value_get(schema, STR("items"));

	if (++c->depth > CONFIG_DEPTH_MAX)
		return says(c, where, "is nested too deeply");
	if (v.kind == VALUE_MAP && !check_properties(c, schema, v, where, filled))
		return false;
	if (v.kind == VALUE_LIST && items.kind == VALUE_MAP &&
	    !check_items(c, items, v, where, filled))
		return false;
	c->depth--;
	return true;
}

static bool check_value(struct check *c, struct value schema, struct value v, struct str where,
			struct value *filled)
{
	struct value constant = value_get(schema, STR("const"));

	*filled = v;
	if (!check_type(c, value_get(schema, STR("type")), v, where) ||
	    !check_enum(c, value_get(schema, STR("enum")), v, where))
		return false;
	if (constant.kind != VALUE_UNDEFINED && !value_eq(constant, v))
		return says(c, where, "must be what the connector says");
	if (value_is_number(v) && !check_number(c, schema, v, where))
		return false;
	if (v.kind == VALUE_STR && !check_text(c, schema, v, where))
		return false;
	return check_inside(c, schema, v, where, filled);
}

bool manifest_check_config(struct arena *a, const struct manifest *m, struct value config,
			   struct value *filled, struct err *e)
{
	struct check c = { .arena = a, .e = e };
	struct value out;

	if (value_is_nothing(config))
		config = value_map_new(a);
	if (config.kind != VALUE_MAP)
		return err_set(e, ERR_CONFIG, "config must be a map");
	if (!check_value(&c, m->spec, config, STR("config"), &out))
		return false;
	*filled = out;
	return true;
}
