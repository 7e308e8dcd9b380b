/* SPDX-License-Identifier: Apache-2.0 */
/* access_world.c - a database with the tables of access and audit. */
#include "access_world.h"

#include "store/audit.h"

void access_world_open(struct access_world *w, const struct issuer *issuer, size_t issuers)
{
	struct access_options o = { .issuer = issuer, .issuers = issuers };
	struct str *statement = NULL;
	size_t n = 0;

	*w = (struct access_world){ .f = fixture_open(NULL) };
	hand_clock_init(&w->clock, WORLD_MS);
	o.clock = &w->clock.clock;
	must(access_plan(w->f.db, w->f.a, &statement, &n, &oops));
	must(schema_apply(w->f.db, statement, n, &oops));
	must(access_plan(w->f.db, w->f.a, &statement, &n, &oops));
	assert(n == 0);
	must(audit_plan(w->f.db, w->f.a, &statement, &n, &oops));
	must(schema_apply(w->f.db, statement, n, &oops));
	must(access_open(&o, &w->access, &oops));
}

void access_world_close(struct access_world *w)
{
	access_close(w->access);
	fixture_close(&w->f);
}

static struct identity who(struct access_world *w, const struct credentials *c)
{
	struct identity found = { 0 };
	struct err e = { 0 };

	if (access_check(w->access, w->f.db, w->f.a, c, &found, &e))
		return found;
	if (e.kind != ERR_AUTH)
		fixture_die(__FILE__, __LINE__, "access_check", &e);
	return (struct identity){ .kind = IDENTITY_SECRET,
				  .name = str_keep(w->f.a, str_from(e.text)) };
}

struct identity who_bears(struct access_world *w, struct str token)
{
	struct credentials c = { .authorization =
					 str_printf(w->f.a, "Bearer %.*s", STR_ARG(token)) };

	return who(w, &c);
}

struct identity who_has_cookie(struct access_world *w, struct str cookie)
{
	struct credentials c = { .cookie = cookie };

	return who(w, &c);
}
