/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_status.c - `lockstep status`: where every connection stands. */
#include "cli/app.h"
#include "cli/terminal.h"
#include "data/json.h"
#include "data/moment.h"
#include "service/view.h"

#include <stdio.h>

struct table_status {
	const struct plan_table *plan;
	struct pass_state pass;
	struct partition_state at; /* of a stream without partitions */
	int64_t rows;
};

static bool count_rows(struct app *app, const struct plan_table *t, int64_t *out, struct err *e)
{
	struct table_shape shape;
	struct db_result r;
	struct str sql, key = t->column[0].name;

	*out = 0;
	if (!table_shape(app->db, app->arena, t->name, &shape, e))
		return false;
	if (!shape.exists)
		return true;
	/* Names were checked when the plan was loaded: letters, digits, '_' and one '.'. */
	sql = str_printf(app->arena, "SELECT count(*) FROM %.*s WHERE %.*s IS NOT NULL",
			 STR_ARG(t->name), STR_ARG(key));
	if (!db_query(app->db, app->arena, sql.at, NULL, 0, &r, e))
		return false;
	*out = db_cell(&r, 0, 0).i;
	return true;
}

static bool table_status(struct app *app, const struct connection *c, const struct plan_table *t,
			 struct table_status *out, struct err *e)
{
	struct state_key k = { c->name, t->name, STR("") };

	*out = (struct table_status){ .plan = t };
	return pass_state_load(app->db, app->arena, c->name, t->name, &out->pass, e) &&
	       partition_state_load(app->db, app->arena, &k, &out->at, e) &&
	       count_rows(app, t, &out->rows, e);
}

static struct value table_value(struct arena *a, const struct table_status *t)
{
	struct value map = value_map_new(a);

	value_map_set(a, map, STR("table"), value_str(t->plan->name));
	value_map_set(a, map, STR("stream"), value_str(t->plan->stream->name));
	value_map_set(a, map, STR("rows"), value_int(t->rows));
	value_map_set(a, map, STR("cursor"),
		      t->at.cursor_us == NO_TIME ? NULL_VALUE
						 : value_str(moment_text(a, t->at.cursor_us)));
	value_map_set(a, map, STR("last_full_at"), moment_or_null(a, t->pass.full_ms));
	value_map_set(a, map, STR("open_pass"),
		      t->pass.open ? value_str(str_from(run_mode_name(t->pass.mode))) : NULL_VALUE);
	return map;
}

static void table_row(struct arena *a, struct sheet *s, const struct table_status *t)
{
	struct str cell[] = {
		t->plan->name,
		grouped_text(a, t->rows),
		t->at.cursor_us == NO_TIME ? STR("-") : wall_text(a, t->at.cursor_us / 1000),
		wall_text(a, t->pass.full_ms),
		!t->pass.open ? STR("complete")
			      : str_printf(a, "%s pass open, %s records so far",
					   run_mode_name(t->pass.mode),
					   grouped_text(a, t->pass.records).at),
	};

	sheet_add(s, cell);
}

static struct str token_state(struct app *app, const struct connection *c)
{
	struct token t = { 0 };
	bool found;
	struct err e;
	int64_t left_ms;

	if (!token_get(app->db, app->arena, app->seal, c->name, &t, &found, &e))
		return str_keep(app->arena, str_from(e.text));
	if (!found)
		return STR("none");
	if (t.problem.len > 0)
		return STR("authorization required: lockstep connect");
	left_ms = t.expires_ms - clock_wall_now();
	if (t.expires_ms && left_ms <= 0)
		return STR("expired, will be renewed");
	return t.expires_ms
		       ? str_printf(app->arena, "valid for %s", span_text(app->arena, left_ms).at)
		       : STR("valid");
}

static bool last_run(struct app *app, const struct connection *c, struct run_log **run, size_t *n,
		     struct err *e)
{
	struct run_filter f = { .connection = c->name, .whole_only = true, .limit = 1 };

	return run_log_list(app->db, app->arena, &f, run, n, NULL, e);
}

