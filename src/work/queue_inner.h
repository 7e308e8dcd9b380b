/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_inner.h - what the queue's own files share.
 */
#ifndef QUEUE_INNER_H
#define QUEUE_INNER_H

#include "work/queue.h"

/* Of what a call reads and writes at once. */
#define QUEUE_BYTES_MAX ((size_t)1 << 30)

/*
 * Runs `body` in a transaction of its own in which the planner may use indexes only.  What its
 * statistics say of a queue is mostly wrong a second later, and a scan of all jobs for each claim
 * is the price of believing them.
 */
MUST_CHECK bool queue_transact(struct db *d, bool (*body)(void *arg, struct err *e), void *arg,
			       struct err *e);
/* The same, again when the database refused it: a job of a key may be added between the look for it
 * and the update that brings back another of that key. */
MUST_CHECK bool queue_persist(struct db *d, bool (*body)(void *arg, struct err *e), void *arg,
			      struct err *e);
/* The same as queue_transact(), but inside the caller's transaction when there is one. */
MUST_CHECK bool queue_join(struct db *d, bool (*body)(void *arg, struct err *e), void *arg,
			   struct err *e);

/* [tx] Wakes whoever waits for jobs when the transaction commits: a hint, not a promise. */
MUST_CHECK bool queue_wake(struct db *d, struct err *e);

/* [tx] Takes the job's slot; *full when its lane has none: then nobody can free one of them before
 * the caller's commit. */
MUST_CHECK bool lane_take(struct db *d, const struct job *j, int64_t lane_max, bool *full,
			  struct err *e);
/* [tx] Gives back the slots of these jobs and makes as many that wait for one ready. */
MUST_CHECK bool lane_free(struct db *d, struct arena *a, const int64_t *id, size_t n,
			  struct err *e);
/* [tx] Mends lanes: slots of jobs that do not run, jobs that wait though a slot is free. */
MUST_CHECK bool lane_mend(struct db *d, struct arena *a, struct err *e);

/* [tx] Ends one attempt as queue_finish() does; `crashed`: its worker died. */
struct ending {
	const struct verdict *v;
	bool crashed;
	bool fenced; /* out: nothing was written */
	bool laned;  /* out: it may have held a slot */
};
MUST_CHECK bool finish_one(struct db *d, struct arena *a, struct ending *x, struct err *e);

/* [tx] Keeps what is known of an attempt that ends while its job goes on. */
MUST_CHECK bool attempt_keep(struct db *d, struct arena *a, const struct ending *x, struct err *e);
/* [tx] Keeps the last attempt of a finished job that is about to begin anew. */
MUST_CHECK bool attempt_keep_last(struct db *d, int64_t id, struct err *e);
MUST_CHECK bool attempt_forget(struct db *d, int64_t id, struct err *e); /* [tx] */
/* Forgets those of jobs that are gone. */
MUST_CHECK bool attempt_cleanup(struct db *d, struct err *e);

#define ATTEMPT_NAMES "job, attempt, session, worker, outcome, error, claimed_ms, ended_ms"
/* The same of a row of either table of jobs (alias j). */
#define ATTEMPT_VALUES(outcome, error, now)                                          \
	"j.id, j.attempt, j.session, coalesce((SELECT s.host || ':' || s.pid FROM "  \
	"lockstep_sessions s WHERE s.id = j.session), ''), " outcome ", " error ", " \
	"j.claimed_ms, " now

/* Whether the job is to run again; if not, what history says of it. */
bool verdict_waits(enum verdict_kind k);
enum job_outcome verdict_outcome(enum verdict_kind k);

#define HISTORY_NAMES                                                                        \
	"id, outcome, priority, one, attempt, attempts_max, crashes, lane_max, session, "    \
	"run_at_ms, added_ms, claimed_ms, finished_ms, task, job_key, lane, origin, actor, " \
	"args, output, error, progress"
/* The same of a row of lockstep_jobs (alias j) around its outcome, moment, output and error. */
#define HISTORY_VALUES(outcome, now, output, error)                                    \
	"j.id, " outcome ", j.priority, j.one, j.attempt, j.attempts_max, j.crashes, " \
	"j.lane_max, j.session, j.run_at_ms, j.added_ms, j.claimed_ms, " now           \
	", j.task, j.job_key, j.lane, j.origin, j.actor, j.args, " output ", " error   \
	", j.progress"

/* Which ready jobs a claim may take: conditions that begin with " AND ", the names of its tasks in
 * parameter `tasks`, its ids in parameter `onlys`. */
void claim_filters(struct db *d, struct arena *a, const struct claim *c, int tasks, int onlys,
		   struct buf *out);
/* The names, as that parameter. */
struct value claim_tasks(const struct db *d, struct arena *a, const struct claim *c);
/* What a claim changes of a row, but for claimed_ms and with its session in ?1, and answers. */
#define CLAIM_SET "state = 1, session = CAST(?1 AS bigint), attempt = attempt + 1, progress = NULL"
#define CLAIM_COLUMNS                                                                    \
	"id, attempt, task, args, job_key, lane, origin, actor, attempts_max, crashes, " \
	"priority, run_at_ms, added_ms, claimed_ms, lane_max"
/* Row `i` of such an answer. */
struct job claim_row(const struct db_result *r, size_t i, int64_t session);
/* Sorts jobs by (priority, run_at, id). */
void claim_sort(struct job *job, size_t n);

/* A JSON array of numbers, as the parameter of queue_ids(). */
struct value queue_numbers(struct arena *a, const int64_t *n, size_t count);
/* "= ANY(…)" or "IN (…)": that a column is one of the numbers in parameter `i`. */
struct str queue_is_in(const struct db *d, struct arena *a, int i);

#endif
