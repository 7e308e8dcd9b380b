/* SPDX-License-Identifier: Apache-2.0 */
/*
 * competitor_routes.c - competitors: list, add, look, change, remove, recompute.
 *
 * Always: a coach sees and changes their own, and learns nothing of others; the audit log knows
 * which columns were written, not what.
 */
#include "gameplatform/competitor_routes.h"

#include "gameplatform/competitor.h"
#include "gameplatform/filter.h"
#include "gameplatform/platform.h"
#include "gameplatform/schema.h"
#include "service/view.h"

struct work {
	struct str id, coach;
	struct record_cells cells;
	int64_t changed;
};

static struct str target(const struct call *c, struct str id)
{
	return str_printf(c->arena, "competitor:%.*s", STR_ARG(id));
}

/* ---- looking ---- */

static bool list(struct call *c, struct err *e)
{
	struct str coach;
	struct value out;

	return platform_scope(c, &coach, e) && competitor_list(c, coach, &out, e) &&
	       call_json(c, out, e);
}

static bool answer(struct call *c, struct str id, struct str coach, struct err *e)
{
	struct value out;

	return competitor_find(c, id, coach, &out, e) && call_json(c, out, e);
}

static bool show(struct call *c, struct err *e)
{
	struct str coach;

	return platform_scope(c, &coach, e) && answer(c, call_text(c, c->params, "id"), coach, e);
}

/* ---- what is said of one ---- */

static bool check_body(struct value body, struct err *e)
{
	return record_check_filled(body, "first_name", 1, e) &&
	       record_check_filled(body, "last_name", 1, e) &&
	       record_check_email(body, "email_personal", e) &&
	       record_check_email(body, "email_school", e) &&
	       record_check_email(body, "parent_email", e);
}

static bool check_coach(struct call *c, struct str coach, struct err *e)
{
	struct value param = value_str(coach);
	bool any;

	return db_any(c->db, "SELECT 1 FROM profiles WHERE id = ?1", &param, 1, &any, e) &&
	       (any || err_set(e, ERR_USAGE, "there is no such coach"));
}

static bool act_add(struct deed *d, struct err *e)
{
	struct work *w = d->arg;

	if (!record_insert(d->call, "competitors", &w->cells, &w->id, e))
		return false;
	d->target = target(d->call, w->id);
	return true;
}

static bool add(struct call *c, struct err *e)
{
	struct work w = { .changed = 0 };
	struct deed d = { .call = c, .act = act_add, .arg = &w, .action = "competitor.add" };

	if (!platform_new_owner(c, &w.coach, e) || !check_coach(c, w.coach, e) ||
	    !check_body(c->body, e) || !record_take(competitor_columns, c->body, &w.cells, e))
		return false;
	record_put(&w.cells, "coach_id", value_str(w.coach));
	d.details = record_fields(c->arena, &w.cells);
	if (!record_deed(&d, e))
		return false;
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/competitors/%.*s", STR_ARG(w.id)));
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
		    "SELECT 1 FROM team_members m JOIN teams t ON t.id = m.team_id WHERE"
		    " m.competitor_id = ?1 AND nullif(CAST(t.division AS text), '') <> ?2",
		    param, COUNT(param), &other, e))
		return false;
	return !other || err_set(e, ERR_USAGE, GAME_OTHER_DIVISION);
}

static bool act_change(struct deed *d, struct err *e)
{
	struct work *w = d->arg;

	return record_lock(d->call, "competitors", w->id, w->coach, COMPETITOR_MISSING, e) &&
	       check_division(d->call, w->id, e) &&
	       record_update(d->call, "competitors", w->id, &w->cells, e);
}

static bool change(struct call *c, struct err *e)
{
	struct work w = { .id = call_text(c, c->params, "id") };
	struct deed d = { .call = c,
			  .act = act_change,
			  .arg = &w,
			  .action = "competitor.change",
			  .target = target(c, w.id) };

	if (!platform_scope(c, &w.coach, e) || !check_body(c->body, e) ||
	    !record_take(competitor_columns, c->body, &w.cells, e))
		return false;
	d.details = record_fields(c->arena, &w.cells);
	return record_deed(&d, e) && answer(c, w.id, w.coach, e);
}

/* Nobody's state would never be refreshed, and always wanted. */
static const char *const removal[] = {
	"DELETE FROM game_platform_sync_state WHERE syned_user_id = (SELECT"
	" CAST(game_platform_id AS text) FROM competitors WHERE id = ?1)",
	"DELETE FROM team_members WHERE competitor_id = ?1",
	"DELETE FROM competitors WHERE id = ?1",
};

static bool act_remove(struct deed *d, struct err *e)
{
	struct work *w = d->arg;
	struct value param = value_str(w->id);
	bool ok = record_lock(d->call, "competitors", w->id, w->coach, COMPETITOR_MISSING, e);

	for (size_t i = 0; ok && i < COUNT(removal); i++)
		ok = db_exec(d->call->db, removal[i], &param, 1, NULL, e);
	return ok;
}

static bool remove_one(struct call *c, struct err *e)
{
	struct work w = { .id = call_text(c, c->params, "id") };
	struct deed d = { .call = c,
			  .act = act_remove,
			  .arg = &w,
			  .action = "competitor.remove",
			  .target = target(c, w.id) };

	return platform_scope(c, &w.coach, e) && record_deed(&d, e) && call_empty(c, 204, e);
}

