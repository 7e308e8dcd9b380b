/* SPDX-License-Identifier: Apache-2.0 */
/* competitor.c - a competitor as coaches see one: the row, its badge, its team, what may be done.
 */
#include "gameplatform/competitor.h"

#include "gameplatform/filter.h"
#include "gameplatform/schema.h"
#include "service/view.h"
#include "store/sql.h"

const struct record_column competitor_columns[] = {
	{ "id", RECORD_TEXT, false },
	{ "coach_id", RECORD_TEXT, false },
	{ "first_name", RECORD_TEXT, true },
	{ "last_name", RECORD_TEXT, true },
	{ "email_personal", RECORD_TEXT, true },
	{ "email_school", RECORD_TEXT, true },
	{ "is_18_or_over", RECORD_BOOL, true },
	{ "grade", RECORD_TEXT, true },
	{ "parent_name", RECORD_TEXT, true },
	{ "parent_email", RECORD_TEXT, true },
	{ "gender", RECORD_TEXT, true },
	{ "race", RECORD_TEXT, true },
	{ "ethnicity", RECORD_TEXT, true },
	{ "level_of_technology", RECORD_TEXT, true },
	{ "years_competing", RECORD_INT, true },
	{ "media_release_date", RECORD_TIME, true },
	{ "participation_agreement_date", RECORD_TIME, true },
	{ "division", RECORD_TEXT, true },
	{ "is_active", RECORD_BOOL, true },
	{ "status", RECORD_TEXT, false },
	{ "syned_school_id", RECORD_TEXT, true },
	{ "syned_region_id", RECORD_TEXT, true },
	{ "game_platform_id", RECORD_TEXT, false },
	{ "game_platform_synced_at", RECORD_TIME, false },
	{ "created_at", RECORD_TIME, false },
	{ "updated_at", RECORD_TIME, false },
	{ .name = NULL },
};

#define FROM                                                                         \
	"competitors c LEFT JOIN game_platform_profiles g ON g.competitor_id = c.id" \
	" LEFT JOIN team_members m ON m.competitor_id = c.id LEFT JOIN teams t ON t.id = m.team_id"

/* Behind the columns. */
static const char beside[] =
	", coalesce(c.game_platform_sync_error, g.sync_error), g.status, g.metactf_username,"
	" t.id, t.name, m.position";

static const struct field team_fields[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "position", .type = FIELD_INTEGER, .nullable = true },
	{ .name = NULL },
};

const struct field competitor_fields[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = "coach_id", .type = FIELD_UUID, .required = true },
	{ .name = "first_name", .type = FIELD_TEXT, .required = true },
	{ .name = "last_name", .type = FIELD_TEXT, .required = true },
	{ .name = "email_personal", .type = FIELD_TEXT, .nullable = true },
	{ .name = "email_school", .type = FIELD_TEXT, .nullable = true },
	{ .name = "is_18_or_over", .type = FIELD_BOOLEAN, .nullable = true },
	{ .name = "grade", .type = FIELD_TEXT, .nullable = true },
	{ .name = "parent_name", .type = FIELD_TEXT, .nullable = true },
	{ .name = "parent_email", .type = FIELD_TEXT, .nullable = true },
	{ .name = "gender", .type = FIELD_TEXT, .nullable = true },
	{ .name = "race", .type = FIELD_TEXT, .nullable = true },
	{ .name = "ethnicity", .type = FIELD_TEXT, .nullable = true },
	{ .name = "level_of_technology", .type = FIELD_TEXT, .nullable = true },
	{ .name = "years_competing", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "media_release_date", .type = FIELD_TIME, .nullable = true },
	{ .name = "participation_agreement_date", .type = FIELD_TIME, .nullable = true },
	{ .name = "division", .type = FIELD_TEXT, .nullable = true, .one_of = GAME_DIVISIONS },
	{ .name = "is_active", .type = FIELD_BOOLEAN, .nullable = true },
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = GAME_COMPETITOR_STATUSES,
	  .says = "follows from the rest; nobody sets it" },
	{ .name = "syned_school_id", .type = FIELD_TEXT, .nullable = true },
	{ .name = "syned_region_id", .type = FIELD_TEXT, .nullable = true },
	{ .name = "game_platform_id", .type = FIELD_TEXT, .nullable = true },
	{ .name = "game_platform_synced_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "created_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "updated_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "game_platform_sync_error",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "the competitor's, else its mapping's" },
	{ .name = "platform_status",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .one_of = GAME_PLATFORM_STATUSES,
	  .says = "of the mapping; null: there is none" },
	{ .name = "metactf_username", .type = FIELD_TEXT, .nullable = true },
	{ .name = "team", .type = FIELD_OBJECT, .nullable = true, .of = team_fields },
	{ .name = "can_register", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "register_reason",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "why not, when it cannot be added to the platform" },
	{ .name = NULL },
};

