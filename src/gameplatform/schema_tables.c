/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_tables.c - which tables and columns there are.
 *
 * The names are the application's that the integration was specified for, so that its own tables
 * are taken as they are.  What is ours alone begins with game_platform_.
 */
#include "gameplatform/schema_part.h"

#define STATUS_CHECK(of)               \
	"DEFAULT 'pending' CHECK (" of \
	" IN ('pending', 'user_created', 'approved', 'denied', 'error'))"
#define DIVISION_CHECK "CHECK (division IN ('middle_school', 'high_school', 'college'))"

static const struct game_column profiles[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "email", .kind = GAME_TEXT },
	{ .name = "role", .kind = GAME_TEXT, .rest = "CHECK (role IN ('admin', 'coach'))" },
	{ .name = "full_name", .kind = GAME_TEXT },
	{ .name = "first_name", .kind = GAME_TEXT },
	{ .name = "last_name", .kind = GAME_TEXT },
	{ .name = "school_name", .kind = GAME_TEXT, .needed = true, .rest = "DEFAULT ''" },
	{ .name = "division", .kind = GAME_TEXT },
	{ .name = "region", .kind = GAME_TEXT },
	{ .name = "is_approved", .kind = GAME_BOOL, .rest = "DEFAULT false" },
	{ .name = "game_platform_user_id", .kind = GAME_TEXT },
	{ .name = "game_platform_last_synced_at", .kind = GAME_TIME },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = "updated_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column competitors[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "coach_id",
	  .kind = GAME_UUID,
	  .parent = "profiles",
	  .cascade = true,
	  .needed = true },
	{ .name = "first_name", .kind = GAME_TEXT, .needed = true },
	{ .name = "last_name", .kind = GAME_TEXT, .needed = true },
	{ .name = "email_personal", .kind = GAME_TEXT },
	{ .name = "email_school", .kind = GAME_TEXT },
	{ .name = "is_18_or_over", .kind = GAME_BOOL, .rest = "DEFAULT false" },
	{ .name = "grade", .kind = GAME_TEXT },
	{ .name = "parent_name", .kind = GAME_TEXT },
	{ .name = "parent_email", .kind = GAME_TEXT },
	{ .name = "gender", .kind = GAME_TEXT },
	{ .name = "race", .kind = GAME_TEXT },
	{ .name = "ethnicity", .kind = GAME_TEXT },
	{ .name = "level_of_technology", .kind = GAME_TEXT },
	{ .name = "years_competing", .kind = GAME_INT },
	{ .name = "media_release_date", .kind = GAME_TIME },
	{ .name = "participation_agreement_date", .kind = GAME_TIME },
	{ .name = "game_platform_id", .kind = GAME_TEXT },
	{ .name = "game_platform_synced_at", .kind = GAME_TIME },
	{ .name = "game_platform_sync_error", .kind = GAME_TEXT },
	{ .name = "game_platform_activity_score",
	  .kind = GAME_INT,
	  .needed = true,
	  .rest = "DEFAULT 0" },
	{ .name = "syned_school_id", .kind = GAME_TEXT },
	{ .name = "syned_region_id", .kind = GAME_TEXT },
	{ .name = "syned_coach_user_id", .kind = GAME_TEXT },
	{ .name = "division", .kind = GAME_TEXT, .rest = DIVISION_CHECK },
	{ .name = "is_active", .kind = GAME_BOOL, .rest = "DEFAULT true" },
	{ .name = "status", .kind = GAME_TEXT, .rest = "DEFAULT 'pending'" },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = "updated_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column teams[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "coach_id",
	  .kind = GAME_UUID,
	  .parent = "profiles",
	  .cascade = true,
	  .needed = true },
	{ .name = "name", .kind = GAME_TEXT, .needed = true },
	{ .name = "description", .kind = GAME_TEXT },
	{ .name = "division", .kind = GAME_TEXT },
	{ .name = "status",
	  .kind = GAME_TEXT,
	  .rest = "DEFAULT 'forming' CHECK (status IN ('forming', 'active', 'archived'))" },
	{ .name = "image_url", .kind = GAME_TEXT },
	{ .name = "affiliation", .kind = GAME_TEXT },
	{ .name = "game_platform_id", .kind = GAME_TEXT },
	{ .name = "game_platform_synced_at", .kind = GAME_TIME },
	{ .name = "game_platform_sync_error", .kind = GAME_TEXT },
	{ .name = "syned_coach_user_id", .kind = GAME_TEXT },
	{ .name = "coach_game_platform_id", .kind = GAME_TEXT },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = "updated_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column team_members[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "team_id",
	  .kind = GAME_UUID,
	  .parent = "teams",
	  .cascade = true,
	  .needed = true },
	{ .name = "competitor_id",
	  .kind = GAME_UUID,
	  .parent = "competitors",
	  .cascade = true,
	  .needed = true },
	{ .name = "position", .kind = GAME_INT, .rest = "CHECK (position BETWEEN 1 AND 6)" },
	{ .name = "joined_at", .kind = GAME_NOW },
	{ .name = "game_platform_synced_at", .kind = GAME_TIME },
	{ .name = "game_platform_sync_error", .kind = GAME_TEXT },
	{ .name = NULL },
};

