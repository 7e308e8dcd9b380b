/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_conflicts.c - `lockstep conflicts`: cells that both sides changed, and a person's word. */
#include "cli/note.h"
#include "cli/terminal.h"
#include "data/json.h"
#include "flow/decide.h"

#include <stdio.h>

static struct str said_text(struct value v)
{
	return v.kind == VALUE_STR ? v.s : STR("(nothing)");
}

static bool add(struct app *app, const struct conflict *c, struct value list, struct sheet *sheet,
		struct err *e)
{
	struct value map = value_map_new(app->arena), said;

	if (!conflict_vendor(app->seal, app->arena, c, &said, e))
		return false;

	struct str cell[] = { c->connection, c->table,        c->key,
			      c->column,     said_text(said), wall_text(app->arena, c->since_ms) };
	static const char *const names[] = { "connection", "table", "key", "column" };

	for (size_t i = 0; i < COUNT(names); i++)
		value_map_set(app->arena, map, str_from(names[i]), value_str(cell[i]));
	value_map_set(app->arena, map, STR("vendor"), said);
	value_map_set(app->arena, map, STR("since"),
		      value_str(moment_text(app->arena, c->since_ms * 1000)));
	value_list_add(app->arena, list, map);
	sheet_add(sheet, cell);
	return true;
}

static bool list(struct app *app, const struct args *a, const struct connection *only,
		 struct err *e)
{
	static const char *const head[] = { "connection", "table",       "key",
					    "column",     "vendor says", "since (UTC)" };
	struct sheet *sheet = sheet_new(app->arena, head, COUNT(head), 0);
	struct conflict_filter f = { .connection = only ? only->name : STR("") };
	struct value all = value_list_new(app->arena);
	struct conflict *c;
	int64_t limit;
	size_t n;

	if (!args_number(a, "limit", 1, 100000, 100, &limit, e))
		return false;
	f.limit = (size_t)limit;
	if (!conflict_list(app->db, app->arena, &f, &c, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add(app, &c[i], all, sheet, e))
			return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, all);
	else if (n == 0)
		printf("No value waits for a decision.\n");
	else
		sheet_print(sheet);
	return true;
}

struct taking {
	const struct engine *engine;
	const struct connection *connection;
	const struct decision *what;
};

static bool take_body(void *arg, struct err *e)
{
	const struct taking *t = arg;

	return conflict_decide(t->engine, t->connection, t->what, e);
}

/* The row's key and the values stay out of the log: they may be a person's. */
static bool take(struct app *app, const struct connection *c, const struct decision *what,
		 struct err *e)
{
	struct taking t = { &app->engine, c, what };
	struct arena *a = app->arena;
	struct note note = { .action = "conflict.decide", .details = value_map_new(a) };

	note.target = str_printf(a, "connection:%.*s", STR_ARG(c->name));
	value_map_set(a, note.details, STR("table"), value_str(what->table));
	value_map_set(a, note.details, STR("column"), value_str(what->column));
	value_map_set(a, note.details, STR("take"),
		      value_str(what->vendor ? STR("vendor") : STR("local")));
	return note_do(app, &note, take_body, &t, e);
}

static bool decide(struct app *app, const struct args *a, const struct connection *c, struct err *e)
{
	struct str side = str_from(args_value(a, "take"));
	struct decision what = { .vendor = str_eq(side, STR("vendor")) };

	if (!what.vendor && !str_eq(side, STR("local")))
		return err_set(e, ERR_USAGE, "--take vendor, or --take local");
	if (a->positionals != 4)
		return err_set(e, ERR_USAGE, "--take needs CONNECTION TABLE KEY COLUMN");
	what.table = str_from(a->positional[1]);
	what.key = str_from(a->positional[2]);
	what.column = str_from(a->positional[3]);
	if (!take(app, c, &what, e))
		return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, value_map_new(app->arena));
	else
		printf("Decided: %s.\n", what.vendor ? "the vendor's" : "the row keeps its own");
	return true;
}

static int conflicts_run(const struct args *a)
{
	const struct connection *c = NULL;
	struct app app;
	struct err e;
	bool ok;
	int code;

	if (!app_open(&app, a, APP_ENGINE, &code))
		return code;
	ok = a->positionals == 0 || app_connection(&app, a->positional[0], &c, &e);
	if (ok)
		ok = args_flag(a, "take") ? decide(&app, a, c, &e) : list(&app, a, c, &e);
	code = ok ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_conflicts = {
	.name = "conflicts",
	.usage = "[CONNECTION [TABLE KEY COLUMN --take vendor|local]] [options]",
	.summary = "list the values that both sides changed, and decide",
	.details =
		"A column with `conflict: hold` (or `newest`, where a time is missing) keeps what a person put there\n"
		"when the vendor changed it too, until somebody decides: --take vendor writes the vendor's value,\n"
		"--take local leaves the row as it is.",
	.examples = "lockstep conflicts\n"
		    "lockstep conflicts practicepanther contacts 1f3c phone --take vendor",
	.option = {
		OPTION_PLAN,
		{ "take", 0, "SIDE", "decide: vendor or local" },
		{ "limit", 'l', "N", "how many (default 100)" },
		OPTION_JSON,
	},
	.run = conflicts_run,
};
