/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_site.c - which page an address is of: one application for every league and both domains, in
 * which `mod` is the kind of the page and an id that nobody has is a blank page, not an error.
 */
#include "tc.h"

#define PARAM_BYTES_MAX 4096

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent signs are taken once; a plus stays a plus. */
static struct str unescape(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool escape = s.at[i] == '%' && i + 2 < s.len && hex_digit(s.at[i + 1]) >= 0 &&
			      hex_digit(s.at[i + 2]) >= 0;

		out[n++] = escape ? (char)(hex_digit(s.at[i + 1]) << 4 | hex_digit(s.at[i + 2]))
				  : s.at[i];
		i += escape ? 2 : 0;
	}
	return (struct str){ out, n };
}

bool tc_param(const struct tc_ask *ask, const char *name, struct str *out)
{
	struct str rest = ask->query;

	while (rest.len) {
		struct str value = str_cut(&rest, '&'), key = str_cut(&value, '=');

		if (str_eq(key, str_from(name)) && value.len < PARAM_BYTES_MAX) {
			*out = unescape(ask->scratch, value);
			return true;
		}
	}
	return false;
}

bool tc_host(const struct tc_world *w, struct str host, struct tc_ask *ask)
{
	struct str domain = host, label = str_cut(&domain, '.');

	domain = str_cut(&domain, ':');
	ask->paddlescores = str_eq_nocase(domain, STR("paddlescores.com"));
	if (!ask->paddlescores && !str_eq_nocase(domain, STR("tenniscores.com")))
		return false;
	ask->league = tc_league_find(w, label);
	return ask->league != NULL;
}

/* The id of a parameter as a player's ordinal, a fixture, or neither. */
static bool find_player(const struct tc_ask *ask, struct str id, int64_t *k, int *which)
{
	int64_t number;

	*k = -1;
	*which = -1;
	if (!tc_id_number(id, &number))
		return false;
	*which = tc_case_of_number(number);
	if (*which < 0 && number >= ask->league->first_number &&
	    number - ask->league->first_number < ask->league->players) {
		*k = number - ask->league->first_number;
		*which = tc_page_instead(ask->world, ask->league, *k, ask->now_ms);
	}
	return true;
}

static void answer_card(const struct tc_ask *ask, struct str id, struct reply *reply,
			struct tc_seen *seen)
{
	struct tc_card card = { .rated = ask->league->rated,
				.platform = ask->modes->platform != 0,
				.player = { .pti = TC_NO_PTI } };
	struct str all;
	int64_t k;
	int which;

	find_player(ask, id, &k, &which);
	if (which >= 0) {
		tc_case_answer(ask, which, reply, seen);
		return;
	}
	/* A blank player has the matches of whoever is not registered. */
	if (ask->league->players)
		tc_matches_of(ask, k < 0 ? 0 : k, tc_param(ask, "all", &all), &card);
	if (k >= 0 && !ask->modes->blank)
		card.player = tc_player_at(ask->world, ask->league, k, ask->now_ms, ask->scratch);
	seen->kind = TC_CARD;
	seen->known = k >= 0 && !ask->modes->blank;
	seen->player = card.player;
	for (size_t i = 0; i < card.n && seen->misread == TC_NO_PTI; i++)
		seen->misread = card.match[i].side[0].rating[1];
	tc_put_card(ask, &card, &reply->body);
}

static void answer_team(const struct tc_ask *ask, struct str id, struct reply *reply,
			struct tc_seen *seen)
{
	int64_t number, first = ask->league->first_number;

	if (!tc_id_number(id, &number))
		number = 0;
	if (tc_case_of_number(number) >= 0) {
		tc_case_answer(ask, tc_case_of_number(number), reply, seen);
		return;
	}
	/* One more than there are: the team that stands for none. */
	if (number < first || number - first > ask->league->teams) {
		tc_put_plain(ask, "", &reply->body);
		return;
	}
	seen->kind = TC_ROSTER;
	seen->roster = tc_roster_of(ask, number - first);
	tc_put_roster(ask, &seen->roster, &reply->body);
}

static void answer_history(const struct tc_ask *ask, struct str id, struct reply *reply)
{
	int64_t k;
	int which;

	find_player(ask, id, &k, &which);
	tc_put_history(ask, k, &reply->body);
}

/* player.php sends to the card, from either domain to the newer one. */
static void redirect(const struct tc_ask *ask, struct reply *reply)
{
	int64_t status = ask->modes->redirect_status;
	struct str id = { "", 0 };
	struct buf to;

	tc_param(ask, "p", &id);
	buf_in(&to, ask->scratch, 2 * PARAM_BYTES_MAX);
	if (ask->prefixed)
		buf_printf(&to, "/@%.*s", STR_ARG(ask->league->name));
	else
		buf_printf(&to, "https://%.*s.tenniscores.com", STR_ARG(ask->league->name));
	buf_add(&to, STR("/?print&mod=" TC_PLAYER_MOD "&p="));
	tc_put_id(&to, id);
	reply_redirect(reply, status ? (unsigned)status : 302, buf_str(&to));
}

static bool is_mod(const struct tc_ask *ask, struct str mod, const char *known)
{
	return str_eq(mod, unescape(ask->scratch, str_from(known)));
}

static void route(const struct tc_ask *ask, struct reply *reply, struct tc_seen *seen)
{
	struct str id, mod = { "", 0 };
	bool root = str_eq(ask->path, STR("/")) || str_eq(ask->path, STR("/index.php"));

	if (str_eq(ask->path, STR("/player.php"))) {
		redirect(ask, reply);
		return;
	}
	tc_param(ask, "mod", &mod);
	if (!root) {
		reply->status = 404;
		tc_put_plain(ask, "Not Found", &reply->body);
	} else if (is_mod(ask, mod, TC_PLAYER_MOD)) {
		answer_card(ask, tc_param(ask, "p", &id) ? id : STR(""), reply, seen);
	} else if (is_mod(ask, mod, TC_TEAM_MOD) && tc_param(ask, "team", &id)) {
		answer_team(ask, id, reply, seen);
	} else if (is_mod(ask, mod, TC_RATINGS_MOD)) {
		seen->kind = TC_RATINGS;
		tc_put_ratings(ask, &reply->body);
	} else if (is_mod(ask, mod, TC_HISTORY_MOD) && tc_param(ask, "uid", &id)) {
		answer_history(ask, id, reply);
	} else {
		tc_put_menus(ask, &reply->body);
	}
}

void tc_answer(const struct tc_ask *ask, struct reply *reply, struct tc_seen *seen)
{
	*seen = (struct tc_seen){ .player = { .pti = TC_NO_PTI }, .misread = TC_NO_PTI };
	reply_set(reply, 200, "text/html; charset=UTF-8", STR(""));
	if (ask->modes->blocked)
		tc_case_answer(ask, tc_case_find(STR("blocked_page")), reply, seen);
	else if (ask->modes->captcha)
		tc_case_answer(ask, tc_case_find(STR("captcha_page")), reply, seen);
	else
		route(ask, reply, seen);
}