bool competitor_is_inactive(struct value competitor)
{
	struct value active = value_get(competitor, STR("is_active"));

	return active.kind == VALUE_BOOL && !active.b;
}

/* Why it cannot be added to the platform; NULL: it can. */
static const char *obstacle(struct value map)
{
	if (competitor_is_inactive(map))
		return COMPETITOR_INACTIVE;
	if (value_get_text(map, "game_platform_id").len > 0)
		return "Already on the Game Platform";
	if (!str_eq(value_get_text(map, "status"), STR("compliance")))
		return "Complete compliance steps before registering";
	return NULL;
}

static struct value view(struct arena *a, const struct db_result *r, size_t row)
{
	struct value map = value_map_new(a), team = NULL_VALUE;
	size_t at = record_view(a, map, competitor_columns, r, row, 0);
	const char *why;

	record_member(a, map, "game_platform_sync_error", RECORD_TEXT, db_cell(r, row, at));
	record_member(a, map, "platform_status", RECORD_TEXT, db_cell(r, row, at + 1));
	record_member(a, map, "metactf_username", RECORD_TEXT, db_cell(r, row, at + 2));
	if (db_cell(r, row, at + 3).kind == VALUE_STR) {
		team = value_map_new(a);
		record_member(a, team, "id", RECORD_TEXT, db_cell(r, row, at + 3));
		record_member(a, team, "name", RECORD_TEXT, db_cell(r, row, at + 4));
		record_member(a, team, "position", RECORD_INT, db_cell(r, row, at + 5));
	}
	value_map_set(a, map, STR("team"), team);
	why = obstacle(map);
	view_bool(a, map, "can_register", !why);
	view_text(a, map, "register_reason", str_from(why ? why : ""));
	return map;
}

bool competitor_list(struct call *c, struct str coach, struct value *out, struct err *e)
{
	struct str team = call_text(c, c->query, "team");
	const struct filter_list list = { "competitors", view,
					  record_columns(c->arena, competitor_columns, "c", beside),
					  FROM, "c.last_name, c.first_name, c.id" };
	struct filter f;

	filter_init(&f, c);
	if (coach.len > 0)
		filter_is(&f, "c.coach_id = ", value_str(coach));
	filter_asked(&f, "status", "c.status = ");
	filter_asked(&f, "division", "c.division = ");
	if (str_eq(team, STR("none")))
		filter_also(&f, "m.team_id IS NULL");
	else
		filter_asked(&f, "team", "CAST(m.team_id AS text) = ");
	filter_found(&f, "c.first_name || ' ' || c.last_name");
	return filter_page(&f, &list, out, e);
}

bool competitor_find(struct call *c, struct str id, struct str coach, struct value *out,
		     struct err *e)
{
	struct db_result r;
	struct filter f;

	filter_init(&f, c);
	filter_is(&f, "c.id = ", value_str(id));
	if (coach.len > 0)
		filter_is(&f, "c.coach_id = ", value_str(coach));
	if (!filter_all(&f, record_columns(c->arena, competitor_columns, "c", beside), FROM, "c.id",
			&r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, COMPETITOR_MISSING);
	*out = view(c->arena, &r, 0);
	return true;
}