/* ---- rows from before the trigger ---- */

static bool act_recompute(struct deed *d, struct err *e)
{
	struct work *w = d->arg;
	struct arena *a = d->call->arena;
	struct str want = game_status_sql(a, "competitors");
	struct str sql = str_printf(a,
				    "UPDATE competitors SET status = %.*s WHERE "
				    "coalesce(CAST(status AS text), '') <> %.*s",
				    STR_ARG(want), STR_ARG(want));

	return db_exec(d->call->db, sql.at, NULL, 0, &w->changed, e);
}

static bool recompute(struct call *c, struct err *e)
{
	struct work w = { .changed = 0 };
	struct deed d = { .call = c,
			  .act = act_recompute,
			  .arg = &w,
			  .action = "competitor.recompute_status",
			  .target = STR("competitors") };
	struct value map = value_map_new(c->arena);

	if (!platform_there(c, e) || !record_deed(&d, e))
		return false;
	view_int(c->arena, map, "updated", w.changed);
	return call_json(c, map, e);
}

/* ---- the table ---- */

#define TEXT(of, most)                                                         \
	{                                                                      \
		.name = of, .type = FIELD_TEXT, .high = most, .nullable = true \
	}
#define PROFILE                                                                                   \
	TEXT("email_personal", 254), TEXT("email_school", 254),                                   \
		{ .name = "is_18_or_over", .type = FIELD_BOOLEAN }, TEXT("grade", 50),            \
		TEXT("parent_name", 200), TEXT("parent_email", 254), TEXT("gender", 100),         \
		TEXT("race", 100), TEXT("ethnicity", 100), TEXT("level_of_technology", 100),      \
		{ .name = "years_competing",                                                      \
		  .type = FIELD_INTEGER,                                                          \
		  .low = 0,                                                                       \
		  .high = 100,                                                                    \
		  .nullable = true },                                                             \
		{ .name = "media_release_date", .type = FIELD_TIME, .nullable = true },           \
		{ .name = "participation_agreement_date", .type = FIELD_TIME, .nullable = true }, \
		{ .name = "division",                                                             \
		  .type = FIELD_TEXT,                                                             \
		  .one_of = GAME_DIVISIONS,                                                       \
		  .nullable = true },                                                             \
		{ .name = "is_active", .type = FIELD_BOOLEAN }, TEXT("syned_school_id", 200),     \
		TEXT("syned_region_id", 200)

static const struct field add_body[] = {
	{ .name = "coach_id", .type = FIELD_UUID, .says = "whose; a coach's own by itself" },
	{ .name = "first_name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	{ .name = "last_name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	PROFILE,
	{ .name = NULL },
};
static const struct field change_body[] = {
	{ .name = "first_name", .type = FIELD_TEXT, .low = 1, .high = 100 },
	{ .name = "last_name", .type = FIELD_TEXT, .low = 1, .high = 100 },
	PROFILE,
	{ .name = NULL },
};
static const struct field list_query[] = {
	PLATFORM_SCOPE_QUERY,
	{ .name = "status", .type = FIELD_TEXT, .one_of = GAME_COMPETITOR_STATUSES },
	{ .name = "division", .type = FIELD_TEXT, .one_of = GAME_DIVISIONS },
	{ .name = "team", .type = FIELD_TEXT, .high = 36, .says = "a team's id, or none" },
	{ .name = "q", .type = FIELD_TEXT, .high = 100, .says = "found in the name" },
	FILTER_QUERY,
	{ .name = NULL },
};
static const struct field competitor_item[] = {
	{ .name = "competitor", .type = FIELD_OBJECT, .of = competitor_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "competitors", .type = FIELD_LIST, .required = true, .of = competitor_item },
	FILTER_ANSWER,
	{ .name = NULL },
};
static const struct field recompute_answer[] = {
	{ .name = "updated", .type = FIELD_INTEGER, .required = true },
	{ .name = NULL },
};

#define TAG "competitors"

const struct route competitor_routes[] = {
	{ .method = "GET",
	  .path = "/api/competitors",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = list,
	  .summary = "Competitors by name: a coach's own, an administrator's all",
	  .tag = TAG,
	  .query = list_query,
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/competitors",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = add,
	  .summary = "Add a competitor",
	  .tag = TAG,
	  .body_kind = BODY_JSON,
	  .body = add_body,
	  .answer = competitor_fields,
	  .status = 201 },
	{ .method = "GET",
	  .path = "/api/competitors/{id}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = show,
	  .summary = "One competitor",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .answer = competitor_fields },
	{ .method = "PUT",
	  .path = "/api/competitors/{id}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = change,
	  .summary = "Change what the body says of a competitor; the status follows",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .body_kind = BODY_JSON,
	  .body = change_body,
	  .answer = competitor_fields },
	{ .method = "DELETE",
	  .path = "/api/competitors/{id}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = remove_one,
	  .summary = "Remove a competitor here; the platform keeps its user",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .status = 204 },
	{ .method = "POST",
	  .path = "/api/competitors/recompute-status",
	  .roles = ROLE_ADMIN,
	  .handle = recompute,
	  .summary = "Set right the status of rows from before Lockstep kept it",
	  .tag = TAG,
	  .answer = recompute_answer },
	{ .method = NULL },
};
