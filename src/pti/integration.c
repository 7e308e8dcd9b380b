/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration.c - what ratings (PTI) add to the engine: routes, tasks, tables.
 *
 * One row a line, so that parts that are made side by side do not get into each other's way.
 */
#include "pti/integration.h"

#include "pti/inspect.h"
#include "pti/link_task.h"
#include "pti/routes.h"
#include "pti/schema.h"
#include "pti/source.h"
#include "pti/weekly_report.h"
#include "pti/weekly_task.h"

#define ATTEMPTS_MAX 3
#define BACKOFF_MS 2000
#define BACKOFF_MAX_MS 20000
#define DRAIN_MS 20000

static const struct route *const routes[] = {
	pti_desk_routes,
	pti_linked_routes,
	pti_player_routes,
	NULL,
};

#define PERSONS_TASK(of, words, fn)                                                   \
	{                                                                             \
		.name = of, .says = words, .run = fn, .attempts_max = ATTEMPTS_MAX,   \
		.base_ms = BACKOFF_MS, .cap_ms = BACKOFF_MAX_MS, .drain_ms = DRAIN_MS \
	}

static const struct task tasks[] = {
	PERSONS_TASK(PTI_LINK_TASK, "link a player's page and read the rating", link_task_run),
	PERSONS_TASK(PTI_REFRESH_TASK, "read a player's rating again", refresh_task_run),
	PERSONS_TASK(PTI_HISTORY_TASK, "read a player's matches", history_task_run),
	PERSONS_TASK(PTI_ROSTER_TASK, "read a team's roster", roster_task_run),
	{ .name = PTI_SYNC_TASK,
	  .says = "read the ratings of all linked players again",
	  .run = weekly_task_run,
	  .drain_ms = DRAIN_MS },
	{ .name = NULL },
};

static const struct integration_schedule schedules[] = {
	{ .name = PTI_WEEKLY_SCHEDULE,
	  .cron = PTI_WEEKLY_CRON,
	  .task = PTI_SYNC_TASK,
	  .args = "{}",
	  .lane = PTI_SYNC_LANE },
	{ .name = NULL },
};

const struct integration pti_ratings = {
	.connector = PTI_CONNECTOR,
	.routes = routes,
	.tasks = tasks,
	.schema = pti_schema_plan,
	.schedule = schedules,
	.tables = pti_schema_tables,
	.inspect = pti_inspect,
	.limit = source_limit,
	.report = weekly_report,
	.page = "/ratings",
};
