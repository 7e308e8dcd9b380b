/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - one run of a connection: its tables in order, each read by a pass, then what was late is
 * linked.
 *
 * One run of a connection at a time, on however many machines: a lease in the database says whose
 * it is, and every commit checks it (a fencing token), so that a run that was taken over cannot
 * write.
 */
#ifndef RUN_H
#define RUN_H

#include "flow/pass.h"
#include "flow/selection.h"

struct run_options {
	enum run_mode mode;
	bool dry_run;
	const struct change_sink *sink; /* dry run */
	const struct str *only;         /* names of tables or streams; none: all */
	size_t onlys;
	struct select_options select; /* only some records of them */
	/* A uuid that was promised to somebody before the run began; empty: made here.  A second
	 * attempt finds it taken, gets another, and its details say which it tries again. */
	struct str id;
	struct str trigger;      /* "manual" when empty */
	struct str triggered_by; /* a user's uuid, or empty */
	size_t rows_per_commit;  /* 0: the plan's */
	struct watch watch;
};

struct run_table {
	const struct plan_table *plan;
	struct pass_result result;
	bool ran;
};

struct run_result {
	struct str id; /* in the log; empty in a dry run */
	enum run_status status;
	struct run_counts counts;
	struct run_table *table; /* those that were chosen, in order */
	size_t tables;
	int64_t relinked, waiting; /* references filled at the end, and still without a parent */
	bool took_over;            /* from a run that died */
	int64_t quiet_ms; /* wall: it ended since the vendor is to be left alone until then; or 0 */
	struct err error; /* the first; ERR_NONE when there was none */
};

struct run;

/* Whoever holds this lease keeps every run of the connection from beginning. */
struct str run_lease_name(struct arena *a, struct str connection);

/*
 * Takes the lease (ERR_BUSY: another run of the connection is under way), closes what a dead run
 * left, begins the log.  What is made lives as long as `a`.
 */
MUST_CHECK bool run_open(const struct engine *g, const struct connection *c,
			 const struct run_options *o, struct arena *a, struct run **out,
			 struct err *e);

/*
 * One page, or one step between tables.  *more false: nothing is left to do.  False: the whole run
 * failed (database, lease, credentials, stop); end it with run_close() all the same.
 */
MUST_CHECK bool run_step(struct run *r, bool *more, struct err *e);

/* Ends the log, gives the lease back.  `why` is what run_step() failed with, or NULL. */
MUST_CHECK bool run_close(struct run *r, const struct err *why, struct run_result *out,
			  struct err *e);

/* All of it.  True when the run was carried out, whatever its status. */
MUST_CHECK bool run_connection(const struct engine *g, const struct connection *c,
			       const struct run_options *o, struct arena *a, struct run_result *out,
			       struct err *e);

#endif
