/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - one value against one schema of an OpenAPI file.
 *
 * The messages and types are those of pydantic 2, on which the vendor's framework stands.
 */
#include "schema.h"

#include "data/json.h"

#define REFS_MAX 16
#define MESSAGE_BYTES_MAX ((size_t)4 << 10)
#define REF_START "#/components/schemas/"

static void put_place(struct buf *b, const struct place *place)
{
	if (place->up) {
		put_place(b, place->up);
		buf_char(b, ',');
	}
	if (place->name)
		json_write_str(b, str_from(place->name));
	else
		buf_printf(b, "%zu", place->index);
}

void complain(struct complaints *c, const struct place *place, const char *message,
	      const char *type)
{
	if (c->n++)
		buf_char(c->list, ',');
	buf_add(c->list, STR("{\"loc\":["));
	put_place(c->list, place);
	buf_add(c->list, STR("],\"msg\":"));
	json_write_str(c->list, str_from(message));
	buf_add(c->list, STR(",\"type\":"));
	json_write_str(c->list, str_from(type));
	buf_char(c->list, '}');
}

/* Follows $ref; NULL when it leads nowhere. */
static yyjson_val *resolve(yyjson_val *root, yyjson_val *schema)
{
	yyjson_val *all = yyjson_obj_get(yyjson_obj_get(root, "components"), "schemas");
	const char *ref;

	for (int i = 0; i < REFS_MAX; i++) {
		ref = yyjson_get_str(yyjson_obj_get(schema, "$ref"));
		if (!ref)
			return schema;
		if (!str_starts(str_from(ref), STR(REF_START)))
			return NULL;
		schema = yyjson_obj_get(all, ref + strlen(REF_START));
	}
	return NULL;
}

static size_t characters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xc0) != 0x80;
	return n;
}

/* "'coach' or 'user'", "'a', 'b' or 'c'" */
static void complain_of_choice(struct complaints *c, const struct place *place, yyjson_val *choices)
{
	size_t n = yyjson_arr_size(choices);
	AUTO_BUF b;

	buf_init(&b, MESSAGE_BYTES_MAX);
	buf_add(&b, STR("Input should be "));
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s'%s'",
			   !i           ? ""
			   : i + 1 == n ? " or "
					: ", ",
			   yyjson_get_str(yyjson_arr_get(choices, i)));
	complain(c, place, b.at, "literal_error");
}

static bool among(yyjson_val *choices, struct str text)
{
	for (size_t i = 0; i < yyjson_arr_size(choices); i++)
		if (yyjson_equals_strn(yyjson_arr_get(choices, i), text.at, text.len))
			return true;
	return false;
}

static void check_string(yyjson_val *schema, struct str text, const struct place *place,
			 struct complaints *c)
{
	uint64_t least = yyjson_get_uint(yyjson_obj_get(schema, "minLength"));
	yyjson_val *choices = yyjson_obj_get(schema, "enum");

	if (choices && !among(choices, text)) {
		complain_of_choice(c, place, choices);
		return;
	}
	if (characters(text) < least) {
		AUTO_BUF b;

		buf_init(&b, MESSAGE_BYTES_MAX);
		buf_printf(&b, "String should have at least %llu character%s",
			   (unsigned long long)least, least == 1 ? "" : "s");
		complain(c, place, b.at, "string_too_short");
	}
	if (yyjson_equals_str(yyjson_obj_get(schema, "format"), "email") &&
	    !email_valid(text, c->strict_email))
		complain(c, place, "value is not a valid email address", "value_error");
}

/* In the order of the file, as the vendor does; then what the file does not name. */
static void check_members(yyjson_val *root, yyjson_val *schema, yyjson_val *value,
			  const struct place *place, struct complaints *c)
{
	yyjson_val *properties = yyjson_obj_get(schema, "properties"), *key;
	yyjson_val *others = yyjson_obj_get(schema, "additionalProperties");
	yyjson_val *required = yyjson_obj_get(schema, "required");
	yyjson_obj_iter it = yyjson_obj_iter_with(properties);

	while ((key = yyjson_obj_iter_next(&it))) {
		struct place inner = { place, yyjson_get_str(key), 0 };
		yyjson_val *there = yyjson_obj_get(value, inner.name);

		if (there)
			schema_check(root, yyjson_obj_iter_get_val(key), there, &inner, c);
		else if (among(required, str_from(inner.name)))
			complain(c, &inner, "Field required", "missing");
	}
	it = yyjson_obj_iter_with(yyjson_is_obj(others) ? value : NULL);
	while ((key = yyjson_obj_iter_next(&it))) {
		struct place inner = { place, yyjson_get_str(key), 0 };

		if (!yyjson_obj_get(properties, inner.name))
			schema_check(root, others, yyjson_obj_iter_get_val(key), &inner, c);
	}
}

static void check_items(yyjson_val *root, yyjson_val *schema, yyjson_val *value,
			const struct place *place, struct complaints *c)
{
	yyjson_val *wanted = yyjson_obj_get(schema, "items"), *item;
	yyjson_arr_iter it = yyjson_arr_iter_with(value);

	for (size_t i = 0; (item = yyjson_arr_iter_next(&it)); i++) {
		struct place inner = { place, NULL, i };

		schema_check(root, wanted, item, &inner, c);
	}
}

static bool is_any(yyjson_val *v)
{
	(void)v;
	return true;
}

