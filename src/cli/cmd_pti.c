/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_pti.c - `lockstep pti`: link, refresh, unlink and look at ratings, without a server.
 *
 * The same as the tasks of the service do, in this process.
 */
#include "cli/cmd_pti_sync.h"
#include "cli/note.h"
#include "cli/pti_desk.h"
#include "cli/terminal.h"
#include "pti/link_task.h"
#include "pti/memory.h"
#include "pti/outcome.h"

#include <stdio.h>

static struct str rating_in(struct arena *a, struct value map, const char *name)
{
	int32_t tenths;

	return pti_from(value_get(map, str_from(name)), &tenths) ? pti_text(a, tenths)
								 : STR("none");
}

/* What the process says to its caller when the answer is no. */
static const struct {
	const char *code;
	int exit;
} exits[] = {
	{ "invalid_url", EXIT_USAGE },      { "not_linked", EXIT_USAGE },
	{ "no_key", EXIT_USAGE },           { "config", EXIT_USAGE },
	{ "no_service", EXIT_USAGE },       { "no_page", EXIT_USAGE },
	{ "no_player", EXIT_MISSING },      { "not_found", EXIT_MISSING },
	{ "key_refused", EXIT_AUTH },       { "blocked", EXIT_TEMPORARY },
	{ "timeout", EXIT_TEMPORARY },      { "upstream", EXIT_TEMPORARY },
	{ "rate_limited", EXIT_TEMPORARY }, { "no_credits", EXIT_TEMPORARY },
	{ "cooldown", EXIT_TEMPORARY },
};

static int exit_of(struct value out)
{
	struct str code = value_get_text(out, "code");

	if (value_get_bool(out, "success"))
		return EXIT_DONE;
	for (size_t i = 0; i < COUNT(exits); i++)
		if (str_eq(code, str_from(exits[i].code)))
			return exits[i].exit;
	return EXIT_FAILED;
}

/* Prints what came of it: all of it as JSON, or as `say` does for a person. */
static void tell(struct pti_desk *d, struct value out,
		 void (*say)(struct arena *a, struct value out), int *code)
{
	struct str warning = value_get_text(out, "warning"), error = value_get_text(out, "error");
	struct str reason = value_get_text(out, "reason");

	*code = exit_of(out);
	if (args_flag(d->args, "json")) {
		app_print_json(d->app.arena, d->args, out);
		return;
	}
	if (!value_get_bool(out, "success")) {
		fprintf(stderr, "lockstep: error: %.*s\n",
			STR_ARG(reason.len > 0 ? reason : error));
		return;
	}
	say(d->app.arena, out);
	if (warning.len > 0)
		printf("Note: %.*s\n", STR_ARG(warning));
}

/* ---- link, unlink ---- */

/* The player whom the command line names. */
static bool find_player(struct pti_desk *d, struct player *out, struct err *e)
{
	struct players *p = d->linking.players;
	bool found;

	if (!p->ops->get(p, d->app.arena, d->wish.player, &found, out, e))
		return false;
	if (!found)
		return err_set(e, ERR_MISSING, PTI_NO_PLAYER);
	d->wish.player = out->id; /* a uuid may be spelt in several ways */
	return true;
}

static void say_message(struct arena *a, struct value out)
{
	(void)a;
	printf("%.*s\n", STR_ARG(value_get_text(out, "message")));
}

static void say_linked(struct arena *a, struct value out)
{
	struct str club = value_get_text(out, "club");

	say_message(a, out);
	printf("On the page: %.*s%s%.*s\n", STR_ARG(value_get_text(out, "player_name")),
	       club.len > 0 ? ", " : "", STR_ARG(club));
}

static bool verb_link(struct pti_desk *d, int *code, struct err *e)
{
	struct value out;

	if (!memory_now(d->app.db, &d->wish.asked_ms, e) ||
	    !link_page(&d->linking, &d->wish, &out, e))
		return false;
	tell(d, out, say_linked, code);
	return true;
}

static bool mark_unlinked(void *arg, struct err *e)
{
	const struct pti_desk *d = arg;

	return memory_unlink(d->app.db, d->wish.player, e);
}

