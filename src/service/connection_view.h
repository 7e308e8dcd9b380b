/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection_view.h - how connections stand, as JSON: state, freshness, schedule, last runs.
 *
 * A handful of queries for all of them together, each by an index: it stays fast with a hundred
 * thousand runs in the log.
 */
#ifndef CONNECTION_VIEW_H
#define CONNECTION_VIEW_H

#include "service/connection.h"
#include "service/connection_state.h"
#include "service/run_progress.h"
#include "work/schedule.h"

#define CONNECTION_RUNS_SHOWN 14
#define CONNECTION_SCHEDULES_MAX 4 /* of an integration's own */

/* What is known of one of them; everything lives as long as the call. */
struct connection_sight {
	const struct connection *connection;
	struct connection_verdict verdict;
	struct pause *stopped;               /* or NULL */
	struct run_log *running;             /* the whole run under way, or NULL */
	struct run_log *part;                /* its table under way, or NULL */
	struct run_progress *progress;       /* of the job that carries it out, or NULL */
	struct run_list runs;                /* the last whole ones, the newest first */
	const struct run_log *success;       /* the last whole one that was, or NULL */
	struct schedule *incremental, *full; /* or NULL */
	/* Of an integration with schedules of its own, and no tables of the plan. */
	const struct integration *integration; /* or NULL */
	struct integration_report report;
	struct schedule *own[CONNECTION_SCHEDULES_MAX];
	size_t owns;
	int64_t due_every_ms; /* 0: by no schedule */
	int64_t quarantined, written;
	struct hold *hold;
	size_t holds;
};

/* Of these connections, in their order. */
MUST_CHECK bool connection_look(const struct call *c, const struct connection *const *n,
				size_t count, struct connection_sight **out, struct err *e);

MUST_CHECK bool connection_sight_view(const struct call *c, const struct connection_sight *s,
				      struct value *out, struct err *e);

/* Look and view of one. */
MUST_CHECK bool connection_view(const struct call *c, const struct connection *n, struct value *out,
				struct err *e);

/* The members, for the OpenAPI document. */
extern const struct field connection_view_fields[];
extern const struct field connection_view_item[];

#endif