static const struct type_row {
	const char *name;
	bool (*is)(yyjson_val *v);
	const char *message, *type;
} types[] = {
	{ "string", yyjson_is_str, "Input should be a valid string", "string_type" },
	{ "integer", yyjson_is_int, "Input should be a valid integer", "int_type" },
	{ "number", yyjson_is_num, "Input should be a valid number", "float_type" },
	{ "boolean", yyjson_is_bool, "Input should be a valid boolean", "bool_type" },
	{ "null", yyjson_is_null, "Input should be None", "none_required" },
	{ "array", yyjson_is_arr, "Input should be a valid list", "list_type" },
	{ "object", yyjson_is_obj, "Input should be a valid dictionary", "dict_type" },
	{ "", is_any, "", "" },
};

static const struct type_row *type_of(yyjson_val *schema)
{
	const char *name = yyjson_get_str(yyjson_obj_get(schema, "type"));
	size_t i = 0;

	while (i + 1 < COUNT(types) && (!name || strcmp(types[i].name, name) != 0))
		i++;
	return &types[i];
}

/* The first alternative of the value's own type; NULL when none is. */
static yyjson_val *alternative(yyjson_val *root, yyjson_val *choices, yyjson_val *value)
{
	for (size_t i = 0; i < yyjson_arr_size(choices); i++) {
		yyjson_val *schema = resolve(root, yyjson_arr_get(choices, i));

		if (type_of(schema)->is(value))
			return schema;
	}
	return NULL;
}

void schema_check(yyjson_val *root, yyjson_val *schema, yyjson_val *value,
		  const struct place *place, struct complaints *c)
{
	yyjson_val *choices, *chosen;
	const struct type_row *type;

	schema = resolve(root, schema);
	choices = yyjson_obj_get(schema, "anyOf");
	if (choices) {
		chosen = alternative(root, choices, value);
		/* Of "something or null" it is the something that is missed. */
		schema = resolve(root, chosen ? chosen : yyjson_arr_get(choices, 0));
	}
	type = type_of(schema);
	if (!type->is(value)) {
		bool whole = !place->up && yyjson_is_obj(yyjson_obj_get(schema, "properties"));

		complain(c, place,
			 whole ? "Input should be a valid dictionary or object to extract fields "
				 "from"
			       : type->message,
			 whole ? "model_attributes_type" : type->type);
	} else if (yyjson_is_str(value)) {
		check_string(schema, (struct str){ yyjson_get_str(value), yyjson_get_len(value) },
			     place, c);
	} else if (yyjson_is_obj(value)) {
		check_members(root, schema, value, place, c);
	} else if (yyjson_is_arr(value)) {
		check_items(root, schema, value, place, c);
	}
}

/* "12", " 12 " and "12.0" stand for an integer, as pydantic reads them. */
static bool stands_for_integer(struct str text)
{
	struct str rest = str_trim(text), whole = str_cut(&rest, '.');
	int64_t number;

	for (size_t i = 0; i < rest.len; i++)
		if (rest.at[i] != '0')
			return false;
	return str_to_i64(whole, &number);
}

static bool takes_integer(yyjson_val *root, yyjson_val *schema)
{
	yyjson_val *choices = yyjson_obj_get(schema, "anyOf");

	for (size_t i = 0; i < yyjson_arr_size(choices); i++)
		if (takes_integer(root, resolve(root, yyjson_arr_get(choices, i))))
			return true;
	return strcmp(type_of(schema)->name, "integer") == 0;
}

void schema_check_text(yyjson_val *root, yyjson_val *schema, struct str text,
		       const struct place *place, struct complaints *c)
{
	schema = resolve(root, schema);
	if (!takes_integer(root, schema))
		check_string(schema, text, place, c);
	else if (!stands_for_integer(text))
		complain(c, place,
			 "Input should be a valid integer, unable to parse string as an integer",
			 "int_parsing");
}

static bool label_valid(struct str label)
{
	if (!label.len || label.len > 63 || label.at[0] == '-' || label.at[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		unsigned char ch = (unsigned char)label.at[i];
		bool letter = (ch | 0x20) >= 'a' && (ch | 0x20) <= 'z';

		if (!letter && !(ch >= '0' && ch <= '9') && ch != '-' && ch < 0x80)
			return false;
	}
	return true;
}

static bool domain_valid(struct str domain, bool strict)
{
	static const char *const reserved[] = { "test",    "local", "localhost",
						"invalid", "onion", "arpa" };
	struct str label = { "", 0 };
	size_t labels = 0;

	if (!domain.len || domain.len > 253 || domain.at[domain.len - 1] == '.')
		return false;
	while (domain.len) {
		label = str_cut(&domain, '.');
		labels++;
		if (!label_valid(label))
			return false;
	}
	for (size_t i = 0; strict && i < COUNT(reserved); i++)
		if (str_eq_nocase(label, str_from(reserved[i])))
			return false;
	return labels > 1;
}

static bool local_valid(struct str local)
{
	static const char forbidden[] = "()<>[]:;@\\,\" ";

	if (!local.len || local.len > 64 || local.at[0] == '.' || local.at[local.len - 1] == '.')
		return false;
	for (size_t i = 0; i < local.len; i++) {
		unsigned char ch = (unsigned char)local.at[i];

		if (ch < 0x20 || ch == 0x7f || strchr(forbidden, ch) ||
		    (ch == '.' && local.at[i + 1] == '.'))
			return false;
	}
	return true;
}

bool email_valid(struct str s, bool strict)
{
	struct str domain = s, local = str_cut(&domain, '@');

	return local.len + 1 < s.len && local_valid(local) && domain_valid(domain, strict);
}
