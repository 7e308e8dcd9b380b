/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_undo.c - `lockstep undo`: puts back what rows held before a run changed them. */
#include "cli/note.h"
#include "cli/terminal.h"
#include "data/json.h"
#include "flow/undo.h"

#include <stdio.h>
#include <unistd.h>

#define SHOWN_MAX 100

struct shown {
	struct arena *arena;
	bool json, all; /* all: also what goes as it should (a dry run) */
	struct value list;
	size_t n;
};

static void show(void *arg, const struct undo_event *event)
{
	struct shown *s = arg;
	struct value map;

	if ((!s->all && event->outcome != UNDO_CONFLICT) || event->outcome == UNDO_ALREADY ||
	    s->n++ >= SHOWN_MAX)
		return;
	if (!s->json) {
		terminal_clear();
		printf("%s %.*s %.*s%s%.*s\n", undo_outcome_name(event->outcome),
		       STR_ARG(event->table), STR_ARG(event->key), event->says.len ? ": " : "",
		       STR_ARG(event->says));
		return;
	}
	map = value_map_new(s->arena);
	value_map_set(s->arena, map, STR("table"), value_str(str_keep(s->arena, event->table)));
	value_map_set(s->arena, map, STR("key"), value_str(str_keep(s->arena, event->key)));
	value_map_set(s->arena, map, STR("outcome"),
		      value_str(str_from(undo_outcome_name(event->outcome))));
	if (event->says.len > 0)
		value_map_set(s->arena, map, STR("says"),
			      value_str(str_keep(s->arena, event->says)));
	value_list_add(s->arena, s->list, map);
}

static void print_json(const struct args *a, const struct shown *s, const struct undo_result *r)
{
	struct arena *arena = s->arena;
	struct value map = value_map_new(arena), counts = value_map_new(arena);

	if (r->id.len > 0)
		value_map_set(arena, map, STR("run"), value_str(r->id));
	value_map_set(arena, map, STR("status"), value_str(str_from(run_status_name(r->status))));
	for (size_t i = 0; i < UNDO_OUTCOMES; i++)
		value_map_set(arena, counts, str_from(undo_outcome_name((enum undo_outcome)i)),
			      value_int(r->count[i]));
	value_map_set(arena, map, STR("counts"), counts);
	value_map_set(arena, map, STR("rows"), s->list);
	if (r->error.kind != ERR_NONE)
		value_map_set(arena, map, STR("error"), value_str(str_from(r->error.text)));
	app_print_json(arena, a, map);
}

static void print_text(const struct shown *s, const struct undo_result *r, bool dry_run)
{
	if (s->n > SHOWN_MAX)
		printf("… and %s more rows\n",
		       grouped_text(s->arena, (int64_t)s->n - SHOWN_MAX).at);
	printf("%s%s:", dry_run ? "dry run, nothing was written; would be " : "",
	       run_status_name(r->status));
	for (size_t i = 0; i < UNDO_OUTCOMES; i++)
		printf("%s %s %s", i ? "," : "", grouped_text(s->arena, r->count[i]).at,
		       undo_outcome_name((enum undo_outcome)i));
	printf("\n");
	if (r->count[UNDO_KEPT] > 0)
		printf("Rows that the run created stay; --delete-created deletes them.\n");
	if (r->count[UNDO_CONFLICT] > 0)
		printf("Conflicts were left as they are; --force overwrites what was changed since.\n");
}

static int code_of(const struct undo_result *r)
{
	switch (r->status) {
	case RUN_SUCCESS:
		return EXIT_DONE;
	case RUN_PARTIAL:
		return EXIT_PARTIAL;
	case RUN_STOPPED:
		return EXIT_STOPPED;
	case RUN_ERROR:
	case RUN_RUNNING:
		break;
	}
	return EXIT_FAILED;
}

/* The connection that the run was of. */
static bool find_run(struct app *app, const struct args *a, const struct connection **c,
		     struct str *run, struct err *e)
{
	struct run_filter f = { .limit = 1 };
	struct run_log *log;
	size_t n;

