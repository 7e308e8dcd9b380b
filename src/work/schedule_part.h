/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_part.h - what the files that keep schedules in the database share; for schedule*.c
 * alone.
 */
#ifndef SCHEDULE_PART_H
#define SCHEDULE_PART_H

#include "work/schedule.h"

#define SCHEDULE_ROW_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* A row of lockstep_schedules. */
struct schedule_row {
	struct schedule s;
	int64_t due_ms;    /* next_ms and its jitter: when to look */
	int64_t looked_ms; /* when next_ms was found */
	struct str said;   /* what the plan said when it was last taken over */
};

/* Wall time by the database's clock. */
MUST_CHECK bool schedule_now(struct db *d, int64_t *now_ms, struct err *e);

/* The row, kept from others until the transaction ends.  *found false: `row` is untouched. */
MUST_CHECK bool schedule_lock(struct db *d, struct arena *a, struct str name,
			      struct schedule_row *row, bool *found, struct err *e);

/* Rows in the order of their names; all when `name` is empty. */
MUST_CHECK bool schedule_rows(struct db *d, struct arena *a, struct str name,
			      struct schedule_row **out, size_t *n, struct err *e);

/* Adds a row, or overwrites all of it but name, origin and last_ms.  *changed 0: the name is taken,
 * is not there. */
MUST_CHECK bool schedule_insert(struct db *d, const struct schedule_row *row, int64_t *changed,
				struct err *e);
MUST_CHECK bool schedule_update(struct db *d, const struct schedule_row *row, struct err *e);

/* The job of one slot, by the overlap policy. */
MUST_CHECK bool schedule_add_job(struct db *d, const struct schedule *s, struct str actor,
				 struct job_ticket *out, struct err *e);

/* Writes a fire unless that slot has one; *written says which. */
MUST_CHECK bool fire_put(struct db *d, const struct fire *f, bool *written, struct err *e);
/* What became of it, when that was not known yet. */
MUST_CHECK bool fire_update(struct db *d, const struct fire *f, struct err *e);
/* Forgets those of one schedule that are older (INT64_MAX: all). */
MUST_CHECK bool fire_clean(struct db *d, struct str schedule, int64_t before_ms, struct err *e);

#endif
