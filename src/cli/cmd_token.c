/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_token.c - `lockstep token`: what scripts and other services sign in to the server with. */
#include "api/access.h"
#include "api/account_view.h"
#include "cli/desk.h"
#include "cli/terminal.h"
#include "data/moment.h"

#include <stdio.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define DAYS_MAX 36500

/* ---- list ---- */

static bool token_verb_list(struct desk *d, struct err *e)
{
	static const char *const head[] = { "name",         "role",       "begins",
					    "made by",      "made (UTC)", "last used (UTC)",
					    "expires (UTC)" };
	struct arena *a = d->app.arena;
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 0);
	struct value list = value_list_new(a);
	struct token_row *row;
	size_t n;

	if (!api_token_list(d->app.db, a, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str cell[] = { row[i].name,
				      row[i].role,
				      row[i].prefix,
				      row[i].made_by,
				      wall_text(a, row[i].made_ms),
				      wall_text(a, row[i].used_ms),
				      wall_text(a, row[i].expires_ms) };

		value_list_add(a, list, api_token_view(a, &row[i]));
		sheet_add(sheet, cell);
	}
	if (args_flag(d->args, "json"))
		app_print_json(a, d->args, list);
	else if (n == 0)
		printf("There are no tokens; `lockstep token add NAME --role viewer` makes one.\n");
	else
		sheet_print(sheet);
	return true;
}

/* ---- add ---- */

/* "90d", or a date or time; 0 when it is not given: never. */
static bool expiry(const struct desk *d, int64_t *out, struct err *e)
{
	const char *given = args_value(d->args, "expires");
	struct str text = str_from(given ? given : "");
	struct value at;
	int64_t days;

	*out = 0;
	if (!given)
		return true;
	if (str_ends(text, STR("d")) && str_to_i64(str_slice(text, 0, text.len - 1), &days) &&
	    days > 0 && days <= DAYS_MAX) {
		*out = clock_wall_now() + days * DAY_MS;
		return true;
	}
	if (!moment_parse(text, &at, e))
		return err_set(e, ERR_USAGE,
			       "--expires takes days such as 90d, or a date such as 2027-01-31");
	*out = at.us / 1000;
	return true;
}

static bool act_add(struct desk *d, struct err *e)
{
	int64_t expires_ms;
	unsigned role;

	return desk_role(d, &role, e) && expiry(d, &expires_ms, e) &&
	       api_token_add(d->app.db, d->app.arena, str_from(d->name), role, expires_ms, d->actor,
			     &d->secret, e);
}

static bool token_verb_add(struct desk *d, struct err *e)
{
	struct value details = value_map_new(d->app.arena);
	int64_t expires_ms;
	unsigned role;

	if (!desk_role(d, &role, e) || !expiry(d, &expires_ms, e))
		return false;
	value_map_set(d->app.arena, details, STR("role"),
		      value_str(str_from(role_name((enum role)role))));
	value_map_set(d->app.arena, details, STR("expires_at"),
		      moment_or_null(d->app.arena, expires_ms));
	if (!desk_do(d, "token.add", "token", details, act_add, e))
		return false;
	if (args_flag(d->args, "json")) {
		value_map_set(d->app.arena, details, STR("name"), value_str(str_from(d->name)));
		value_map_set(d->app.arena, details, STR("token"), value_str(d->secret));
		app_print_json(d->app.arena, d->args, details);
		return true;
	}
	printf("%.*s\n", STR_ARG(d->secret));
	fflush(stdout);
	fprintf(stderr, "Keep it: it is not shown again.\n");
	return true;
}

/* ---- revoke ---- */

static bool act_revoke(struct desk *d, struct err *e)
{
	return api_token_revoke(d->app.db, str_from(d->name), e);
}

static bool token_verb_revoke(struct desk *d, struct err *e)
{
	return desk_do(d, "token.revoke", "token", UNDEFINED, act_revoke, e);
}

static const struct verb verbs[] = {
	{ "list", false, token_verb_list },
	{ "add", true, token_verb_add },
	{ "revoke", true, token_verb_revoke },
};

static int token_run(const struct args *a)
{
	return desk_run(a, verbs, COUNT(verbs));
}

const struct command command_token = {
	.name = "token",
	.usage = "[list | add | revoke] [NAME] [options]",
	.summary = "keep the tokens that scripts and services call the server with",
	.details =
		"A token is printed once, alone on standard output; only a hash of it is kept. It is sent as\n"
		"`Authorization: Bearer lsk_…`. Every change goes into the audit log.",
	.examples = "lockstep token add ci --role viewer --expires 90d\nlockstep token revoke ci",
	.option = { OPTION_PLAN,
		    { "role", 'r', "ROLE", "admin, coach, player or viewer" },
		    { "expires", 'e', "WHEN", "90d, or a date (default: never)" },
		    OPTION_JSON },
	.run = token_run,
};
