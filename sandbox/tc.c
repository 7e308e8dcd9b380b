/* SPDX-License-Identifier: Apache-2.0 */
/* tc.c - `lockstep-sandbox tenniscores`: its options, and the vendor as the server sees it. */
#include "tc.h"

#include "start.h"

#include <stdio.h>

#define DEFAULT_PORT 4020
#define PLAYERS_MAX 1000000
#define LEAGUES_MAX 200
#define LEAGUE_PLAYERS_MAX 100000 /* its table of ratings is made in memory */
#define MENU_LINKS 120
#define PATIENCE_SECONDS 60

static const struct option_row rows[] = {
#define ROW(name, argument, member, about)                                                \
	{                                                                                 \
		name, argument, about, OPTION_NUMBER, offsetof(struct tc_options, member) \
	}
	ROW("players", "N", players, "in all leagues together (default 200)"),
	ROW("leagues", "N", leagues,
	    "default 3: gbpta, harborpl, pinecove (every fourth, from the third on, is unrated)"),
	ROW("seed", "N", seed, "other people (default 1); the same seed, the same bytes"),
#undef ROW
};

static const struct mode_row tc_mode_rows[] = {
#define ROW(name, about)                                      \
	{                                                     \
#name, about, offsetof(struct tc_modes, name) \
	}
	ROW(blocked, "every page is a short 403"),
	ROW(captcha, "every page is a captcha with status 200"),
	ROW(captcha_after, "a captcha after N pages within a minute"),
	ROW(blank, "every card is that of nobody"),
	ROW(fragment, "cards come without html and head"),
	ROW(platform, "the label says Platform, not Paddle"),
	ROW(menu_links, "links in the menus of a team's page (120 unless another is given)"),
	ROW(redirect_status, "of player.php: 302 unless another is given"),
#undef ROW
};

struct tc {
	struct vendor vendor;
	struct tc_modes modes;
	struct tc_world *world;
	struct gate *gate;
	int64_t gate_n;
};

static const char help_head[] =
	"usage: lockstep-sandbox tenniscores [options]\n"
	"\n"
	"Stands in for the pages of tenniscores.com and paddlescores.com on 127.0.0.1, with invented\n"
	"players.  The league is that of the Host header (gbpta.tenniscores.com) or of the path\n"
	"(/@gbpta/...; /@gbpta.paddlescores.com/... for the other domain).  Prints `listening on URL`\n"
	"when it is ready.  Ends on SIGTERM.\n"
	"\n"
	"Options:\n";
static const char help_tail[] =
	"\n"
	"Pages: /player.php?print&p=ID (redirects to the card), /?print&mod=" TC_PLAYER_MOD
	"&p=ID\n"
	"(and &all), /?mod=" TC_TEAM_MOD "&team=ID, /?mod=" TC_RATINGS_MOD " (the ratings of a\n"
	"league), /?mod=" TC_HISTORY_MOD "&uid=ID.\n"
	"\n"
	"Below /sandbox/ (the rest as the other stand-ins: log, counts?subjects=1, stats, plan, clock):\n"
	"  GET  truth?at=UNIX&league=NAME   a player a line: league, id, team, name, first, last, club,\n"
	"                                   pti (null: none shows), hidden (what it would be)\n"
	"  GET  leagues, fixtures           fixtures/NAME is the page itself; ?league=NAME\n"
	"  POST players    {\"league\", \"id\", \"pti\": number or null, \"first\" and \"last\", \"club\",\n"
	"                   \"page\": fixture or null}; what is left out stays; holds from now on\n"
	"  POST reset      forgets what was set\n";

static struct tc *of(struct vendor *v)
{
	return CONTAINER(v, struct tc, vendor);
}

/* The league that the path or the Host header names. */
static bool locate(struct tc *tc, const struct request *r, struct tc_ask *ask)
{
	const char *host = request_header(r, "Host");

	*ask = (struct tc_ask){ .world = tc->world,
				.modes = &tc->modes,
				.scratch = r->server->scratch,
				.path = r->path,
				.query = r->query,
				.now_ms = timepiece_now(&r->server->time) };
	if (str_starts(r->path, STR("/@"))) {
		struct str rest = str_slice(r->path, 2, r->path.len), name = str_cut(&rest, '/');

		ask->prefixed = true;
		ask->path = str_slice(r->path, name.len + 2, r->path.len);
		if (!ask->path.len)
			ask->path = STR("/");
		ask->league = tc_league_find(tc->world, name);
		return ask->league || tc_host(tc->world, name, ask);
	}
	return host && tc_host(tc->world, str_from(host), ask);
}

static bool too_eager(struct tc *tc, int64_t now_ms)
{
	int64_t n = tc->modes.captcha_after;

	if (n != tc->gate_n) {
		gate_free(tc->gate);
		tc->gate = n ? gate_new(n, PATIENCE_SECONDS) : NULL;
		tc->gate_n = n;
	}
	return tc->gate && gate_pass(tc->gate, now_ms) > 0;
}

