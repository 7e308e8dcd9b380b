/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_migrate.c - `lockstep migrate`: makes missing tables and columns, and nothing else. */
#include "cli/app.h"
#include "work/queue.h"

#include <stdio.h>

static bool migrate_one(struct app *app, const struct connection *c, bool dry_run, size_t *total,
			struct err *e)
{
	struct str *statement;
	size_t n;

	if (!app_migration(app, app->arena, c, &statement, &n, e))
		return err_wrap(e, "connection '%.*s'", STR_ARG(c->name));
	for (size_t i = 0; i < n; i++)
		printf("%.*s;\n", STR_ARG(statement[i]));
	*total += n;
	return dry_run || n == 0 || schema_apply(app->db, statement, n, e);
}

/* A view or function of ours that would bear the name of something of the application's. */
static bool tell_taken(struct app *app, struct err *e)
{
	struct str *name;
	size_t n;

	if (!queue_names_taken(app->db, app->arena, &name, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		printf("-- %.*s is the application's own and stays as it is\n", STR_ARG(name[i]));
	return true;
}

static int migrate_run(const struct args *a)
{
	bool dry_run = args_flag(a, "dry-run");
	struct app app;
	struct err e;
	size_t total = 0;
	int code = EXIT_DONE;

	if (!app_open(&app, a, APP_PLAN | APP_DATABASE | APP_CREATE, &code))
		return code;
	for (size_t i = 0; i < app.plan->connections && code == EXIT_DONE; i++)
		if (!migrate_one(&app, &app.plan->connection[i], dry_run, &total, &e))
			code = command_fail(a, &e);
	if (code == EXIT_DONE && !tell_taken(&app, &e))
		code = command_fail(a, &e);
	if (code == EXIT_DONE)
		printf("-- %zu statements%s\n", total,
		       total == 0 ? ": the database has all it needs"
		       : dry_run  ? ", none was run"
				  : "");
	app_close(&app);
	return code;
}

const struct command command_migrate = {
	.name = "migrate",
	.usage = "[options]",
	.summary = "make missing tables and columns in the database",
	.details =
		"Only ever adds; running it twice changes nothing. `lockstep sync` does the same before it\n"
		"begins.",
	.examples = "lockstep migrate --dry-run      print the statements\nlockstep migrate",
	.option = { OPTION_PLAN, { "dry-run", 'n', NULL, "print the statements, run none" } },
	.run = migrate_run,
};
