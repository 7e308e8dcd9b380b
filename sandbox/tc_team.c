/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_team.c - a team's page with its roster, and a league's table of ratings, as sloppy as the
 * vendor writes them: menus of links without end, tables in upper case, options that never close.
 */
#include "tc.h"

#define CAPTAIN_SEATS 2
#define PLAYERS_SEATS 10
#define STANDINGS 8

static const char *const tc_sections[] = { "Captains", "Players", "Alternates" };

void tc_put_menus(const struct tc_ask *ask, struct buf *b)
{
	int64_t n = ask->modes->menu_links;

	buf_add(b, STR("<div id=home_left><ul class=menu>\n"));
	for (int64_t i = 0; i < n; i++) {
		buf_add(b, STR("<li><a href=\"/?mod=" TC_TEAM_MOD "&team="));
		tc_put_id(b, tc_id(ask->scratch, 210000 + i));
		buf_printf(b, "\">Lakeshore S&F %lld</a>\n", (long long)i + 1);
	}
	buf_add(b, STR("</ul><select id=menu_team><option value=\"All\">All Teams</select></div>"
		       "</div>\n"));
}

static void put_heading(const struct tc_roster *roster, struct buf *b)
{
	buf_add(b, STR("<div id=\"home_right\">\n<div class=\"sectioner\" "
		       "style=\"margin-bottom: 10px;\">"));
	tc_put_text(b, roster->team);
	buf_add(b, STR("</div>\n<img src=/images/logo.png alt=logo><span class=\"demi\">"));
	tc_put_text(b, roster->club);
	buf_add(b,
		STR("</span><br>1 Hut Lane, Dunmore<br><a href=\"https://maps.example/?q=a&z=3\">"
		    "Get Directions</a>\n<a href=\"/?mod=nndz-T25udW1PQT0%3D\">Captain</a>\n"));
}

static void put_standings(struct buf *b)
{
	buf_add(b,
		STR("<table class=\"standings-table2\" width=100%>\n<tr class=\"header\"><td>Team"
		    "<td>Pts<td>Wks</tr>\n"));
	for (int i = 0; i < STANDINGS; i++)
		buf_printf(
			b,
			"<tr><td class=\"team2\"><a href=\"/?mod=nndz-TjJiOWtORzkwTlJFb0NVU1NzOD0%%3D"
			"&team=nndz-TeamNumber%d\">Oak & Iron %d</a></td>"
			"<td class=\"pts2\">%s</td><td class=\"wks2\">%d</td></tr>\n",
			i, i + 1, i % 2 ? "68" : "3/1/0", 10 - i);
	buf_add(b, STR("</table>\n"));
}

static void put_seat(const struct tc_ask *ask, const struct tc_roster *roster,
		     const struct tc_seat *s, struct buf *b)
{
	bool member = s->player.pti != TC_NO_PTI;

	buf_printf(b,
		   "<tr><td style=\"width: 150px; overflow: hidden;\"><div style=\"height: 18px;\">"
		   "<span style=\"font-size: 12px; display: inline-block; width:18px;\">%s </span>"
		   "<a class=\"lightbox-auto iframe link\" href=\"/player.php?print&p=",
		   member ? "&#10004;" : "");
	tc_put_id(b, tc_id(ask->scratch, s->number));
	buf_add(b, STR("\">"));
	tc_put_text(b, s->player.first);
	buf_add(b, STR("  "));
	tc_put_text(b, s->player.last);
	buf_add(b, STR("</a> "));
	if (s->captain || s->co_captain)
		buf_add(b, s->captain ? STR(" (C)") : STR(" (CC)"));
	buf_add(b, STR(" </div></td>"));
	if (roster->rated) {
		buf_add(b, STR("<td> "));
		tc_put_pti(b, s->player.pti);
		buf_add(b, STR(" </td>"));
	}
	buf_printf(b,
		   "\n<td style=\"width: 25px\"><span class=\"md-font-gray\">%d</span></td>"
		   "<td style=\"width: 25px\"><span class=\"md-font-gray\">%d</span></td></tr>\n",
		   s->wins, s->losses);
}

static void put_seats(const struct tc_ask *ask, const struct tc_roster *roster, struct buf *b)
{
	int columns = roster->rated ? 4 : 3;

	for (size_t i = 0; i < roster->n; i++) {
		const struct tc_seat *s = &roster->seat[i];

		if (!i || s->section != s[-1].section)
			buf_printf(b,
				   "<tr><th colspan=\"%d\" align=\"left\" class=\"player_col\">%s"
				   "</th></tr>",
				   columns, tc_sections[s->section]);
		put_seat(ask, roster, s, b);
	}
}

