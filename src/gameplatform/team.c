/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team.c - a team and its members as coaches see them.
 *
 * Whether a member has arrived at the platform is told by the member's row, which is written when
 * the assignment was made there or refused.
 */
#include "gameplatform/team.h"

#include "gameplatform/filter.h"
#include "gameplatform/schema.h"
#include "service/view.h"
#include "store/sql.h"

const struct record_column team_columns[] = {
	{ "id", RECORD_TEXT, false },
	{ "coach_id", RECORD_TEXT, false },
	{ "name", RECORD_TEXT, true },
	{ "description", RECORD_TEXT, true },
	{ "division", RECORD_TEXT, true },
	{ "affiliation", RECORD_TEXT, true },
	{ "status", RECORD_TEXT, true },
	{ "image_url", RECORD_TEXT, true },
	{ "game_platform_id", RECORD_TEXT, false },
	{ "game_platform_synced_at", RECORD_TIME, false },
	{ "created_at", RECORD_TIME, false },
	{ "updated_at", RECORD_TIME, false },
	{ .name = NULL },
};

/* Behind a member's competitor columns. */
static const struct record_column member_columns[] = {
	{ "position", RECORD_INT, false },
	{ "joined_at", RECORD_TIME, false },
	{ "game_platform_synced_at", RECORD_TIME, false },
	{ "game_platform_sync_error", RECORD_TEXT, false },
	{ .name = NULL },
};

/* One word for where a member stands: m is the member's row, c the competitor's. */
#define SYNC                                                                                   \
	"CASE WHEN coalesce(CAST(c.game_platform_id AS text), '') = '' THEN 'not_on_platform'" \
	" WHEN coalesce(m.game_platform_sync_error, '') <> '' THEN 'error'"                    \
	" WHEN m.game_platform_synced_at IS NOT NULL THEN 'synced' ELSE 'pending' END"

#define COUNT_OF(word) "count(CASE WHEN k.sync = '" word "' THEN 1 END)"

#define FROM                                                                                                          \
	"teams t LEFT JOIN game_platform_teams g ON g.team_id = t.id LEFT JOIN (SELECT"                               \
	" k.team_id, count(*) AS n, " COUNT_OF("synced") " AS synced, " COUNT_OF("pending") " AS pending, " COUNT_OF( \
		"error") " AS error, " COUNT_OF("not_on_platform") " AS missing FROM (SELECT m.team_id, " SYNC        \
								   " AS sync FROM team_members m JOIN"                \
								   " competitors c ON c.id = m.competitor_id) k GROUP BY k.team_id) s ON s.team_id = t.id"

static const char beside[] =
	", coalesce(t.game_platform_sync_error, g.sync_error), g.status, coalesce(s.n, 0),"
	" coalesce(s.synced, 0), coalesce(s.pending, 0), coalesce(s.error, 0),"
	" coalesce(s.missing, 0)";

#define TEAM_FIELDS                                                                          \
	{ .name = "id", .type = FIELD_UUID, .required = true },                              \
		{ .name = "coach_id", .type = FIELD_UUID, .required = true },                \
		{ .name = "name", .type = FIELD_TEXT, .required = true },                    \
		{ .name = "description", .type = FIELD_TEXT, .nullable = true },             \
		{ .name = "division", .type = FIELD_TEXT, .nullable = true },                \
		{ .name = "affiliation", .type = FIELD_TEXT, .nullable = true },             \
		{ .name = "status",                                                          \
		  .type = FIELD_TEXT,                                                        \
		  .nullable = true,                                                          \
		  .one_of = GAME_TEAM_STATUSES },                                            \
		{ .name = "image_url", .type = FIELD_TEXT, .nullable = true },               \
		{ .name = "game_platform_id", .type = FIELD_TEXT, .nullable = true },        \
		{ .name = "game_platform_synced_at", .type = FIELD_TIME, .nullable = true }, \
		{ .name = "created_at", .type = FIELD_TIME, .nullable = true },              \
		{ .name = "updated_at", .type = FIELD_TIME, .nullable = true },              \
		{ .name = "game_platform_sync_error",                                        \
		  .type = FIELD_TEXT,                                                        \
		  .nullable = true,                                                          \
		  .says = "the team's, else its mapping's" },                                \
		{ .name = "platform_status",                                                 \
		  .type = FIELD_TEXT,                                                        \
		  .nullable = true,                                                          \
		  .one_of = GAME_PLATFORM_STATUSES },                                        \
		{ .name = "members_count", .type = FIELD_INTEGER, .required = true },        \
		{ .name = "members_synced", .type = FIELD_INTEGER, .required = true },       \
		{ .name = "members_pending", .type = FIELD_INTEGER, .required = true },      \
		{ .name = "members_error", .type = FIELD_INTEGER, .required = true },        \
	{                                                                                    \
		.name = "members_not_on_platform", .type = FIELD_INTEGER, .required = true   \
	}

