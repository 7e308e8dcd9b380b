/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - the durable job queue, as functions on a database connection.
 *
 * Delivery is at least once; no overtaken attempt has effects in this database when the handler
 * checks its fence in the transaction that writes them.  A COMMIT whose answer was lost with the
 * server may have been carried out and is tried again: handlers write by key.  Functions marked
 * [tx] may be called inside the caller's transaction and then belong to it; called outside one they
 * are their own.  The others open their own and must be called outside.  All of them retry nothing:
 * ERR_TRANSIENT (a deadlock, a lost connection) is the caller's to try again.
 *
 * Tables: lockstep_jobs (what is not finished), lockstep_job_history (append-only), lockstep_lanes,
 * lockstep_pauses, lockstep_sessions; for people and SQL the views job_queue and
 * job_queue_settings.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "store/control.h"
#include "work/job.h"

/* Statements that make or upgrade the queue's tables, views and functions, as control_plan(). */
MUST_CHECK bool queue_plan(struct db *d, struct arena *a, struct str **statement,
			   size_t *statements, struct err *e);

/* Names of the queue's views and functions that the application has made something of its own
 * under; these are left alone. */
MUST_CHECK bool queue_names_taken(struct db *d, struct arena *a, struct str **name, size_t *names,
				  struct err *e);

/* ---- adding ---- */

/* [tx] Adds a job, or finds the one that stands for it.  ERR_USAGE when a field is out of range.
 * Whoever waits for jobs is woken when the transaction commits. */
MUST_CHECK bool queue_add(struct db *d, const struct job_draft *draft, struct job_ticket *out,
			  struct err *e);

/* ---- workers' sessions ---- */

#define SESSION_BEAT_MS 3000
#define SESSION_DEAD_MS 10000

struct worker_info {
	struct str host, version;
	int64_t pid;
	int64_t slots;
	bool pooled; /* the connection is a transaction pooler's: no lock would stay with it */
};

/* A new session; `*session` names it.  On PostgreSQL the connection `d`, unless it is `pooled`,
 * also holds an advisory lock of the session's number for as long as it lives: when it drops, the
 * session is known dead at once. */
MUST_CHECK bool session_begin(struct db *d, const struct worker_info *w, int64_t *session,
			      struct err *e);
/* ERR_FENCED when it was reaped: everything that was claimed under it is somebody else's. */
MUST_CHECK bool session_renew(struct db *d, int64_t session, int64_t busy, bool draining,
			      struct err *e);
/* Ends it; jobs that still run under it become ready again, their attempt not counted. */
MUST_CHECK bool session_end(struct db *d, int64_t session, struct err *e);
/*
 * Gives back, their attempt not counted, what runs under the session but for the `n` jobs of
 * `known`: for a worker whose claim may or may not have been committed when its connection was
 * lost.
 */
MUST_CHECK bool session_release_others(struct db *d, int64_t session, const int64_t *known,
				       size_t n, int64_t *jobs, struct err *e);
/*
 * Finds sessions whose connection dropped, whose process is dead or whose beat is older than
 * SESSION_DEAD_MS, and gives their jobs back: ready again with crashes + 1, or FAILED after
 * JOB_CRASHES_MAX ("poison").  *jobs were given back.
 */
MUST_CHECK bool session_reap(struct db *d, int64_t *sessions, int64_t *jobs, struct err *e);

struct session_row {
	int64_t id, pid, slots, busy, started_ms, beat_ms; /* wall */
	struct str host, version;
	bool draining;
};
MUST_CHECK bool session_list(struct db *d, struct arena *a, struct session_row **out, size_t *n,
			     struct err *e);

/* ---- claiming and finishing: what a dispatcher does ---- */

struct claim {
	int64_t session;
	size_t max;             /* at most this many */
	const struct str *task; /* the tasks this process has handlers for; n 0: any */
	size_t tasks;
	const int64_t *only; /* these ids and no others (SELECTed by a person); n 0: any */
	size_t onlys;
	bool force; /* pauses do not count */
	/* A trade may pass over jobs that somebody has touched within the last few transactions, as
	 * if they were still locked; when it finds too few, look again without. */
	bool hasty;
};
/* Ready jobs in the order (priority, run_at, id), now RUNNING under (session, attempt + 1). */
MUST_CHECK bool queue_claim(struct db *d, struct arena *a, const struct claim *c, struct job **out,
			    size_t *n, struct err *e);

/*
 * Ends attempts.  fenced[i]: that job is no longer ours, nothing was written for it (its work was
 * in vain, or its writes were refused).  A lane's next job becomes ready.  Asked again after a
 * commit of which nobody knows whether it came through, it says that an end was written.
 */
MUST_CHECK bool queue_finish(struct db *d, const struct verdict *v, size_t n, bool *fenced,
			     struct err *e);

/*
 * Both at once, for a connection of db_options.prepare and .indexed on PostgreSQL: ends attempts of
 * the claim's session and then claims, in one transaction and one round trip.  It knows nothing of
 * lanes, nor of jobs that are to wait again: not `ended` means that nothing was claimed, and that
 * queue_finish() is to be asked about all of the verdicts (some may have been written).  `lanes`:
 * ready jobs whose turn it is were left to queue_claim().
 */
struct trade {
	bool ended, lanes;
	struct job *job;
	size_t jobs;
};
MUST_CHECK bool queue_trade(struct db *d, struct arena *a, const struct verdict *v, size_t n,
			    const struct claim *c, struct trade *out, struct err *e);

/* Makes jobs ready whose time has come (at most `max`).  *next_ms: when the next one is due, by the
 * database's clock, as a wait from now in ms; -1: there is none. */
