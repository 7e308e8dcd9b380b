/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team_routes.c - teams: list, add, look, change, delete.
 *
 * What the platform must hear of goes there by the watches on the tables, whoever writes them; only
 * a deletion is waited for, since the row that could tell how it went is gone.
 */
#include "gameplatform/team_routes.h"

#include "data/json.h"
#include "gameplatform/activity_log.h"
#include "gameplatform/filter.h"
#include "gameplatform/platform.h"
#include "gameplatform/schema.h"
#include "gameplatform/team.h"
#include "service/errand.h"
#include "service/view.h"

#define GOODBYE_MS 10000
#define LOOK_MS 50
#define LOOK_JOBS 20
#define LOOK_BYTES_MAX ((size_t)8 * 1024 * 1024)
/* In place of the id of a team that is not there yet. */
#define NO_TEAM "00000000-0000-0000-0000-000000000000"

struct work {
	struct str id, coach;
	struct str remote; /* its id at the platform */
	struct record_cells cells;
	int64_t last_job; /* the newest that took it away before */
};

static struct str target(const struct call *c, struct str id)
{
	return str_printf(c->arena, "team:%.*s", STR_ARG(id));
}

/* ---- looking ---- */

static bool list(struct call *c, struct err *e)
{
	struct str coach;
	struct value out;

	return platform_scope(c, &coach, e) && team_list(c, coach, &out, e) && call_json(c, out, e);
}

static bool answer(struct call *c, struct str id, struct str coach, struct err *e)
{
	struct value out;

	return team_find(c, id, coach, &out, e) && call_json(c, out, e);
}

static bool show(struct call *c, struct err *e)
{
	struct str coach;

	return platform_scope(c, &coach, e) && answer(c, call_text(c, c->params, "id"), coach, e);
}

/* ---- adding and changing ---- */

static bool check_body(struct value body, struct err *e)
{
	struct str image = str_trim(value_get_text(body, "image_url"));

	if (image.len > 0 && !str_starts(image, STR("https://")) &&
	    !str_starts(image, STR("http://")))
		return err_set(e, ERR_USAGE, "image_url is no http address");
	return record_check_filled(body, "name", 2, e);
}

static bool check_name(struct call *c, struct str coach, struct str but, struct err *e)
{
	struct value param[] = { value_str(coach),
				 value_str(str_trim(call_text(c, c->body, "name"))),
				 value_str(but) };
	bool taken;

	if (param[1].s.len == 0)
		return true;
	if (!db_any(c->db, "SELECT 1 FROM teams WHERE coach_id = ?1 AND name = ?2 AND id <> ?3",
		    param, COUNT(param), &taken, e))
		return false;
	return !taken || err_set(e, ERR_BUSY, "You already have a team with this name");
}

static bool act_add(struct deed *d, struct err *e)
{
	struct work *w = d->arg;

	if (!record_lock(d->call, "profiles", w->coach, STR(""), "there is no such coach", e) ||
	    !check_name(d->call, w->coach, STR(NO_TEAM), e) ||
	    !record_insert(d->call, "teams", &w->cells, &w->id, e))
		return false;
	d->target = target(d->call, w->id);
	return true;
}

static bool add(struct call *c, struct err *e)
{
	struct work w = { .last_job = 0 };
	struct deed d = { .call = c, .act = act_add, .arg = &w, .action = "team.add" };

	if (!platform_new_owner(c, &w.coach, e) || !check_body(c->body, e) ||
	    !record_take(team_columns, c->body, &w.cells, e))
		return false;
	record_put(&w.cells, "coach_id", value_str(w.coach));
	d.details = record_fields(c->arena, &w.cells);
	if (!record_deed(&d, e))
		return false;
	service_wake(c->arg);
	call_reply_header(c, "Location", str_printf(c->arena, "/api/teams/%.*s", STR_ARG(w.id)));
	return answer(c, w.id, w.coach, e);
}

/* The trigger would say it too, but not to whom it may be told. */
static bool check_division(struct call *c, struct str id, struct err *e)
{
	struct value param[] = { value_str(id), value_get(c->body, STR("division")) };
	bool other;

	if (param[1].kind != VALUE_STR)
		return true;
	if (!db_any(c->db,
		    "SELECT 1 FROM team_members m JOIN competitors c ON c.id = m.competitor_id"
		    " WHERE m.team_id = ?1 AND nullif(CAST(c.division AS text), '') <> ?2",
		    param, COUNT(param), &other, e))
		return false;
	return !other || err_set(e, ERR_USAGE, GAME_OTHER_DIVISION);
}

/* One cell of the team. */
static bool cell(struct call *c, const char *sql, struct str id, struct value *out, struct err *e)
{
	struct value param = value_str(id);
	struct db_result r;

	if (!db_query(c->db, c->arena, sql, &param, 1, &r, e))
		return false;
	*out = r.rows ? db_cell(&r, 0, 0) : NULL_VALUE;
	return true;
}

