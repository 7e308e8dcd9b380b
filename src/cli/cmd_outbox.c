/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_outbox.c - `lockstep outbox`: changes on their way to a vendor, and what a person decides. */
#include "cli/note.h"
#include "cli/terminal.h"
#include "data/json.h"
#include "data/moment.h"
#include "service/outbox_deed.h"

#include <stdio.h>

/* ---- showing ---- */

static struct value row_value(struct arena *a, const struct outbox_row *r)
{
	struct value map = value_map_new(a), result;
	struct err unsaid;
	const struct {
		const char *name;
		struct str s;
	} text[] = {
		{ "connection", r->connection },
		{ "watch", r->watch },
		{ "table", r->table },
		{ "key", r->key },
		{ "op", str_from(outbox_op_name(r->op)) },
		{ "state", str_from(outbox_state_name(r->state)) },
		{ "action", r->action },
		{ "error", r->error },
		{ "idempotency_key", r->idempotency_key },
	};

	value_map_set(a, map, STR("id"), value_int(r->id));
	for (size_t i = 0; i < COUNT(text); i++)
		value_map_set(a, map, str_from(text[i].name), value_text_or_null(text[i].s));
	value_map_set(a, map, STR("attempts"), value_int(r->attempts));
	value_map_set(a, map, STR("status"), r->status ? value_int(r->status) : NULL_VALUE);
	value_map_set(a, map, STR("made_at"), value_str(moment_text(a, r->made_ms * 1000)));
	value_map_set(a, map, STR("sent_at"), moment_or_null(a, r->sent_ms));
	if (json_parse(a, r->result, &result, NULL, &unsaid))
		value_map_set(a, map, STR("result"), result);
	return map;
}

static bool list(struct app *app, const struct args *a, struct err *e)
{
	static const char *const head[] = { "id", "state", "watch",      "key",
					    "op", "tries", "made (UTC)", "why" };
	struct sheet *sheet = sheet_new(app->arena, head, COUNT(head), 1u << 0 | 1u << 5);
	struct value all = value_list_new(app->arena);
	struct outbox_filter f = { .by_state = args_value(a, "state") != NULL };
	struct outbox_row *row;
	int64_t limit;
	size_t n;

	if (f.by_state && !outbox_state_parse(str_from(args_value(a, "state")), &f.state))
		return err_set(e, ERR_USAGE,
			       "a state is pending, sending, done, failed, unknown "
			       "or cancelled");
	if (!args_number(a, "limit", 1, 100000, 100, &limit, e))
		return false;
	f.limit = (size_t)limit;
	if (!outbox_list(app->db, app->arena, &f, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str cell[] = { str_printf(app->arena, "%lld", (long long)row[i].id),
				      str_from(outbox_state_name(row[i].state)),
				      row[i].watch,
				      row[i].key,
				      str_from(outbox_op_name(row[i].op)),
				      grouped_text(app->arena, row[i].attempts),
				      wall_text(app->arena, row[i].made_ms),
				      row[i].error };

		value_list_add(app->arena, all, row_value(app->arena, &row[i]));
		sheet_add(sheet, cell);
	}
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, all);
	else if (n == 0)
		printf("Nothing is in the outbox.\n");
	else
		sheet_print(sheet);
	return true;
}

/* ---- deciding ---- */

struct decision {
	struct app *app;
	struct outbox_row row;
	enum outbox_verb verb;
};

static bool decide_body(void *arg, struct err *e)
{
	struct decision *d = arg;

	return outbox_decide(d->app->db, d->app->arena, &d->row, d->verb, STR("cli"), e);
}

static bool decide(struct app *app, const struct outbox_row *row, enum outbox_verb verb,
		   struct err *e)
{
	struct decision d = { app, *row, verb };
	struct note note = { outbox_verb_action(verb),
			     str_printf(app->arena, "outbox:%lld", (long long)row->id),
			     outbox_deed_details(app->arena, row, verb, STR("")) };

	if (!note_do(app, &note, decide_body, &d, e))
		return false;
	printf("%lld is %s.\n", (long long)row->id, outbox_state_name(outbox_verb_state(verb)));
	return true;
}

static bool show(struct app *app, const struct args *a, const struct outbox_row *row, struct err *e)
{
	(void)e; /* what was read is printed: nothing can fail */
	app_print_json(app->arena, a, row_value(app->arena, row));
	return true;
}

static bool retry(struct app *app, const struct args *a, const struct outbox_row *row,
		  struct err *e)
{
	(void)a; /* it has no options */
	return decide(app, row, OUTBOX_RETRY, e);
}

static bool cancel(struct app *app, const struct args *a, const struct outbox_row *row,
		   struct err *e)
{
	(void)a; /* it has no options */
	return decide(app, row, OUTBOX_DROP, e);
}

static bool resolve(struct app *app, const struct args *a, const struct outbox_row *row,
		    struct err *e)
{
	const char *how = a->positionals > 2 ? a->positional[2] : "";

	if (strcmp(how, "happened") == 0)
		return decide(app, row, OUTBOX_HAPPENED, e);
	if (strcmp(how, "not") == 0)
		return decide(app, row, OUTBOX_NOT, e);
	return outbox_may(row, OUTBOX_NOT, e) &&
	       err_set(e, ERR_USAGE, "say `happened` or `not` behind the change's number");
}

static const struct verb {
	const char *name;
	bool (*run)(struct app *app, const struct args *a, const struct outbox_row *row,
		    struct err *e);
} verbs[] = {
	{ "show", show },
	{ "retry", retry },
	{ "cancel", cancel },
	{ "resolve", resolve },
};

static bool run_verb(struct app *app, const struct args *a, struct err *e)
{
	const struct verb *verb = NULL;
	struct outbox_row row;
	int64_t id;

	if (a->positionals == 0 || strcmp(a->positional[0], "list") == 0)
		return list(app, a, e);
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(a->positional[0], verbs[i].name) == 0)
			verb = &verbs[i];
	if (!verb)
		return err_set(e, ERR_USAGE,
			       "outbox has list, show, retry, cancel and resolve, not "
			       "'%s'",
			       a->positional[0]);
	if (a->positionals < 2 || !str_to_i64(str_from(a->positional[1]), &id))
		return err_set(e, ERR_USAGE,
			       "say the number of a change; `lockstep outbox` lists "
			       "them");
	return outbox_get(app->db, app->arena, id, &row, e) && verb->run(app, a, &row, e);
}

static int outbox_run(const struct args *a)
{
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_PLAN | APP_DATABASE, &code))
		return code;
	code = run_verb(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_outbox = {
	.name = "outbox",
	.usage = "[list | show ID | retry ID | cancel ID | resolve ID happened|not] [options]",
	.summary = "list changes on their way to a vendor, and decide about those that are stuck",
	.details =
		"A failed change was refused by the vendor; one that is unknown may have been carried out. Both\n"
		"hold back later changes of the same record. `retry` sends it again, `cancel` gives it up,\n"
		"`resolve` says whether an unknown one happened.",
	.examples =
		"lockstep outbox --state unknown\nlockstep outbox show 17\nlockstep outbox resolve 17 happened",
	.option = { OPTION_PLAN,
		    { "state", 's', "STATE", "only changes in that state" },
		    { "limit", 'l', "N", "how many (default 100)" },
		    OPTION_JSON },
	.run = outbox_run,
};
