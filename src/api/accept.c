/* SPDX-License-Identifier: Apache-2.0 */
/* accept.c - media types that a client sends and takes, and the name of its request. */
#include "api/api_part.h"

#include "store/seal.h"

#include <stdio.h>

static bool is_refused(struct str parameters)
{
	while (parameters.len) {
		struct str one = str_trim(str_cut(&parameters, ';'));

		/* q=0, q=0.0, q=0.000 */
		if (!str_starts(one, STR("q=0")))
			continue;
		one = str_slice(one, strlen("q="), one.len);
		while (one.len && (one.at[0] == '0' || one.at[0] == '.'))
			one = str_slice(one, 1, one.len);
		if (one.len == 0)
			return true;
	}
	return false;
}

static bool range_allows(struct str range, struct str type)
{
	if (str_eq(range, STR("*/*")))
		return true;
	if (str_ends(range, STR("/*")))
		return str_starts(type, str_slice(range, 0, range.len - 1));
	return str_eq_nocase(range, type);
}

bool accept_allows(struct str accept, struct str type)
{
	struct str bare = str_trim(str_cut(&type, ';'));

	if (accept.len == 0)
		return true;
	while (accept.len) {
		struct str parameters = str_cut(&accept, ',');
		struct str range = str_trim(str_cut(&parameters, ';'));

		if (range_allows(range, bare) && !is_refused(parameters))
			return true;
	}
	return false;
}

bool media_type_is(struct str header, const char *type)
{
	return str_eq_nocase(str_trim(str_cut(&header, ';')), str_from(type));
}

struct str request_id(struct arena *a, struct str given)
{
	bool sane = given.len > 0 && given.len <= REQUEST_ID_MAX;

	for (size_t i = 0; sane && i < given.len; i++) {
		char c = given.at[i];

		sane = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		       c == '.' || c == '_' || c == '-';
	}
	return sane ? str_keep(a, given) : uuid_new(a);
}
