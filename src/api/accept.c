/* SPDX-License-Identifier: Apache-2.0 */
/* accept.c - what a client sends, takes and has already: types, codings, entity tags, a name. */
#include "api/api_part.h"

#include "store/seal.h"

#include <stdio.h>

#define LIKING_MAX 1000

/* "0.8" as 800; what is no such number is taken as 1. */
static int parse_liking(struct str text)
{
	int thousandths = 0;

	if (text.len == 0 || text.at[0] != '0')
		return LIKING_MAX;
	for (size_t i = 2, unit = 100; i < text.len && unit; i++, unit /= 10) {
		if (text.at[1] != '.' || text.at[i] < '0' || text.at[i] > '9')
			return LIKING_MAX;
		thousandths += (text.at[i] - '0') * (int)unit;
	}
	return thousandths;
}

/* How much something is liked, by what stands behind it: 0 (not at all) to LIKING_MAX. */
static int liking_of(struct str parameters)
{
	while (parameters.len) {
		struct str one = str_trim(str_cut(&parameters, ';'));

		if (str_starts(one, STR("q=")) || str_starts(one, STR("Q=")))
			return parse_liking(str_slice(one, strlen("q="), one.len));
	}
	return LIKING_MAX;
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

		if (range_allows(range, bare) && liking_of(parameters) > 0)
			return true;
	}
	return false;
}

bool accept_names(struct str accept, struct str type)
{
	while (accept.len) {
		struct str parameters = str_cut(&accept, ',');
		struct str range = str_trim(str_cut(&parameters, ';'));

		if (str_eq_nocase(range, type) && liking_of(parameters) > 0)
			return true;
	}
	return false;
}

int accept_coding(struct str accept, struct str coding)
{
	/* Plain bytes are always taken, unless that was ruled out; any other coding that is named
	 * goes before them. */
	int otherwise = str_eq(coding, STR("identity")) ? 1 : 0;

	while (accept.len) {
		struct str parameters = str_cut(&accept, ',');
		struct str one = str_trim(str_cut(&parameters, ';'));

		if (str_eq_nocase(one, coding))
			return liking_of(parameters);
		if (str_eq(one, STR("*")))
			otherwise = liking_of(parameters);
	}
	return otherwise;
}

bool tag_listed(struct str list, struct str tag, bool weak_too)
{
	if (str_eq(str_trim(list), STR("*")))
		return true;
	while (list.len) {
		struct str one = str_trim(str_cut(&list, ','));

		if (weak_too && str_starts(one, STR("W/")))
			one = str_slice(one, 2, one.len);
		if (str_eq(one, tag))
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
