/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c - what is read from a page, as JSON: for golden tests. */
#include "pages.h"

static const char *const outcome_name[] = { [CARD_OK] = "ok",
					    [CARD_NO_PTI] = "no_pti",
					    [CARD_NOT_FOUND] = "not_found",
					    [CARD_BLOCKED] = "blocked",
					    [CARD_REFUSED] = "refused" };

struct told {
	struct arena *a;
	struct value map;
};

static void tell(const struct told *t, const char *key, struct value v)
{
	value_map_set(t->a, t->map, str_from(key), v);
}

static void tell_pti(const struct told *t, int32_t tenths)
{
	tell(t, "pti", tenths == PTI_NONE ? NULL_VALUE : value_str(pti_text(t->a, tenths)));
}

static struct told told_outcome(struct arena *a, enum card_outcome outcome, struct str why)
{
	struct told t = { a, value_map_new(a) };

	tell(&t, "outcome", value_str(str_from(outcome_name[outcome])));
	tell(&t, "why", value_str(why));
	return t;
}

static bool said_card(const struct pages *p, struct str html, struct arena *a, struct value *out,
		      struct err *e)
{
	struct card c;
	struct told t;

	if (!card_read(p, html, a, 50, &c, e))
		return false;
	t = told_outcome(a, c.outcome, c.why);
	tell(&t, "name", value_str(c.name));
	tell(&t, "club", value_str(c.club));
	tell_pti(&t, c.pti);
	tell(&t, "unusual", value_bool(c.unusual));
	tell(&t, "matches", c.matches);
	*out = t.map;
	return true;
}

static struct value roster_row_said(struct arena *a, const struct roster_row *r)
{
	struct told t = { a, value_map_new(a) };

	tell(&t, "name", value_str(r->name));
	tell(&t, "id", value_str(r->id));
	tell_pti(&t, r->pti);
	tell(&t, "captain", value_bool(r->captain));
	tell(&t, "co_captain", value_bool(r->co_captain));
	tell(&t, "member", value_bool(r->member));
	tell(&t, "section", value_str(r->section));
	tell(&t, "wins", value_int(r->wins));
	tell(&t, "losses", value_int(r->losses));
	return t.map;
}

static bool said_roster(const struct pages *p, struct str html, struct arena *a, struct value *out,
			struct err *e)
{
	struct value list = value_list_new(a);
	struct roster r;
	struct told t;

	if (!roster_read(p, html, a, &r, e))
		return false;
	t = told_outcome(a, r.outcome, r.why);
	tell(&t, "team", value_str(r.team));
	tell(&t, "rated", value_bool(r.rated));
	for (size_t i = 0; i < r.rows; i++)
		value_list_add(a, list, roster_row_said(a, &r.row[i]));
	tell(&t, "players", list);
	*out = t.map;
	return true;
}

static bool said_ratings(const struct pages *p, struct str html, struct arena *a, struct value *out,
			 struct err *e)
{
	struct value list = value_list_new(a);
	struct ratings r;
	struct told t;

	if (!ratings_read(p, html, a, &r, e))
		return false;
	t = told_outcome(a, r.outcome, r.why);
	for (size_t i = 0; i < r.rows; i++) {
		struct told row = { a, value_map_new(a) };

		tell(&row, "id", value_str(r.row[i].id));
		tell(&row, "name", value_str(r.row[i].name));
		tell_pti(&row, r.row[i].pti);
		value_list_add(a, list, row.map);
	}
	tell(&t, "players", list);
	*out = t.map;
	return true;
}

bool page_said(const struct pages *p, struct str name, struct str html, struct arena *a,
	       struct value *out, struct err *e)
{
	if (str_starts(name, STR("team_")))
		return said_roster(p, html, a, out, e);
	if (str_starts(name, STR("ratings_")))
		return said_ratings(p, html, a, out, e);
	return said_card(p, html, a, out, e);
}
