/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coach_routes.c - coaches and administrators, as profiles.
 *
 * Always: administrators keep them; a coach sees and changes their own, but not what they may.  An
 * e-mail address stands in one profile only, for it may be what says whose somebody's rows are.
 */
#include "gameplatform/coach_routes.h"

#include "gameplatform/filter.h"
#include "gameplatform/platform.h"
#include "gameplatform/record.h"
#include "gameplatform/schema.h"
#include "service/view.h"
#include "store/seal.h"
#include "store/sql.h"

static const struct record_column columns[] = {
	{ "id", RECORD_TEXT, false },
	{ "email", RECORD_TEXT, true },
	{ "role", RECORD_TEXT, true },
	{ "full_name", RECORD_TEXT, true },
	{ "first_name", RECORD_TEXT, true },
	{ "last_name", RECORD_TEXT, true },
	{ "division", RECORD_TEXT, true },
	{ "region", RECORD_TEXT, true },
	{ "is_approved", RECORD_BOOL, true },
	{ "school_name", RECORD_TEXT, false },
	{ "game_platform_user_id", RECORD_TEXT, false },
	{ "game_platform_last_synced_at", RECORD_TIME, false },
	{ "created_at", RECORD_TIME, false },
	{ "updated_at", RECORD_TIME, false },
	{ .name = NULL },
};

#define FROM "profiles p LEFT JOIN game_platform_profiles g ON g.coach_id = p.id"

static const char beside[] = ", g.status, g.metactf_username, g.sync_error,"
			     " (SELECT count(*) FROM competitors c WHERE c.coach_id = p.id),"
			     " (SELECT count(*) FROM teams t WHERE t.coach_id = p.id)";

static const struct field coach_fields[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = "email", .type = FIELD_TEXT, .nullable = true },
	{ .name = "role", .type = FIELD_TEXT, .nullable = true, .one_of = "admin|coach" },
	{ .name = "full_name", .type = FIELD_TEXT, .nullable = true },
	{ .name = "first_name", .type = FIELD_TEXT, .nullable = true },
	{ .name = "last_name", .type = FIELD_TEXT, .nullable = true },
	{ .name = "division", .type = FIELD_TEXT, .nullable = true },
	{ .name = "region", .type = FIELD_TEXT, .nullable = true },
	{ .name = "is_approved", .type = FIELD_BOOLEAN, .nullable = true },
	{ .name = "school_name", .type = FIELD_TEXT, .required = true },
	{ .name = "game_platform_user_id", .type = FIELD_TEXT, .nullable = true },
	{ .name = "game_platform_last_synced_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "created_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "updated_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "platform_status",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .one_of = GAME_PLATFORM_STATUSES },
	{ .name = "metactf_username", .type = FIELD_TEXT, .nullable = true },
	{ .name = "platform_error", .type = FIELD_TEXT, .nullable = true },
	{ .name = "competitors_count", .type = FIELD_INTEGER, .required = true },
	{ .name = "teams_count", .type = FIELD_INTEGER, .required = true },
	{ .name = NULL },
};

struct work {
	struct str id;
	struct record_cells cells;
};

/* ---- looking ---- */

static struct value view(struct arena *a, const struct db_result *r, size_t row)
{
	static const char *const more[] = { "platform_status", "metactf_username", "platform_error",
					    "competitors_count", "teams_count" };
	struct value map = value_map_new(a);
	size_t at = record_view(a, map, columns, r, row, 0);

	for (size_t i = 0; i < COUNT(more); i++)
		record_member(a, map, more[i], RECORD_TEXT, db_cell(r, row, at + i));
	return map;
}

static bool list(struct call *c, struct err *e)
{
	const struct filter_list list = { "coaches", view,
					  record_columns(c->arena, columns, "p", beside), FROM,
					  "p.last_name, p.full_name, p.id" };
	struct filter f;
	struct value out;

	filter_init(&f, c);
	filter_asked(&f, "role", "p.role = ");
	filter_found(&f, "coalesce(p.full_name, '') || ' ' || coalesce(p.first_name, '') || ' ' ||"
			 " coalesce(p.last_name, '') || ' ' || coalesce(p.school_name, '')");
	return platform_there(c, e) && filter_page(&f, &list, &out, e) && call_json(c, out, e);
}

