/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card.c - what a player's card says.
 *
 * In this order: no card at all is BLOCKED; a blank name is NOT_FOUND, whatever else the card
 * lists; a rating that is not one number in its place, or a number in that place that nothing
 * names, is REFUSED; without any the card has NO_PTI, but only if it is there to its end.
 */
#include "pti/card_part.h"

static struct str joined(struct arena *a, struct str first, struct str last)
{
	if (!first.len || !last.len)
		return first.len ? first : last;
	return str_printf(a, "%.*s %.*s", STR_ARG(first), STR_ARG(last));
}

static void conclude(struct card *c, enum card_outcome outcome, struct str why)
{
	c->outcome = outcome;
	c->why = why;
}

/* The number before its label: "35.3 paddle tennis index". */
static int32_t rating_of(const struct page_reading *page)
{
	struct str text = sight_text(page->fields, "pti_with_label");
	int32_t tenths;
	size_t n = 0;

	if (page_refused(page, "pti_labels") || sight_bool(page->fields, "pti_marked"))
		return PTI_NONE;
	while (n < text.len && strchr("-.0123456789", text.at[n]))
		n++;
	return pti_from(value_str(str_slice(text, 0, n)), &tenths) ? tenths : PTI_NONE;
}

/* Why there is no rating: nothing is wrong, or what. */
static void miss(struct card *c, const struct page_reading *page)
{
	if (page_refused(page, "pti_labels"))
		conclude(c, CARD_REFUSED, STR("The page has more than one PTI"));
	else if (page_refused(page, "pti_with_label") ||
		 sight_text(page->fields, "pti_with_label").len)
		conclude(c, CARD_REFUSED, STR("What stands in the place of the PTI is none"));
	else if (sight_bool(page->fields, "pti_unread"))
		conclude(c, CARD_REFUSED,
			 STR("The card has a number without a label, or a label without a number"));
	else if (!sight_bool(page->fields, "complete"))
		conclude(c, CARD_REFUSED, STR("The page is cut off"));
	else
		conclude(c, CARD_NO_PTI, STR("The card has no PTI"));
}

static void rate(struct card *c, const struct page_reading *page, struct arena *a)
{
	c->pti = rating_of(page);
	if (c->pti == PTI_NONE) {
		miss(c, page);
		return;
	}
	c->outcome = CARD_OK;
	c->unusual = c->pti < PTI_USUAL_LOW || c->pti > PTI_USUAL_HIGH;
	if (c->unusual)
		c->why = str_printf(a, "A PTI of %.*s is unusual", STR_ARG(pti_text(a, c->pti)));
}

bool card_read(const struct pages *p, struct str html, struct arena *a, size_t matches,
	       struct card *out, struct err *e)
{
	struct card c = { .pti = PTI_NONE, .matches = NULL_VALUE };
	struct value fields;
	struct sight s;

	if (!sight_take(p, "player_card", matches ? "player_matches" : NULL, html, a, &s, e))
		return false;
	fields = s.page.fields;
	c.outcome = s.outcome;
	c.why = s.why;
	c.name = c.club = STR("");
	if (s.outcome == CARD_OK) {
		c.name = joined(a, sight_text(fields, "first_name"),
				sight_text(fields, "last_name"));
		c.club = sight_text(fields, "club");
		if (c.name.len) {
			rate(&c, &s.page, a);
		} else {
			conclude(&c, CARD_NOT_FOUND, STR("The league has no such player"));
		}
		if (matches && c.name.len)
			c.matches =
				card_matches(a, value_get(s.more.fields, STR("matches")), matches);
	}
	*out = c;
	return true;
}
