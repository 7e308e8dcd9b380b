/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_address.c - addresses.txt: addresses of players' and teams' pages, and what becomes of each.
 *
 * A case is "player ADDRESS" or "team ADDRESS" (to the end of the line, \x20 and the like
 * resolved), and a line with what is expected: "= league id canonical", or "! why not".
 */
#include "base/buf.h"
#include "base/file.h"
#include "pti/address.h"
#include "tap.h"

#include <stdlib.h>

#define ID "nndz-WkM2NXg5andoQT09"

static int hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static struct str unescaped(struct arena *a, struct str s)
{
	struct buf b;

	buf_in(&b, a, 1 << 16);
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\\' && i + 3 < s.len && s.at[i + 1] == 'x') {
			buf_char(&b, (char)(hex(s.at[i + 2]) * 16 + hex(s.at[i + 3])));
			i += 3;
		} else {
			buf_char(&b, s.at[i]);
		}
	}
	return buf_str(&b);
}

static const char *became(struct arena *a, struct str kind, struct str url)
{
	bool player = str_eq(kind, STR("player"));
	struct str invalid = player ? STR(ADDRESS_PLAYER_INVALID) : STR(ADDRESS_TEAM_INVALID);
	struct address at;
	struct err e = { 0 };

	if (player ? address_player(a, url, &at, &e) : address_team(a, url, &at, &e))
		return str_printf(a, "= %.*s %.*s %.*s", STR_ARG(at.league), STR_ARG(at.id),
				  STR_ARG(at.canonical))
			.at;
	if (e.kind != ERR_USAGE || !str_starts(str_from(e.text), invalid))
		return "an error of another kind";
	return str_printf(a, "! %s", e.text + invalid.len + 1).at;
}

static void cases_hold(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct str file = str_printf(a, "%s/tests/pti/addresses.txt", getenv("SOURCE_ROOT"));
	struct str rest = STR("");
	struct err e;
	size_t n = 0;

	OK(file_read(a, file.at, 1 << 20, &rest, &e), "the cases are there");
	while (rest.len) {
		struct str line = str_cut(&rest, '\n'), kind, want;

		if (!line.len || line.at[0] == '#')
			continue;
		kind = str_cut(&line, ' ');
		want = str_keep(a, str_cut(&rest, '\n'));
		IS(became(a, kind, unescaped(a, line)), want.at, str_keep(a, line).at);
		n++;
	}
	OK(n > 40, "%zu cases", n);
}

static void long_addresses_are_refused(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct address at;
	struct buf b;
	struct err e;

	buf_in(&b, a, 1 << 16);
	buf_add(&b, STR("https://gbpta.tenniscores.com/player.php?print&p=nndz-"));
	while (b.len < ADDRESS_BYTES_MAX + 1)
		buf_char(&b, 'A');
	OK(!address_player(a, buf_str(&b), &at, &e) && strstr(e.text, "too long"), "by length");
	OK(!address_player(a, str_slice(buf_str(&b), 0, 400), &at, &e) && strstr(e.text, "an id"),
	   "and an id by its own");
}

static void one_page_has_one_canonical_address(void)
{
	static const char *const same[] = {
		"https://gbpta.paddlescores.com/player.php?print&p=" ID,
		"HTTP://GBPTA.tenniscores.com:80/player.php?p=" ID "&print",
		"https://gbpta.tenniscores.com/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ%3d%3D&p=" ID
		"#top",
		"  https://gbpta.tenniscores.com/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ==&all&p=" ID
		"\n",
	};
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct address first, at, again;
	struct err e;

	OK(address_player(a, str_from(same[0]), &first, &e), "%s", same[0]);
	for (size_t i = 1; i < COUNT(same); i++)
		OK(address_player(a, str_from(same[i]), &at, &e) &&
			   str_eq(at.canonical, first.canonical),
		   "spelling %zu is the same", i);
	OK(address_player(a, first.canonical, &again, &e) &&
		   str_eq(again.canonical, first.canonical),
	   "and its own");
}