const struct field member_fields[] = {
	{ .name = "competitor_id", .type = FIELD_UUID, .required = true },
	{ .name = "first_name", .type = FIELD_TEXT, .required = true },
	{ .name = "last_name", .type = FIELD_TEXT, .required = true },
	{ .name = "status", .type = FIELD_TEXT, .required = true },
	{ .name = "is_active", .type = FIELD_BOOLEAN, .nullable = true },
	{ .name = "division", .type = FIELD_TEXT, .nullable = true },
	{ .name = "game_platform_id", .type = FIELD_TEXT, .nullable = true },
	{ .name = "sync",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = "synced|pending|error|not_on_platform" },
	{ .name = "position", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "joined_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "game_platform_synced_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "game_platform_sync_error", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};
static const struct field member_item[] = {
	{ .name = "member", .type = FIELD_OBJECT, .of = member_fields },
	{ .name = NULL },
};

const struct field team_fields[] = {
	TEAM_FIELDS,
	{ .name = NULL },
};
const struct field team_with_members_fields[] = {
	TEAM_FIELDS,
	{ .name = "members", .type = FIELD_LIST, .required = true, .of = member_item },
	{ .name = NULL },
};

/* ---- members ---- */

bool team_members(struct call *c, struct str id, struct value *out, struct err *e)
{
	static const char *const first[] = { "competitor_id",    "first_name", "last_name",
					     "status",           "is_active",  "division",
					     "game_platform_id", "sync" };
	struct str columns = record_columns(c->arena, member_columns, "m", "");
	struct filter f;
	struct db_result r;

	filter_init(&f, c);
	filter_is(&f, "m.team_id = ", value_str(id));
	columns = str_printf(c->arena,
			     "c.id, c.first_name, c.last_name, c.status, c.is_active, c.division,"
			     " c.game_platform_id, " SYNC ", %.*s",
			     STR_ARG(columns));
	if (!filter_all(&f, columns, "team_members m JOIN competitors c ON c.id = m.competitor_id",
			"m.position, c.last_name, c.first_name, c.id", &r, e))
		return false;
	*out = value_list_new(c->arena);
	for (size_t i = 0; i < r.rows; i++) {
		struct value map = value_map_new(c->arena);

		for (size_t k = 0; k < COUNT(first); k++)
			record_member(c->arena, map, first[k],
				      strcmp(first[k], "is_active") == 0 ? RECORD_BOOL
									 : RECORD_TEXT,
				      db_cell(&r, i, k));
		record_view(c->arena, map, member_columns, &r, i, COUNT(first));
		value_list_add(c->arena, *out, map);
	}
	return true;
}

/* ---- teams ---- */

static struct value view(struct arena *a, const struct db_result *r, size_t row)
{
	static const char *const counts[] = { "members_count", "members_synced", "members_pending",
					      "members_error", "members_not_on_platform" };
	struct value map = value_map_new(a);
	size_t at = record_view(a, map, team_columns, r, row, 0);

	record_member(a, map, "game_platform_sync_error", RECORD_TEXT, db_cell(r, row, at));
	record_member(a, map, "platform_status", RECORD_TEXT, db_cell(r, row, at + 1));
	for (size_t i = 0; i < COUNT(counts); i++)
		record_member(a, map, counts[i], RECORD_INT, db_cell(r, row, at + 2 + i));
	return map;
}

bool team_list(struct call *c, struct str coach, struct value *out, struct err *e)
{
	const struct filter_list list = { "teams", view,
					  record_columns(c->arena, team_columns, "t", beside), FROM,
					  "t.name, t.id" };
	struct filter f;

	filter_init(&f, c);
	if (coach.len > 0)
		filter_is(&f, "t.coach_id = ", value_str(coach));
	filter_asked(&f, "division", "t.division = ");
	filter_asked(&f, "status", "t.status = ");
	filter_found(&f, "t.name");
	return filter_page(&f, &list, out, e);
}

bool team_find(struct call *c, struct str id, struct str coach, struct value *out, struct err *e)
{
	struct value members;
	struct db_result r;
	struct filter f;

	filter_init(&f, c);
	filter_is(&f, "t.id = ", value_str(id));
	if (coach.len > 0)
		filter_is(&f, "t.coach_id = ", value_str(coach));
	if (!filter_all(&f, record_columns(c->arena, team_columns, "t", beside), FROM, "t.id", &r,
			e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, TEAM_MISSING);
	*out = view(c->arena, &r, 0);
	if (!team_members(c, id, &members, e))
		return false;
	value_map_set(c->arena, *out, STR("members"), members);
	return true;
}
