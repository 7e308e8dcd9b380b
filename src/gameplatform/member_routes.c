/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member_routes.c - who is on a team: list, add, move, take off.
 *
 * The team is locked while its places are looked at, and so is the competitor; what then still gets
 * in between is refused by the tables themselves (schema_trigger.c), and looked at again.
 */
#include "gameplatform/member_routes.h"

#include "gameplatform/competitor.h"
#include "gameplatform/platform.h"
#include "gameplatform/schema.h"
#include "gameplatform/team.h"
#include "service/view.h"

struct work {
	struct str team, competitor, coach;
	int64_t position; /* 0: the lowest that is free */
	bool move;        /* from another team, if there is one */
};

static struct deed deed_of(struct call *c, struct work *w, const char *action,
			   bool (*act)(struct deed *d, struct err *e))
{
	struct value details = value_map_new(c->arena);

	view_text(c->arena, details, "competitor", w->competitor);
	return (struct deed){ .call = c,
			      .act = act,
			      .arg = w,
			      .action = action,
			      .target = str_printf(c->arena, "team:%.*s", STR_ARG(w->team)),
			      .details = details };
}

static bool list(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), team;
	struct str coach;

	if (!platform_scope(c, &coach, e) ||
	    !team_find(c, call_text(c, c->params, "id"), coach, &team, e))
		return false;
	value_map_set(c->arena, map, STR("members"), value_get(team, STR("members")));
	return call_json(c, map, e);
}

/* ---- adding ---- */

/* That both are one coach's, and of one division. */
static bool check_pair(struct call *c, const struct work *w, struct err *e)
{
	struct value param[] = { value_str(w->team), value_str(w->competitor) };
	struct db_result r;

	if (!db_query(c->db, c->arena,
		      "SELECT t.coach_id = c.coach_id, nullif(CAST(t.division AS text), ''),"
		      " nullif(CAST(c.division AS text), '') FROM teams t, competitors c"
		      " WHERE t.id = ?1 AND c.id = ?2",
		      param, COUNT(param), &r, e))
		return false;
	if (r.rows == 0 || !record_true(db_cell(&r, 0, 0)))
		return err_set(e, ERR_USAGE, "Competitor and team are different coaches'");
	if (!value_is_nothing(db_cell(&r, 0, 1)) && !value_is_nothing(db_cell(&r, 0, 2)) &&
	    !value_eq(db_cell(&r, 0, 1), db_cell(&r, 0, 2)))
		return err_set(e, ERR_USAGE, GAME_OTHER_DIVISION);
	return true;
}

/* *was: the team that the competitor leaves, or empty. */
static bool check_free(struct call *c, const struct work *w, struct str *was, struct err *e)
{
	struct value param = value_str(w->competitor);
	struct db_result r;

	*was = STR("");
	if (!db_query(c->db, c->arena, "SELECT team_id FROM team_members WHERE competitor_id = ?1",
		      &param, 1, &r, e))
		return false;
	if (r.rows == 0)
		return true;
	*was = value_text(db_cell(&r, 0, 0));
	if (str_eq(*was, w->team))
		return (w->move && w->position) ||
		       err_set(e, ERR_BUSY, "Competitor is already a member of this team");
	return w->move || err_set(e, ERR_BUSY, "Competitor is already a member of another team");
}

/* The places of a team, a bit each; members without one count too. */
static bool check_place(struct call *c, struct work *w, int64_t *place, struct err *e)
{
	struct value param = value_str(w->team);
	struct db_result r;
	unsigned taken = 0;

	if (!db_query(c->db, c->arena, "SELECT position FROM team_members WHERE team_id = ?1",
		      &param, 1, &r, e))
		return false;
	if (r.rows >= GAME_TEAM_MEMBERS_MAX)
		return err_set(e, ERR_USAGE, GAME_TEAM_FULL);
	for (size_t i = 0; i < r.rows; i++) {
		struct value at = db_cell(&r, i, 0);

		/* An application's own table may hold any number. */
		if (at.kind == VALUE_INT && at.i >= 1 && at.i <= GAME_TEAM_MEMBERS_MAX)
			taken |= 1u << at.i;
	}
	*place = w->position;
	if (w->position && taken & (1u << w->position))
		return err_set(e, ERR_BUSY, "Position %lld is taken", (long long)w->position);
	for (int64_t i = 1; !*place && i <= GAME_TEAM_MEMBERS_MAX; i++)
		if (!(taken & (1u << i)))
			*place = i;
	return true;
}

static bool put(struct call *c, const struct work *w, struct str was, int64_t place, struct err *e)
{
	struct value param[] = { value_str(w->team), value_int(place), value_str(w->competitor) };
	struct record_cells cells = { .n = 0 };
	struct str id = STR("");

	if (was.len > 0)
		return db_exec(c->db,
			       "UPDATE team_members SET team_id = ?1, position = ?2,"
			       " game_platform_synced_at = NULL, game_platform_sync_error = NULL"
			       " WHERE competitor_id = ?3",
			       param, COUNT(param), NULL, e);
	record_put(&cells, "team_id", param[0]);
	record_put(&cells, "position", param[1]);
	record_put(&cells, "competitor_id", param[2]);
	return record_insert(c, "team_members", &cells, &id, e);
}

