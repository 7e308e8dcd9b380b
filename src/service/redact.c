/* SPDX-License-Identifier: Apache-2.0 */
/* redact.c - a job's arguments without what their names call secret. */
#include "service/redact.h"

#define NAME_BYTES 64
#define DEPTH_MAX 16

static const char *const secrets[] = {
	"secret",    "password",   "passphrase",    "token",      "apikey",
	"accesskey", "privatekey", "authorization", "credential",
};

/* Letters alone, in lower case: "API-Key" is "apikey". */
static void plain(struct str name, char out[NAME_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < NAME_BYTES - 1; i++) {
		char c = (char)(name.at[i] | 0x20);

		if (c >= 'a' && c <= 'z')
			out[n++] = c;
	}
	out[n] = '\0';
}

bool redact_is_secret(struct str name)
{
	char text[NAME_BYTES];

	plain(name, text);
	for (size_t i = 0; i < COUNT(secrets); i++)
		if (strstr(text, secrets[i]))
			return true;
	return false;
}

static struct value redact_at(struct arena *a, struct value v, int depth)
{
	struct value_iter it = value_iter(v);
	struct str key;
	struct value item, out;

	if (v.kind != VALUE_MAP && v.kind != VALUE_LIST)
		return v;
	if (depth == DEPTH_MAX)
		return value_str(STR(REDACTED));
	out = v.kind == VALUE_MAP ? value_map_new(a) : value_list_new(a);
	while (value_next(&it, &key, &item)) {
		if (v.kind == VALUE_LIST)
			value_list_add(a, out, redact_at(a, item, depth + 1));
		else
			value_map_set(a, out, key,
				      redact_is_secret(key) && !value_is_nothing(item)
					      ? value_str(STR(REDACTED))
					      : redact_at(a, item, depth + 1));
	}
	return out;
}

struct value redact(struct arena *a, struct value v)
{
	return redact_at(a, v, 0);
}

static bool is_redacted(struct value v)
{
	return v.kind == VALUE_STR && str_eq(v.s, STR(REDACTED));
}

static struct value undo_at(struct arena *a, struct value edited, struct value original, int depth)
{
	struct value_iter it = value_iter(edited);
	struct str key;
	struct value item, out;

	if (is_redacted(edited) && original.kind != VALUE_UNDEFINED)
		return original;
	if (depth == DEPTH_MAX)
		return edited;
	if (edited.kind == VALUE_LIST && original.kind == VALUE_LIST &&
	    value_len(edited) == value_len(original)) {
		out = value_list_new(a);
		for (size_t i = 0; value_next(&it, &key, &item); i++)
			value_list_add(a, out, undo_at(a, item, value_at(original, i), depth + 1));
		return out;
	}
	if (edited.kind != VALUE_MAP)
		return edited;
	out = value_map_new(a);
	while (value_next(&it, &key, &item))
		value_map_set(a, out, key, undo_at(a, item, value_get(original, key), depth + 1));
	return out;
}

struct value redact_undo(struct arena *a, struct value edited, struct value original)
{
	return undo_at(a, edited, original, 0);
}
