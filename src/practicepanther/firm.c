/* SPDX-License-Identifier: Apache-2.0 */
/* firm.c - the plan's PracticePanther connection, and the state of its token. */
#include "practicepanther/firm.h"

#include "service/sign_in.h"
#include "service/view.h"

bool firm_connection(const struct setup *s, const struct connection **out, struct err *e)
{
	return connection_find(setup_plan(s), STR(""), STR("practicepanther"), out, e);
}

bool firm_token(const struct call *c, const struct connection *n, struct value *out, struct err *e)
{
	struct sign_in_state s;

	if (!sign_in_state(c, n, &s, e))
		return false;
	*out = value_map_new(c->arena);
	view_text(c->arena, *out, "status", str_from(s.status));
	view_text(c->arena, *out, "message", s.message);
	view_time(c->arena, *out, "expires_at", s.expires_ms);
	view_bool(c->arena, *out, "has_refresh_token", s.has_refresh);
	return true;
}

bool firm_budget(const struct call *c, const struct connection *n, struct value *out, struct err *e)
{
	struct budget_use use;

	if (!connection_budget(c, n, &use, e))
		return false;
	*out = use.limit ? budget_view(c->arena, &use) : NULL_VALUE;
	return true;
}

bool firm_answer(struct call *c, struct value data, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "status", STR("success"));
	value_map_set(c->arena, map, STR("data"), data);
	return call_json(c, map, e);
}
