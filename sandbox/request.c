/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - what a handler reads from a request. */
#include "server.h"

#include <microhttpd.h>

bool request_param(const struct request *r, const char *name, struct str *out)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(r->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name),
					  &value, &len) != MHD_YES ||
	    !value)
		return false;
	*out = (struct str){ value, len };
	return true;
}

int64_t request_number(const struct request *r, const char *name, int64_t otherwise)
{
	struct str text;
	int64_t value = otherwise;

	if (request_param(r, name, &text) && !str_to_i64(text, &value))
		return otherwise;
	return value;
}

const char *request_header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct str decode(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool escape = s.at[i] == '%' && i + 2 < s.len && hex(s.at[i + 1]) >= 0 &&
			      hex(s.at[i + 2]) >= 0;

		if (escape) {
			out[n++] = (char)(hex(s.at[i + 1]) << 4 | hex(s.at[i + 2]));
			i += 2;
		} else {
			out[n++] = s.at[i] == '+' ? ' ' : s.at[i];
		}
	}
	return (struct str){ out, n };
}

bool request_form(const struct request *r, struct arena *a, const char *name, struct str *out)
{
	struct str rest = r->body;

	while (rest.len) {
		struct str value = str_cut(&rest, '&'), key = str_cut(&value, '=');

		if (str_eq(decode(a, key), str_from(name))) {
			*out = decode(a, value);
			return true;
		}
	}
	return false;
}
