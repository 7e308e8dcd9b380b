/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_quarantine.c - `lockstep quarantine`: the records that could not become rows, and why. */
#include "cli/app.h"
#include "cli/terminal.h"
#include "data/json.h"

#include <stdio.h>

static struct value item_value(struct arena *a, const struct quarantine_item *q)
{
	struct value map = value_map_new(a);
	const struct {
		const char *name;
		struct str s;
	} text[] = {
		{ "connection", q->connection },
		{ "stream", q->stream },
		{ "table", q->table },
		{ "key", q->key },
		{ "field", q->column },
		{ "code", q->code },
		{ "says", q->says },
	};

	for (size_t i = 0; i < COUNT(text); i++)
		value_map_set(a, map, str_from(text[i].name), value_str(text[i].s));
	value_map_set(a, map, STR("tries"), value_int(q->tries));
	value_map_set(a, map, STR("first_at"), value_str(moment_text(a, q->first_ms * 1000)));
	value_map_set(a, map, STR("last_at"), value_str(moment_text(a, q->last_ms * 1000)));
	return map;
}

static bool list_connection(struct app *app, const struct args *a, const struct connection *c,
			    struct value list, struct sheet *sheet, struct err *e)
{
	struct quarantine_filter f = { .connection = c->name };
	struct quarantine_item *q;
	int64_t limit;
	size_t n;

	if (!args_number(a, "limit", 1, 100000, 100, &limit, e))
		return false;
	f.limit = (size_t)limit;
	if (!quarantine_list(app->db, app->arena, &f, &q, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str cell[] = { q[i].table,
				      q[i].key,
				      q[i].column,
				      q[i].code,
				      grouped_text(app->arena, q[i].tries),
				      wall_text(app->arena, q[i].last_ms),
				      q[i].says };

		value_list_add(app->arena, list, item_value(app->arena, &q[i]));
		sheet_add(sheet, cell);
	}
	return true;
}

static bool show(struct app *app, const struct args *a, struct err *e)
{
	static const char *const head[] = { "table", "key",        "field", "code",
					    "tries", "last (UTC)", "why" };
	struct sheet *sheet = sheet_new(app->arena, head, COUNT(head), 1u << 4);
	struct value list = value_list_new(app->arena);
	const struct connection *only = NULL;

	if (a->positionals > 0 && !app_connection(app, a->positional[0], &only, e))
		return false;
	for (size_t i = 0; i < app->plan->connections; i++)
		if ((!only || only == &app->plan->connection[i]) &&
		    !list_connection(app, a, &app->plan->connection[i], list, sheet, e))
			return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, list);
	else if (value_len(list) == 0)
		printf("Nothing is in quarantine.\n");
	else
		sheet_print(sheet);
	return true;
}

static int quarantine_run(const struct args *a)
{
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_PLAN | APP_DATABASE, &code))
		return code;
	code = show(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_quarantine = {
	.name = "quarantine",
	.usage = "[CONNECTION] [options]",
	.summary = "list the records that could not become rows, and why",
	.details =
		"Their contents are kept encrypted; every run of their stream tries them again, after you mended\n"
		"the plan, the table or the record at the vendor.",
	.examples = "lockstep quarantine\nlockstep quarantine --json | jq '.[].field'",
	.option = { OPTION_PLAN, { "limit", 'l', "N", "how many (default 100)" }, OPTION_JSON },
	.run = quarantine_run,
};