static bool answer(struct call *c, struct str id, struct err *e)
{
	struct db_result r;
	struct filter f;

	filter_init(&f, c);
	filter_is(&f, "p.id = ", value_str(id));
	if (!filter_all(&f, record_columns(c->arena, columns, "p", beside), FROM, "p.id", &r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, "there is no such coach");
	return call_json(c, view(c->arena, &r, 0), e);
}

static bool show(struct call *c, struct err *e)
{
	return platform_there(c, e) && answer(c, call_text(c, c->params, "id"), e);
}

static bool show_own(struct call *c, struct err *e)
{
	struct str id;

	return platform_profile(c, &id, e) && answer(c, id, e);
}

/* ---- writing ---- */

static bool check_email(struct call *c, struct str but, struct err *e)
{
	struct value param[] = { value_str(str_trim(call_text(c, c->body, "email"))),
				 value_str(but) };
	bool taken;

	if (param[0].s.len == 0)
		return true;
	if (!db_any(c->db, "SELECT 1 FROM profiles WHERE lower(email) = lower(?1) AND id <> ?2",
		    param, COUNT(param), &taken, e))
		return false;
	return !taken || err_set(e, ERR_BUSY, "another profile has this e-mail address");
}

static bool check_new(struct call *c, struct str id, struct err *e)
{
	struct value param = value_str(id);
	bool taken;

	if (!db_any(c->db, "SELECT 1 FROM profiles WHERE id = ?1", &param, 1, &taken, e))
		return false;
	return !taken || err_set(e, ERR_BUSY, "there is a profile of this id already");
}

static bool act_add(struct deed *d, struct err *e)
{
	struct work *w = d->arg;

	return check_new(d->call, w->id, e) && check_email(d->call, w->id, e) &&
	       record_insert(d->call, "profiles", &w->cells, &w->id, e);
}

static bool act_change(struct deed *d, struct err *e)
{
	struct work *w = d->arg;

	return record_lock(d->call, "profiles", w->id, STR(""), "there is no such coach", e) &&
	       check_email(d->call, w->id, e) &&
	       record_update(d->call, "profiles", w->id, &w->cells, e);
}

/* The school is never NULL. */
static bool take(struct call *c, struct work *w, struct err *e)
{
	struct value school = value_get(c->body, STR("school_name"));

	if (!record_check_email(c->body, "email", e) ||
	    !record_take(columns, c->body, &w->cells, e))
		return false;
	if (school.kind == VALUE_STR)
		record_put(&w->cells, "school_name", value_str(str_trim(school.s)));
	return true;
}

static bool write_one(struct call *c, struct work *w, const char *action,
		      bool (*act)(struct deed *d, struct err *e), struct err *e)
{
	struct deed d = { .call = c,
			  .act = act,
			  .arg = w,
			  .action = action,
			  .target = str_printf(c->arena, "profile:%.*s", STR_ARG(w->id)) };

	if (!platform_there(c, e) || !take(c, w, e))
		return false;
	d.details = record_fields(c->arena, &w->cells);
	return record_deed(&d, e) && answer(c, w->id, e);
}

static bool change(struct call *c, struct err *e)
{
	struct work w = { .id = call_text(c, c->params, "id") };

	return write_one(c, &w, "profile.change", act_change, e);
}

static bool change_own(struct call *c, struct err *e)
{
	struct work w = { .cells = { .n = 0 } };

	return platform_profile(c, &w.id, e) && write_one(c, &w, "profile.change", act_change, e);
}

static bool add(struct call *c, struct err *e)
{
	struct work w = { .id = call_text(c, c->body, "id") };

	if (value_get(c->body, STR("role")).kind == VALUE_UNDEFINED)
		record_put(&w.cells, "role", value_str(STR("coach")));
	if (w.id.len == 0)
		w.id = uuid_new(c->arena);
	call_reply_header(c, "Location", str_printf(c->arena, "/api/coaches/%.*s", STR_ARG(w.id)));
	return write_one(c, &w, "profile.add", act_add, e);
}

/* ---- the table ---- */

#define NAMES                                                                                \
	{ .name = "full_name", .type = FIELD_TEXT, .high = 200, .nullable = true },          \
		{ .name = "first_name", .type = FIELD_TEXT, .high = 100, .nullable = true }, \
		{ .name = "last_name", .type = FIELD_TEXT, .high = 100, .nullable = true },  \
		{ .name = "school_name", .type = FIELD_TEXT, .high = 200 },                  \
		{ .name = "division",                                                        \
		  .type = FIELD_TEXT,                                                        \
		  .one_of = GAME_DIVISIONS,                                                  \
		  .nullable = true },                                                        \
	{                                                                                    \
		.name = "region", .type = FIELD_TEXT, .high = 100, .nullable = true          \
	}
#define POWERS                                                           \
	{ .name = "role", .type = FIELD_TEXT, .one_of = "admin|coach" }, \
	{                                                                \
		.name = "is_approved", .type = FIELD_BOOLEAN             \
	}

static const struct field own_body[] = {
	NAMES,
	{ .name = NULL },
};
static const struct field change_body[] = {
	{ .name = "email", .type = FIELD_TEXT, .high = 254, .nullable = true },
	NAMES,
	POWERS,
	{ .name = NULL },
};
static const struct field add_body[] = {
	{ .name = "id", .type = FIELD_UUID, .says = "the identity provider's, if there is one" },
	{ .name = "email", .type = FIELD_TEXT, .required = true, .low = 3, .high = 254 },
	NAMES,
	POWERS,
	{ .name = NULL },
};
static const struct field list_query[] = {
	{ .name = "role", .type = FIELD_TEXT, .one_of = "admin|coach" },
	{ .name = "q", .type = FIELD_TEXT, .high = 100, .says = "found in a name or the school's" },
	FILTER_QUERY,
	{ .name = NULL },
};
static const struct field coach_item[] = {
	{ .name = "coach", .type = FIELD_OBJECT, .of = coach_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "coaches", .type = FIELD_LIST, .required = true, .of = coach_item },
	FILTER_ANSWER,
	{ .name = NULL },
};

#define TAG "coaches"

const struct route coach_routes[] = {
	{ .method = "GET",
	  .path = "/api/coaches",
	  .roles = ROLE_ADMIN,
	  .handle = list,
	  .summary = "Coaches and administrators by name",
	  .tag = TAG,
	  .query = list_query,
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/coaches",
	  .roles = ROLE_ADMIN,
	  .handle = add,
	  .summary = "Add a coach or an administrator",
	  .tag = TAG,
	  .body_kind = BODY_JSON,
	  .body = add_body,
	  .answer = coach_fields,
	  .status = 201,
	  .problems = "conflict:409" },
	{ .method = "GET",
	  .path = "/api/coaches/me",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = show_own,
	  .summary = "The caller's own profile",
	  .tag = TAG,
	  .answer = coach_fields },
	{ .method = "PUT",
	  .path = "/api/coaches/me",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = change_own,
	  .summary = "Change what the body says of one's own profile",
	  .tag = TAG,
	  .body_kind = BODY_JSON,
	  .body = own_body,
	  .answer = coach_fields },
	{ .method = "GET",
	  .path = "/api/coaches/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = show,
	  .summary = "One coach",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .answer = coach_fields },
	{ .method = "PUT",
	  .path = "/api/coaches/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = change,
	  .summary = "Change what the body says of a coach",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .body_kind = BODY_JSON,
	  .body = change_body,
	  .answer = coach_fields,
	  .problems = "conflict:409" },
	{ .method = NULL },
};
