/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_sync.c - `lockstep sync`: brings the tables of a connection up to date. */
#include "cli/note.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "data/json.h"

#include <stdio.h>
#include <unistd.h>

#define RUN_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define CELL_SHOWN_MAX 60

static enum exit_code code_of(const struct run_result *r)
{
	switch (r->status) {
	case RUN_SUCCESS:
		return EXIT_DONE;
	case RUN_PARTIAL:
		return r->error.kind == ERR_AUTH ? EXIT_AUTH : EXIT_PARTIAL;
	case RUN_STOPPED:
		return EXIT_STOPPED;
	case RUN_ERROR:
	case RUN_RUNNING:
		break;
	}
	if (r->error.kind == ERR_AUTH)
		return EXIT_AUTH;
	return r->error.kind == ERR_TRANSIENT ? EXIT_TEMPORARY : EXIT_FAILED;
}

/* ---- JSON ---- */

static struct value counts_value(struct arena *a, const struct run_counts *c)
{
	const struct {
		const char *name;
		int64_t n;
	} row[] = {
		{ "processed", c->processed }, { "created", c->created },
		{ "updated", c->updated },     { "unchanged", c->unchanged },
		{ "failed", c->failed },       { "relinked", c->relinked },
		{ "requests", c->requests },   { "pages", c->pages },
		{ "bytes", c->bytes },
	};
	struct value map = value_map_new(a);

	for (size_t i = 0; i < COUNT(row); i++)
		value_map_set(a, map, str_from(row[i].name), value_int(row[i].n));
	return map;
}

static void set_str(struct arena *a, struct value map, const char *key, struct str s)
{
	value_map_set(a, map, str_from(key), value_str(s));
}

static struct value table_value(struct arena *a, const struct run_table *t)
{
	struct value map = value_map_new(a);

	set_str(a, map, "table", t->plan->name);
	set_str(a, map, "stream", t->plan->stream->name);
	set_str(a, map, "status",
		t->ran ? str_from(run_status_name(t->result.status)) : STR("not_reached"));
	value_map_set(a, map, STR("complete"), value_bool(t->result.complete));
	value_map_set(a, map, STR("resumed"), value_bool(t->result.resumed));
	if (t->result.stopped_by.len > 0)
		set_str(a, map, "stopped_by", t->result.stopped_by);
	if (t->result.held.check.len > 0) {
		set_str(a, map, "held_by", t->result.held.check);
		set_str(a, map, "seen", t->result.held.seen);
		set_str(a, map, "expected", t->result.held.expected);
	}
	if (t->result.absent.absent >= 0 && t->ran)
		value_map_set(a, map, STR("no_longer_seen"), value_int(t->result.absent.absent));
	if (t->result.error.kind != ERR_NONE)
		set_str(a, map, "error", str_from(t->result.error.text));
	value_map_set(a, map, STR("counts"), counts_value(a, &t->result.counts));
	return map;
}

static struct value result_value(struct arena *a, const struct run_result *r)
{
	struct value map = value_map_new(a), list = value_list_new(a);

	if (r->id.len > 0)
		set_str(a, map, "run", r->id);
	set_str(a, map, "status", str_from(run_status_name(r->status)));
	value_map_set(a, map, STR("counts"), counts_value(a, &r->counts));
	value_map_set(a, map, STR("references_waiting"), value_int(r->waiting));
	if (r->error.kind != ERR_NONE) {
		set_str(a, map, "error", str_from(r->error.text));
		set_str(a, map, "error_kind", str_from(err_kind_name(r->error.kind)));
	}
	for (size_t i = 0; i < r->tables; i++)
		value_list_add(a, list, table_value(a, &r->table[i]));
	value_map_set(a, map, STR("tables"), list);
	return map;
}

/* ---- words ---- */

static const char *advice(const struct run_result *r)
{
	if (r->status == RUN_STOPPED)
		return "Stopped. What was committed stays; the next run goes on from there.";
	for (size_t i = 0; i < r->tables; i++)
		if (r->table[i].result.held.check.len > 0)
			return "A table is held: no further run writes it before it is released. `lockstep hold list` says why.";
	for (size_t i = 0; i < r->tables; i++)
		if (r->table[i].result.stopped_by.len > 0)
			return "A cap was reached: run `lockstep sync` again to go on, or raise it in the plan.";
	if (r->counts.failed > 0)
		return "Some records could not be stored; `lockstep quarantine` lists them, and every run tries them again.";
	if (r->error.kind == ERR_TRANSIENT)
		return "The next run goes on where this one ended.";
	return NULL;
}

