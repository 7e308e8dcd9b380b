/* SPDX-License-Identifier: Apache-2.0 */
/*
 * player_routes.c - a player's rating over HTTP: link, unlink, refresh, status, match history.
 *
 * Texts and statuses are the specification's.  A player may do it for themselves - their token's
 * subject is the player's id - and an administrator for everybody; others see a status, without the
 * page's address.  What a service or a league answers to us is never passed on as a status: the
 * application takes a 401 for its own.
 */
#include "api/deed.h"
#include "pti/errand_answer.h"
#include "pti/link_task.h"
#include "pti/memory.h"
#include "pti/outcome.h"
#include "pti/routes.h"
#include "service/service.h"

#define MATCHES_DEFAULT "20"

static bool is_mine(const struct call *c)
{
	return (c->who.roles & ROLE_ADMIN) || str_eq(c->who.subject, call_text(c, c->params, "id"));
}

static bool refuse(struct call *c, const char *detail)
{
	return call_problem(c, 403, "not_yours", str_from(detail), UNDEFINED);
}

static bool no_player(struct call *c)
{
	return call_problem(c, 404, "no_player", STR(PTI_NO_PLAYER), UNDEFINED);
}

/* ---- the player ---- */

/* The plan's connection, the store, and who is meant; closed by leave(). */
struct visit_of {
	struct call *call;
	struct setup *setup;
	const struct connection *connection;
	struct players *players;
	struct str id;
	bool found;
	struct player player;
};

static void leave(struct visit_of *v)
{
	players_close(v->players);
	setup_unref(v->setup);
}

static bool enter(struct visit_of *v, struct call *c, struct err *e)
{
	*v = (struct visit_of){ .call = c,
				.setup = service_setup(c->arg),
				.id = call_text(c, c->params, "id") };
	return pti_connection(v->setup, &v->connection, e) &&
	       link_players(c->arena, c->db, v->connection, &v->players, e) &&
	       v->players->ops->get(v->players, c->arena, v->id, &v->found, &v->player, e);
}

/* Does `act` for whom the path names, or answers that there is nobody. */
static bool with_player(struct call *c, bool (*act)(struct visit_of *v, struct err *e),
			struct err *e)
{
	struct visit_of v;
	bool ok = enter(&v, c, e);

	if (ok && v.found)
		v.id = v.player.id; /* a uuid may be spelt in several ways */
	if (ok)
		ok = v.found ? act(&v, e) : no_player(c);
	leave(&v);
	return ok;
}

/* ---- status ---- */

static bool answer_status(struct visit_of *v, struct err *e)
{
	struct call *c = v->call;

	return call_json(c, outcome_status(c->arena, &v->player, !is_mine(c)), e);
}

static bool status(struct call *c, struct err *e)
{
	return with_player(c, answer_status, e);
}

/* ---- link ---- */

static bool start_link(struct visit_of *v, struct err *e)
{
	struct call *c = v->call;
	struct value args = value_map_new(c->arena);
	struct errand_wish w = { .task = PTI_LINK_TASK,
				 .args = args,
				 .player = v->id,
				 .failed = 400,
				 .says = "Could not extract PTI" };
	struct address at;
	struct err why;

	if (!address_player(c->arena, call_text(c, c->body, "print_page_url"), &at, &why)) {
		struct value more = value_map_new(c->arena);

		outcome_reason(c->arena, more, &why);
		return call_problem(c, 400, "invalid_url", STR(ADDRESS_PLAYER_INVALID), more);
	}
	view_text(c->arena, args, "player", v->id);
	view_text(c->arena, args, "url", at.canonical);
	w.key = at.canonical;
	return errand_answer(c, &w, e);
}

static bool link_one(struct call *c, struct err *e)
{
	return is_mine(c) ? with_player(c, start_link, e) : refuse(c, "Can only link your own PTI");
}

/* ---- unlink ---- */

static bool act_unlink(struct deed *d, struct err *e)
{
	const struct visit_of *v = d->arg;

	return memory_unlink(d->call->db, v->id, e);
}

/* Known to be unlinked before it is: see link.c. */
static bool do_unlink(struct visit_of *v, struct err *e)
{
	struct call *c = v->call;
	struct deed d = { .call = c,
			  .act = act_unlink,
			  .arg = v,
			  .action = "pti.unlink",
			  .target = str_printf(c->arena, "player:%.*s", STR_ARG(v->id)) };
	struct value map = value_map_new(c->arena);
	bool found;

	if (!deed_do(&d, e) || !v->players->ops->unlink(v->players, v->id, &found, e))
		return false;
	view_bool(c->arena, map, "success", true);
	view_text(c->arena, map, "message", STR(PTI_UNLINKED));
	return call_json(c, map, e);
}

static bool unlink_one(struct call *c, struct err *e)
{
	return is_mine(c) ? with_player(c, do_unlink, e)
			  : refuse(c, "Can only unlink your own PTI");
}

/* ---- refresh, history ---- */