/* Whoever is at the place takes the other's: nothing of it is the platform's. */
static bool change_places(struct call *c, const struct work *w, struct err *e)
{
	struct value param[] = { value_str(w->team), value_int(w->position),
				 value_str(w->competitor), NULL_VALUE };
	struct db_result r;

	if (!db_query(c->db, c->arena, "SELECT position FROM team_members WHERE competitor_id = ?1",
		      &param[2], 1, &r, e))
		return false;
	param[3] = db_cell(&r, 0, 0);
	return db_exec(c->db,
		       "UPDATE team_members SET position = CAST(CASE WHEN competitor_id = ?3"
		       " THEN ?2 ELSE ?4 END AS integer)"
		       " WHERE team_id = ?1 AND (competitor_id = ?3 OR position = ?2)",
		       param, COUNT(param), NULL, e);
}

static bool act_add(struct deed *d, struct err *e)
{
	struct work *w = d->arg;
	struct call *c = d->call;
	struct str was;
	int64_t place = 0;

	if (!record_lock(c, "teams", w->team, w->coach, TEAM_MISSING, e) ||
	    !record_lock(c, "competitors", w->competitor, w->coach, COMPETITOR_MISSING, e) ||
	    !check_free(c, w, &was, e))
		return false;
	if (str_eq(was, w->team))
		return change_places(c, w, e);
	return check_place(c, w, &place, e) && check_pair(c, w, e) && put(c, w, was, place, e);
}

static bool answer(struct call *c, const struct work *w, struct err *e)
{
	struct value members;

	if (!team_members(c, w->team, &members, e))
		return false;
	for (size_t i = 0; i < value_len(members); i++) {
		struct value m = value_at(members, i);

		if (str_eq(value_get_text(m, "competitor_id"), w->competitor))
			return call_json(c, m, e);
	}
	return err_set(e, ERR_MISSING, "Competitor was taken off the team meanwhile");
}

static bool add(struct call *c, struct err *e)
{
	struct work w = { .team = call_text(c, c->params, "id"),
			  .competitor = call_text(c, c->body, "competitor_id"),
			  .position = call_int(c, c->body, "position", 0),
			  .move = call_bool(c, c->body, "move", false) };
	struct deed d = deed_of(c, &w, "team.member_add", act_add);

	if (!platform_scope(c, &w.coach, e) || !record_deed(&d, e))
		return false;
	service_wake(c->arg);
	return answer(c, &w, e);
}

/* ---- taking off ---- */

static bool act_remove(struct deed *d, struct err *e)
{
	struct work *w = d->arg;
	struct value param[] = { value_str(w->team), value_str(w->competitor) };
	int64_t changed;

	if (!record_lock(d->call, "teams", w->team, w->coach, TEAM_MISSING, e) ||
	    !db_exec(d->call->db,
		     "DELETE FROM team_members WHERE team_id = ?1 AND competitor_id = ?2", param,
		     COUNT(param), &changed, e))
		return false;
	return changed > 0 || err_set(e, ERR_MISSING, "Competitor is not a member of this team");
}

static bool remove_one(struct call *c, struct err *e)
{
	struct work w = { .team = call_text(c, c->params, "id"),
			  .competitor = call_text(c, c->params, "competitor") };
	struct deed d = deed_of(c, &w, "team.member_remove", act_remove);

	if (!platform_scope(c, &w.coach, e) || !record_deed(&d, e))
		return false;
	service_wake(c->arg);
	return call_empty(c, 204, e);
}

/* ---- the table ---- */

static const struct field add_body[] = {
	{ .name = "competitor_id", .type = FIELD_UUID, .required = true },
	{ .name = "position",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = GAME_TEAM_MEMBERS_MAX,
	  .says = "the lowest that is free by itself" },
	{ .name = "move",
	  .type = FIELD_BOOLEAN,
	  .says = "from the team where they are now; on this one, to another place: who is there takes theirs" },
	{ .name = NULL },
};
static const struct field member_params[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = "competitor", .type = FIELD_UUID, .required = true },
	{ .name = NULL },
};
static const struct field member_item[] = {
	{ .name = "member", .type = FIELD_OBJECT, .of = member_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "members", .type = FIELD_LIST, .required = true, .of = member_item },
	{ .name = NULL },
};

#define TAG "teams"

const struct route member_routes[] = {
	{ .method = "GET",
	  .path = "/api/teams/{id}/members",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = list,
	  .summary = "A team's members by position, and whether the platform has them",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/teams/{id}/members",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = add,
	  .summary = "Put a competitor on the team, or move them there",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .body_kind = BODY_JSON,
	  .body = add_body,
	  .answer = member_fields,
	  .status = 201,
	  .problems = "conflict:409" },
	{ .method = "DELETE",
	  .path = "/api/teams/{id}/members/{competitor}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = remove_one,
	  .summary = "Take a competitor off the team",
	  .tag = TAG,
	  .path_params = member_params,
	  .status = 204 },
	{ .method = NULL },
};
