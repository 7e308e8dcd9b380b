/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - `lockstep check`: tests configuration, database and credentials, a sentence each.
 */
#include "cli/app.h"
#include "cli/integrations.h"
#include "cli/terminal.h"
#include "data/json.h"
#include "flow/probe.h"

#include <stdio.h>

#define PROBE_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct checks {
	const struct args *args;
	struct arena *arena;
	struct value list;
	int code;
};

/* `next`: what to do about it, or empty. */
static void say_with(struct checks *c, bool good, struct str what, struct str says, struct str next)
{
	struct value map = value_map_new(c->arena);
	struct str mark = terminal_tint(c->arena, 1, good ? TINT_GOOD : TINT_BAD,
					good ? STR("ok    ") : STR("FAILED"));

	value_map_set(c->arena, map, STR("check"), value_str(str_keep(c->arena, what)));
	value_map_set(c->arena, map, STR("ok"), value_bool(good));
	value_map_set(c->arena, map, STR("says"), value_str(str_keep(c->arena, says)));
	if (next.len)
		value_map_set(c->arena, map, STR("next"), value_str(str_keep(c->arena, next)));
	value_list_add(c->arena, c->list, map);
	if (args_flag(c->args, "json"))
		return;
	printf("%.*s %.*s: %.*s\n", STR_ARG(mark), STR_ARG(what), STR_ARG(says));
	if (next.len)
		printf("       %.*s\n", STR_ARG(next));
}

static void say(struct checks *c, bool good, struct str what, struct str says)
{
	say_with(c, good, what, says, STR(""));
}

/* The first failure decides what to exit with. */
static void fail_with(struct checks *c, const struct err *e)
{
	struct args quiet = { .command = c->args->command };

	if (c->code == EXIT_DONE)
		c->code = command_fail(&quiet, e);
}

static void say_error(struct checks *c, struct str what, const struct err *e)
{
	say(c, false, what, str_from(e->text));
	fail_with(c, e);
}

static void check_database(struct checks *c, struct app *app)
{
	struct err e;
	size_t total = 0, n;
	struct str *statement;

	for (size_t i = 0; i < app->plan->connections; i++) {
		const struct connection *conn = &app->plan->connection[i];

		if (!app_migration(app, c->arena, conn, &statement, &n, &e)) {
			say_error(c, STR("database"), &e);
			return;
		}
		total += n;
	}
	say(c, true, STR("database"),
	    str_printf(
		    c->arena, "%.*s answers; %s",
		    STR_ARG(db_url_redact(c->arena, app->plan->database)),
		    total == 0
			    ? "it has all tables and columns"
			    : "the first sync will add tables or columns (lockstep migrate --dry-run)"));
}

struct inspecting {
	struct checks *checks;
	struct str connection;
};

static void tell_finding(void *arg, const struct finding *f)
{
	const struct inspecting *x = arg;
	struct checks *c = x->checks;

	say_with(c, !f->why, str_printf(c->arena, "%.*s, %s", STR_ARG(x->connection), f->what),
		 f->says, f->next);
	if (f->why)
		fail_with(c, f->why);
}

/* False: no integration has a test of its own for it. */
static bool check_by_integration(struct checks *c, struct app *app, const struct connection *conn)
{
	struct inspecting to = { c, conn->name };
	struct inspection x = { .engine = &app->engine,
				.connection = conn,
				.arena = c->arena,
				.tell = tell_finding,
				.arg = &to };

	for (size_t i = 0; integrations[i]; i++) {
		if (!integrations[i]->inspect || !integration_is(integrations[i], conn))
			continue;
		integrations[i]->inspect(&x);
		return true;
	}
	return false;
}

static void check_connection(struct checks *c, struct app *app, const struct connection *conn)
{
	AUTO_ARENA *a = arena_new("probe", PROBE_BYTES_MAX);
	struct probe_result *r;
	struct err e;
	size_t n;

	if (!probe_connection(&app->engine, conn, a, &r, &n, &e)) {
		say_error(c, conn->name, &e);
		return;
	}
	for (size_t i = 0; i < n; i++)
		say(c, true, conn->name,
		    str_printf(a, "stream '%.*s' answers with %zu records in %lld ms",
			       STR_ARG(r[i].stream), r[i].records, (long long)r[i].took_ms));
	if (n == 0)
		say(c, true, conn->name, STR("the connector has no check stream"));
}

/* The token and the rate ledger need their tables, even before the first sync. */
static bool control_tables(struct app *app, struct err *e)
{
	struct str *statement;
	size_t n;

	return control_plan(app->db, app->arena, &statement, &n, e) &&
	       (n == 0 || schema_apply(app->db, statement, n, e));
}

static int check_run(const struct args *a)
{
	struct checks c = { .args = a };
	const struct connection *only = NULL;
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_ENGINE | APP_CREATE, &code))
		return code;
	c.arena = app.arena;
	c.list = value_list_new(c.arena);
	if (a->positionals > 0 && !app_connection(&app, a->positional[0], &only, &e)) {
		code = command_fail(a, &e);
		app_close(&app);
		return code;
	}
	say(&c, true, STR("plan"), str_printf(c.arena, "%.*s is valid", STR_ARG(app.plan->file)));
	if (!control_tables(&app, &e))
		say_error(&c, STR("database"), &e);
	else
		check_database(&c, &app);
	for (size_t i = 0; i < app.plan->connections && c.code == EXIT_DONE; i++)
		if ((!only || only == &app.plan->connection[i]) &&
		    !check_by_integration(&c, &app, &app.plan->connection[i]))
			check_connection(&c, &app, &app.plan->connection[i]);
	if (args_flag(a, "json"))
		app_print_json(c.arena, a, c.list);
	app_close(&app);
	return c.code;
}

const struct command command_check = {
	.name = "check",
	.usage = "[CONNECTION] [options]",
	.summary = "test configuration, database and credentials",
	.details = "Asks the vendor for one page; writes no row and no cursor.",
	.examples = "lockstep check\nlockstep check practicepanther --json\nlockstep check metactf",
	.option = { OPTION_PLAN, OPTION_JSON },
	.run = check_run,
};
