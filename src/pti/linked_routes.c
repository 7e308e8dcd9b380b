/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linked_routes.c - who is linked and how it goes, and how somebody's rating moved, over HTTP.
 *
 * The list is in the order of the weekly job: who waits longest comes first.
 */
#include "pti/link_task.h"
#include "pti/outcome.h"
#include "pti/routes.h"
#include "service/service.h"
#include "service/view.h"
#include "store/cell.h"

#define PLAYERS_MAX 200
#define PLAYERS_DEFAULT "50"
#define CHANGES_MAX 500
#define CHANGES_DEFAULT "100"

/* ---- who is linked ---- */

/* Where the page before ended: "MS:ID". */
static bool read_after(struct str text, int64_t *ms, struct str *id, struct err *e)
{
	struct str rest = text, first = str_cut(&rest, ':');

	*ms = -1;
	*id = STR("");
	if (text.len == 0)
		return true;
	if (!str_to_i64(first, ms) || rest.len == 0)
		return err_set(e, ERR_USAGE, "'after' is not from an answer of this route");
	*id = rest;
	return true;
}

static bool put_memory(const struct call *c, struct value map, struct str player, struct err *e)
{
	const struct value param = value_str(player);
	struct db_result r;

	if (!db_query(c->db, c->arena,
		      "SELECT failures, last_error, last_attempt_ms FROM lockstep_pti_players"
		      " WHERE player = ?1",
		      &param, 1, &r, e))
		return false;
	view_int(c->arena, map, "failures", r.rows ? db_cell(&r, 0, 0).i : 0);
	value_map_set(c->arena, map, STR("last_error"), r.rows ? db_cell(&r, 0, 1) : NULL_VALUE);
	view_time(c->arena, map, "last_attempt_at",
		  r.rows && db_cell(&r, 0, 2).kind == VALUE_INT ? db_cell(&r, 0, 2).i : 0);
	return true;
}

static bool player_value(const struct call *c, const struct player *p, struct value *out,
			 struct err *e)
{
	*out = outcome_status(c->arena, p, false);
	view_text(c->arena, *out, "id", p->id);
	view_text(c->arena, *out, "name", p->name);
	view_text(c->arena, *out, "source_name", p->source_name);
	return put_memory(c, *out, p->id, e);
}

struct listing {
	struct call *call;
	struct players *players;
	int64_t after_ms;
	struct str after_id;
};

static bool answer_list(const struct listing *l, struct err *e)
{
	struct call *c = l->call;
	size_t n, limit = (size_t)call_int(c, c->query, "limit", PLAYERS_MAX);
	struct value list = value_list_new(c->arena), map = value_map_new(c->arena), one;
	struct player *p;

	if (!l->players->ops->due(l->players, c->arena, l->after_ms, l->after_id, limit + 1, &p, &n,
				  e))
		return false;
	for (size_t i = 0; i < n && i < limit; i++) {
		if (!player_value(c, &p[i], &one, e))
			return false;
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, map, STR("players"), list);
	value_map_set(c->arena, map, STR("next"),
		      n > limit ? value_str(str_printf(c->arena, "%lld:%.*s",
						       (long long)p[limit - 1].synced_ms,
						       STR_ARG(p[limit - 1].id)))
				: NULL_VALUE);
	return call_json(c, map, e);
}

static bool linked(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct listing l = { .call = c };
	const struct connection *n;
	bool ok;

	if (!read_after(call_text(c, c->query, "after"), &l.after_ms, &l.after_id, e) ||
	    !pti_connection(setup, &n, e) || !link_players(c->arena, c->db, n, &l.players, e))
		return false;
	ok = answer_list(&l, e);
	players_close(l.players);
	return ok;
}

/* ---- how a rating moved ---- */

/* Whose changes they are; somebody the application does not have is nobody's name. */
static bool put_whose(struct call *c, const struct connection *n, struct str id, struct value map,
		      struct err *e)
{
	struct players *players;
	struct player p = { .name = STR("") };
	bool found, ok;

	if (!link_players(c->arena, c->db, n, &players, e))
		return false;
	ok = players->ops->get(players, c->arena, id, &found, &p, e);
	players_close(players);
	if (!ok)
		return false;
	view_text(c->arena, map, "name", found ? p.name : STR(""));
	view_bool(c->arena, map, "linked", found && p.url.len > 0);
	return true;
}

