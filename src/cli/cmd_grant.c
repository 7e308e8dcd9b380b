/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_grant.c - `lockstep grant`: what an identity provider's users may, whatever tokens claim. */
#include "api/access.h"
#include "api/account_view.h"
#include "cli/desk.h"
#include "cli/note.h"
#include "cli/terminal.h"

#include <stdio.h>

static bool grant_verb_list(struct desk *d, struct err *e)
{
	static const char *const head[] = { "issuer", "subject", "access" };
	struct arena *a = d->app.arena;
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 0);
	struct value list = value_list_new(a);
	struct grant_row *row;
	size_t n;

	if (!grant_list(d->app.db, a, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str cell[] = { row[i].issuer, row[i].subject, row[i].access };

		value_list_add(a, list, grant_view(a, &row[i]));
		sheet_add(sheet, cell);
	}
	if (args_flag(d->args, "json"))
		app_print_json(a, d->args, list);
	else if (n == 0)
		printf("Nothing is said here: what tokens claim counts.\n");
	else
		sheet_print(sheet);
	return true;
}

/* ---- changes ---- */

/* --issuer by the plan's name for it or as tokens have it; without it the only one of the plan. */
static bool issuer_of(const struct desk *d, struct str *out, struct err *e)
{
	const struct server_plan *s = &d->app.plan->server;
	const char *given = args_value(d->args, "issuer");
	struct str wanted = str_from(given ? given : "");

	for (size_t i = 0; i < s->auths; i++)
		if (given ? str_eq(wanted, s->auth[i].name) || str_eq(wanted, s->auth[i].issuer)
			  : s->auths == 1) {
			*out = s->auth[i].issuer;
			return true;
		}
	if (s->auths == 0)
		return err_set(e, ERR_CONFIG, "the plan's server.auth names no issuer");
	return err_set(e, ERR_USAGE, "--issuer names one of the plan's server.auth");
}

struct granting {
	struct app *app;
	struct grant_row row;
};

static bool put_body(void *arg, struct err *e)
{
	const struct granting *g = arg;

	return grant_put(g->app->db, &g->row, e);
}

static bool remove_body(void *arg, struct err *e)
{
	const struct granting *g = arg;

	return grant_remove(g->app->db, g->row.issuer, g->row.subject, e);
}

/* The subject itself may be an email address: the log has what it shows of callers. */
static bool change(struct desk *d, const char *action, struct str access, struct err *e)
{
	struct arena *a = d->app.arena;
	struct granting g = { &d->app, { .subject = str_from(d->name), .access = access } };
	struct note note = { action, subject_name(a, g.row.subject), value_map_new(a) };

	if (!issuer_of(d, &g.row.issuer, e))
		return false;
	value_map_set(a, note.details, STR("issuer"), value_str(g.row.issuer));
	if (access.len)
		value_map_set(a, note.details, STR("access"), value_str(access));
	return note_do(&d->app, &note, access.len ? put_body : remove_body, &g, e);
}

static bool grant_verb_set(struct desk *d, struct err *e)
{
	const char *role = args_value(d->args, "role");

	if (!role || (!role_from(str_from(role)) && strcmp(role, "none") != 0))
		return err_set(e, ERR_USAGE, "--role is admin, coach, player, viewer or none");
	return change(d, "grant.set", str_from(role), e);
}

static bool grant_verb_deny(struct desk *d, struct err *e)
{
	return change(d, "grant.set", STR("denied"), e);
}

static bool grant_verb_remove(struct desk *d, struct err *e)
{
	return change(d, "grant.remove", STR(""), e);
}

static const struct verb verbs[] = {
	{ "list", false, grant_verb_list },
	{ "set", true, grant_verb_set },
	{ "deny", true, grant_verb_deny },
	{ "remove", true, grant_verb_remove },
};

static int grant_run(const struct args *a)
{
	return desk_run(a, verbs, COUNT(verbs));
}

const struct command command_grant = {
	.name = "grant",
	.usage = "[list | set | deny | remove] [SUBJECT] [options]",
	.summary = "say what users of your identity provider may, whatever their tokens claim",
	.details =
		"SUBJECT is a token's `sub`. `set` gives it one role (or none), `deny` turns it away at once though\n"
		"its token is good for longer, `remove` lets the token's claim count again. Every change goes into\n"
		"the audit log.",
	.examples =
		"lockstep grant deny 8c1fb1a2-0000-4000-8000-000000000001\n"
		"lockstep grant set 5d0e77c4-0000-4000-8000-000000000002 --role coach --issuer supabase\n"
		"lockstep grant list --json",
	.option = { OPTION_PLAN,
		    { "role", 'r', "ROLE", "set: admin, coach, player, viewer or none" },
		    { "issuer", 'i', "ISSUER",
		      "the plan's name for it, or its `iss` (default: the only one)" },
		    OPTION_JSON },
	.run = grant_run,
};