static void tell(struct arena *a, const struct run_result *r, bool dry_run)
{
	const char *more = advice(r);

	for (size_t i = 0; i < r->tables; i++) {
		const struct pass_result *t = &r->table[i].result;

		if (t->absent.absent > 0)
			printf("%s rows of %.*s are no longer at the vendor (nothing was deleted)\n",
			       grouped_text(a, t->absent.absent).at,
			       STR_ARG(r->table[i].plan->name));
		if (t->stopped_by.len > 0)
			printf("%.*s: stopped by %.*s, not complete\n",
			       STR_ARG(r->table[i].plan->name), STR_ARG(t->stopped_by));
	}
	if (r->relinked > 0)
		printf("%s references were filled in at the end\n",
		       grouped_text(a, r->relinked).at);
	if (r->waiting > 0)
		printf("%s references wait for a parent that has not come\n",
		       grouped_text(a, r->waiting).at);
	printf("%s%s: %s created, %s updated, %s unchanged, %s failed; %s requests, %s\n",
	       dry_run ? "dry run, nothing was written; would be " : "", run_status_name(r->status),
	       grouped_text(a, r->counts.created).at, grouped_text(a, r->counts.updated).at,
	       grouped_text(a, r->counts.unchanged).at, grouped_text(a, r->counts.failed).at,
	       grouped_text(a, r->counts.requests).at, bytes_text(a, r->counts.bytes).at);
	if (more && !dry_run)
		printf("%s\n", more);
}

/* ---- a dry run's differences ---- */

struct shown {
	struct arena *arena;
	bool json;
	struct value list;
	int64_t rows, rows_max;
};

static struct str cell_text(struct arena *a, struct value v)
{
	struct buf b;
	struct err unsaid;

	if (value_is_nothing(v))
		return STR("null");
	buf_in(&b, a, (size_t)1024 * 1024);
	if (v.kind == VALUE_STR && v.s.len > CELL_SHOWN_MAX) {
		size_t n = CELL_SHOWN_MAX;

		while (n > 0 && ((unsigned char)v.s.at[n] & 0xC0) == 0x80)
			n--;
		json_write_str(&b, str_slice(v.s, 0, n));
		buf_add(&b, STR("…"));
		return buf_str(&b);
	}
	return json_write(&b, v, &unsaid) ? buf_str(&b) : STR("?");
}

static void show_json(struct shown *s, const struct change *c)
{
	struct arena *a = s->arena;
	struct value map = value_map_new(a), fields = value_map_new(a), field;

	set_str(a, map, "table", str_keep(a, c->table->name));
	set_str(a, map, "key", str_keep(a, c->key));
	set_str(a, map, "change", c->before ? STR("update") : STR("create"));
	for (size_t i = 0; i < c->table->columns; i++) {
		if (!(c->changed >> i & 1))
			continue;
		field = value_map_new(a);
		if (c->before)
			value_map_set(a, field, STR("before"), value_keep(a, c->before[i]));
		value_map_set(a, field, STR("after"), value_keep(a, c->after[i]));
		value_map_set(a, fields, str_keep(a, c->table->column[i].name), field);
	}
	value_map_set(a, map, STR("fields"), fields);
	value_list_add(a, s->list, map);
}

static void show_text(const struct change *c)
{
	AUTO_ARENA *a = arena_new("change", (size_t)64 * 1024 * 1024);

	terminal_clear();
	printf("%s %.*s %.*s\n", c->before ? "~" : "+", STR_ARG(c->table->name), STR_ARG(c->key));
	for (size_t i = 0; i < c->table->columns; i++) {
		if (!(c->changed >> i & 1) || (!c->before && value_is_nothing(c->after[i])))
			continue;
		printf("    %.*s: ", STR_ARG(c->table->column[i].name));
		if (c->before)
			printf("%.*s -> ", STR_ARG(cell_text(a, c->before[i])));
		printf("%.*s\n", STR_ARG(cell_text(a, c->after[i])));
	}
}

static void show(void *arg, const struct change *c)
{
	struct shown *s = arg;

	if (s->rows++ >= s->rows_max)
		return;
	if (s->json)
		show_json(s, c);
	else
		show_text(c);
}

/* ---- the command ---- */

static bool prepare(struct app *app, const struct connection *c, bool dry_run, struct err *e)
{
	struct str *statement;
	size_t n;

	if (!dry_run)
		return app_migrate(app, c, &n, e);
	if (!app_migration(app, app->arena, c, &statement, &n, e))
		return false;
	if (n > 0)
		return err_set(
			e, ERR_CONFIG,
			"the database lacks tables or columns; `lockstep migrate --dry-run` prints them, `lockstep migrate` makes them");
	return true;
}

struct reset {
	struct db *db;
	struct str connection;
};

static bool reset_body(void *arg, struct err *e)
{
	struct reset *r = arg;

	return state_clear(r->db, r->connection, STR(""), e);
}

static bool reset_cursors(struct app *app, const struct connection *c, const struct args *a,
			  struct err *e)
{
	struct reset r = { app->db, c->name };
	struct note note = { .action = "cursor.reset" };

	note.target = str_printf(app->arena, "connection:%.*s", STR_ARG(c->name));
	return !args_flag(a, "reset-cursor") || note_do(app, &note, reset_body, &r, e);
}

/* --record A,B --since T --until T --where EXPR */
static bool read_selection(const struct args *a, struct arena *arena, struct select_options *out,
			   struct err *e)
{
	const char *record = args_value(a, "record"), *since = args_value(a, "since");
	const char *until = args_value(a, "until"), *where = args_value(a, "where");
	struct str rest = str_from(record ? record : ""), *id;

