/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_roster.c - a team's roster and a league's ratings, row by row, in the page's order.
 *
 * The id is the key: the same one twice stays twice, and names decide nothing.  A league's page
 * that gives one player two ratings gives none.
 */
#include "pti/card_part.h"

#include "base/map.h"
#include "pti/address.h"

static int32_t count_of(struct value fields, const char *name)
{
	struct value v = value_get(fields, str_from(name));

	return v.kind == VALUE_INT && v.i >= 0 && v.i <= INT32_MAX ? (int32_t)v.i : -1;
}

static bool roster_row_read(struct arena *a, struct value row, struct roster_row *out)
{
	struct str marks = sight_text(row, "marks");

	if (!address_link_id(a, sight_text(row, "link"), STR("p"), &out->id))
		return false;
	out->name = name_plain(sight_text(row, "name"));
	out->pti = sight_rating(row, "pti");
	out->co_captain = str_find(marks, STR("(CC)")) >= 0;
	out->captain = str_find(marks, STR("(C)")) >= 0;
	out->member = sight_bool(row, "member");
	out->section = sight_text(row, "section");
	out->wins = count_of(row, "wins");
	out->losses = count_of(row, "losses");
	return true;
}

bool roster_read(const struct pages *p, struct str html, struct arena *a, struct roster *out,
		 struct err *e)
{
	struct roster r = { .rows = 0 };
	struct value rows;
	struct sight s;

	if (!sight_take(p, "team", NULL, html, a, &s, e))
		return false;
	r.outcome = s.outcome;
	r.why = s.why;
	r.team = STR("");
	if (s.outcome == CARD_OK) {
		rows = value_get(s.page.fields, STR("players"));
		r.team = sight_text(s.page.fields, "team");
		r.rated = sight_bool(s.page.fields, "rated");
		r.row = arena_new_array(a, struct roster_row, value_len(rows));
		for (size_t i = 0; i < value_len(rows); i++)
			r.rows += roster_row_read(a, value_at(rows, i), &r.row[r.rows]);
		if (!r.team.len && !r.rows) {
			r.outcome = CARD_NOT_FOUND;
			r.why = STR("The league has no such team");
		}
	}
	*out = r;
	return true;
}

static bool rating_row_read(struct arena *a, struct value row, struct rating_row *out)
{
	struct str first = sight_text(row, "first_name"), last = sight_text(row, "last_name");

	if (!address_link_id(a, sight_text(row, "link"), STR("uid"), &out->id))
		return false;
	out->name = str_trim(str_printf(a, "%.*s %.*s", STR_ARG(first), STR_ARG(last)));
	out->pti = sight_rating(row, "current");
	return true;
}

/* Nobody knows which of two ratings is the player's; a card does. */
static void part_rivals(struct arena *a, struct ratings *r)
{
	struct map *by_id = map_new(a);

	for (size_t i = 0; i < r->rows; i++) {
		struct rating_row *row = &r->row[i], *twin = map_get(by_id, row->id);

		if (!twin)
			map_put(by_id, row->id, row);
		else if (twin->pti != row->pti)
			twin->pti = PTI_NONE;
	}
	for (size_t i = 0; i < r->rows; i++) {
		const struct rating_row *first = map_get(by_id, r->row[i].id);

		r->row[i].pti = first->pti;
	}
}

bool ratings_read(const struct pages *p, struct str html, struct arena *a, struct ratings *out,
		  struct err *e)
{
	struct ratings r = { .rows = 0 };
	struct value rows;
	struct sight s;

	if (!sight_take(p, "ratings", NULL, html, a, &s, e))
		return false;
	r.outcome = s.outcome;
	r.why = s.why;
	if (s.outcome == CARD_OK) {
		rows = value_get(s.page.fields, STR("players"));
		r.row = arena_new_array(a, struct rating_row, value_len(rows));
		for (size_t i = 0; i < value_len(rows); i++)
			r.rows += rating_row_read(a, value_at(rows, i), &r.row[r.rows]);
		part_rivals(a, &r);
	}
	*out = r;
	return true;
}
