/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_span.h - what the single runs of a span of time say: how long they took, why they failed.
 *
 * Of whole runs that are over; of the newest RUN_SPAN_MAX, should there be more.
 */
#ifndef RUN_SPAN_H
#define RUN_SPAN_H

#include "store/control.h"

#define RUN_SPAN_MAX 20000

struct run_span {
	struct str connection;  /* empty: of all */
	int64_t from_ms, to_ms; /* began then, wall */
};

/* By the nearest rank: p95 is a time that 95 of 100 runs did not need longer than. */
struct run_times {
	struct str name; /* a day ("2026-11-25", UTC), a sync_type, or empty */
	size_t runs;
	int64_t p50_ms, p95_ms, max_ms;
};
/* All together, and by day (oldest first) and by sync_type. */
struct run_times_all {
	struct run_times all, *day, *type;
	size_t days, types;
};
MUST_CHECK bool run_span_times(struct db *d, struct arena *a, const struct run_span *s,
			       struct run_times_all *out, struct err *e);

/* Runs that ended as partial or error: by the kind of their error (err_kind_name()); "records":
 * some were refused; "incomplete": a cap, a hold.  The most first. */
struct run_fault {
	struct str kind;
	int64_t runs;
	struct str last, run; /* the newest one's message and id */
	int64_t last_ms;      /* wall: when it began */
};
MUST_CHECK bool run_span_faults(struct db *d, struct arena *a, const struct run_span *s,
				struct run_fault **out, size_t *n, struct err *e);

#endif