static bool changes(struct call *c, struct err *e)
{
	struct str player = call_text(c, c->params, "id");
	const struct value param[] = { value_str(player),
				       value_int(call_int(c, c->query, "limit", CHANGES_MAX)) };
	struct value list = value_list_new(c->arena), map = value_map_new(c->arena);
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct db_result r;

	if (!pti_connection(setup, &n, e))
		return false;
	if (!(c->who.roles & ROLE_ADMIN) && !str_eq(c->who.subject, player))
		return call_problem(c, 403, "not_yours", STR("Can only see your own changes"),
				    UNDEFINED);
	if (!put_whose(c, n, player, map, e))
		return false;
	if (!db_query(c->db, c->arena,
		      "SELECT at, before, after, note FROM lockstep_pti_changes WHERE player = ?1"
		      " ORDER BY at DESC, id LIMIT ?2",
		      param, COUNT(param), &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++) {
		struct value one = value_map_new(c->arena);
		struct value at = cell_from_stored(c->arena, COLUMN_TIMESTAMP, db_cell(&r, i, 0));

		view_time(c->arena, one, "at", at.kind == VALUE_TIME ? at.us / 1000 : 0);
		value_map_set(c->arena, one, STR("before"), db_cell(&r, i, 1));
		value_map_set(c->arena, one, STR("after"), db_cell(&r, i, 2));
		value_map_set(c->arena, one, STR("note"), db_cell(&r, i, 3));
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, map, STR("changes"), list);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field linked_query[] = {
	{ .name = "limit",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = PLAYERS_MAX,
	  .otherwise = PLAYERS_DEFAULT },
	{ .name = "after", .type = FIELD_TEXT, .high = 300, .says = "`next` of the page before" },
	{ .name = NULL },
};
static const struct field player_fields[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true },
	{ .name = "name", .type = FIELD_TEXT },
	{ .name = "source_name", .type = FIELD_TEXT, .says = "as the page has it" },
	{ .name = "linked", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "print_page_url", .type = FIELD_TEXT, .nullable = true },
	{ .name = "current_pti", .type = FIELD_NUMBER, .nullable = true },
	{ .name = "last_synced_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "sync_enabled", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "failures", .type = FIELD_INTEGER, .says = "one after another" },
	{ .name = "last_error", .type = FIELD_TEXT, .nullable = true, .says = "its code" },
	{ .name = "last_attempt_at", .type = FIELD_TIME, .nullable = true },
	{ .name = NULL },
};
static const struct field player_item[] = {
	{ .name = "player", .type = FIELD_OBJECT, .of = player_fields },
	{ .name = NULL },
};
static const struct field linked_answer[] = {
	{ .name = "players", .type = FIELD_LIST, .required = true, .of = player_item },
	{ .name = "next", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};
static const struct field id_params[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true, .low = 1, .high = 200 },
	{ .name = NULL },
};
static const struct field changes_query[] = {
	{ .name = "limit",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = CHANGES_MAX,
	  .otherwise = CHANGES_DEFAULT },
	{ .name = NULL },
};
static const struct field change_fields[] = {
	{ .name = "at", .type = FIELD_TIME },
	{ .name = "before", .type = FIELD_NUMBER, .nullable = true },
	{ .name = "after", .type = FIELD_NUMBER, .nullable = true },
	{ .name = "note", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};
static const struct field change_item[] = {
	{ .name = "change", .type = FIELD_OBJECT, .of = change_fields },
	{ .name = NULL },
};
static const struct field changes_answer[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .says = "the application's" },
	{ .name = "linked", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "changes", .type = FIELD_LIST, .required = true, .of = change_item },
	{ .name = NULL },
};

#define TAG "pti"

const struct route pti_linked_routes[] = {
	{ .method = "GET",
	  .path = "/api/pti/players",
	  .roles = ROLE_ADMIN,
	  .handle = linked,
	  .summary = "Linked players, who was read longest ago first",
	  .tag = TAG,
	  .query = linked_query,
	  .answer = linked_answer },
	{ .method = "GET",
	  .path = "/api/players/{id}/pti/changes",
	  .roles = ROLE_ADMIN | ROLE_PLAYER,
	  .handle = changes,
	  .summary = "How a player's rating moved, the newest first",
	  .tag = TAG,
	  .path_params = id_params,
	  .query = changes_query,
	  .answer = changes_answer,
	  .problems = "not_yours:403" },
	{ .method = NULL },
};
