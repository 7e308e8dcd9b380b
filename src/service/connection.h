/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.h - what a person does with a connection and sees of it: trigger, stop, restart,
 * figures.  The routes of the engine and of the integrations stand on these.
 */
#ifndef SERVICE_CONNECTION_H
#define SERVICE_CONNECTION_H

#include "api/call.h"
#include "service/service.h"
#include "service/sync_task.h"
#include "store/run_stats.h"

#define STATISTICS_DAYS 30
#define STUCK_MS ((int64_t)60 * 60 * 1000)

/* By name; without one the only one, or the first of `connector` (may be empty).  ERR_MISSING.  It
 * lives as long as the plan. */
MUST_CHECK bool connection_find(const struct plan *p, struct str name, struct str connector,
				const struct connection **out, struct err *e);

/* Tells whoever looks at it to look again: an event "connection" with its name. */
void connection_hint(const struct call *c, const struct connection *n);

/* The pause of a stopped connection; *is false when it is not stopped. */
MUST_CHECK bool connection_stopped(const struct call *c, const struct connection *n, bool *is,
				   struct pause *out, struct err *e);

/* The newest whole run that is running, or *found false. */
MUST_CHECK bool connection_running(const struct call *c, const struct connection *n,
				   struct run_log *out, bool *found, struct err *e);

/*
 * Enqueues a sync and fills *out; the audit entry goes with it.  When any sync of the connection is
 * under way or waits, or the connection is stopped, the call is answered with 409 ("sync_running"
 * with that run and job, "sync_stopped") and *answered is true.
 */
MUST_CHECK bool connection_trigger(struct call *c, const struct connection *n, struct sync_wish *w,
				   struct sync_ticket *out, bool *answered, struct err *e);

/* Cancels its jobs, the running one between two pages, and starts no more until restarted; durable.
 * *cancelled counts them. */
MUST_CHECK bool connection_stop(struct call *c, const struct connection *n, struct str reason,
				int64_t *cancelled, struct err *e);
/* Ends the stop and enqueues an incremental sync. */
MUST_CHECK bool connection_restart(struct call *c, const struct connection *n, bool *was_stopped,
				   struct sync_ticket *out, struct err *e);

/* Its tables that a check stopped, as view_holds(). */
MUST_CHECK bool connection_holds(const struct call *c, const struct connection *n,
				 struct value *out, struct err *e);
/* Lets them go on, all of them when `table` is empty; `once`: past the check, one time. ERR_MISSING
 * when none is held.  The audit entry goes with it. */
MUST_CHECK bool connection_release(struct call *c, const struct connection *n, struct str table,
				   bool once, struct err *e);

/* Use of the vendor's limit: the tightest policy that counts, in calls of its window. */
struct budget_use {
	int64_t limit, used, interval_ms; /* limit 0: the manifest has none */
};
MUST_CHECK bool connection_budget(const struct call *c, const struct connection *n,
				  struct budget_use *out, struct err *e);

/* What a run or a probe needs, on the call's database connection; `rng` is the caller's. */
struct engine connection_engine(const struct call *c, struct rng *rng);
const struct seal *connection_seal(const struct call *c);

/* limit, used, ratio and window as a map. */
struct value budget_view(struct arena *a, const struct budget_use *u);

#endif
