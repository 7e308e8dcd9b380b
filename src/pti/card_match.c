/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_match.c - the matches that a player's card lists.
 *
 * The page's own player stands in bold; who else is on that side is the partner, the other side are
 * the opponents.  Sides are "Name 40.2 / Name 23.4", with or without ratings, and may be one name
 * or none.
 */
#include "pti/card_part.h"

#include "data/moment.h"

/* "Ann One 40.2" without the rating. */
static struct str side_name(struct str part)
{
	size_t n = part.len;
	int32_t unsaid;

	while (n > 0 && part.at[n - 1] != ' ')
		n--;
	if (pti_from(value_str(str_slice(part, n, part.len)), &unsaid))
		part = str_slice(part, 0, n);
	return str_trim(part);
}

static struct value side_names(struct arena *a, struct str side)
{
	struct value list = value_list_new(a);

	while (side.len) {
		struct str name = side_name(str_trim(str_cut(&side, '/')));

		if (name.len)
			value_list_add(a, list, value_str(name));
	}
	return list;
}

/* The first name of a side that is not the player's own; NULL without one. */
static struct value partner_of(struct value names, struct str own)
{
	for (size_t i = 0; i < value_len(names); i++)
		if (!str_eq(value_at(names, i).s, side_name(own)))
			return value_at(names, i);
	return NULL_VALUE;
}

static void sides_tell(struct arena *a, struct value sides, struct value match)
{
	struct value partner = NULL_VALUE, opponents = value_list_new(a);
	size_t own = 0, n = value_len(sides);

	while (own < n && !sight_text(value_at(sides, own), "own").len)
		own++;
	for (size_t i = 0; i < n && own < n; i++) {
		struct value side = value_at(sides, i);
		struct value names = side_names(a, sight_text(side, "players"));

		if (i == own)
			partner = partner_of(names, sight_text(side, "own"));
		else
			opponents = names;
	}
	value_map_set(a, match, STR("partner"), partner);
	value_map_set(a, match, STR("opponents"), opponents);
}

static struct value date_text(struct arena *a, struct value date)
{
	struct err unsaid;
	struct str text;

	if (date.kind != VALUE_TIME || !moment_format(a, date, STR("%Y-%m-%d"), &text, &unsaid))
		return NULL_VALUE;
	return value_str(text);
}

static struct value match_of(struct arena *a, struct value row)
{
	static const char *const same[] = {
		"section", "type", "match", "line", "result", "rating"
	};
	struct value match = value_map_new(a);

	value_map_set(a, match, STR("date"), date_text(a, value_get(row, STR("date"))));
	for (size_t i = 0; i < COUNT(same); i++) {
		struct value v = value_get(row, str_from(same[i]));

		value_map_set(a, match, str_from(same[i]),
			      v.kind == VALUE_UNDEFINED ? NULL_VALUE : v);
	}
	sides_tell(a, value_get(row, STR("sides")), match);
	return match;
}

struct value card_matches(struct arena *a, struct value rows, size_t max)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < value_len(rows) && i < max; i++)
		value_list_add(a, list, match_of(a, value_at(rows, i)));
	return list;
}