static bool act_change(struct deed *d, struct err *e)
{
	struct work *w = d->arg;
	struct call *c = d->call;
	struct value coach;

	return record_lock(c, "teams", w->id, w->coach, TEAM_MISSING, e) &&
	       cell(c, "SELECT coach_id FROM teams WHERE id = ?1", w->id, &coach, e) &&
	       check_name(c, value_text(coach), w->id, e) && check_division(c, w->id, e) &&
	       record_update(c, "teams", w->id, &w->cells, e);
}

static bool change(struct call *c, struct err *e)
{
	struct work w = { .id = call_text(c, c->params, "id") };
	struct deed d = { .call = c,
			  .act = act_change,
			  .arg = &w,
			  .action = "team.change",
			  .target = target(c, w.id) };

	if (!platform_scope(c, &w.coach, e) || !check_body(c->body, e) ||
	    !record_take(team_columns, c->body, &w.cells, e))
		return false;
	d.details = record_fields(c->arena, &w.cells);
	if (!record_deed(&d, e))
		return false;
	service_wake(c->arg);
	return answer(c, w.id, w.coach, e);
}

/* ---- deleting ---- */

/* Whether the job takes the team away: another one only brings it up to date. */
static bool is_goodbye(struct arena *a, const struct job_row *j)
{
	return value_get_text(json_value(a, j->args), "remote").len > 0;
}

/* The newest of the team's jobs that take it away, or 0. */
static bool newest_goodbye(struct call *c, struct str team, int64_t *id, struct err *e)
{
	AUTO_ARENA *a = arena_new("look", LOOK_BYTES_MAX);
	struct job_filter f = { .task = STR(GAME_TEAM_TASK),
				.lane = str_printf(a, "game_platform:team:%.*s", STR_ARG(team)),
				.limit = LOOK_JOBS };
	struct job_row *row;
	int64_t total;
	size_t n;

	*id = 0;
	if (!queue_list(c->db, a, &f, &row, &n, &total, e))
		return false;
	for (size_t i = 0; i < n && *id == 0; i++)
		if (is_goodbye(a, &row[i]))
			*id = row[i].id;
	return true;
}

static bool act_delete(struct deed *d, struct err *e)
{
	struct work *w = d->arg;
	struct call *c = d->call;
	struct value param = value_str(w->id), remote;
	struct activity_entry entry = { .action = "team_deleted",
					.entity_type = "team",
					.entity = w->id };
	bool any;

	if (!record_lock(c, "teams", w->id, w->coach, TEAM_MISSING, e) ||
	    !db_any(c->db, "SELECT 1 FROM team_members WHERE team_id = ?1", &param, 1, &any, e))
		return false;
	if (any)
		return err_set(e, ERR_USAGE,
			       "Cannot delete team with members. Remove all members first.");
	if (!cell(c, "SELECT game_platform_id FROM teams WHERE id = ?1", w->id, &remote, e))
		return false;
	w->remote = value_text(remote);
	return db_exec(c->db, "DELETE FROM teams WHERE id = ?1", &param, 1, NULL, e) &&
	       activity_log_add(c, &entry, e);
}

/* The job that the deletion put on its way; *job 0: it did not come in time. */
static bool await_job(struct call *c, const struct work *w, int64_t until_ms, int64_t *job,
		      struct err *e)
{
	for (;;) {
		if (!newest_goodbye(c, w->id, job, e))
			return false;
		if (*job > w->last_job)
			return true;
		*job = 0;
		if (clock_steady_ms(c->clock) >= until_ms)
			return true;
		if (!clock_sleep(c->clock, LOOK_MS, NULL, e))
			return false;
	}
}

static struct value sync_view(struct arena *a, const struct errand_outcome *o)
{
	struct value map = value_map_new(a);

	if (o->ok && o->output.kind == VALUE_MAP)
		return o->output;
	view_text(a, map, "status",
		  !o->over ? STR("pending")
		  : o->ok  ? STR("deleted")
			   : STR("api_error_continued"));
	if (o->error.len > 0)
		view_text(a, map, "error", o->error);
	return map;
}

static bool await_goodbye(struct call *c, const struct work *w, struct errand_outcome *o,
			  struct err *e)
{
	int64_t until_ms = clock_steady_ms(c->clock) + errand_wait_begin(GOODBYE_MS), job = 0;
	bool ok = await_job(c, w, until_ms, &job, e) &&
		  (!job || errand_wait(c, job, until_ms - clock_steady_ms(c->clock), o, e));

	errand_wait_end();
	return ok;
}