/* Held: the caller was answered already. */
static bool is_held(struct visit_of *v, bool *held, struct err *e)
{
	struct call *c = v->call;
	struct cooldown pause = { .player = v->id, .now_ms = clock_wall_ms(c->clock) };

	*held = true;
	if (v->player.url.len == 0)
		return call_problem(c, 400, "not_linked", STR(PTI_NOT_LINKED), UNDEFINED);
	if (!link_cooldown(c->arena, c->db, v->connection, &pause, e))
		return false;
	*held = pause.wait_s > 0;
	if (!*held)
		return true;
	call_reply_header(c, "Retry-After", str_printf(c->arena, "%lld", (long long)pause.wait_s));
	return call_problem(c, 429, "cooldown", pause.text, UNDEFINED);
}

static bool start_refresh(struct visit_of *v, struct err *e)
{
	struct call *c = v->call;
	struct errand_wish w = { .task = PTI_REFRESH_TASK,
				 .args = value_map_new(c->arena),
				 .player = v->id,
				 .failed = 500,
				 .says = "Failed to refresh PTI" };
	bool held;

	if (!is_held(v, &held, e) || held)
		return held;
	view_text(c->arena, w.args, "player", v->id);
	return errand_answer(c, &w, e);
}

static bool refresh(struct call *c, struct err *e)
{
	return is_mine(c) ? with_player(c, start_refresh, e)
			  : refuse(c, "Can only refresh your own PTI");
}

static bool start_history(struct visit_of *v, struct err *e)
{
	struct call *c = v->call;
	struct errand_wish w = { .task = PTI_HISTORY_TASK,
				 .args = value_map_new(c->arena),
				 .player = v->id,
				 .failed = 500,
				 .says = "Failed to read the match history" };
	bool held;

	if (!is_held(v, &held, e) || held)
		return held;
	view_text(c->arena, w.args, "player", v->id);
	view_int(c->arena, w.args, "matches", call_int(c, c->query, "limit", 0));
	return errand_answer(c, &w, e);
}

static bool history(struct call *c, struct err *e)
{
	return is_mine(c) ? with_player(c, start_history, e)
			  : refuse(c, "Can only see your own match history");
}

/* ---- the table ---- */

static const struct field link_body[] = {
	{ .name = "print_page_url",
	  .type = FIELD_TEXT,
	  .required = true,
	  .high = 8192,
	  .says = "the address that the player's name on a roster links to" },
	{ .name = NULL },
};
static const struct field id_params[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true, .low = 1, .high = 200 },
	{ .name = NULL },
};
static const struct field history_query[] = {
	{ .name = "limit",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = PTI_MATCHES_MAX,
	  .otherwise = MATCHES_DEFAULT },
	{ .name = NULL },
};
static const struct field unlink_answer[] = {
	{ .name = "success", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "message", .type = FIELD_TEXT, .required = true },
	{ .name = NULL },
};

#define TAG "pti"

const struct route pti_player_routes[] = {
	{ .method = "POST",
	  .path = "/api/players/{id}/pti/link",
	  .roles = ROLE_ADMIN | ROLE_PLAYER,
	  .handle = link_one,
	  .summary = "Link a player's print page and read the rating from it",
	  .tag = TAG,
	  .path_params = id_params,
	  .body_kind = BODY_JSON,
	  .body = link_body,
	  .answer = outcome_linked_fields,
	  .problems = "invalid_url:400,no_pti:400,not_found:400,no_key:400,no_credits:400,"
		      "blocked:400,timeout:400,upstream:400,not_yours:403,no_player:404,"
		      "unlinked:409",
	  .rate = RATE_EXPENSIVE,
	  .embed = true },
	{ .method = "DELETE",
	  .path = "/api/players/{id}/pti/link",
	  .roles = ROLE_ADMIN | ROLE_PLAYER,
	  .handle = unlink_one,
	  .summary = "Unlink the page; the rating stays",
	  .tag = TAG,
	  .path_params = id_params,
	  .answer = unlink_answer,
	  .problems = "not_yours:403,no_player:404",
	  .embed = true },
	{ .method = "POST",
	  .path = "/api/players/{id}/pti/refresh",
	  .roles = ROLE_ADMIN | ROLE_PLAYER,
	  .handle = refresh,
	  .summary = "Read the rating from the linked page again",
	  .tag = TAG,
	  .path_params = id_params,
	  .answer = outcome_refreshed_fields,
	  .problems = "not_linked:400,not_yours:403,no_player:404,cooldown:429,renamed:500,"
		      "not_found:500,no_key:500,no_credits:500,blocked:500,timeout:500,"
		      "upstream:500",
	  .rate = RATE_EXPENSIVE,
	  .embed = true },
	{ .method = "GET",
	  .path = "/api/players/{id}/pti/status",
	  .roles = ROLE_ALL,
	  .handle = status,
	  .summary = "Whether a player's rating is linked, what it is and from when",
	  .tag = TAG,
	  .path_params = id_params,
	  .answer = outcome_status_fields,
	  .problems = "no_player:404",
	  .embed = true },
	{ .method = "GET",
	  .path = "/api/players/{id}/pti/history",
	  .roles = ROLE_ADMIN | ROLE_PLAYER,
	  .handle = history,
	  .summary = "The matches on the linked page, read now; shares the refresh's pause",
	  .tag = TAG,
	  .path_params = id_params,
	  .query = history_query,
	  .answer = outcome_history_fields,
	  .problems = "not_linked:400,not_yours:403,no_player:404,cooldown:429,no_page:500,"
		      "upstream:500",
	  .rate = RATE_EXPENSIVE },
	{ .method = NULL },
};
