/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_backfill.c - rows that an application's own competitors and teams lack when our tables
 * come to stand beside theirs.
 *
 * Each is filled once, with the table or column that it is for: what is removed there later is not
 * put back by the next migration.
 */
#include "gameplatform/schema_part.h"

/* One id under two names keeps the first. */
#define ON_PLATFORM "coalesce(CAST(game_platform_id AS text), '') <> '' ON CONFLICT DO NOTHING"

static bool made_now(const struct game_state *s, const char *table)
{
	const struct table_shape *shape = game_shape(s, table);

	return shape && !shape->exists;
}

bool game_backfill_plan(struct game_state *s, struct err *e)
{
	const struct table_shape *competitors = game_shape(s, "competitors");

	(void)e;
	if (game_had(s, "competitors", "game_platform_id")) {
		if (made_now(s, "game_platform_sync_state"))
			ddl_add(&s->ddl, STR("INSERT INTO game_platform_sync_state (syned_user_id)"
					     " SELECT CAST(game_platform_id AS text)"
					     " FROM competitors WHERE " ON_PLATFORM));
		if (made_now(s, "game_platform_profiles"))
			ddl_add(&s->ddl,
				STR("INSERT INTO game_platform_profiles (competitor_id,"
				    " metactf_role, syned_user_id, status) SELECT id, 'user',"
				    " CAST(game_platform_id AS text), 'pending'"
				    " FROM competitors WHERE " ON_PLATFORM));
	}
	if (game_had(s, "profiles", "game_platform_user_id") &&
	    made_now(s, "game_platform_profiles"))
		ddl_add(&s->ddl,
			STR("INSERT INTO game_platform_profiles (coach_id, metactf_role,"
			    " syned_user_id, status) SELECT id, 'coach',"
			    " CAST(game_platform_user_id AS text), 'pending' FROM profiles"
			    " WHERE coalesce(CAST(game_platform_user_id AS text), '') <> ''"
			    " ON CONFLICT DO NOTHING"));
	if (game_had(s, "teams", "game_platform_id") && made_now(s, "game_platform_teams"))
		ddl_add(&s->ddl, STR("INSERT INTO game_platform_teams (team_id, syned_team_id,"
				     " metactf_team_name, status) SELECT id,"
				     " CAST(game_platform_id AS text), name, 'approved'"
				     " FROM teams WHERE " ON_PLATFORM));
	/* Its trigger says what it really is. */
	if (competitors->exists && !game_had(s, "competitors", "status"))
		ddl_add(&s->ddl, STR("UPDATE competitors SET status = 'pending'"));
	return true;
}
