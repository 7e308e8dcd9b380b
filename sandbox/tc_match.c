/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_match.c - the matches on a player's card, sections of them, and those of a player's weeks.
 *
 * The ratings in them are of other people and of other days: none of them is the card's.
 */
#include "tc.h"

#define TOURNAMENT_EACH 6
#define MATCHES_MAX 400
#define SECTION_WIDTHS "width: 68px; float: left;"

static void put_side_name(const struct tc_card *card, const struct tc_side *side, int i,
			  struct buf *b)
{
	if (side->own == i)
		buf_add(b, STR("<b>"));
	tc_put_text(b, side->name[i]);
	if (card->rated) {
		int32_t rating = side->rating[i] == TC_NO_PTI ? 0 : side->rating[i];

		/* One digit is padded with a second blank. */
		buf_add(b, rating >= 0 && rating < 100 && rating ? STR("  ") : STR(" "));
		tc_put_pti(b, rating);
	} else {
		buf_char(b, ' ');
	}
	if (side->own == i)
		buf_add(b, STR("</b>"));
}

static void put_games(const struct tc_match *m, int which, int set, struct buf *b)
{
	const struct tc_side *side = &m->side[which];
	bool best = side->games[set] > m->side[!which].games[set];

	buf_add(b, STR("      <div style=\"float: left; width: 20px;\"> "));
	buf_printf(b, best ? "<span style=\"font-weight: bold;\">%d" : "%d", side->games[set]);
	if (side->tie[set] >= 0)
		buf_printf(b, "<sup>%d</sup>", side->tie[set]);
	buf_add(b, best ? STR("</span> </div>\n") : STR(" </div>\n"));
}

static void put_side(const struct tc_card *card, const struct tc_match *m, int which, struct buf *b)
{
	const struct tc_side *side = &m->side[which];

	buf_printf(b,
		   "      <div style=\"float: left; width: 16px;\"> %d </div>\n"
		   "      <div style=\"float: left; width: 480px;\"> ",
		   m->line);
	for (int i = 0; i < side->names; i++) {
		if (i)
			buf_add(b, STR(" / "));
		put_side_name(card, side, i, b);
	}
	buf_add(b, STR(" </div>\n"));
	for (int i = 0; side->names && i < m->sets; i++)
		put_games(m, which, i, b);
	buf_add(b, STR("      <div class=\"clearfix\"></div>\n"));
}

static void put_match(const struct tc_card *card, const struct tc_match *m, struct buf *b)
{
	const char *type = m->tournament ? "Tournament" : "League";
	long long card_id = 17000000 + (m->id < 0 ? -m->id : m->id);

	buf_printf(b,
		   "  <div id=\"match_%lld\" class=\"match_type_All match_type_%s\">\n"
		   "    <div style=\"" SECTION_WIDTHS "\"> ",
		   (long long)m->id, type);
	tc_put_date(b, m->at_ms);
	buf_printf(b,
		   "</div>\n    <div style=\"width: 405px; float: left; overflow: hidden;\">"
		   "<a href=\"#\" onclick=\"$('#match_card_%lld').toggle();return false;\">",
		   card_id);
	tc_put_text(b, m->text);
	buf_printf(b,
		   " &nbsp; </a></div>\n"
		   "    <div style=\"width: 20px; float: left; text-align: right;\"> %d </div>\n"
		   "    <div style=\"width: 57px; float: left; text-align: right;\"> %c </div>\n",
		   m->line, m->won ? 'W' : 'L');
	if (card->rated && m->rating != TC_NO_PTI) {
		buf_add(b, STR("    <div style=\"width: 60px; float: left; text-align: right;\">"));
		tc_put_pti(b, m->rating);
		buf_add(b, STR(" </div>\n"));
	}
	buf_printf(b,
		   "    <div class=\"match_card div_19023\" id=\"match_card_%lld\" "
		   "style=\"display: none; padding: 8px;\">\n",
		   card_id);
	put_side(card, m, 0, b);
	put_side(card, m, 1, b);
	buf_add(b, STR("    </div>\n  </div>\n"));
}

static void put_section_head(const struct tc_card *card, const struct tc_match *m, struct buf *b)
{
	const char *type = m->tournament ? "Tournament" : "League";

	buf_printf(b,
		   "<div class=\"shader  match_type_All match_type_%s\" "
		   "style=\"margin-bottom: 30px;\"><div class=\"sectioner\">",
		   type);
	tc_put_text(b, m->section);
	buf_add(b, STR("</div><div class=\"contenter\">\n"
		       "  <div style=\"" SECTION_WIDTHS "\" class=\"demi\">Date</div> "
		       "<div style=\"width: 415px; float: left;\" class=\"demi\">Match</div>\n"
		       "  <div style=\"width: 40px; float: left;\" class=\"demi\">Line</div> "
		       "<div style=\"width: 57px; float: left;\" class=\"demi\"> Result</div>\n"));
	if (card->rated)
		buf_add(b, STR("  <div style=\"width: 60px; float: left;\" class=\"demi\">"
			       "Rating</div>\n"));
	buf_add(b, STR("  <div class=\"clearfix\"></div>\n"));
}