static bool vendor_authorised(struct vendor *v, const struct request *r)
{
	(void)v, (void)r;
	return true;
}

static void vendor_note(struct vendor *v, const struct request *r)
{
	static const char *const names[] = { "p", "team", "uid" };
	struct tc_ask ask;
	struct str id;

	if (!locate(of(v), r, &ask))
		return;
	for (size_t i = 0; i < COUNT(names); i++)
		if (tc_param(&ask, names[i], &id))
			snprintf(r->entry->subject, sizeof r->entry->subject, "%.*s/%.*s",
				 STR_ARG(ask.league->name), STR_ARG(id));
}

static void vendor_handle(struct vendor *v, const struct request *r, struct reply *reply)
{
	struct tc *tc = of(v);
	struct tc_modes modes = tc->modes;
	struct tc_ask ask;
	struct tc_seen seen;

	if (!locate(tc, r, &ask)) {
		reply_set(reply, 404, TYPE_HTML, STR("<html><body>No such league</body></html>\n"));
		return;
	}
	if (!str_eq(r->method, STR("GET")) && !str_eq(r->method, STR("HEAD"))) {
		reply_set(reply, 405, TYPE_HTML, STR("<html><body>No</body></html>\n"));
		return;
	}
	modes.captcha |= too_eager(tc, ask.now_ms);
	ask.modes = &modes;
	tc_answer(&ask, reply, &seen);
}

static bool vendor_admin(struct vendor *v, const struct request *r, struct reply *reply)
{
	struct tc *tc = of(v);

	if (str_eq(r->method, STR("POST")) && str_eq(r->path, STR("/sandbox/reset"))) {
		tc->world->edits = NULL;
		buf_add(&reply->body, STR("{}"));
		return true;
	}
	return tc_admin(tc->world, &tc->modes, r, reply);
}

static void vendor_stats(struct vendor *v, struct buf *b)
{
	const struct tc_setup *s = &of(v)->world->setup;

	buf_printf(b, ",\"players\":%lld,\"leagues\":%lld", (long long)s->players,
		   (long long)s->leagues);
}

static const struct vendor_ops vendor_ops = {
	.api = "/",
	.error_member = "message",
	.authorised = vendor_authorised,
	.note = vendor_note,
	.handle = vendor_handle,
	.admin = vendor_admin,
	.stats = vendor_stats,
};

struct option_table tc_options_table(struct tc_options *o)
{
	*o = (struct tc_options){ .seed = 1, .players = 200, .leagues = 3 };
	return (struct option_table){ rows, COUNT(rows), o };
}

bool tc_options_setup(const struct tc_options *o, struct tc_setup *setup, struct err *e)
{
	if (o->players > PLAYERS_MAX)
		return err_set(e, ERR_USAGE, "at most %d players", PLAYERS_MAX);
	if (o->leagues < 1 || o->leagues > LEAGUES_MAX)
		return err_set(e, ERR_USAGE, "--leagues is 1 to %d", LEAGUES_MAX);
	if (o->players / o->leagues >= LEAGUE_PLAYERS_MAX)
		return err_set(e, ERR_USAGE, "fewer than %d players in a league",
			       LEAGUE_PLAYERS_MAX);
	*setup = (struct tc_setup){ (uint64_t)o->seed, o->players, o->leagues };
	return true;
}

static void help(const struct option_table *tables, const struct modes *m)
{
	struct buf b;

	buf_init(&b, 64 << 10);
	buf_add(&b, str_from(help_head));
	options_list(&tables[1], &b);
	options_list(&tables[0], &b);
	buf_printf(&b, "\nThe port is %d unless another is given.\n\nModes:\n", DEFAULT_PORT);
	modes_list(m, &b);
	buf_add(&b, STR("\nFaults:\n"));
	fault_list(&b);
	buf_add(&b, STR("\nFixtures, in every league:\n"));
	tc_case_help(&b);
	buf_add(&b, str_from(help_tail));
	fwrite(b.at, 1, b.len, stdout);
	buf_done(&b);
}

int tc_main(int argc, char **argv)
{
	struct tc_options o;
	struct server_options so = { .port = DEFAULT_PORT };
	struct option_table tables[] = { server_options_table(&so), tc_options_table(&o) };
	struct tc tc = { .vendor = { &vendor_ops,
				     { tc_mode_rows, COUNT(tc_mode_rows), &tc.modes } },
			 .modes = { .menu_links = MENU_LINKS } };
	struct tc_setup setup;
	struct server server;
	struct err e;
	int status;

	if (!options_read(tables, COUNT(tables), argc, argv, &e) ||
	    !server_options_check(&so, &e) || !tc_options_setup(&o, &setup, &e)) {
		fprintf(stderr, "lockstep-sandbox: %s\n", e.text);
		return 2;
	}
	if (so.help) {
		help(tables, &tc.vendor.modes);
		return 0;
	}
	tc.world = tc_world_new(setup);
	server_init(&server, &tc.vendor, &so);
	status = server_main(&server, &so);
	server_done(&server);
	gate_free(tc.gate);
	tc_world_free(tc.world);
	return status;
}