	if (a->positionals != 1)
		return err_set(e, ERR_USAGE,
			       "which run? `lockstep runs --json` lists them with their ids");
	*run = f.id = str_from(a->positional[0]);
	if (!run_log_list(app->db, app->arena, &f, &log, &n, NULL, e))
		return false;
	if (n == 0)
		return err_set(e, ERR_MISSING, "there is no run '%s'", a->positional[0]);
	return app_connection(app, str_keep(app->arena, log[0].connection).at, c, e);
}

static bool agreed(const struct args *a, struct err *e)
{
	char answer[16];

	if (args_flag(a, "yes") || args_flag(a, "dry-run"))
		return true;
	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE,
			       "nobody can be asked here: say --yes, or look first with --dry-run");
	fprintf(stderr, "Put back what the rows held before run %s? [y/N] ", a->positional[0]);
	if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return true;
	return err_set(e, ERR_CANCELLED, "nothing was undone");
}

/* Before it begins, since it is many transactions; a dry run changes nothing. */
static bool note(struct app *app, const struct undo_options *o, struct err *e)
{
	struct arena *a = app->arena;
	struct note n = { "run.undo", str_printf(a, "run:%.*s", STR_ARG(o->run)),
			  value_map_new(a) };

	if (o->dry_run)
		return true;
	if (o->table.len > 0)
		value_map_set(a, n.details, STR("table"), value_str(o->table));
	value_map_set(a, n.details, STR("force"), value_bool(o->force));
	value_map_set(a, n.details, STR("delete_created"), value_bool(o->delete_created));
	return note_do(app, &n, NULL, NULL, e);
}

static bool undo(struct app *app, const struct args *a, struct shown *shown,
		 struct undo_result *out, struct err *e)
{
	const char *table = args_value(a, "table");
	const struct connection *c;
	struct undo_options o = { .table = str_from(table ? table : ""),
				  .dry_run = args_flag(a, "dry-run"),
				  .force = args_flag(a, "force"),
				  .delete_created = args_flag(a, "delete-created"),
				  .trigger = STR("manual"),
				  .tell = show,
				  .arg = shown };

	return find_run(app, a, &c, &o.run, e) && agreed(a, e) && note(app, &o, e) &&
	       undo_run(&app->engine, c, &o, app->arena, out, e);
}

static int undo_main(const struct args *a)
{
	struct undo_result r;
	struct shown shown;
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_ENGINE, &code))
		return code;
	shown = (struct shown){ .arena = app.arena,
				.json = args_flag(a, "json"),
				.all = args_flag(a, "dry-run"),
				.list = value_list_new(app.arena) };
	if (undo(&app, a, &shown, &r, &e)) {
		if (r.error.kind != ERR_NONE && r.error.kind != ERR_CANCELLED)
			command_fail(&(struct args){ .command = a->command }, &r.error);
		if (shown.json)
			print_json(a, &shown, &r);
		else
			print_text(&shown, &r, shown.all);
		code = code_of(&r);
	} else {
		code = command_fail(a, &e);
	}
	app_close(&app);
	return code;
}

const struct command command_undo = {
	.name = "undo",
	.usage = "RUN [options]",
	.summary = "put back what rows held before a run changed them",
	.details =
		"RUN is the id of a run that kept before-images: full runs do unless the plan says otherwise\n"
		"(`undo`, `undo_days`). Rows that a person or a later run changed since are left alone and told as\n"
		"conflicts; rows that the run created stay. The undo is a run of its own and can be undone too.\n"
		"\n"
		"Cursors do not move: an incremental run brings only what changes at the vendor from now on, and\n"
		"the next full run brings the vendor's state back. Mend the plan before that one.",
	.examples =
		"lockstep runs\n"
		"lockstep undo 0b4c0f6e-5a3a-4d27-9d3c-5b1c2a7e9f10 --dry-run\n"
		"lockstep undo 0b4c0f6e-5a3a-4d27-9d3c-5b1c2a7e9f10 --table contacts --yes",
	.option = {
		OPTION_PLAN,
		{ "dry-run", 'n', NULL, "tell what would be put back; other writers wait meanwhile" },
		{ "table", 't', "TABLE", "only rows of this table" },
		{ "delete-created", 0, NULL, "delete the rows that the run created, unless changed since" },
		{ "force", 0, NULL, "also overwrite (and delete) what was changed since" },
		{ "yes", 'y', NULL, "do not ask" },
		OPTION_JSON,
	},
	.run = undo_main,
};