void tc_put_matches(const struct tc_card *card, struct buf *b)
{
	for (size_t i = 0; i < card->n; i++) {
		const struct tc_match *m = &card->match[i];

		if (!i || !str_eq(m->section, m[-1].section)) {
			if (i)
				buf_add(b, STR("</div></div>\n"));
			put_section_head(card, m, b);
		}
		put_match(card, m, b);
	}
	if (card->n)
		buf_add(b, STR("</div></div>\n"));
}

static struct str full_name(struct arena *a, const struct tc_player *p)
{
	return str_printf(a, "%.*s %.*s", STR_ARG(p->first), STR_ARG(p->last));
}

/* A pair: player `own` (-1: none) and others of the league. */
static void make_side(const struct tc_ask *ask, int64_t own, uint64_t pick, int64_t at_ms,
		      struct tc_side *side)
{
	const struct tc_league *l = ask->league;

	*side = (struct tc_side){ .names = pick % 41 == 0 ? 1 : 2,
				  .own = own < 0 ? -1 : 0,
				  .tie = { -1, -1, -1 } };
	for (int i = 0; i < side->names; i++) {
		int64_t k = i == 0 && own >= 0
				    ? own
				    : (int64_t)((pick >> (8 + 20 * i)) % (uint64_t)l->players);
		struct tc_player p = tc_player_at(ask->world, l, k, at_ms, ask->scratch);

		side->name[i] = full_name(ask->scratch, &p);
		side->rating[i] = p.pti;
	}
}

static void make_score(struct tc_match *m, uint64_t pick, int winner)
{
	struct tc_side *w = &m->side[winner], *l = &m->side[!winner];

	m->sets = pick % 3 ? 2 : 3;
	for (int i = 0; i < m->sets; i++) {
		bool lost = m->sets == 3 && i == 1;

		(lost ? l : w)->games[i] = 6;
		(lost ? w : l)->games[i] = (int)(pick >> (8 * i + 4)) & 3;
	}
	if (pick >> 40 & 1) {
		w->games[0] = 7;
		l->games[0] = 6;
		w->tie[0] = 7;
		l->tie[0] = 5;
	}
}

static void make_match(const struct tc_ask *ask, int64_t k, int64_t week, int64_t at_ms,
		       struct tc_match *m)
{
	uint64_t pick = tc_pick(ask->world, ask->league, k, week);
	uint64_t more = tc_pick(ask->world, ask->league, k, week + 100000);
	int home = (int)(pick >> 12 & 1);
	struct tc_player me = tc_player_at(ask->world, ask->league, k, at_ms, ask->scratch);

	*m = (struct tc_match){
		.tournament = pick % TOURNAMENT_EACH == 0,
		.won = pick >> 13 & 1,
		.at_ms = at_ms,
		.line = (int)(pick >> 16 & 3) + 1,
		.rating = TC_NO_PTI,
	};
	m->id = 4000000 + (int64_t)(more % 900000);
	make_side(ask, k, more, at_ms, &m->side[home]);
	make_side(ask, -1, more >> 3, at_ms, &m->side[!home]);
	make_score(m, more, m->won ? home : !home);
	if (m->tournament) {
		m->id = -m->id;
		m->rating = me.pti;
		m->section = STR("Winter Classic Play Off PTI 40-45");
		m->text = str_printf(ask->scratch, "%.*s/%.*s vs Elderbach/Foxcroft",
				     STR_ARG(me.last), STR_ARG(me.last));
	} else {
		m->section =
			str_printf(ask->scratch, "Day League: Series %lld", (long long)(k % 9) + 1);
		m->text = str_printf(ask->scratch, "Team A %lld (H) vs Team B %da (A)",
				     (long long)(k % 9) + 1, m->line);
	}
	if (more % 29 == 0)
		m->side[!home].names = 0; /* by default */
}

void tc_matches_of(const struct tc_ask *ask, int64_t k, bool all, struct tc_card *card)
{
	int64_t last = tc_week_of(ask->now_ms), first = 0, at_ms;
	bool on = tc_season_of(last, &first);

	card->n = 0;
	if (all)
		first = 0;
	else if (!on)
		return;
	card->match = arena_new_array(ask->scratch, struct tc_match, MATCHES_MAX);
	/* A career is in order of time; a season by sections, tournaments last. */
	for (int pass = 0; pass < (all ? 1 : 2); pass++) {
		for (int64_t week = last; week >= first && card->n < MATCHES_MAX; week--) {
			struct tc_match *m = &card->match[card->n];

			if (!tc_played(ask->world, ask->league, k, week, &at_ms) ||
			    at_ms > ask->now_ms)
				continue;
			make_match(ask, k, week, at_ms, m);
			if (all || m->tournament == (pass == 1))
				card->n++;
		}
	}
}
