/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - one process of the service: plan, engine, workers, scheduler, API, and their order.
 *
 *     open: plan → key, client, database → tables → schedules → workers → scheduler → API
 *     end:  API and scheduler stop taking things in → workers drain → the rest, backwards
 *
 * Handlers of routes (their arg) and of tasks (job_run.arg) get the struct service.  What they ask
 * it may be asked from any thread, but for what says otherwise.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include "api/api.h"
#include "flow/session.h"
#include "service/integration.h"
#include "service/setup.h"
#include "work/pool.h"
#include "work/schedule.h"

struct census;
struct service;

struct service_options {
	struct plan_options plan; /* read again by service_reload() */
	struct str version;
	struct str listen; /* in place of the plan's, or empty */
	int64_t workers;   /* in place of the plan's; negative: the plan's; 0: none */
	bool no_api, no_scheduler;
	/* What adds routes (their arg is the struct service), tasks, tables and schedules; NULL at
	 * the end, or NULL. */
	const struct integration *const *integrations;
	const struct assets *console; /* what the API answers a browser; NULL: nothing */
};

/* False: *told has what is wrong with the plan, line by line, when that is what is wrong.  What `o`
 * points at outlives the service. */
MUST_CHECK bool service_open(const struct service_options *o, struct buf *told,
			     struct service **out, struct err *e);

/*
 * Reads the plan again.  False: nothing has changed, and *told has why.  True: jobs that begin from
 * now on go by the new plan; *told has what will only change with a restart, line by line.  Main
 * thread.
 */
MUST_CHECK bool service_reload(struct service *s, struct buf *told, struct err *e);

/* Takes nothing more in, lets what runs end or stops it, for at most wait_ms.  From a thread of the
 * caller's choice, once. */
void service_drain(struct service *s, int64_t wait_ms);
void service_close(struct service *s); /* NULL is allowed */

/* Whether each loop of the process went round lately: a watchdog's question. */
bool service_live(struct service *s);
/* "http://127.0.0.1:8080", or empty without the API. */
struct str service_address(const struct service *s, struct arena *a);
/* "3 of 8 workers busy, leads the schedules": for people. */
struct str service_says(struct service *s, struct arena *a);

struct census *service_census(struct service *s);

/* The plan in force; give it back by setup_unref(). */
struct setup *service_setup(struct service *s);

/* Jobs were added or schedules changed: whoever waits looks at once. */
void service_wake(struct service *s);

/* A person wants these jobs run now, whatever is paused; for what pool_force() promises. */
void service_force(struct service *s, const int64_t *job, size_t n);

/* ERR_MISSING when there is no task of that name. */
MUST_CHECK bool service_task_check(const struct service *s, struct str task, struct err *e);
/* Whether it is one of the engine's, whose output is numbers; an integration's may name people. */
bool service_owns_task(struct str task);
/* The integration of the connection's connector, or NULL. */
const struct integration *service_integration(const struct service *s, const struct connection *c);
/* Whether an integration says that nothing is to run for the connection. */
bool service_idle(const struct service *s, const struct connection *c);
/* Tests the connection as its integration does it; false: it has no test of its own. */
bool service_inspect(const struct service *s, const struct inspection *x);
/* The limit that the connection's integration keeps; .limit 0: none. */
void service_limit(const struct service *s, struct arena *a, const struct connection *c,
		   struct integration_limit *out);
/* All tasks that this process can run. */
const struct task *service_tasks(const struct service *s, size_t *n);

/* A hint for whoever looks, here and in other processes; of one kind they are few a second
 * (lookout.h).  Viewers see what administrators see. */
void service_publish(struct service *s, const char *kind, struct str data, unsigned roles);

/* What a run needs, on the caller's database connection.  `rng` and `stop` are the caller's. */
struct engine service_engine(struct service *s, struct db *d, struct rng *rng,
			     const struct cancel *stop);

struct str service_version(const struct service *s);
/* How many workers and how busy; all 0 without workers. */
void service_pool_stats(struct service *s, struct pool_stats *out);
bool service_leads(struct service *s); /* the scheduler's lease */

#endif
