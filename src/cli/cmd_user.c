/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_user.c - `lockstep user`: who may sign in to the server by name and password. */
#include "api/access.h"
#include "api/account_view.h"
#include "cli/desk.h"
#include "cli/secret_prompt.h"
#include "cli/terminal.h"

#include <stdio.h>

#define PASSWORD_BYTES_MAX 1024

/* ---- list ---- */

static bool user_verb_list(struct desk *d, struct err *e)
{
	static const char *const head[] = { "name", "role", "state", "made (UTC)",
					    "last login (UTC)" };
	struct arena *a = d->app.arena;
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 0);
	struct value list = value_list_new(a);
	struct user_row *row;
	size_t n;

	if (!user_list(d->app.db, a, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str cell[] = { row[i].name, row[i].role,
				      row[i].disabled ? STR("disabled") : STR("enabled"),
				      wall_text(a, row[i].made_ms), wall_text(a, row[i].seen_ms) };

		value_list_add(a, list, user_view(a, &row[i]));
		sheet_add(sheet, cell);
	}
	if (args_flag(d->args, "json"))
		app_print_json(a, d->args, list);
	else if (n == 0)
		printf("There are no users; `lockstep user add NAME --role admin` makes one.\n");
	else
		sheet_print(sheet);
	return true;
}

/* ---- changes ---- */

/* Sets the one that is called `name` in the details. */
static struct value detail(struct desk *d, const char *name, struct value v)
{
	struct value map = value_map_new(d->app.arena);

	value_map_set(d->app.arena, map, str_from(name), v);
	return map;
}

static bool role_detail(struct desk *d, struct value *out, struct err *e)
{
	unsigned role;

	if (!desk_role(d, &role, e))
		return false;
	*out = detail(d, "role", value_str(str_from(role_name((enum role)role))));
	return true;
}

/* Read before the transaction: a person may take as long as it takes. */
static bool read_password(struct desk *d, struct err *e)
{
	return secret_prompt(d->app.arena, "password", PASSWORD_BYTES_MAX, &d->secret, e);
}

static bool act_add(struct desk *d, struct err *e)
{
	unsigned role;

	return desk_role(d, &role, e) && user_add(d->app.db, str_from(d->name), d->secret, role, e);
}

static bool act_password(struct desk *d, struct err *e)
{
	return user_password(d->app.db, str_from(d->name), d->secret, e);
}

static bool act_role(struct desk *d, struct err *e)
{
	unsigned role;

	return desk_role(d, &role, e) && user_role(d->app.db, str_from(d->name), role, e);
}

static bool act_disable(struct desk *d, struct err *e)
{
	return user_disable(d->app.db, str_from(d->name), true, e);
}

static bool act_enable(struct desk *d, struct err *e)
{
	return user_disable(d->app.db, str_from(d->name), false, e);
}

static bool act_delete(struct desk *d, struct err *e)
{
	return user_delete(d->app.db, str_from(d->name), e);
}

static bool user_verb_add(struct desk *d, struct err *e)
{
	struct value details;

	return role_detail(d, &details, e) && read_password(d, e) &&
	       desk_do(d, "user.add", "user", details, act_add, e);
}

static bool user_verb_password(struct desk *d, struct err *e)
{
	return read_password(d, e) &&
	       desk_do(d, "user.change", "user", detail(d, "password", value_bool(true)),
		       act_password, e);
}

static bool user_verb_role(struct desk *d, struct err *e)
{
	struct value details;

	return role_detail(d, &details, e) &&
	       desk_do(d, "user.change", "user", details, act_role, e);
}

static bool user_verb_disable(struct desk *d, struct err *e)
{
	return desk_do(d, "user.change", "user", detail(d, "disabled", value_bool(true)),
		       act_disable, e);
}

static bool user_verb_enable(struct desk *d, struct err *e)
{
	return desk_do(d, "user.change", "user", detail(d, "disabled", value_bool(false)),
		       act_enable, e);
}

static bool user_verb_delete(struct desk *d, struct err *e)
{
	return desk_do(d, "user.delete", "user", UNDEFINED, act_delete, e);
}

static const struct verb verbs[] = {
	{ "list", false, user_verb_list },        { "add", true, user_verb_add },
	{ "password", true, user_verb_password }, { "role", true, user_verb_role },
	{ "disable", true, user_verb_disable },   { "enable", true, user_verb_enable },
	{ "delete", true, user_verb_delete },
};

static int user_run(const struct args *a)
{
	return desk_run(a, verbs, COUNT(verbs));
}

const struct command command_user = {
	.name = "user",
	.usage = "[list | add | password | role | disable | enable | delete] [NAME] [options]",
	.summary = "keep the users who sign in to the server by name and password",
	.details =
		"A password is asked for, or read from standard input; it is never an option, for those are\n"
		"seen by everybody on the machine. It has at least 12 characters. A new password, and disabling,\n"
		"end the user's sessions. Every change goes into the audit log.",
	.examples = "lockstep user add ana --role admin\nlockstep user role ana --role coach\n"
		    "lockstep user password ana < file\nlockstep user list --json",
	.option = { OPTION_PLAN,
		    { "role", 'r', "ROLE", "admin, coach, player or viewer" },
		    OPTION_JSON },
	.run = user_run,
};
