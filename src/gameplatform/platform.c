/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.c - the plan's game platform connection: its settings, and what every part asks first.
 */
#include "gameplatform/platform.h"

#include "data/json.h"
#include "service/connection.h"

#define TOTALS_BATCH 100

bool platform_connection(const struct setup *s, const struct connection **out, struct err *e)
{
	return connection_find(setup_plan(s), STR(""), STR("metactf"), out, e);
}

bool platform_there(const struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *unused;

	return platform_connection(setup, &unused, e);
}

/* ---- settings: from the environment they come as texts ---- */

static bool is_true(struct value v)
{
	return v.kind == VALUE_BOOL ? v.b : v.kind == VALUE_STR && str_eq(v.s, STR("true"));
}

static int64_t number_of(struct value v, int64_t otherwise)
{
	int64_t n;

	if (v.kind == VALUE_INT)
		return v.i;
	return v.kind == VALUE_STR && str_to_i64(v.s, &n) ? n : otherwise;
}

struct platform_settings platform_settings(const struct connection *c)
{
	int64_t batch = number_of(value_get(c->config, STR("totals_batch")), TOTALS_BATCH);

	return (struct platform_settings){
		.enabled = is_true(value_get(c->config, STR("enabled"))),
		.batch_size = batch > 0 ? batch : TOTALS_BATCH,
	};
}

/* ---- whose rows ---- */

/* Empty when there is none, or more than one. */
static bool find_profile(struct call *c, const char *sql, struct str by, struct str *id,
			 struct err *e)
{
	/* As the databases write ids. */
	struct value param = value_str(str_lower(c->arena, by));
	struct db_result r;

	*id = STR("");
	if (by.len == 0)
		return true;
	if (!db_query(c->db, c->arena, sql, &param, 1, &r, e))
		return false;
	if (r.rows == 1)
		*id = db_cell(&r, 0, 0).s;
	return true;
}

bool platform_profile(struct call *c, struct str *id, struct err *e)
{
	if (!platform_there(c, e) ||
	    !find_profile(c, "SELECT id FROM profiles WHERE id = ?1", c->who.uuid, id, e))
		return false;
	if (id->len == 0 &&
	    !find_profile(c, "SELECT id FROM profiles WHERE lower(email) = ?1 LIMIT 2",
			  c->who.email, id, e))
		return false;
	return id->len > 0 || err_set(e, ERR_AUTH, "you have no coach's profile here");
}

bool platform_scope(struct call *c, struct str *coach, struct err *e)
{
	struct str asked = str_lower(c->arena, call_text(c, c->query, "coach"));

	if (c->who.roles & ROLE_ADMIN) {
		*coach = asked;
		return platform_there(c, e);
	}
	if (!(c->who.roles & ROLE_COACH))
		return err_set(e, ERR_AUTH, "this is for coaches and administrators");
	if (!platform_profile(c, coach, e))
		return false;
	return asked.len == 0 || str_eq(asked, *coach) ||
	       err_set(e, ERR_AUTH, "these are another coach's");
}

bool platform_new_owner(struct call *c, struct str *coach, struct err *e)
{
	struct str said = call_text(c, c->body, "coach_id");

	if (!platform_scope(c, coach, e))
		return false;
	if (coach->len > 0)
		return said.len == 0 || str_eq(said, *coach) ||
		       err_set(e, ERR_AUTH, "these are another coach's");
	*coach = said;
	return said.len > 0 || err_set(e, ERR_USAGE, "coach_id is missing: whose is it?");
}

/* ---- hints ---- */

void platform_changed(struct service *s, const char *kind)
{
	const unsigned roles = ROLE_ADMIN | ROLE_COACH;

	service_publish(s, kind, STR("{}"), roles);
	/* This one is heard by other processes as well. */
	service_publish(s, "game_platform", STR("{}"), roles);
}
