/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration.c - what the game platform adds to the engine: routes, tasks, tables, schedules.
 *
 * One row a line, so that parts that are made side by side do not get into each other's way.
 */
#include "gameplatform/integration.h"

#include "gameplatform/coach_routes.h"
#include "gameplatform/competitor_routes.h"
#include "gameplatform/inspect.h"
#include "gameplatform/member_routes.h"
#include "gameplatform/mirror_task.h"
#include "gameplatform/platform.h"
#include "gameplatform/platform_routes.h"
#include "gameplatform/register_routes.h"
#include "gameplatform/dashboard.h"
#include "gameplatform/schema.h"
#include "gameplatform/score_report.h"
#include "gameplatform/score_routes.h"
#include "gameplatform/score_task.h"
#include "gameplatform/team_routes.h"

static const struct route *const routes[] = {
	coach_routes,  competitor_routes, gameplatform_dashboard_routes,
	member_routes, platform_routes,   register_routes,
	score_routes,  team_routes,       NULL,
};

static const struct task tasks[] = {
	{ .name = GAME_SYNC_TASK,
	  .says = "ask the game platform for news of those whose turn it is",
	  .run = score_task_run,
	  .attempts_max = SCORE_ATTEMPTS,
	  .base_ms = SCORE_BACKOFF_MS,
	  .cap_ms = SCORE_BACKOFF_MAX_MS },
	{ .name = GAME_TOTALS_TASK,
	  .says = "ask the game platform for the totals of those who had news",
	  .run = totals_task_run,
	  .attempts_max = SCORE_ATTEMPTS,
	  .base_ms = SCORE_BACKOFF_MS,
	  .cap_ms = SCORE_BACKOFF_MAX_MS },
	{ .name = GAME_ONBOARD_TASK,
	  .says = "bring a competitor onto the game platform",
	  .run = onboard_task_run,
	  .base_ms = 2000,
	  .cap_ms = 30000,
	  .drain_ms = 20000 },
	{ .name = GAME_TEAM_TASK,
	  .says = "make a team at the game platform what it is here",
	  .run = team_task_run,
	  .attempts_max = 20,
	  .base_ms = 2000,
	  .cap_ms = 30000,
	  .drain_ms = 20000 },
	{ .name = GAME_ROSTERS_TASK,
	  .says = "compare rosters with the game platform's, and start what makes them the same",
	  .run = rosters_task_run,
	  .attempts_max = 10,
	  .base_ms = 5000,
	  .cap_ms = 60000 },
	{ .name = NULL },
};

static const struct integration_schedule schedules[] = {
	{ .name = "game_platform_sync_incremental",
	  .cron = "*/30 * * * *",
	  .task = GAME_SYNC_TASK,
	  .args = "{}",
	  .attempts_max = SCORE_ATTEMPTS,
	  .lane = SCORE_LANE },
	{ .name = "game_platform_totals_sweep_hourly",
	  .cron = "0 * * * *",
	  .task = GAME_TOTALS_TASK,
	  .args = "{}",
	  .attempts_max = SCORE_ATTEMPTS,
	  .lane = TOTALS_LANE },
	{ .name = NULL },
};

/* What the pages of competitors, teams and coaches show. */
static const struct beacon_watch watched[] = {
	{ "profiles", BEACON_COMPETITOR, NULL },
	{ "competitors", BEACON_COMPETITOR, NULL },
	{ "game_platform_profiles", BEACON_COMPETITOR, NULL },
	{ "teams", BEACON_TEAM, NULL },
	{ "team_members", BEACON_TEAM, NULL },
	{ "game_platform_teams", BEACON_TEAM, NULL },
	{ .table = NULL },
};

/* Everything but "true" is off. */
static bool is_off(const struct connection *c)
{
	return !platform_settings(c).enabled;
}

const struct integration game_platform = {
	.connector = "metactf",
	.routes = routes,
	.tasks = tasks,
	.schema = game_schema_plan,
	.schedule = schedules,
	.tables = game_schema_tables,
	.watched = watched,
	.idle = is_off,
	.inspect = game_inspect,
	.report = score_report,
	.page = "/score-sync",
};
