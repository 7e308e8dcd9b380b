/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_route.c - local users, for administrators.
 *
 * Nobody disables, deletes or demotes himself: one administrator always stays.
 */
#include "api/access_part.h"
#include "api/access_route.h"
#include "api/account_view.h"
#include "api/deed.h"

bool users_get(struct call *c, struct err *e)
{
	struct value v = value_map_new(c->arena), list = value_list_new(c->arena);
	struct user_row *row;
	size_t n;

	if (!user_list(c->db, c->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, user_view(c->arena, &row[i]));
	value_map_set(c->arena, v, STR("items"), list);
	return call_json(c, v, e);
}

static bool answer_user(struct call *c, struct str name, struct err *e)
{
	struct user_row *row;
	size_t n;

	if (!user_list(c->db, c->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(row[i].name, name))
			return call_json(c, user_view(c->arena, &row[i]), e);
	return err_set(e, ERR_MISSING, "the user is gone");
}

static struct deed deed_of(struct call *c, const char *action, struct str name)
{
	return (struct deed){ .call = c,
			      .action = action,
			      .target = str_printf(c->arena, "user:%.*s", STR_ARG(name)),
			      .details = value_map_new(c->arena) };
}

static bool is_self(const struct call *c, struct str name)
{
	return c->who.kind == IDENTITY_USER &&
	       str_eq(c->who.name, str_printf(c->arena, "user:%.*s", STR_ARG(name)));
}

static bool refuse_self(struct call *c)
{
	return call_problem(c, 409, "own_account",
			    STR("somebody else must do this to your own account"), UNDEFINED);
}

/* ---- adding ---- */

static bool act_add(struct deed *d, struct err *e)
{
	const struct call *c = d->call;

	return user_add(c->db, call_text(c, c->body, "name"), call_text(c, c->body, "password"),
			role_from(call_text(c, c->body, "role")), e);
}

bool users_post(struct call *c, struct err *e)
{
	struct str name = call_text(c, c->body, "name");
	struct deed d = deed_of(c, "user.add", name);

	d.act = act_add;
	value_map_set(c->arena, d.details, STR("role"), value_get(c->body, STR("role")));
	return deed_do(&d, e) && answer_user(c, name, e);
}

/* ---- changing ---- */

static bool act_change(struct deed *d, struct err *e)
{
	const struct call *c = d->call;
	struct str name = call_text(c, c->params, "name");
	struct value role = value_get(c->body, STR("role"));
	struct value password = value_get(c->body, STR("password"));
	struct value disabled = value_get(c->body, STR("disabled"));

	return (role.kind != VALUE_STR || user_role(c->db, name, role_from(role.s), e)) &&
	       (password.kind != VALUE_STR || user_password(c->db, name, password.s, e)) &&
	       (disabled.kind != VALUE_BOOL || user_disable(c->db, name, disabled.b, e));
}

bool user_patch(struct call *c, struct err *e)
{
	static const char *const told[] = { "role", "disabled" };
	struct str name = call_text(c, c->params, "name");
	struct deed d = deed_of(c, "user.change", name);
	bool only_password = true;

	d.act = act_change;
	for (size_t i = 0; i < COUNT(told); i++) {
		struct value v = value_get(c->body, str_from(told[i]));

		if (v.kind == VALUE_UNDEFINED)
			continue;
		only_password = false;
		value_map_set(c->arena, d.details, str_from(told[i]), v);
	}
	if (value_get(c->body, STR("password")).kind == VALUE_STR)
		value_map_set(c->arena, d.details, STR("password"), value_bool(true));
	if (value_len(d.details) == 0)
		return err_set(e, ERR_USAGE, "name what to change: role, password or disabled");
	if (is_self(c, name) && !only_password)
		return refuse_self(c);
	return deed_do(&d, e) && answer_user(c, name, e);
}

/* ---- deleting ---- */

static bool act_delete(struct deed *d, struct err *e)
{
	const struct call *c = d->call;

	return user_delete(c->db, call_text(c, c->params, "name"), e);
}

bool user_remove(struct call *c, struct err *e)
{
	struct str name = call_text(c, c->params, "name");
	struct deed d = deed_of(c, "user.delete", name);

	d.act = act_delete;
	if (is_self(c, name))
		return refuse_self(c);
	return deed_do(&d, e) && call_empty(c, 204, e);
}
