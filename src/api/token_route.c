/* SPDX-License-Identifier: Apache-2.0 */
/* token_route.c - API tokens, for administrators. */
#include "api/access_part.h"
#include "api/access_route.h"
#include "api/account_view.h"
#include "api/deed.h"
#include "data/moment.h"

bool tokens_get(struct call *c, struct err *e)
{
	struct value v = value_map_new(c->arena), list = value_list_new(c->arena);
	struct token_row *row;
	size_t n;

	if (!api_token_list(c->db, c->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, api_token_view(c->arena, &row[i]));
	value_map_set(c->arena, v, STR("items"), list);
	return call_json(c, v, e);
}

/* ---- making ---- */

struct made {
	int64_t expires_ms;
	struct str token;
};

static bool act_add(struct deed *d, struct err *e)
{
	const struct call *c = d->call;
	struct made *m = d->arg;

	return api_token_add(c->db, c->arena, call_text(c, c->body, "name"),
			     role_from(call_text(c, c->body, "role")), m->expires_ms, c->who.name,
			     &m->token, e);
}

/* The row that was made, with the token itself, which is never told again. */
static bool answer_token(struct call *c, struct str name, struct str token, struct err *e)
{
	struct token_row *row;
	size_t n;

	if (!api_token_list(c->db, c->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct value v = api_token_view(c->arena, &row[i]);

		if (!str_eq(row[i].name, name))
			continue;
		value_map_set(c->arena, v, STR("token"), value_str(token));
		return call_json(c, v, e);
	}
	return err_set(e, ERR_MISSING, "the token is gone");
}

bool tokens_post(struct call *c, struct err *e)
{
	struct str name = call_text(c, c->body, "name");
	struct made m = { .expires_ms = call_time(c, c->body, "expires_at", 0) };
	struct deed d = { .call = c,
			  .act = act_add,
			  .arg = &m,
			  .action = "token.add",
			  .target = str_printf(c->arena, "token:%.*s", STR_ARG(name)),
			  .details = value_map_new(c->arena) };

	value_map_set(c->arena, d.details, STR("role"), value_get(c->body, STR("role")));
	value_map_set(c->arena, d.details, STR("expires_at"),
		      moment_or_null(c->arena, m.expires_ms));
	return deed_do(&d, e) && answer_token(c, name, m.token, e);
}

/* ---- revoking ---- */

static bool act_revoke(struct deed *d, struct err *e)
{
	const struct call *c = d->call;

	return api_token_revoke(c->db, call_text(c, c->params, "id"), e);
}

/* The audit log names tokens, not ids, while there is a name. */
static bool name_of(struct call *c, struct str id, struct str *name, struct err *e)
{
	struct token_row *row;
	size_t n;

	*name = id;
	if (!api_token_list(c->db, c->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(row[i].id, id))
			*name = row[i].name;
	return true;
}

bool token_remove(struct call *c, struct err *e)
{
	struct deed d = { .call = c, .act = act_revoke, .action = "token.revoke" };
	struct str name;

	if (!name_of(c, call_text(c, c->params, "id"), &name, e))
		return false;
	d.target = str_printf(c->arena, "token:%.*s", STR_ARG(name));
	return deed_do(&d, e) && call_empty(c, 204, e);
}
