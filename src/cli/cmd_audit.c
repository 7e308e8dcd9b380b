/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_audit.c - `lockstep audit`: who triggered, changed or stopped what, and whether that is true.
 */
#include "api/account_view.h"
#include "cli/desk.h"
#include "cli/terminal.h"

#include <stdio.h>

static struct str given(const struct desk *d, const char *name)
{
	const char *text = args_value(d->args, name);

	return str_from(text ? text : "");
}

static bool audit_verb_list(struct desk *d, struct err *e)
{
	static const char *const head[] = { "number", "when (UTC)", "who",    "from",
					    "what",   "which",      "details" };
	struct arena *a = d->app.arena;
	struct audit_filter f = { .actor = given(d, "actor"),
				  .action = given(d, "action"),
				  .target = given(d, "target") };
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 1);
	struct value list = value_list_new(a);
	struct audit_entry *en;
	int64_t limit;
	size_t n;

	if (!args_number(d->args, "limit", 1, 100000, 50, &limit, e) ||
	    !args_number(d->args, "before", 1, INT64_MAX, 0, &f.before, e))
		return false;
	f.limit = (size_t)limit;
	if (!audit_list(d->app.db, a, &f, &en, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str cell[] = { grouped_text(a, en[i].number),
				      wall_text(a, en[i].at_ms),
				      en[i].actor,
				      en[i].from,
				      en[i].action,
				      en[i].target,
				      en[i].details };

		value_list_add(a, list, audit_view(a, &en[i]));
		sheet_add(sheet, cell);
	}
	if (args_flag(d->args, "json"))
		app_print_json(a, d->args, list);
	else if (n == 0)
		printf("Nothing of that is in the audit log.\n");
	else
		sheet_print(sheet);
	return true;
}

static bool audit_verb_verify(struct desk *d, struct err *e)
{
	struct value v = value_map_new(d->app.arena);
	int64_t rows, broken_at;

	if (!audit_verify(d->app.db, &rows, &broken_at, e))
		return false;
	if (broken_at)
		return err_set(e, ERR_STORE,
			       "the audit log was tampered with: entry %lld does not fit the ones "
			       "before it",
			       (long long)broken_at);
	value_map_set(d->app.arena, v, STR("whole"), value_bool(true));
	value_map_set(d->app.arena, v, STR("rows"), value_int(rows));
	if (args_flag(d->args, "json"))
		app_print_json(d->app.arena, d->args, v);
	else
		printf("The audit log is whole: %lld entries.\n", (long long)rows);
	return true;
}

static const struct verb verbs[] = {
	{ "list", false, audit_verb_list },
	{ "verify", false, audit_verb_verify },
};

static int audit_run(const struct args *a)
{
	return desk_run(a, verbs, COUNT(verbs));
}

const struct command command_audit = {
	.name = "audit",
	.usage = "[list | verify] [options]",
	.summary = "tell who changed, started or stopped what",
	.details =
		"Each entry carries a hash over itself and the one before it; `verify` walks the chain and ends\n"
		"with 1 when an entry was changed, removed or put in between.",
	.examples =
		"lockstep audit --limit 20\nlockstep audit --action 'user.*' --json\nlockstep audit verify",
	.option = { OPTION_PLAN,
		    { "actor", 0, "WHO", "only of user:ana, token:ci, cli:root, …" },
		    { "action", 0, "WHAT", "only user.add, or user.*" },
		    { "target", 0, "WHICH", "only about user:ana, connection:…" },
		    { "before", 0, "NUMBER", "only entries with lower numbers" },
		    { "limit", 'l', "N", "how many (default 50)" },
		    OPTION_JSON },
	.run = audit_run,
};