void tc_put_roster(const struct tc_ask *ask, const struct tc_roster *roster, struct buf *b)
{
	tc_put_head(ask, b);
	tc_put_menus(ask, b);
	put_heading(roster, b);
	put_standings(b);
	buf_add(b, STR("<TABLE width=100%><TR><TD>\n<table cellspacing=0 border=0 "
		       "class=\"standard team_roster_table\" width=\"100%\">\n<tr> <th>"));
	tc_put_text(b, roster->team);
	buf_printf(b,
		   "</th>%s <th class=\"player_col_w\">W</th> <th class=\"player_col_l\">L</th> "
		   "</tr>\n",
		   roster->rated ? "<th>R</th>" : "");
	put_seats(ask, roster, b);
	buf_add(b, STR("</table>\n</TD></TR></TABLE></div></div>\n<tr><td>&nbsp;\n"));
	tc_put_tail(b);
}

static struct tc_seat seat_of(const struct tc_ask *ask, int64_t k, size_t place)
{
	uint64_t pick = tc_pick(ask->world, ask->league, k, 90000);

	return (struct tc_seat){
		.player = tc_player_at(ask->world, ask->league, k, ask->now_ms, ask->scratch),
		.number = ask->league->first_number + k,
		.section = place < CAPTAIN_SEATS   ? 0
			   : place < PLAYERS_SEATS ? 1
						   : 2,
		.captain = place == 0,
		.co_captain = place == 1,
		.wins = (int)(pick % 9),
		.losses = (int)(pick >> 8 & 7),
	};
}

struct tc_roster tc_roster_of(const struct tc_ask *ask, int64_t team)
{
	const struct tc_league *l = ask->league;
	struct tc_roster r = { .rated = l->rated };
	int64_t first = team * TC_TEAM_SEATS;

	r.team = tc_team_name(ask->world, l, team, ask->scratch);
	r.seat = arena_new_array(ask->scratch, struct tc_seat, TC_TEAM_SEATS + 1);
	if (team >= l->teams)
		return r;
	for (int64_t k = first; k < first + TC_TEAM_SEATS && k < l->players; k++) {
		r.seat[r.n] = seat_of(ask, k, r.n);
		r.n++;
	}
	/* The next team's first one plays here as well. */
	if (r.n == TC_TEAM_SEATS && first + TC_TEAM_SEATS < l->players) {
		r.seat[r.n] = seat_of(ask, first + TC_TEAM_SEATS, r.n);
		r.n++;
	}
	r.club = r.seat[0].player.club;
	return r;
}

static void put_switchers(struct buf *b)
{
	static const char *const names[] = { "loc", "div", "team" };

	for (size_t i = 0; i < COUNT(names); i++)
		buf_printf(b,
			   "<select id=\"%s_switcher\"><option value=\"0\">All"
			   "<option value=\"219803\">Number 219803</select>\n",
			   names[i]);
}

void tc_put_ratings(const struct tc_ask *ask, struct buf *b)
{
	const struct tc_league *l = ask->league;
	int64_t first, now_ms = ask->now_ms;

	tc_season_of(tc_week_of(now_ms), &first);
	tc_put_head(ask, b);
	buf_add(b, STR("<div id=\"home_right\">\n"));
	put_switchers(b);
	buf_add(b, STR("<table class=\"standard\" width=100%>\n<tr><th>First</th><th>Last</th>"
		       "<th>Start</th><th>Diff</th><th>Current</th></tr>\n"));
	for (int64_t k = 0; l->rated && k < l->players; k++) {
		struct tc_player p = tc_player_at(ask->world, l, k, now_ms, ask->scratch);
		int32_t start = tc_hidden_pti(ask->world, l, k, now_ms - 7 * TC_WEEK_MS);

		buf_printf(b, "<tr class=\"teams divers locs team_%lld diver_1 loc_2\"><td>",
			   219803 + (long long)(k / TC_TEAM_SEATS));
		tc_put_text(b, p.first);
		buf_add(b, STR("</td><td><a href=\"/?mod=" TC_HISTORY_MOD "&uid="));
		tc_put_id(b, tc_id(ask->scratch, l->first_number + k));
		buf_add(b, STR("\">"));
		tc_put_text(b, p.last);
		buf_add(b, STR("</a></td><td>"));
		if (p.pti != TC_NO_PTI) {
			tc_put_pti(b, start);
			buf_add(b, STR("</td><td>"));
			tc_put_pti(b, p.pti - start);
		} else {
			buf_add(b, STR("</td><td>"));
		}
		buf_add(b, STR("</td><td class=\"ratings_rate\"> "));
		tc_put_pti(b, p.pti);
		buf_add(b, STR(" </td></tr>\n"));
	}
	buf_add(b, STR("</table>\n"));
	tc_put_tail(b);
}
