/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_stats.h - what the run log says over a span of time.
 *
 * Rates are of runs that ended: success rate = successes / ended, error rate = failed records /
 * processed records.  A stopped run is neither a success nor a failure.
 */
#ifndef RUN_STATS_H
#define RUN_STATS_H

#include "store/control.h"

struct run_sums {
	struct str type; /* sync_type; of the whole: empty */
	int64_t total, success, partial, error, stopped, running;
	int64_t processed, created, updated, failed, requests;
	double seconds;       /* average time of those that ended, 0 when none did */
	int64_t last_success; /* wall ms of the last success's end; 0: none */
};

/*
 * Sums of the runs of a connection (empty: of all) that began at or after since_ms: all whole runs
 * together in *all, and each sync_type, also the parts of runs, in *type (in `a`).
 */
MUST_CHECK bool run_stats(struct db *d, struct arena *a, struct str connection, int64_t since_ms,
			  struct run_sums *all, struct run_sums **type, size_t *types,
			  struct err *e);

/* The sums of all whole runs that began in that time. */
MUST_CHECK bool run_stats_between(struct db *d, struct arena *a, struct str connection,
				  int64_t from_ms, int64_t to_ms, struct run_sums *out,
				  struct err *e);

/* Whole runs that are running and began before that: stuck, when they make no progress. */
MUST_CHECK bool run_stats_old(struct db *d, struct str connection, int64_t before_ms, int64_t *n,
			      struct err *e);

struct run_day {
	struct str day; /* "2026-11-25", UTC */
	int64_t total, success, processed, created, updated, failed, requests;
};
/* The same whole runs by the day they began, oldest first; days without a run are left out. */
MUST_CHECK bool run_stats_days(struct db *d, struct arena *a, struct str connection,
			       int64_t since_ms, struct run_day **out, size_t *n, struct err *e);

struct run_written {
	struct str connection;
	int64_t n; /* rows created and updated */
};
/* What the whole runs that began since then wrote, by connection. */
MUST_CHECK bool run_stats_written(struct db *d, struct arena *a, int64_t since_ms,
				  struct run_written **out, size_t *n, struct err *e);

static inline double run_share(int64_t part, int64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

#endif
