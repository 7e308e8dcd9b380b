/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - a job: one piece of work that outlives the process which asked for it.
 *
 *             add                claim               finish: done, dead, cancelled
 *   (nothing) ───► LATER ──due──► READY ───► RUNNING ───────────────► history
 *                    ▲              ▲  │        │
 *                    │              │  └──lane full──► BLOCKED ──slot free──► READY
 *                    └── retry, snooze, released, worker lost ◄─┘ (from RUNNING)
 *
 * Times are Unix milliseconds by the database's clock (PostgreSQL: the server's; SQLite: this
 * machine's).  A claim is named by (session, attempt): whoever holds it may acknowledge the job and
 * write for it, nobody else (fence.h).
 */
#ifndef JOB_H
#define JOB_H

#include "base/str.h"
#include "store/fence.h"

/* As stored in lockstep_jobs.state; finished jobs are not in that table. */
enum job_state { JOB_READY, JOB_RUNNING, JOB_LATER, JOB_BLOCKED };

/* As stored in lockstep_job_history.outcome.  FAILED is the dead letter: it can be redriven. */
enum job_outcome { JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELLED };

/* What `key` of a draft means. */
enum job_unique {
	JOB_ANY,         /* no key */
	JOB_ONE_WAITING, /* coalesces with a job of that key that has not begun */
	JOB_ONE,         /* and with one that is running */
};

/* The job_queue view's words: "pending" (READY, LATER, BLOCKED), "running", "succeeded", "failed",
 * "cancelled". */
const char *job_state_word(enum job_state s);
const char *job_outcome_word(enum job_outcome o);

/* Smaller goes first. */
#define JOB_PRIORITY_MIN (-100)
#define JOB_PRIORITY_MAX 100
#define JOB_ATTEMPTS_DEFAULT 5
#define JOB_CRASHES_MAX                                                          \
	3 /* a job that takes its worker down this often is quarantined (FAILED) \
	   */
#define JOB_ARGS_BYTES_MAX ((size_t)256 * 1024)
#define JOB_LANE_MAX 1000

struct job_draft {
	struct str task;        /* "sync" */
	struct str args;        /* a JSON object; empty: {} */
	enum job_unique unique; /* what `key` means */
	struct str key;         /* "sync:practicepanther:full" */
	struct str lane;        /* at most lane_max jobs of one lane run at once; empty: no lane */
	int lane_max;           /* 0: 1 */
	int priority;           /* JOB_PRIORITY_MIN … MAX, 0 usual */
	int64_t run_at_ms;      /* 0: at once */
	int attempts_max;       /* 0: JOB_ATTEMPTS_DEFAULT */
	struct str trigger;     /* "schedule", "api", "cli", "outbox", "webhook", "sql" */
	struct str actor;       /* who asked: identity.h's name; or empty */
};

struct job_ticket {
	int64_t id;
	bool coalesced;       /* `id` is a job that was there and stands for this one too */
	enum job_state state; /* of that job */
};

/* A job that was claimed: what its handler may know. */
struct job {
	struct fence fence; /* .job is its id */
	struct str task, args, key, lane, trigger, actor;
	int attempts_max, crashes, priority;
	int64_t run_at_ms, added_ms, claimed_ms;
};

/* How an attempt ended; the dispatcher hands it to queue_finish(). */
enum verdict_kind {
	VERDICT_DONE,
	VERDICT_RETRY,     /* again after wait_ms, or FAILED when no attempt is left */
	VERDICT_SNOOZE,    /* again after wait_ms; the attempt does not count */
	VERDICT_DEAD,      /* trying again will not help: FAILED */
	VERDICT_CANCELLED, /* somebody asked for it */
	VERDICT_RELEASED,  /* the worker drains: again at once; the attempt does not count */
};

struct verdict {
	struct fence fence;
	enum verdict_kind kind;
	int64_t wait_ms;   /* RETRY, SNOOZE */
	struct str output; /* a JSON object, or empty */
	struct str error;  /* what a person may read: no secret, nobody's data */
};

#endif