static const struct game_column game_platform_profiles[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "coach_id", .kind = GAME_UUID, .parent = "profiles", .cascade = true },
	{ .name = "competitor_id", .kind = GAME_UUID, .parent = "competitors", .cascade = true },
	{ .name = "metactf_role",
	  .kind = GAME_TEXT,
	  .rest = "CHECK (metactf_role IN ('coach', 'user'))" },
	{ .name = "syned_user_id", .kind = GAME_TEXT },
	{ .name = "metactf_user_id", .kind = GAME_BIG },
	{ .name = "metactf_username", .kind = GAME_TEXT },
	{ .name = "status", .kind = GAME_TEXT, .needed = true, .rest = STATUS_CHECK("status") },
	{ .name = "last_synced_at", .kind = GAME_TIME },
	{ .name = "sync_error", .kind = GAME_TEXT },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = "updated_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column game_platform_teams[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "team_id", .kind = GAME_UUID, .parent = "teams", .cascade = true },
	{ .name = "syned_team_id", .kind = GAME_TEXT },
	{ .name = "metactf_team_id", .kind = GAME_BIG },
	{ .name = "metactf_team_name", .kind = GAME_TEXT },
	{ .name = "status", .kind = GAME_TEXT, .needed = true, .rest = STATUS_CHECK("status") },
	{ .name = "create_sent_at", .kind = GAME_TIME },
	{ .name = "last_synced_at", .kind = GAME_TIME },
	{ .name = "sync_error", .kind = GAME_TEXT },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = "updated_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column game_platform_stats[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "competitor_id",
	  .kind = GAME_UUID,
	  .parent = "competitors",
	  .cascade = true,
	  .needed = true },
	{ .name = "challenges_completed", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "monthly_ctf_challenges", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "total_score", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "last_activity", .kind = GAME_TIME },
	{ .name = "synced_at", .kind = GAME_TIME },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = "updated_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column game_platform_challenge_solves[] = {
	{ .name = "id", .kind = GAME_NUMBER },
	{ .name = "syned_user_id", .kind = GAME_TEXT, .needed = true },
	{ .name = "metactf_user_id", .kind = GAME_BIG },
	{ .name = "syned_team_id", .kind = GAME_TEXT },
	{ .name = "challenge_solve_id", .kind = GAME_BIG, .needed = true },
	{ .name = "challenge_id", .kind = GAME_BIG },
	{ .name = "challenge_title", .kind = GAME_TEXT },
	{ .name = "challenge_category", .kind = GAME_TEXT },
	{ .name = "challenge_points", .kind = GAME_INT },
	{ .name = "solved_at", .kind = GAME_TIME },
	{ .name = "source",
	  .kind = GAME_TEXT,
	  .needed = true,
	  .rest = "DEFAULT 'odl' CHECK (source IN ('odl', 'flash_ctf'))" },
	{ .name = "event_id", .kind = GAME_TEXT, .needed = true, .rest = "DEFAULT ''" },
	{ .name = "raw_payload", .kind = GAME_JSON },
	{ .name = "ingested_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column game_platform_flash_ctf_events[] = {
	{ .name = "id", .kind = GAME_NUMBER },
	{ .name = "syned_user_id", .kind = GAME_TEXT, .needed = true },
	{ .name = "metactf_user_id", .kind = GAME_BIG },
	{ .name = "event_id", .kind = GAME_TEXT, .needed = true },
	{ .name = "name", .kind = GAME_TEXT },
	{ .name = "description", .kind = GAME_TEXT },
	{ .name = "challenges_solved", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "score", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "rank", .kind = GAME_INT },
	{ .name = "max_points_possible", .kind = GAME_INT },
	{ .name = "started_at", .kind = GAME_TIME },
	{ .name = "ended_at", .kind = GAME_TIME },
	{ .name = "raw_payload", .kind = GAME_JSON },
	{ .name = "ingested_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column game_platform_sync_state[] = {
	{ .name = "syned_user_id", .kind = GAME_TEXT, .needed = true },
	{ .name = "last_odl_synced_at", .kind = GAME_TIME },
	{ .name = "last_flash_ctf_synced_at", .kind = GAME_TIME },
	{ .name = "last_remote_accessed_at", .kind = GAME_TIME },
	{ .name = "last_attempt_at", .kind = GAME_TIME },
	{ .name = "last_result",
	  .kind = GAME_TEXT,
	  .rest = "CHECK (last_result IN ('success', 'failure'))" },
	{ .name = "error_message", .kind = GAME_TEXT },
	{ .name = "needs_totals_refresh",
	  .kind = GAME_BOOL,
	  .needed = true,
	  .rest = "DEFAULT false" },
	{ .name = "totals_wanted", .kind = GAME_BIG, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "updated_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column game_platform_sync_runs[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "started_at", .kind = GAME_NOW },
	{ .name = "completed_at", .kind = GAME_TIME },
	{ .name = "status", .kind = GAME_TEXT, .needed = true, .rest = "DEFAULT 'running'" },
	{ .name = "competitors_synced", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "competitors_skipped", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "competitors_failed", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "error_message", .kind = GAME_TEXT },
	{ .name = "sync_type", .kind = GAME_TEXT, .needed = true, .rest = "DEFAULT 'incremental'" },
	{ .name = "batch_number", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "batch_size", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 100" },
	{ .name = "total_batches", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 1" },
	{ .name = "competitors_processed", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "competitors_with_new_data",
	  .kind = GAME_INT,
	  .needed = true,
	  .rest = "DEFAULT 0" },
	{ .name = "api_call_count", .kind = GAME_INT, .needed = true, .rest = "DEFAULT 0" },
	{ .name = "duration_ms", .kind = GAME_BIG },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = NULL },
};

/* What was done outlives what it was done to. */
static const struct game_column game_platform_sync_events[] = {
	{ .name = "id", .kind = GAME_ID },
	{ .name = "profile_id", .kind = GAME_UUID, .parent = "profiles" },
	{ .name = "competitor_id", .kind = GAME_UUID, .parent = "competitors" },
	{ .name = "team_id", .kind = GAME_UUID, .parent = "teams" },
	{ .name = "event_type", .kind = GAME_TEXT },
	{ .name = "status", .kind = GAME_TEXT },
	{ .name = "message", .kind = GAME_TEXT },
	{ .name = "created_at", .kind = GAME_NOW },
	{ .name = NULL },
};

static const struct game_column activity_logs[] = {
	{ .name = "id", .kind = GAME_ID },           { .name = "user_id", .kind = GAME_TEXT },
	{ .name = "action", .kind = GAME_TEXT },     { .name = "entity_type", .kind = GAME_TEXT },
	{ .name = "entity_id", .kind = GAME_UUID },  { .name = "metadata", .kind = GAME_JSON },
	{ .name = "ip_address", .kind = GAME_TEXT }, { .name = "user_agent", .kind = GAME_TEXT },
	{ .name = "created_at", .kind = GAME_NOW },  { .name = NULL },
};

/* A table, its columns (of the same name) and what is unique in it. */
#define TABLE(of, ...) .name = #of, .column = of, .unique = __VA_ARGS__

const struct game_table game_tables[] = {
	{ TABLE(profiles, { { "game_platform_user_id" } }) },
	{ TABLE(competitors, { { "game_platform_id" } }) },
	{ TABLE(teams, { { "game_platform_id" }, { "coach_id", "name" } }) },
	{ TABLE(team_members, { { "competitor_id" } }) },
	{ TABLE(game_platform_profiles,
		{ { "coach_id" }, { "competitor_id" }, { "syned_user_id" } }),
	  .tail = ", CHECK ((coach_id IS NULL) <> (competitor_id IS NULL))" },
	{ TABLE(game_platform_teams, { { "team_id" }, { "syned_team_id" } }) },
	{ TABLE(game_platform_stats, { { "competitor_id" } }) },
	{ TABLE(game_platform_challenge_solves,
		{ { "syned_user_id", "source", "event_id", "challenge_solve_id" } }) },
	{ TABLE(game_platform_flash_ctf_events, { { "syned_user_id", "event_id" } }) },
	{ TABLE(game_platform_sync_state, { { "syned_user_id" } }),
	  .tail = ", PRIMARY KEY (syned_user_id)" },
	{ .name = "game_platform_sync_runs", .column = game_platform_sync_runs },
	{ .name = "game_platform_sync_events", .column = game_platform_sync_events },
	{ .name = "activity_logs", .column = activity_logs },
	{ .name = NULL },
};

const char *const game_schema_tables[] = {
	"profiles",
	"competitors",
	"teams",
	"team_members",
	"game_platform_profiles",
	"game_platform_teams",
	"game_platform_stats",
	"game_platform_challenge_solves",
	"game_platform_flash_ctf_events",
	"game_platform_sync_state",
	"game_platform_sync_runs",
	"game_platform_sync_events",
	"activity_logs",
	NULL,
};