static bool verb_unlink(struct pti_desk *d, int *code, struct err *e)
{
	struct arena *a = d->app.arena;
	struct players *p = d->linking.players;
	struct note note = { "pti.unlink", STR(""), UNDEFINED };
	struct value out = value_map_new(a);
	struct player player;
	bool found;

	if (!find_player(d, &player, e))
		return false;
	note.target = str_printf(a, "player:%.*s", STR_ARG(player.id));
	if (!note_do(&d->app, &note, mark_unlinked, d, e) ||
	    !p->ops->unlink(p, d->wish.player, &found, e))
		return false;
	value_map_set(a, out, STR("success"), value_bool(true));
	value_map_set(a, out, STR("message"), value_str(STR(PTI_UNLINKED)));
	tell(d, out, say_message, code);
	return true;
}

/* ---- refresh, status ---- */

static void say_refreshed(struct arena *a, struct value out)
{
	if (value_get_bool(out, "no_pti"))
		printf("The page has no PTI now; %s stays\n", rating_in(a, out, "pti").at);
	else if (value_get_bool(out, "changed"))
		printf("PTI updated: %s → %s\n", rating_in(a, out, "previous_pti").at,
		       rating_in(a, out, "pti").at);
	else
		printf("PTI is already up to date: %s\n", rating_in(a, out, "pti").at);
}

static bool verb_refresh(struct pti_desk *d, int *code, struct err *e)
{
	struct cooldown pause = { .now_ms = clock_wall_ms(d->app.engine.clock) };
	struct player player;
	struct value out;

	if (!find_player(d, &player, e))
		return false;
	pause.player = player.id;
	if (player.url.len > 0 && !link_cooldown(d->app.arena, d->app.db, d->connection, &pause, e))
		return false;
	if (pause.wait_s > 0)
		out = outcome_fault(d->app.arena, &(struct fault){ "cooldown", pause.text });
	else if (!link_refresh(&d->linking, &d->wish, &out, e))
		return false;
	tell(d, out, say_refreshed, code);
	return true;
}

static bool verb_status(struct pti_desk *d, int *code, struct err *e)
{
	struct arena *a = d->app.arena;
	struct player player;

	if (!find_player(d, &player, e))
		return false;
	*code = EXIT_DONE;
	if (args_flag(d->args, "json")) {
		app_print_json(a, d->args, outcome_status(a, &player, false));
		return true;
	}
	printf("PTI          %s\n", player.pti == PTI_NONE ? "none" : pti_text(a, player.pti).at);
	printf("Linked       %.*s\n", STR_ARG(player.url.len > 0 ? player.url : STR("no")));
	printf("Last synced  %s\n", wall_text(a, player.synced_ms).at);
	printf("Sync         %s\n", player.enabled ? "on" : "off");
	return true;
}

/* ---- roster ---- */

static void say_roster(struct arena *a, struct value out)
{
	static const char *const head[] = { "name", "PTI", "", "section" };
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 1u << 1);
	struct value_iter it = value_iter(value_get(out, STR("players")));
	struct value one;
	struct str unused;

	while (value_next(&it, &unused, &one)) {
		struct str cell[] = { value_get_text(one, "name"), rating_in(a, one, "pti"),
				      value_get_bool(one, "captain")      ? STR("C")
				      : value_get_bool(one, "co_captain") ? STR("CC")
									  : STR(""),
				      value_get_text(one, "section") };

		sheet_add(sheet, cell);
	}
	printf("%.*s\n", STR_ARG(value_get_text(out, "team_name")));
	sheet_print(sheet);
}

static bool verb_roster(struct pti_desk *d, int *code, struct err *e)
{
	struct value out;

	d->wish.url = d->wish.player;
	if (!link_roster(&d->linking, &d->wish, &out, e))
		return false;
	tell(d, out, say_roster, code);
	return true;
}

/* ---- the command ---- */

static const struct pti_verb verbs[] = {
	{ "link", 2, "whom and to which page? `lockstep pti link PLAYER URL`", verb_link },
	{ "unlink", 1, "whom? `lockstep pti unlink PLAYER`", verb_unlink },
	{ "refresh", 1, "whom? `lockstep pti refresh PLAYER`", verb_refresh },
	{ "status", 1, "whom? `lockstep pti status PLAYER`", verb_status },
	{ "roster", 1, "which team? `lockstep pti roster URL`", verb_roster },
};

#define VERBS "link, unlink, refresh, status, roster or sync"