/* How it went at the platform: the row is gone either way. */
static bool goodbye(struct call *c, const struct work *w, struct value *out, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct errand_outcome o = { .output = UNDEFINED };
	const struct connection *n;
	struct err unsaid;

	*out = value_map_new(c->arena);
	if (w->remote.len == 0) {
		view_text(c->arena, *out, "status", STR("skipped_not_synced"));
		return true;
	}
	if (!platform_connection(setup, &n, &unsaid) || !platform_settings(n).enabled) {
		view_text(c->arena, *out, "status", STR("dry_run"));
		return true;
	}
	service_wake(c->arg);
	if (!await_goodbye(c, w, &o, e))
		return false;
	*out = sync_view(c->arena, &o);
	return true;
}

static bool delete_team(struct call *c, struct err *e)
{
	struct work w = { .id = call_text(c, c->params, "id") };
	struct deed d = { .call = c,
			  .act = act_delete,
			  .arg = &w,
			  .action = "team.delete",
			  .target = target(c, w.id) };
	struct value map = value_map_new(c->arena), sync;

	if (!platform_scope(c, &w.coach, e) || !newest_goodbye(c, w.id, &w.last_job, e) ||
	    !record_deed(&d, e) || !goodbye(c, &w, &sync, e))
		return false;
	view_text(c->arena, map, "message", STR("Team deleted successfully"));
	value_map_set(c->arena, map, STR("gamePlatformSync"), sync);
	return call_json(c, map, e);
}

/* ---- the table ---- */

#define MORE                                                                                  \
	{ .name = "description", .type = FIELD_TEXT, .high = 2000, .nullable = true },        \
		{ .name = "division",                                                         \
		  .type = FIELD_TEXT,                                                         \
		  .one_of = GAME_DIVISIONS,                                                   \
		  .nullable = true },                                                         \
		{ .name = "affiliation", .type = FIELD_TEXT, .high = 200, .nullable = true }, \
		{ .name = "status", .type = FIELD_TEXT, .one_of = GAME_TEAM_STATUSES },       \
	{                                                                                     \
		.name = "image_url", .type = FIELD_TEXT, .high = 1000, .nullable = true       \
	}

static const struct field add_body[] = {
	{ .name = "coach_id", .type = FIELD_UUID, .says = "whose; a coach's own by itself" },
	{ .name = "name", .type = FIELD_TEXT, .required = true, .low = 2, .high = 200 },
	MORE,
	{ .name = NULL },
};
static const struct field change_body[] = {
	{ .name = "name", .type = FIELD_TEXT, .low = 2, .high = 200 },
	MORE,
	{ .name = NULL },
};
static const struct field list_query[] = {
	PLATFORM_SCOPE_QUERY,
	{ .name = "division", .type = FIELD_TEXT, .one_of = GAME_DIVISIONS },
	{ .name = "status", .type = FIELD_TEXT, .one_of = GAME_TEAM_STATUSES },
	{ .name = "q", .type = FIELD_TEXT, .high = 100, .says = "found in the name" },
	FILTER_QUERY,
	{ .name = NULL },
};
static const struct field team_item[] = {
	{ .name = "team", .type = FIELD_OBJECT, .of = team_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "teams", .type = FIELD_LIST, .required = true, .of = team_item },
	FILTER_ANSWER,
	{ .name = NULL },
};
static const struct field sync_fields[] = {
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .required = true,
	  .says = "deleted, skipped_not_synced, dry_run, pending, api_error_continued" },
	{ .name = "error", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field delete_answer[] = {
	{ .name = "message", .type = FIELD_TEXT, .required = true },
	{ .name = "gamePlatformSync", .type = FIELD_OBJECT, .required = true, .of = sync_fields },
	{ .name = NULL },
};

#define TAG "teams"

const struct route team_routes[] = {
	{ .method = "GET",
	  .path = "/api/teams",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = list,
	  .summary = "Teams by name: a coach's own, an administrator's all",
	  .tag = TAG,
	  .query = list_query,
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/teams",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = add,
	  .summary = "Add a team; it goes to the platform by itself",
	  .tag = TAG,
	  .body_kind = BODY_JSON,
	  .body = add_body,
	  .answer = team_with_members_fields,
	  .status = 201,
	  .problems = "conflict:409" },
	{ .method = "GET",
	  .path = "/api/teams/{id}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = show,
	  .summary = "One team with its members",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .answer = team_with_members_fields },
	{ .method = "PUT",
	  .path = "/api/teams/{id}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = change,
	  .summary = "Change what the body says of a team",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .body_kind = BODY_JSON,
	  .body = change_body,
	  .answer = team_with_members_fields,
	  .problems = "conflict:409" },
	{ .method = "DELETE",
	  .path = "/api/teams/{id}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = delete_team,
	  .summary = "Delete a team without members, here and at the platform",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .answer = delete_answer },
	{ .method = NULL },
};
