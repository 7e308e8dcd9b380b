/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - the tables that ratings need: the application's `players`, made or completed, and
 * ours.
 *
 *     lockstep_pti_spend    what was spent of a source in a month (UTC)
 *     lockstep_pti_players  what is remembered of a player beside the five fields
 *     lockstep_pti_changes  ratings that changed
 *     lockstep_pti_runs     runs of the weekly job
 *
 * Only ever adds.
 */
#ifndef PTI_SCHEMA_H
#define PTI_SCHEMA_H

#include "connector/plan.h"
#include "store/db.h"

/* The statements that bring the database to it; none when it is there. */
MUST_CHECK bool pti_schema_plan(struct db *d, struct arena *a, const struct connection *c,
				struct str **statement, size_t *statements, struct err *e);

/* The names of its tables, NULL at the end. */
extern const char *const pti_schema_tables[];

#endif
