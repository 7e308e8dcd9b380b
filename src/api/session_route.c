/* SPDX-License-Identifier: Apache-2.0 */
/* session_route.c - who is signed in, for administrators. */
#include "api/access_route.h"
#include "api/deed.h"
#include "api/login.h"
#include "data/moment.h"

static struct value session_view(struct arena *a, const struct login_row *l, bool own)
{
	struct value v = value_map_new(a);

	value_map_set(a, v, STR("id"), value_str(l->id));
	value_map_set(a, v, STR("name"), value_str(l->name));
	value_map_set(a, v, STR("provider"), value_text_or_null(l->provider));
	value_map_set(a, v, STR("made_at"), moment_or_null(a, l->made_ms));
	value_map_set(a, v, STR("seen_at"), moment_or_null(a, l->seen_ms));
	value_map_set(a, v, STR("expires_at"), moment_or_null(a, l->ends_ms));
	value_map_set(a, v, STR("own"), value_bool(own));
	return v;
}

/* Of the session that asks, or empty. */
static struct str own_id(struct call *c)
{
	return c->who.cookie ? login_id(c->arena, login_cookie_given(c, c->arg)) : STR("");
}

bool sessions_get(struct call *c, struct err *e)
{
	const struct access *acc = c->arg;
	struct value v = value_map_new(c->arena), list = value_list_new(c->arena);
	struct str own = own_id(c);
	struct login_row *row;
	size_t n;

	if (!login_list(c->db, c->arena, clock_wall_ms(acc->clock), acc->session_ms, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list,
			       session_view(c->arena, &row[i], str_eq(row[i].id, own)));
	value_map_set(c->arena, v, STR("items"), list);
	return call_json(c, v, e);
}

static bool act_end(struct deed *d, struct err *e)
{
	return login_end_one(d->call->db, call_text(d->call, d->call->params, "id"), e);
}

bool session_remove(struct call *c, struct err *e)
{
	const struct access *acc = c->arg;
	struct str id = call_text(c, c->params, "id");
	struct deed d = {
		.call = c, .act = act_end, .action = "session.end", .details = UNDEFINED
	};
	struct login_row *row;
	size_t n;

	if (!login_list(c->db, c->arena, clock_wall_ms(acc->clock), acc->session_ms, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(row[i].id, id))
			d.target = row[i].name;
	if (!d.target.len)
		return err_set(e, ERR_MISSING, "there is no such session");
	return deed_do(&d, e) && call_empty(c, 204, e);
}
