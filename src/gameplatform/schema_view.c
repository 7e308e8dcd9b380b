/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_view.c - indexes that are not unique, and the views under the specification's other names.
 *
 * A name that is taken stays what it is: an application's own table, or ours of before.
 */
#include "gameplatform/schema_part.h"

struct named_sql {
	const char *name, *sql; /* what comes behind "CREATE INDEX name ON " */
};

static const struct named_sql indexes[] = {
	{ "lockstep_game_competitors_coach", "competitors (coach_id)" },
	{ "lockstep_game_competitors_order", "competitors (created_at, id)" },
	{ "lockstep_game_members_team", "team_members (team_id)" },
	/* With what the dashboard counts: a year of solves is counted without reading one. */
	{ "lockstep_game_solves_seen",
	  "game_platform_challenge_solves (syned_user_id, solved_at DESC, source)" },
	{ "lockstep_game_solves_category", "game_platform_challenge_solves (challenge_category)" },
	{ "lockstep_game_solves_time", "game_platform_challenge_solves (solved_at)" },
	{ "lockstep_game_events_user",
	  "game_platform_flash_ctf_events (syned_user_id, started_at DESC)" },
	{ "lockstep_game_events_event", "game_platform_flash_ctf_events (event_id)" },
	{ "lockstep_game_events_time", "game_platform_flash_ctf_events (started_at)" },
	{ "lockstep_game_state_wanted",
	  "game_platform_sync_state (syned_user_id) WHERE needs_totals_refresh" },
	{ "lockstep_game_runs_done",
	  "game_platform_sync_runs (completed_at DESC) WHERE status = 'completed'" },
	{ "lockstep_game_sync_events_time", "game_platform_sync_events (created_at)" },
	{ "lockstep_game_activity_time", "activity_logs (created_at)" },
};

/* Of before; a later one does what they did. */
static const char *const outgrown[] = { "lockstep_game_solves_user" };

/* One view of the specification, and the word that makes a JSON object of pairs. */
static const struct {
	const char *name, *before_object, *behind_object;
} views[] = {
	{ "team_memberships",
	  "SELECT id, team_id, competitor_id, position, joined_at, game_platform_synced_at,"
	  " game_platform_sync_error FROM team_members",
	  NULL },
	{ "game_platform_scores", "SELECT competitor_id, ",
	  "('challenges_completed', challenges_completed, 'monthly_ctf_challenges',"
	  " monthly_ctf_challenges, 'total_score', total_score, 'last_activity', last_activity)"
	  " AS score_json, synced_at AS fetched_at FROM game_platform_stats" },
};

bool game_views_plan(struct game_state *s, struct err *e)
{
	struct ddl *l = &s->ddl;
	const char *object =
		l->db->ops->dialect == DB_POSTGRES ? "jsonb_build_object" : "json_object";
	bool taken;

	for (size_t i = 0; i < COUNT(indexes); i++) {
		if (!game_name_taken(l->db, indexes[i].name, &taken, e))
			return false;
		if (!taken)
			ddl_add(l, str_printf(l->a, "CREATE INDEX %s ON %s", indexes[i].name,
					      indexes[i].sql));
	}
	for (size_t i = 0; i < COUNT(outgrown); i++) {
		if (!game_name_taken(l->db, outgrown[i], &taken, e))
			return false;
		if (taken)
			ddl_add(l, str_printf(l->a, "DROP INDEX %s", outgrown[i]));
	}
	for (size_t i = 0; i < COUNT(views); i++) {
		const char *behind = views[i].behind_object;

		if (!game_name_taken(l->db, views[i].name, &taken, e))
			return false;
		if (!taken)
			ddl_add(l, str_printf(l->a, "CREATE VIEW %s AS %s%s%s", views[i].name,
					      views[i].before_object, behind ? object : "",
					      behind ? behind : ""));
	}
	return true;
}
