/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crew.h - the inside of a pool: who works in it, and the board on which they leave notes.
 *
 *     spare --dispatcher claims--> queued --thread takes--> running --handler returns--> ended
 *       ^                            '--cancelled, drained, session lost----------------> |
 *       '--acknowledged, or found lost (the dispatcher)-----------------------------------'
 *
 * One dispatcher talks to the queue, threads run handlers, one guard looks at the clock: it must
 * fire even while the dispatcher hangs in a call to a database that does not answer.
 * Everything in struct board is under its lock, which nobody holds across a call to a database,
 * a handler or pool_options.tell.
 */
#ifndef CREW_H
#define CREW_H

#include "base/buf.h"
#include "base/thread.h"
#include "store/listen.h"
#include "work/judge_job.h"

/* ---- one attempt ---- */

struct attempt {
	struct attempt *next; /* in its list */
	const struct task *task;
	struct job job; /* its texts are in `texts` */
	struct buf texts, output;
	struct verdict verdict; /* its texts are `output` and failure.text */
	struct err failure;
	struct handler_end ending;         /* what job_snooze() and job_retry_after() asked for */
	int64_t began_ms, ran_ms, told_ms; /* steady; told_ms: the last job_progress() */
};

struct attempt_list {
	struct attempt *first, *last;
	size_t n;
};

void attempt_push(struct attempt_list *l, struct attempt *a);
struct attempt *attempt_shift(struct attempt_list *l); /* NULL: empty */
void attempt_move_all(struct attempt_list *to, struct attempt_list *from);

struct attempt *attempt_new(void);
void attempt_free(struct attempt *a);
/* Makes it an attempt at `job`, whose texts are copied. */
void attempt_begin(struct attempt *a, const struct job *job, const struct task *task);
/* Fills the verdict in; `says` is for people, or NULL. */
void attempt_judge(struct attempt *a, struct judgement j, const char *says);

/* ---- the board ---- */

struct worker {
	struct pool *pool;
	pthread_t thread;
	struct db *db;
	struct arena *arena;
	struct rng rng;
	/* On the board: */
	struct attempt *now; /* NULL: it has nothing to do */
	struct cancel *stop; /* of `now`; kept for the next one unless it was fired */
	enum stop_cause cause;
};

struct board {
	struct mutex lock;
	struct condition work;           /* something is queued, or the pool closes */
	struct condition time;           /* a deadline came nearer */
	struct condition calm;           /* nothing is open any more */
	int wake_fd;                     /* an eventfd: the dispatcher should look here */
	bool woken;                      /* it has been told */
	bool look;                       /* jobs were added */
	int64_t forced[POOL_FORCED_MAX]; /* jobs to claim whatever is paused */
	size_t forceds;
	struct worker *worker;
	size_t workers, running;
	struct attempt_list queued, ended, spare;
	size_t open;        /* neither acknowledged nor found lost yet */
	int64_t session;    /* whose claims are ours; 0: none */
	int64_t trusted_ms; /* steady: until then, unless it is renewed */
	bool draining, closing;
	int64_t drain_ms, drain_end_ms; /* steady: when it began, and when all must stop */
	struct pool_stats stats;        /* what the others here do not say */
};

void board_init(struct board *b);
void board_done(struct board *b);

/* Wakes the dispatcher.  [locked]: the caller holds the lock. */
void board_wake_locked(struct board *b);
/* Tells the attempt of `w` to stop, unless it was told before. */
void board_stop_locked(struct worker *w, enum stop_cause cause);
/* Nothing that was claimed is ours any more: fires every `stop` and empties the queue. */
void board_distrust_locked(struct board *b);

/* Ends what nobody has begun: the process drains. */
void board_release_locked(struct board *b);

struct attempt *board_spare(struct board *b);
/* How many jobs to claim, `ahead` beyond the free threads. */
size_t board_room(struct board *b, size_t ahead);
/* Hands attempts to the threads, or ends them at once when the session or the pool is over. */
void board_queue(struct board *b, struct attempt_list *l);
/* A thread's next attempt; waits for it.  NULL: the pool closes. */
struct attempt *board_take(struct board *b, struct worker *w);
/* The attempt of `w` is over: its handler said `done`, or failed as *e says. */
void board_end(struct board *b, struct worker *w, bool done, const struct err *e);
/* Gives acknowledged and lost attempts back. */
void board_settle(struct board *b, struct attempt_list *l);

/* The claims of all attempts that are open, but for those that were taken out of `ended`. */
size_t board_claims(struct board *b, struct arena *a, struct fence **out);
/* Stops the attempt under this claim, or ends it before it begins. */
void board_cancel_locked(struct board *b, const struct fence *f);

/* ---- its people ---- */

struct dispatcher {
	struct db *db;
	struct listener *ears;
	struct arena *scratch; /* one round's */
	struct rng rng;
	struct attempt_list acks; /* to acknowledge */
	struct str *task;         /* names, for the claim */
	bool look;                /* there may be something to claim */
	bool lanes;               /* ready jobs are of lanes: a trade leaves them to a claim */
	bool hasty;               /* there was enough to claim */
	bool forced;              /* a person wants jobs run now */
	bool orphans; /* a claim failed with an unknown outcome: jobs may be ours unknown to us */
	int64_t session;   /* the last one that was begun */
	unsigned failures; /* of the database, in a row */
	/* Steady times at which to … */
	int64_t beat_ms, reap_ms, poll_ms, promote_ms, watch_ms, retry_ms;
};

struct pool {
	struct pool_options o;
	struct arena *arena;
	struct board board;
	struct dispatcher d;
	pthread_t dispatcher, guard;
	bool started, drained;
};

/* Begins a session and starts to trust it. */
MUST_CHECK bool dispatcher_join(struct pool *p, struct err *e);

/* Threads; `arg` is the pool, of a worker the worker. */
void *dispatcher_run(void *arg);
void *guard_run(void *arg);
void *worker_run(void *arg);

#endif
