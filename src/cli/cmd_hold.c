/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_hold.c - `lockstep hold`: the tables that a check stopped, and letting them go on. */
#include "cli/note.h"
#include "cli/terminal.h"
#include "service/view.h"

#include <stdio.h>

static bool list(struct app *app, const struct args *a, struct str connection, struct err *e)
{
	static const char *const head[] = { "connection", "table",    "check",
					    "seen",       "expected", "since (UTC)" };
	struct sheet *sheet = sheet_new(app->arena, head, COUNT(head), 0);
	struct hold_filter f = { .connection = connection };
	struct hold *h;
	size_t n;

	if (!hold_list(app->db, app->arena, &f, &h, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str cell[] = { h[i].connection, h[i].table,
				      h[i].check,      h[i].seen,
				      h[i].expected,   wall_text(app->arena, h[i].since_ms) };

		sheet_add(sheet, cell);
	}
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, view_holds(app->arena, h, n));
	else if (n == 0)
		printf("No table is held.\n");
	else
		sheet_print(sheet);
	return true;
}

struct releasing {
	struct db *db;
	struct hold_release *r;
	int64_t n;
};

static bool release_body(void *arg, struct err *e)
{
	struct releasing *g = arg;

	if (!hold_release(g->db, g->r, &g->n, e))
		return false;
	return g->n > 0 || err_set(e, ERR_MISSING, "nothing is held there; `lockstep hold list`");
}

static bool note_release(struct app *app, struct releasing *g, struct err *e)
{
	struct note note = { .action = "hold.release", .details = value_map_new(app->arena) };

	note.target = str_printf(app->arena, "connection:%.*s", STR_ARG(g->r->connection));
	if (g->r->table.len > 0)
		value_map_set(app->arena, note.details, STR("table"), value_str(g->r->table));
	value_map_set(app->arena, note.details, STR("once"), value_bool(g->r->once));
	return note_do(app, &note, release_body, g, e);
}

static bool release(struct app *app, const struct args *a, struct str connection, struct err *e)
{
	struct hold_release r = { .connection = connection,
				  .by = note_actor(app->arena),
				  .once = args_flag(a, "once"),
				  .now_ms = clock_wall_now() };
	struct releasing g = { app->db, &r, 0 };
	struct value map = value_map_new(app->arena);

	if (a->positionals > 2)
		r.table = str_from(a->positional[2]);
	if (!note_release(app, &g, e))
		return false;
	if (args_flag(a, "json")) {
		value_map_set(app->arena, map, STR("released"), value_int(g.n));
		app_print_json(app->arena, a, map);
	} else {
		printf("%lld released; the next run %s.\n", (long long)g.n,
		       r.once ? "goes without the check" : "is judged again");
	}
	return true;
}

static bool act(struct app *app, const struct args *a, struct err *e)
{
	const struct connection *c = NULL;
	struct str what = str_from(a->positionals ? a->positional[0] : "list");
	bool releases = str_eq(what, STR("release"));

	if (!releases && !str_eq(what, STR("list")))
		return err_set(e, ERR_USAGE, "`lockstep hold list` or `lockstep hold release`");
	if (a->positionals < 2)
		return releases ? err_set(e, ERR_USAGE, "release which connection?")
				: list(app, a, STR(""), e);
	if (!app_connection(app, a->positional[1], &c, e))
		return false;
	return releases ? release(app, a, c->name, e) : list(app, a, c->name, e);
}

static int hold_run(const struct args *a)
{
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_PLAN | APP_DATABASE, &code))
		return code;
	code = act(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_hold = {
	.name = "hold",
	.usage = "list [CONNECTION] | release CONNECTION [TABLE] [options]",
	.summary = "list the tables that a check stopped, and let them go on",
	.details =
		"A run whose figures pass what the plan's `checks` allow stops before it commits more rows, and\n"
		"the table is held: further runs leave it out. When you have mended the plan or the vendor's data,\n"
		"release it, and the next run is judged again. When the figures are right as they are, --once lets\n"
		"the next complete run through without the check that held it.",
	.examples = "lockstep hold list\n"
		    "lockstep hold release practicepanther contacts --once",
	.option = {
		OPTION_PLAN,
		{ "once", 0, NULL, "the next complete run goes without the check that held the table" },
		OPTION_JSON,
	},
	.run = hold_run,
};
