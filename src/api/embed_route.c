/* SPDX-License-Identifier: Apache-2.0 */
/*
 * embed_route.c - tokens by which a page of the application shows a player's card.
 *
 * The application's backend asks for one with its API token, or a player for himself: what a page
 * holds is then good for that card and an hour at most.
 */
#include "api/access_part.h"
#include "api/access_route.h"
#include "data/moment.h"

#define TTL_DEFAULT_S 900

struct embedding {
	struct call *call;
	struct str player, token;
	int64_t now_ms, expires_ms;
};

static bool add_in_transaction(void *arg, struct err *e)
{
	struct embedding *m = arg;

	return embed_token_add(m->call->db, m->call->arena, m->player, m->now_ms, m->expires_ms,
			       &m->token, e);
}

bool embed_tokens_post(struct call *c, struct err *e)
{
	const struct access *acc = c->arg;
	struct embedding m = { .call = c,
			       .player = call_text(c, c->body, "player"),
			       .now_ms = clock_wall_ms(acc->clock) };
	int64_t ttl_s = call_int(c, c->body, "ttl_s", TTL_DEFAULT_S);
	struct value v = value_map_new(c->arena);

	if (!(c->who.roles & ROLE_ADMIN) && !str_eq(c->who.subject, m.player))
		return call_problem(c, 403, "not_yours", STR("a player embeds their own card"),
				    UNDEFINED);
	m.expires_ms = m.now_ms + ttl_s * 1000;
	/* A player's own outlives what it was asked with by no moment. */
	if (!(c->who.roles & ROLE_ADMIN) && c->who.expires_ms && c->who.expires_ms < m.expires_ms)
		m.expires_ms = c->who.expires_ms;
	if (!db_transact(c->db, add_in_transaction, &m, e))
		return false;
	value_map_set(c->arena, v, STR("token"), value_str(m.token));
	value_map_set(c->arena, v, STR("player"), value_str(m.player));
	value_map_set(c->arena, v, STR("scope"), value_str(STR("pti")));
	value_map_set(c->arena, v, STR("expires_at"), moment_or_null(c->arena, m.expires_ms));
	return call_json(c, v, e);
}
