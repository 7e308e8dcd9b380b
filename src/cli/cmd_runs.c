/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_runs.c - `lockstep runs`: what happened, newest first. */
#include "cli/app.h"
#include "cli/terminal.h"
#include "data/json.h"
#include "data/moment.h"

#include <stdio.h>

static struct value run_value(struct arena *a, const struct run_log *r)
{
	struct value map = value_map_new(a), details;
	struct err unsaid;
	const struct {
		const char *name;
		struct str s;
	} text[] = {
		{ "id", r->id },
		{ "parent_id", r->parent },
		{ "connection", r->connection },
		{ "sync_type", r->type },
		{ "status", str_from(run_status_name(r->status)) },
		{ "error_message", r->error },
	};
	const struct {
		const char *name;
		int64_t n;
	} number[] = {
		{ "records_processed", r->counts.processed },
		{ "records_created", r->counts.created },
		{ "records_updated", r->counts.updated },
		{ "records_unchanged", r->counts.unchanged },
		{ "records_failed", r->counts.failed },
		{ "requests", r->counts.requests },
	};

	for (size_t i = 0; i < COUNT(text); i++)
		value_map_set(a, map, str_from(text[i].name), value_text_or_null(text[i].s));
	for (size_t i = 0; i < COUNT(number); i++)
		value_map_set(a, map, str_from(number[i].name), value_int(number[i].n));
	value_map_set(a, map, STR("started_at"), value_str(moment_text(a, r->started_ms * 1000)));
	value_map_set(a, map, STR("completed_at"), moment_or_null(a, r->completed_ms));
	if (json_parse(a, r->details, &details, NULL, &unsaid))
		value_map_set(a, map, STR("details"), details);
	return map;
}

static struct value runs_value(struct arena *a, const struct run_log *run, size_t n, int64_t total)
{
	struct value map = value_map_new(a), list = value_list_new(a);

	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, run_value(a, &run[i]));
	value_map_set(a, map, STR("total"), value_int(total));
	value_map_set(a, map, STR("runs"), list);
	return map;
}

static enum tint tint_of(enum run_status s)
{
	return s == RUN_SUCCESS ? TINT_GOOD : s == RUN_ERROR ? TINT_BAD : TINT_WARN;
}

static void print_runs(struct arena *a, const struct run_log *run, size_t n, int64_t total)
{
	static const char *const head[] = { "started (UTC)", "connection", "type",
					    "processed",     "created",    "updated",
					    "failed",        "took",       "status" };
	struct sheet *s =
		sheet_new(a, head, COUNT(head), 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7);

	for (size_t i = 0; i < n; i++) {
		const struct run_log *r = &run[i];
		struct str cell[COUNT(head)] = {
			wall_text(a, r->started_ms),
			r->connection,
			r->type,
			grouped_text(a, r->counts.processed),
			grouped_text(a, r->counts.created),
			grouped_text(a, r->counts.updated),
			grouped_text(a, r->counts.failed),
			r->completed_ms ? span_text(a, r->completed_ms - r->started_ms) : STR("-"),
			terminal_tint(a, 1, tint_of(r->status),
				      str_from(run_status_name(r->status))),
		};

		sheet_add(s, cell);
	}
	sheet_print(s);
	for (size_t i = 0; i < n; i++)
		if (run[i].error.len > 0)
			printf("\n%.*s %.*s: %.*s\n", STR_ARG(wall_text(a, run[i].started_ms)),
			       STR_ARG(run[i].type), STR_ARG(run[i].error));
	if ((int64_t)n < total)
		printf("\n%zu of %lld runs; --limit and --page show more\n", n, (long long)total);
}

static bool runs(struct app *app, const struct args *a, struct err *e)
{
	struct run_filter f = { .whole_only = !args_flag(a, "parts") };
	const char *status = args_value(a, "status"), *type = args_value(a, "type");
	const struct connection *c;
	struct run_log *run;
	int64_t limit, page, total;
	size_t n;

	if (!args_number(a, "limit", 1, 1000, 20, &limit, e) ||
	    !args_number(a, "page", 1, 1000000, 1, &page, e))
		return false;
	if (a->positionals > 0) {
		if (!app_connection(app, a->positional[0], &c, e))
			return false;
		f.connection = c->name;
	}
	f.status = str_from(status ? status : "");
	f.type = str_from(type ? type : "");
	f.limit = (size_t)limit;
	f.offset = (size_t)((page - 1) * limit);
	if (!run_log_list(app->db, app->arena, &f, &run, &n, &total, e))
		return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, runs_value(app->arena, run, n, total));
	else if (n == 0)
		printf("No runs yet. `lockstep sync` makes the first.\n");
	else
		print_runs(app->arena, run, n, total);
	return true;
}

static int runs_run(const struct args *a)
{
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_PLAN | APP_DATABASE, &code))
		return code;
	code = runs(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_runs = {
	.name = "runs",
	.usage = "[CONNECTION] [options]",
	.summary = "list what happened, newest first",
	.examples = "lockstep runs\nlockstep runs --parts --status partial\nlockstep runs --json",
	.option = {
		OPTION_PLAN,
		{ "parts", 0, NULL, "also the parts: one row per table" },
		{ "status", 0, "STATUS", "only success, partial, error, running or stopped" },
		{ "type", 0, "TYPE", "only full, incremental, or one stream's name (with --parts)" },
		{ "limit", 'l', "N", "how many (default 20)" },
		{ "page", 0, "N", "which page of so many (default 1)" },
		OPTION_JSON,
	},
	.run = runs_run,
};
