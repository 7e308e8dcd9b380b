/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync_task.h - the task "sync": one run of a connection as a job.
 *
 * Its arguments: {connection, mode: "full" or "incremental", only: [tables or streams], run: the
 * uuid promised to whoever asked, trigger, triggered_by: a user's uuid}; all but the first may be
 * missing.  With {records: [ids], since, until, where} it is a run of some records only.  Its
 * output: {run, connection, status, counts, …}.
 */
#ifndef SYNC_TASK_H
#define SYNC_TASK_H

#include "flow/run.h"
#include "work/pool.h"

#define SYNC_TASK "sync"

/* pool.h's run(); job_run.arg is the struct service. */
bool sync_task_run(struct job_run *r, struct err *e);

struct sync_wish {
	struct str connection;
	enum run_mode mode;
	const struct str *only; /* tables or streams; none: all */
	size_t onlys;
	struct select_options select; /* only some records; nothing: all */
	struct str trigger;           /* "api", "cli", "webhook" */
	struct str actor;             /* identity.h's name */
	struct str triggered_by;      /* a user's uuid, or empty */
	int priority;
};

struct sync_ticket {
	struct job_ticket job;
	struct str run; /* the uuid that the run will have; of the job that stands for this one */
};

/*
 * [tx] Adds a sync of the connection, or finds the one of the same kind that waits or runs already
 * (job.coalesced; never one of some records only).  Syncs of one connection run one after the
 * other.  Texts live as long as `a`.
 */
MUST_CHECK bool sync_request(struct db *d, struct arena *a, const struct sync_wish *w,
			     struct sync_ticket *out, struct err *e);

/* "sync:practicepanther:full", with ":contacts,tasks" when not all tables are wanted. */
struct str sync_key(struct arena *a, struct str connection, enum run_mode mode,
		    const struct str *only, size_t onlys);
/* When a running sync last came forward (wall), by its job's progress. */
int64_t sync_advanced_ms(struct arena *a, struct str progress, int64_t claimed_ms);
/* "connection:practicepanther" */
struct str sync_lane(struct arena *a, struct str connection);

#endif
