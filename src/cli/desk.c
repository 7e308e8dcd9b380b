/* SPDX-License-Identifier: Apache-2.0 */
/* desk.c - what the commands about users, tokens and the audit log stand on. */
#include "cli/desk.h"

#include "api/access.h"
#include "cli/note.h"
#include "store/audit.h"

static bool make_tables(struct app *app, struct err *e)
{
	bool (*const plan[])(struct db * d, struct arena * a, struct str * *statement,
			     size_t * statements, struct err * e) = { access_plan, audit_plan };

	for (size_t i = 0; i < COUNT(plan); i++) {
		struct str *statement;
		size_t n;

		if (!plan[i](app->db, app->arena, &statement, &n, e) ||
		    !schema_apply(app->db, statement, n, e))
			return err_wrap(e, "migration");
	}
	return true;
}

static bool verb_find(const struct args *a, const struct verb *verb, size_t verbs,
		      const struct verb **out, struct err *e)
{
	const char *names[OPTIONS_MAX], *word = a->positionals ? a->positional[0] : verb[0].name;
	const char *near;

	assert(verbs <= OPTIONS_MAX);
	for (size_t i = 0; i < verbs; i++) {
		size_t most = verb[i].named ? 2 : 1;

		names[i] = verb[i].name;
		if (strcmp(word, names[i]) != 0)
			continue;
		if (verb[i].named && a->positionals < 2)
			return err_set(e, ERR_USAGE, "lockstep %s %s needs a name",
				       a->command->name, word);
		if (a->positionals > most)
			return err_set(e, ERR_USAGE, "what is '%s'?", a->positional[most]);
		*out = &verb[i];
		return true;
	}
	near = str_nearest(str_from(word), names, verbs);
	return err_set(e, ERR_USAGE, "lockstep %s knows no '%s'%s%s%s", a->command->name, word,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int desk_run(const struct args *a, const struct verb *verb, size_t verbs)
{
	const struct verb *chosen = verb;
	struct desk d = { .args = a, .name = a->positionals > 1 ? a->positional[1] : NULL };
	struct err e;
	int code;

	if (!verb_find(a, verb, verbs, &chosen, &e))
		return command_fail(a, &e);
	if (!app_open(&d.app, a, APP_PLAN | APP_DATABASE | APP_CREATE, &code))
		return code;
	d.actor = note_actor(d.app.arena);
	code = make_tables(&d.app, &e) && chosen->run(&d, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&d.app);
	return code;
}

struct deed {
	struct desk *desk;
	bool (*act)(struct desk *d, struct err *e);
};

static bool act_at_desk(void *arg, struct err *e)
{
	const struct deed *d = arg;

	return d->act(d->desk, e);
}

bool desk_do(struct desk *d, const char *action, const char *kind, struct value details,
	     bool (*act)(struct desk *d, struct err *e), struct err *e)
{
	struct deed deed = { d, act };
	struct note note = { action, str_printf(d->app.arena, "%s:%s", kind, d->name), details };

	return note_do(&d->app, &note, act_at_desk, &deed, e);
}

bool desk_role(const struct desk *d, unsigned *role, struct err *e)
{
	const char *text = args_value(d->args, "role");

	*role = text ? role_from(str_from(text)) : 0;
	return *role || err_set(e, ERR_USAGE, "--role is admin, coach, player or viewer");
}