MUST_CHECK bool queue_promote(struct db *d, size_t max, int64_t *moved, int64_t *next_ms,
			      struct err *e);

/* [tx] What a running job tells about itself; a JSON object.  ERR_FENCED as fence_hold(). */
MUST_CHECK bool queue_progress(struct db *d, const struct fence *f, struct str progress,
			       struct err *e);
/* Which of these running jobs somebody asked to cancel, or are running under another claim. */
MUST_CHECK bool queue_unwanted(struct db *d, const struct fence *f, size_t n, bool *unwanted,
			       struct err *e);

/* ---- what a person does ---- */

/* Each is ERR_MISSING when there is no such job, ERR_BUSY when its state does not allow it. */
/* A waiting job goes to history, a running one is asked to stop. */
MUST_CHECK bool queue_cancel(struct db *d, int64_t id, struct str why, struct err *e);
/* A waiting job is due at once; a finished one (FAILED, CANCELLED, SUCCEEDED) is redriven: the same
 * id, attempts from 0. */
MUST_CHECK bool queue_retry(struct db *d, int64_t id, struct err *e);
/* Forgets a job that is not running. */
MUST_CHECK bool queue_delete(struct db *d, int64_t id, struct err *e);
/* A waiting job waits until then. */
MUST_CHECK bool queue_snooze(struct db *d, int64_t id, int64_t run_at_ms, struct err *e);

/*
 * Pauses: scope "*" (everything), "task:sync", "lane:connection:practicepanther" or "worker:17",
 * which claims nothing more, not even what a person wants run now, and goes with that session.
 * Running jobs go on; queue_cancel() them to stop them too.
 */
struct pause {
	struct str scope, reason, actor;
	int64_t since_ms;
};
MUST_CHECK bool queue_pause(struct db *d, const struct pause *p, struct err *e);        /* [tx] */
MUST_CHECK bool queue_resume(struct db *d, struct str scope, bool *was, struct err *e); /* [tx] */
MUST_CHECK bool queue_pauses(struct db *d, struct arena *a, struct pause **out, size_t *n,
			     struct err *e);

/* A job in any state, as people see it. */
struct job_row {
	int64_t id;
	struct str status; /* the view's word */
	struct str state;  /* finer: "ready", "later", "blocked", "running", "succeeded", … */
	struct str task, args, key, lane, trigger, actor, error, output, progress;
	int64_t attempts, attempts_max, crashes, priority, session, lane_max;
	int64_t run_at_ms, added_ms, claimed_ms, finished_ms; /* 0: not yet */
	bool cancel_asked;
};
struct job_filter {
	struct str status, state, task, lane, text; /* empty: any; text: found in the error */
	int64_t id;                                 /* 0: any */
	int64_t since_ms, until_ms;                 /* added from then on, before then; 0: any */
	int64_t beyond; /* only behind that job in the order asked for; 0: from the start */
	size_t limit, offset;
	bool oldest_first;
	int64_t count_max; /* of each of open and finished jobs no more are counted; 0: all are */
};
MUST_CHECK bool queue_list(struct db *d, struct arena *a, const struct job_filter *f,
			   struct job_row **out, size_t *n, int64_t *total, struct err *e);
/* The ids of the same, without what the jobs hold. */
MUST_CHECK bool queue_ids(struct db *d, struct arena *a, const struct job_filter *f, int64_t **out,
			  size_t *n, int64_t *total, struct err *e);

/* An attempt that was not the job's last; of a job that was redriven also those before. */
struct job_attempt {
	int64_t attempt, session;
	struct str worker;  /* "host:pid" */
	struct str outcome; /* "retry", "crashed", or how the job had ended */
	struct str error;
	int64_t claimed_ms, ended_ms; /* wall */
};
/* In the order in which they ended; the last 200. */
MUST_CHECK bool queue_attempts(struct db *d, struct arena *a, int64_t id, struct job_attempt **out,
			       size_t *n, struct err *e);
/* "host:pid" of a session, empty when it is long gone. */
MUST_CHECK bool queue_worker_name(struct db *d, struct arena *a, int64_t session, struct str *out,
				  struct err *e);

struct job_count {
	struct str status, task;
	int64_t n;
};
/* How many there are by status and task. */
MUST_CHECK bool queue_counts(struct db *d, struct arena *a, struct job_count **out, size_t *n,
			     struct err *e);
/* The same by state, which is finer ("ready", "later", "blocked", …), in .status. */
MUST_CHECK bool queue_states(struct db *d, struct arena *a, struct job_count **out, size_t *n,
			     struct err *e);

struct lane_count {
	struct str lane;
	int64_t waiting, running;
};
/* The lanes with the most unfinished jobs, at most `max`. */
MUST_CHECK bool queue_lanes(struct db *d, struct arena *a, size_t max, struct lane_count **out,
			    size_t *n, struct err *e);

struct job_minute {
	int64_t ago; /* minutes; 0: the one that began at most a minute ago */
	int64_t succeeded, failed, cancelled;
};
/* What ended in each of the last `minutes`; minutes in which nothing did are left out. */
MUST_CHECK bool queue_minutes(struct db *d, struct arena *a, int64_t minutes,
			      struct job_minute **out, size_t *n, struct err *e);

/* The age of the oldest job that is ready (ms), 0 when none is. */
MUST_CHECK bool queue_oldest_ready(struct db *d, int64_t *age_ms, struct err *e);
/* Deletes finished jobs older than that (FAILED ones too only when `dead_too`). */
MUST_CHECK bool queue_cleanup(struct db *d, int64_t age_ms, bool dead_too, int64_t *deleted,
			      struct err *e);

#endif
