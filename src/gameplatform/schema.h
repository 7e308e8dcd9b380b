/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - the game platform's tables: made, or completed where an application has them already.
 *
 * Only ever adds: tables, columns, indexes, views, and triggers of ours (lockstep_game_…).
 */
#ifndef GAMEPLATFORM_SCHEMA_H
#define GAMEPLATFORM_SCHEMA_H

#include "connector/plan.h"
#include "store/db.h"

/* The statements that bring the database to it; none when it is there. */
MUST_CHECK bool game_schema_plan(struct db *d, struct arena *a, const struct connection *c,
				 struct str **statement, size_t *statements, struct err *e);

/* The names of its tables, NULL at the end. */
extern const char *const game_schema_tables[];

/* How many a team has at most, and what is said to those who want more. */
#define GAME_TEAM_MEMBERS_MAX 6
#define GAME_TEAM_FULL "Team cannot have more than 6 members"
#define GAME_OTHER_DIVISION "Competitor division must match team division"

/* Words of columns, for struct field's one_of. */
#define GAME_DIVISIONS "middle_school|high_school|college"
#define GAME_COMPETITOR_STATUSES "pending|profile|compliance|complete"
#define GAME_TEAM_STATUSES "forming|active|archived"
#define GAME_PLATFORM_STATUSES "pending|user_created|approved|denied|error"

/* What a competitor's status should be, as an expression of both databases over the columns of
 * `row`, a table or its alias. */
struct str game_status_sql(struct arena *a, const char *row);

#endif
