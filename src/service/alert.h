/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert.h - what is worth waking somebody: rules over numbers, and when to say it again.  Pure.
 *
 * An alert holds codes, counts and names out of the plan; nobody's data, no error text.
 */
#ifndef ALERT_H
#define ALERT_H

#include "base/str.h"

enum alert_code {
	ALERT_FAILURES,  /* `n` attempts of a task failed in a row, at least `limit` are too many */
	ALERT_ATTENTION, /* credentials or configuration: a person must act */
	ALERT_STUCK,     /* a sync without progress for `n` ms; `limit` */
	ALERT_BUDGET,    /* `n` percent of a vendor's limit are used; `limit` */
	ALERT_ERRORS,    /* `n` percent of records failed; `limit` */
	ALERT_SUCCESS,   /* only `n` percent of runs were whole; at least `limit` */
	ALERT_FRESHNESS, /* what is known of a member is `n` ms old; promised: `limit` */
	ALERT_CODES,
};

/* "repeated_failures", …: stable. */
const char *alert_code_name(enum alert_code c);

struct alert {
	enum alert_code code;
	struct str subject;     /* "task:sync", "connection:practicepanther" */
	struct str fingerprint; /* "repeated_failures:task:sync" */
	int64_t n, limit;
};

/* "the sync of practicepanther has made no progress for 1 h 2 m (limit: 1 h)" */
struct str alert_text(struct arena *a, const struct alert *al);

/* ---- the rules ---- */

struct alert_limits {
	int64_t failures, stuck_ms, budget_percent, error_percent, success_percent;
};

struct task_health {
	struct str subject;      /* "task:alert", "connection:pp" */
	int64_t failures_in_row; /* attempts, up to the newest */
	bool attention;          /* the newest failure asks for a person */
};
struct sync_health {
	struct str connection;
	int64_t still_ms; /* since it last made progress */
};
struct budget_health {
	struct str connection;
	int64_t used, limit;
};
struct run_health { /* of the last 24 hours */
	struct str connection;
	int64_t runs, whole; /* that ended; those of them without a fault */
	int64_t records, failed;
};

struct freshness_health { /* of a tier of a rotation */
	struct str connection, stream, tier;
	int64_t late; /* members past the promise and its grace */
	int64_t oldest_ms, promise_ms;
};

struct health {
	const struct task_health *task;
	size_t tasks;
	const struct sync_health *sync;
	size_t syncs;
	const struct budget_health *budget;
	size_t budgets;
	const struct run_health *run;
	size_t runs;
	const struct freshness_health *freshness;
	size_t freshnesses;
};

/* Fewer say nothing about a rate. */
#define ALERT_RUNS_MIN 5
#define ALERT_RECORDS_MIN 100

/* What is wrong now; one alert a fingerprint. */
void alert_judge(struct arena *a, const struct health *h, const struct alert_limits *l,
		 struct alert **out, size_t *n);

/* ---- saying it ---- */

#define ALERT_AGAIN_MS ((int64_t)3600 * 1000)
#define ALERT_TOLD_MAX \
	20 /* in one ALERT_AGAIN_MS, so that a flood of causes is no flood of calls */

/* What was said about a fingerprint before. */
struct alert_memory {
	struct str fingerprint, subject;
	enum alert_code code;
	int64_t raised_ms, told_ms; /* told_ms 0: not yet */
	bool open;
};

enum alert_act { ALERT_RAISE, ALERT_REMIND, ALERT_HOLD, ALERT_CLEAR };

struct alert_step {
	struct alert alert;
	enum alert_act act; /* HOLD: remembered as raised, but not told */
	int64_t raised_ms;
	bool quiet; /* CLEAR of what nobody was told */
};

struct alert_news {
	const struct alert *now; /* what is wrong */
	size_t n;
	const struct alert_memory *memory; /* what was said before */
	size_t memories;
};

/*
 * Raise what is new, remind after ALERT_AGAIN_MS, clear what is over (a thing that comes back
 * within that time was told already and is held).
 */
void alert_decide(struct arena *a, const struct alert_news *news, int64_t now_ms,
		  struct alert_step **out, size_t *steps);

#endif