static void a_league_has_a_page_of_ratings(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct address at;
	struct err e;

	OK(address_ratings(a, STR("GBpta"), &at, &e), "by its name");
	IS(str_keep(a, at.canonical).at, "https://gbpta.tenniscores.com/?mod=nndz-SkhmOW1PQ3V4Zz09",
	   "with the page's type");
	OK(!address_ratings(a, STR("evil.example/"), &at, &e) && e.kind == ERR_USAGE,
	   "which is one label");
	OK(!address_ratings(a, STR(""), &at, &e), "and not nothing");
}

static void a_page_comes_from_where_it_was_asked(void)
{
	static const struct {
		const char *url;
		bool believed;
	} came[] = {
		{ "https://gbpta.tenniscores.com/?print&mod=x&p=y", true },
		{ "http://GBPTA.paddlescores.com/anything", true },
		{ "https://gbpta.tenniscores.com", true },
		{ "https://other.tenniscores.com/?print&mod=x&p=y", false },
		{ "https://gbpta.tenniscores.com.evil.example/", false },
		{ "https://evil.example/?https://gbpta.tenniscores.com/", false },
		{ "https://gbpta.tenniscores.com@evil.example/", false },
		{ "https://evil.example\\.gbpta.tenniscores.com/", false },
		{ "https://tenniscores.com/", false },
		{ "ftp://gbpta.tenniscores.com/", false },
		{ "", false },
	};
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct address asked;
	struct err e;

	OK(address_player(a, STR("https://gbpta.paddlescores.com/player.php?print&p=" ID), &asked,
			  &e),
	   "a page is asked for");
	for (size_t i = 0; i < COUNT(came); i++)
		OK(address_came_from(&asked, str_from(came[i].url)) == came[i].believed,
		   "'%s' is %s", came[i].url, came[i].believed ? "it" : "not it");
}

static void another_player_is_known_by_the_address(void)
{
	static const struct {
		const char *url;
		bool another;
	} came[] = {
		{ "https://gbpta.tenniscores.com/?print&mod=x&p=" ID, false },
		{ "https://gbpta.tenniscores.com/?print&mod=x&all&p=nndz-WkM2NXg5andoQT0%39",
		  false },
		{ "https://gbpta.tenniscores.com/?mod=login", false },
		{ "/?print&mod=x&p=nndz-WkM2NXg5andoQT08", true },
		{ "https://gbpta.tenniscores.com/player.php?p=nndz-x&print", true },
	};
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct address player, team;
	struct err e;

	OK(address_player(a, STR("https://gbpta.paddlescores.com/player.php?print&p=" ID), &player,
			  &e) &&
		   address_team(a, STR("https://gbpta.paddlescores.com/?team=nndz-t"), &team, &e),
	   "a player and a team are asked for");
	for (size_t i = 0; i < COUNT(came); i++)
		OK(address_names_another(a, &player, str_from(came[i].url)) == came[i].another,
		   "'%s' is %s", came[i].url, came[i].another ? "another's" : "not another's");
	OK(!address_names_another(a, &team, str_from(came[4].url)), "teams have no players");
}

static void links_hold_ids(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct str id = STR("");

	OK(address_link_id(a, STR("/player.php?print&p=nndz-AbC%3D"), STR("p"), &id) &&
		   str_eq(id, STR("nndz-AbC=")),
	   "decoded once");
	OK(address_link_id(a, STR("/?mod=nndz-x%3D%3D&uid=nndz-y#a"), STR("uid"), &id) &&
		   str_eq(id, STR("nndz-y")),
	   "by the parameter's name");
	OK(!address_link_id(a, STR("/player.php?print"), STR("p"), &id), "or there is none");
	OK(!address_link_id(a, STR("/player.php?p=a<b"), STR("p"), &id), "or it is no id");
	OK(!address_link_id(a, STR(""), STR("p"), &id), "or no link");
}

int main(void)
{
	assert(getenv("SOURCE_ROOT"));
	cases_hold();
	long_addresses_are_refused();
	one_page_has_one_canonical_address();
	a_league_has_a_page_of_ratings();
	a_page_comes_from_where_it_was_asked();
	another_player_is_known_by_the_address();
	links_hold_ids();
	return tap_done();
}