static void print_run(struct app *app, const struct run_log *run, size_t n)
{
	struct arena *a = app->arena;

	if (n == 0) {
		printf("  last run    none; `lockstep sync` makes the first\n");
		return;
	}
	printf("  last run    %s, %s, %s records, began %s UTC\n", run_status_name(run->status),
	       str_keep(a, run->type).at, grouped_text(a, run->counts.processed).at,
	       wall_text(a, run->started_ms).at);
	if (run->error.len > 0)
		printf("              %.*s\n", STR_ARG(run->error));
}

static bool holds_of(struct app *app, const struct connection *c, struct hold **h, size_t *n,
		     struct err *e)
{
	struct hold_filter f = { .connection = c->name };

	return hold_list(app->db, app->arena, &f, h, n, e);
}

static void print_holds(struct app *app, const struct hold *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("  held        %.*s since %s UTC by %.*s: %.*s, expected %.*s;\n"
		       "              %s\n",
		       STR_ARG(h[i].table), wall_text(app->arena, h[i].since_ms).at,
		       STR_ARG(h[i].check), STR_ARG(h[i].seen), STR_ARG(h[i].expected),
		       view_hold_next(app->arena, &h[i]).at);
}

static bool status_of(struct app *app, const struct args *args, const struct connection *c,
		      struct value list, struct err *e)
{
	static const char *const head[] = { "table", "rows", "cursor (UTC)", "last full (UTC)",
					    "pass" };
	struct arena *a = app->arena;
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 1u << 1);
	struct value map = value_map_new(a), tables = value_list_new(a);
	struct table_status t;
	struct run_log *run;
	struct hold *hold;
	int64_t quarantined;
	size_t n, holds;

	if (!last_run(app, c, &run, &n, e) ||
	    !quarantine_count(app->db, c->name, &quarantined, e) ||
	    !holds_of(app, c, &hold, &holds, e))
		return false;
	for (size_t i = 0; i < c->tables; i++) {
		if (!table_status(app, c, &c->table[i], &t, e))
			return false;
		value_list_add(a, tables, table_value(a, &t));
		table_row(a, sheet, &t);
	}
	value_map_set(a, map, STR("connection"), value_str(c->name));
	value_map_set(a, map, STR("last_status"),
		      value_text_or_null(n ? str_from(run_status_name(run->status)) : STR("")));
	value_map_set(a, map, STR("last_started_at"), moment_or_null(a, n ? run->started_ms : 0));
	value_map_set(a, map, STR("last_error"), value_text_or_null(n ? run->error : STR("")));
	value_map_set(a, map, STR("quarantined"), value_int(quarantined));
	value_map_set(a, map, STR("held"), view_holds(a, hold, holds));
	value_map_set(a, map, STR("token"), value_str(token_state(app, c)));
	value_map_set(a, map, STR("tables"), tables);
	value_list_add(a, list, map);
	if (args_flag(args, "json"))
		return true;
	printf("%.*s\n", STR_ARG(c->name));
	if (c->tables == 0) {
		printf("  fills no tables of the plan: `lockstep schedules` and `lockstep jobs` tell "
		       "what it does\n");
		return true;
	}
	print_run(app, run, n);
	printf("  token       %.*s\n  quarantine  %s records\n", STR_ARG(token_state(app, c)),
	       grouped_text(a, quarantined).at);
	print_holds(app, hold, holds);
	printf("\n");
	sheet_print(sheet);
	return true;
}

static int status_run(const struct args *a)
{
	const struct connection *only = NULL;
	struct value list;
	struct app app;
	struct err e;
	bool ok = true;
	int code;

	if (!app_open(&app, a, APP_PLAN | APP_DATABASE | APP_KEY, &code))
		return code;
	list = value_list_new(app.arena);
	if (a->positionals > 0)
		ok = app_connection(&app, a->positional[0], &only, &e);
	for (size_t i = 0; ok && i < app.plan->connections; i++)
		if (!only || only == &app.plan->connection[i])
			ok = status_of(&app, a, &app.plan->connection[i], list, &e);
	code = ok ? EXIT_DONE : command_fail(a, &e);
	if (ok && args_flag(a, "json"))
		code = app_print_json(app.arena, a, list);
	app_close(&app);
	return code;
}

const struct command command_status = {
	.name = "status",
	.usage = "[CONNECTION] [options]",
	.summary = "tell where every connection stands",
	.examples = "lockstep status\nlockstep status practicepanther --json",
	.option = { OPTION_PLAN, OPTION_JSON },
	.run = status_run,
};