static bool find_verb(const struct args *a, const struct pti_verb **out, struct err *e)
{
	for (size_t i = 0; a->positionals > 0 && i < COUNT(verbs); i++) {
		if (strcmp(a->positional[0], verbs[i].name) != 0)
			continue;
		*out = &verbs[i];
		return a->positionals == verbs[i].operands + 1 ||
		       err_set(e, ERR_USAGE, "%s", verbs[i].asks);
	}
	if (a->positionals > 0 && strcmp(a->positional[0], "sync") == 0)
		return err_set(e, ERR_USAGE,
			       "sync reads everybody who is linked: it takes no name");
	if (a->positionals > 0)
		return err_set(e, ERR_USAGE, "there is no '%s': " VERBS, a->positional[0]);
	return err_set(e, ERR_USAGE, "say what to do: " VERBS);
}

/* The plan's first with the connector. */
static bool find_connection(struct pti_desk *d, struct err *e)
{
	const struct plan *p = d->app.plan;

	for (size_t i = 0; i < p->connections; i++) {
		d->connection = &p->connection[i];
		if (str_eq(d->connection->manifest->name, STR(PTI_CONNECTOR)))
			return true;
	}
	return err_set(e, ERR_MISSING, "the plan has no connection with the connector %s",
		       PTI_CONNECTOR);
}

static bool work(struct pti_desk *d, const struct pti_verb *v, int *code, struct err *e)
{
	size_t statements;
	bool ok;

	if (!find_connection(d, e) || !app_migrate(&d->app, d->connection, &statements, e) ||
	    !linking_open(d->app.arena, &d->app.engine, d->connection, &d->linking, e))
		return false;
	ok = v->run(d, code, e);
	linking_close(&d->linking);
	return ok;
}

static int pti_main(const struct args *a)
{
	struct pti_desk d = { .args = a };
	const struct pti_verb *v = NULL;
	struct err e;
	int code = EXIT_DONE;

	if (a->positionals == 1 && strcmp(a->positional[0], "sync") == 0)
		return cmd_pti_sync(a);
	if (!find_verb(a, &v, &e))
		return command_fail(a, &e);
	d.wish.player = str_from(v->operands > 0 ? a->positional[1] : "");
	d.wish.url = str_from(v->operands > 1 ? a->positional[2] : "");
	if (!app_open(&d.app, a, APP_ENGINE | APP_CREATE, &code))
		return code;
	if (!work(&d, v, &code, &e))
		code = command_fail(a, &e);
	app_close(&d.app);
	return code;
}

const struct command command_pti = {
	.name = "pti",
	.usage =
		"link PLAYER URL | unlink PLAYER | refresh PLAYER | status PLAYER | roster URL | sync [options]",
	.summary = "link players to their league's page and read ratings (PTI)",
	.details =
		"PLAYER is the application's id. URL is where the player's name on a team's roster leads to: right\n"
		"click the name and copy the link (there is no Print link beside it). `unlink` leaves the rating.\n"
		"`refresh` keeps the old rating when the page has none now. `roster` takes a team's page and writes\n"
		"nothing. The plan's connection with the connector tenniscores says where pages come from and where\n"
		"players are; the server need not run.\n"
		"\n"
		"Exit codes: 1 the page has no rating, or none that can be read; 2 the address is none of a\n"
		"league's, nothing is linked, no key is configured, or the plan is wrong; 3 there is no such\n"
		"player; 5 the key is refused; 75 try later (the service, the league, this month's credits, the\n"
		"pause between two refreshes).\n"
		"\n"
		"`sync` is the weekly job: every linked player, once. It tells before it begins how many credits it\n"
		"needs and how many there are. 0 all went well, 1 not all, 2 the plan or the key is wrong, 4 another\n"
		"one is at it.",
	.examples =
		"lockstep pti link 8c1fb1a2-0000-4000-8000-000000000001 'https://gbpta.paddlescores.com/player.php?print&p=nndz-WkM2NXhyMzZoQT09'\n"
		"lockstep pti refresh 8c1fb1a2-0000-4000-8000-000000000001\n"
		"lockstep pti status 8c1fb1a2-0000-4000-8000-000000000001 --json\n"
		"lockstep pti sync --dry-run\n"
		"lockstep pti roster 'https://gbpta.paddlescores.com/?mod=nndz-TjJiOWtORzkwTlJFb0NVU1NzOD0%3D&team=nndz-WnlHOHdyLy8%3D'",
	.option = { OPTION_PLAN,
		    OPTION_LEAGUE_PAGES,
		    OPTION_SYNC_DRY_RUN,
		    { "quiet", 'q', NULL, "sync: say nothing but errors" },
		    OPTION_JSON },
	.run = pti_main,
};
