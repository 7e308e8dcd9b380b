/* SPDX-License-Identifier: Apache-2.0 */
/* note.c - what a person does at the command line, and its entry in the audit log. */
#include "cli/note.h"

#include "data/json.h"
#include "store/audit.h"

#include <pwd.h>
#include <unistd.h>

#define PASSWD_BYTES 4096
#define DETAILS_BYTES_MAX 4096

struct str note_actor(struct arena *a)
{
	char text[PASSWD_BYTES];
	struct passwd row, *found = NULL;

	if (getpwuid_r(getuid(), &row, text, sizeof(text), &found) == 0 && found)
		return str_printf(a, "cli:%s", found->pw_name);
	return str_printf(a, "cli:%d", (int)getuid());
}

/* A database that no server has seen may lack the log. */
static bool make_table(struct app *app, struct err *e)
{
	struct str *statement;
	size_t n;

	return (audit_plan(app->db, app->arena, &statement, &n, e) &&
		(n == 0 || schema_apply(app->db, statement, n, e))) ||
	       err_wrap(e, "the audit log's table");
}

struct deed {
	struct app *app;
	const struct note *note;
	bool (*act)(void *arg, struct err *e);
	void *arg;
};

static bool act_and_note(void *arg, struct err *e)
{
	const struct deed *d = arg;
	struct audit_entry entry = { .actor = note_actor(d->app->arena), .from = STR("cli") };
	struct buf b;

	if (d->act && !d->act(d->arg, e))
		return false;
	entry.action = str_from(d->note->action);
	entry.target = d->note->target;
	buf_in(&b, d->app->arena, DETAILS_BYTES_MAX);
	if (d->note->details.kind == VALUE_MAP && !json_write(&b, d->note->details, e))
		return err_wrap(e, "details of the audit entry");
	entry.details = buf_str(&b);
	return audit_add(d->app->db, &entry, e);
}

bool note_do(struct app *app, const struct note *n, bool (*act)(void *arg, struct err *e),
	     void *arg, struct err *e)
{
	struct deed d = { app, n, act, arg };

	return make_table(app, e) && db_transact(app->db, act_and_note, &d, e);
}
