/* SPDX-License-Identifier: Apache-2.0 */
/* tc_history.c - a player's full history, which is not the print card: ratings before and after. */
#include "tc.h"

#define HISTORY_MAX 60

static void put_people(const struct tc_match *m, struct buf *b)
{
	buf_add(b, STR("<div class=\"rbox_bottom\"><div class=\"rbox_wrap_2\">"));
	for (int i = 0; i < 4; i++) {
		const struct tc_side *side = &m->side[i / 2];

		buf_add(b, STR("<div class=\"rbox_2\"><a href=\"#\">"));
		if (i % 2 < side->names)
			tc_put_text(b, side->name[i % 2]);
		buf_add(b, STR("</a></div>"));
	}
	buf_add(b, STR("</div>"));
	for (int twice = 0; twice < 2; twice++) {
		buf_add(b, STR("<div class=\"rbox_wrap_3\">"));
		for (int i = 0; i < 4; i++) {
			buf_add(b, STR("<div class=\"rbox_3\">"));
			tc_put_pti(b, m->side[i / 2].rating[i % 2]);
			buf_add(b, STR("</div>"));
		}
		buf_add(b, STR("</div>"));
	}
	buf_add(b, STR("<div class=\"rbox_wrap_4\">"));
	for (int i = 0; i < m->sets; i++)
		buf_printf(b, "<div class=\"rbox_4_set\">%d %d</div>", m->side[0].games[i],
			   m->side[1].games[i]);
	buf_add(b, STR("</div></div>"));
}

static void put_one(const struct tc_ask *ask, int64_t k, const struct tc_match *m, struct buf *b)
{
	buf_printf(b,
		   "<div class=\"shader\"><div class=\"rbox_top\"><div class=\"rbox_1\">%c</div>"
		   "<div class=\"rbox_inner\">",
		   m->won ? 'W' : 'L');
	tc_put_date(b, m->at_ms);
	buf_add(b, STR("</div><div class=\"rbox_inner\">"));
	tc_put_text(b, m->section);
	buf_printf(b, " - %.*s at Line %d</div><div class=\"rbox3top\">Start <span class=\"demi\">",
		   STR_ARG(m->text), m->line);
	tc_put_pti(b, tc_hidden_pti(ask->world, ask->league, k, m->at_ms - 1));
	buf_add(b, STR("</span></div><div class=\"rbox3top\">End <span class=\"demi\">"));
	tc_put_pti(b, tc_hidden_pti(ask->world, ask->league, k, m->at_ms));
	buf_add(b, STR("</span></div></div>"));
	put_people(m, b);
	buf_add(b, STR("</div>\n"));
}

void tc_put_history(const struct tc_ask *ask, int64_t k, struct buf *b)
{
	struct tc_card card = { .rated = ask->league->rated };

	tc_put_head(ask, b);
	buf_add(b, STR("<div id=\"home_right\">\n"));
	if (k >= 0 && ask->league->rated)
		tc_matches_of(ask, k, true, &card);
	for (size_t i = 0; i < card.n && i < HISTORY_MAX; i++)
		put_one(ask, k, &card.match[i], b);
	tc_put_tail(b);
}
