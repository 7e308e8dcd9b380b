/* SPDX-License-Identifier: Apache-2.0 */
/* firm.c - the plan's PracticePanther connection, and the state of its token. */
#include "practicepanther/firm.h"

#include "data/moment.h"
#include "service/view.h"

#define SOON_MS ((int64_t)60 * 60 * 1000)

bool firm_connection(const struct setup *s, const struct connection **out, struct err *e)
{
	return connection_find(setup_plan(s), STR(""), STR("practicepanther"), out, e);
}

struct token_state {
	const char *status;
	struct str message;
};

static struct token_state state_of(struct arena *a, const struct token *t, bool found,
				   int64_t now_ms)
{
	int64_t left_ms = t->expires_ms - now_ms;

	if (!found)
		return (struct token_state){ "no_token",
					     STR("Nobody has allowed the access yet.") };
	if (t->problem.len > 0)
		return (struct token_state){ "error",
					     STR("A person must allow the access again.") };
	if (t->expires_ms == 0)
		return (struct token_state){ "valid", STR("The token is valid.") };
	if (left_ms <= 0)
		return (struct token_state){
			"expired", t->refresh.len > 0
					   ? STR("The token has expired and will be renewed.")
					   : STR("The token has expired; a person must allow the "
						 "access again.")
		};
	return (struct token_state){ left_ms < SOON_MS ? "expiring_soon" : "valid",
				     str_printf(a, "The token is valid for %s.",
						span_text(a, left_ms).at) };
}

bool firm_token(const struct call *c, const struct connection *n, struct value *out, struct err *e)
{
	struct token t = { 0 };
	struct token_state s;
	bool found = false;
	struct err why;

	*out = value_map_new(c->arena);
	if (token_get(c->db, c->arena, connection_seal(c), n->name, &t, &found, &why)) {
		s = state_of(c->arena, &t, found, clock_wall_ms(c->clock));
	} else if (why.kind == ERR_CONFIG) {
		s = (struct token_state){ "error", STR("The stored token cannot be read with this "
						       "key.") };
	} else {
		*e = why;
		return false;
	}
	view_text(c->arena, *out, "status", str_from(s.status));
	view_text(c->arena, *out, "message", s.message);
	view_time(c->arena, *out, "expires_at", t.expires_ms);
	view_bool(c->arena, *out, "has_refresh_token", t.refresh.len > 0);
	return true;
}

bool firm_answer(struct call *c, struct value data, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "status", STR("success"));
	value_map_set(c->arena, map, STR("data"), data);
	return call_json(c, map, e);
}
