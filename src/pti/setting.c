/* SPDX-License-Identifier: Apache-2.0 */
/* setting.c - what the plan says of a connection, whatever it was written as. */
#include "pti/setting.h"

#include "data/moment.h"

struct str setting_text(const struct connection *c, const char *name)
{
	struct value v = value_get(c->config, str_from(name));

	return v.kind == VALUE_STR ? v.s : STR("");
}

int64_t setting_number(const struct connection *c, const char *name, int64_t fallback)
{
	struct value v = value_get(c->config, str_from(name));
	int64_t n = fallback;

	if (v.kind == VALUE_INT)
		n = v.i;
	else if (v.kind == VALUE_STR && !str_to_i64(v.s, &n))
		n = fallback;
	return n < 0 ? fallback : n;
}

bool setting_true(const struct connection *c, const char *name)
{
	struct value v = value_get(c->config, str_from(name));

	if (v.kind == VALUE_BOOL)
		return v.b;
	return v.kind == VALUE_STR &&
	       (str_eq_nocase(v.s, STR("true")) || str_eq_nocase(v.s, STR("yes")) ||
		str_eq_nocase(v.s, STR("on")) || str_eq(v.s, STR("1")));
}

int64_t setting_span_ms(const struct connection *c, const char *name, int64_t fallback_ms)
{
	struct duration d;
	struct err unsaid;

	if (!duration_parse_plain(setting_text(c, name), &d, &unsaid) || d.months || d.us < 0)
		return fallback_ms;
	return d.us / 1000;
}
