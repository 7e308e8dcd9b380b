/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - this process's workers: one dispatcher that claims, beats and acknowledges, and threads
 * that run handlers.
 *
 * The dispatcher alone talks to the queue, on a connection of its own: it claims as many jobs as
 * threads are free (or a batch ahead, when told to), collects verdicts and acknowledges them
 * together.  Each thread has a database connection of its own, handed to the handler.  When the
 * session is found reaped, or could not be renewed in time, every running job's `stop` is fired and
 * nothing more is acknowledged under it: the process fences itself and begins a new session.
 */
#ifndef POOL_H
#define POOL_H

#include "base/clock.h"
#include "base/rng.h"
#include "work/queue.h"

struct pool;

/* One attempt under way; a handler's world. */
struct job_run {
	const struct job *job;
	struct db *db;             /* the thread's; a handler opens and ends its own transactions */
	struct arena *arena;       /* dies with the attempt */
	const struct cancel *stop; /* fired by cancel, drain deadline, a lost session, time-out */
	struct clock *clock;
	void *arg;               /* the task's */
	struct verdict *verdict; /* filled by job_output(), job_snooze(), … */
	struct pool *pool;
};

struct task {
	const char *name;
	const char *says; /* one line for people */
	/*
	 * True: done, unless the handler said otherwise by the calls below.  False decides by kind:
	 * TRANSIENT, STORE: retry with backoff; BUSY, LIMIT: snooze; AUTH, CONFIG, REMOTE, USAGE,
	 * MISSING: dead; CANCELLED: cancelled when a person asked, released when the process
	 * drains, retry when it took too long; FENCED: nothing is written.
	 */
	bool (*run)(struct job_run *r, struct err *e);
	int attempts_max;        /* 0: JOB_ATTEMPTS_DEFAULT */
	int64_t base_ms, cap_ms; /* of the backoff (full jitter); 0: 5 s, 1 h */
	int64_t time_max_ms;     /* of one attempt; 0: none */
	int64_t drain_ms; /* how long a drain waits for it before `stop` is fired; 0: at once */
};

/* For handlers.  Texts are copied. */
void job_output(struct job_run *r, struct str json);
/* Again after wait_ms, the attempt not counted (Retry-After, somebody else's lease). */
void job_snooze(struct job_run *r, int64_t wait_ms, const char *why);
/* The next retry not before that, whatever the backoff says (Retry-After). */
void job_retry_after(struct job_run *r, int64_t wait_ms);
/* Tells where it stands (a JSON object); at most one write a second goes to the database.  Whether
 * this one did. */
bool job_progress(struct job_run *r, struct str json);
/* The same whatever was told within the second: for what makes the last word untrue. */
void job_progress_now(struct job_run *r, struct str json);

enum pool_event_kind { POOL_CLAIMED, POOL_FINISHED, POOL_FENCED, POOL_SESSION_LOST, POOL_REAPED };
struct pool_event {
	enum pool_event_kind kind;
	const struct job *job;         /* CLAIMED, FINISHED, FENCED */
	const struct verdict *verdict; /* FINISHED */
	int64_t ran_ms, n;
};

struct pool_options {
	struct str database;     /* db_open()'s */
	const struct task *task; /* their .run get task_arg as job_run.arg */
	size_t tasks;
	void *task_arg;
	size_t threads;  /* 1 … POOL_THREADS_MAX */
	size_t batch;    /* jobs claimed ahead beyond the free threads; 0: none */
	bool deaf;       /* do not LISTEN (a transaction pooler): poll only */
	int64_t poll_ms; /* the backstop; 0: 1000 */
	struct str version;
	/* Called on the dispatcher's thread; must not block. */
	void (*tell)(void *arg, const struct pool_event *ev);
	void *tell_arg;
};
#define POOL_THREADS_MAX 256

/* Opens connections, begins the session, starts the threads.  The database has its tables. */
MUST_CHECK bool pool_open(const struct pool_options *o, struct pool **out, struct err *e);
/* Jobs were added in this process: look at once.  From any thread; cheap. */
void pool_wake(struct pool *p);
/* A person wants these run now, whatever is paused: the next claim asks for them first.  From any
 * thread; at most POOL_FORCED_MAX at a time, more are forgotten. */
void pool_force(struct pool *p, const int64_t *id, size_t n);
#define POOL_FORCED_MAX 64
/* Stops claiming and lets running jobs end, each for its task's drain_ms, all for at most wait_ms;
 * what is left is stopped and released.  Returns when nothing runs. */
void pool_drain(struct pool *p, int64_t wait_ms);
void pool_close(struct pool *p); /* drains with 0 first when that was not done */

struct pool_stats {
	int64_t session;
	size_t threads, busy;
	int64_t claimed, finished, fenced, lost_sessions;
	int64_t ticked_ms; /* steady time of the dispatcher's last round: a watchdog's food */
	bool draining, connected;
};
void pool_stats(struct pool *p, struct pool_stats *out);

#endif