	*out = (struct select_options){ .since = str_from(since ? since : ""),
					.until = str_from(until ? until : ""),
					.where = str_from(where ? where : "") };
	id = arena_new_array(arena, struct str, rest.len + 1);
	while (rest.len > 0) {
		id[out->records] = str_trim(str_cut(&rest, ','));
		out->records += id[out->records].len > 0;
	}
	out->record = id;
	if (select_any(out) && args_flag(a, "reset-cursor"))
		return err_set(e, ERR_USAGE, "a run of some records moves no cursor");
	return true;
}

static bool sync_connection(struct app *app, const struct args *a, struct arena *arena,
			    struct run_result *out, struct shown *shown, struct err *e)
{
	const struct connection *c;
	struct progress p;
	struct change_sink sink = { show, shown };
	struct str only[POSITIONALS_MAX];
	struct run_options o = { .mode = args_flag(a, "full") ? MODE_FULL : MODE_INCREMENTAL,
				 .dry_run = args_flag(a, "dry-run"),
				 .sink = &sink,
				 .only = only };

	if (!read_selection(a, arena, &o.select, e) ||
	    !args_number(a, "changes", 0, INT32_MAX, 100, &shown->rows_max, e) ||
	    !app_connection(app, a->positionals ? a->positional[0] : NULL, &c, e) ||
	    !prepare(app, c, o.dry_run, e) || (!o.dry_run && !reset_cursors(app, c, a, e)))
		return false;
	for (size_t i = 1; i < a->positionals; i++)
		only[o.onlys++] = str_from(a->positional[i]);
	progress_init(&p, args_flag(a, "quiet") || args_flag(a, "json"));
	o.watch = progress_watch(&p);
	return run_connection(&app->engine, c, &o, arena, out, e);
}

static int report(const struct args *a, struct arena *arena, const struct run_result *r,
		  struct shown *shown)
{
	struct value map;

	terminal_clear();
	if (r->error.kind != ERR_NONE && r->error.kind != ERR_CANCELLED)
		command_fail(&(struct args){ .command = a->command }, &r->error);
	if (args_flag(a, "json")) {
		map = result_value(arena, r);
		if (args_flag(a, "dry-run"))
			value_map_set(arena, map, STR("changes"), shown->list);
		app_print_json(arena, a, map);
	} else if (!args_flag(a, "quiet")) {
		if (shown->rows > shown->rows_max)
			printf("… and %s more rows (--changes N shows more)\n",
			       grouped_text(arena, shown->rows - shown->rows_max).at);
		tell(arena, r, args_flag(a, "dry-run"));
	}
	return (int)code_of(r);
}

static int sync_run(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("run", RUN_BYTES_MAX);
	struct shown shown = { .arena = arena, .json = args_flag(a, "json") };
	struct run_result r;
	struct app app;
	struct err e;
	int code;

	shown.list = value_list_new(arena);
	if (!app_open(&app, a, APP_ENGINE | (args_flag(a, "dry-run") ? 0 : APP_CREATE), &code))
		return code;
	code = sync_connection(&app, a, arena, &r, &shown, &e) ? report(a, arena, &r, &shown)
							       : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_sync = {
	.name = "sync",
	.usage = "[CONNECTION [TABLE…]] [options]",
	.summary = "bring the tables of a connection up to date",
	.details =
		"Reads what changed at the vendor since the last complete pass (--full: everything) and brings\n"
		"the tables in step. Rows and cursor are committed together: a run that is stopped or killed\n"
		"loses nothing, and the next one goes on. Nothing is ever deleted. TABLE names tables of the plan\n"
		"or streams of the connector.\n"
		"\n"
		"--record, --since, --until and --where sync some records only. Such a run moves no cursor, reports\n"
		"nothing as gone, and leaves an interrupted pass as it is.",
	.examples = "lockstep sync\n"
		    "lockstep sync practicepanther --full\n"
		    "lockstep sync practicepanther contacts\n"
		    "lockstep sync practicepanther contacts --record 1f3c\n"
		    "lockstep sync --dry-run          what would change, field by field\n"
		    "lockstep sync --json | jq .counts",
	.option = {
		OPTION_PLAN,
		{ "full", 'f', NULL, "read everything, and report what is no longer at the vendor" },
		{ "dry-run", 'n', NULL, "tell what would change, write no row and no cursor" },
		{ "changes", 0, "N", "dry run: show at most N rows (default 100)" },
		{ "reset-cursor", 0, NULL, "forget where earlier passes stood" },
		{ "record", 0, "ID,…", "only the records with these keys" },
		{ "since", 0, "TIME", "only what changed at or after this time" },
		{ "until", 0, "TIME", "only what changed at or before this time" },
		{ "where", 0, "EXPR", "only records for which this is true, such as record.status == 'open'" },
		{ "quiet", 'q', NULL, "say nothing but errors" },
		OPTION_JSON,
	},
	.run = sync_run,
};
