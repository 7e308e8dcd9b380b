/* SPDX-License-Identifier: Apache-2.0 */
/* form.c - %-encoded text: path segments, query strings, forms. */
#include "api/api_part.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool form_decode(struct arena *a, struct str text, bool form, struct str *out)
{
	char *to = arena_alloc(a, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '+' && form) {
			c = ' ';
		} else if (c == '%') {
			int high = text.len - i > 2 ? hex(text.at[i + 1]) : -1;
			int low = text.len - i > 2 ? hex(text.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == 0)
			return false;
		to[n++] = c;
	}
	*out = (struct str){ to, n };
	return str_is_utf8(*out);
}

bool form_parse(struct arena *a, struct str text, struct value *out)
{
	struct value map = value_map_new(a);

	while (text.len) {
		struct str item = str_cut(&text, '&');
		struct str name, value;

		if (item.len == 0)
			continue;
		name = str_cut(&item, '=');
		if (!form_decode(a, name, true, &name) || !form_decode(a, item, true, &value))
			return false;
		if (value_get(map, name).kind != VALUE_UNDEFINED)
			return false;
		value_map_set(a, map, name, value_str(value));
	}
	*out = map;
	return true;
}
