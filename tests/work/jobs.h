/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs.h - what tests of the queue say in one word.
 */
#ifndef JOBS_H
#define JOBS_H

#include "store/fixture.h"
#include "work/queue.h"

/* An empty database with the control tables and the queue's. */
struct fixture queue_open(struct clock *clock);

int64_t begin_session(struct db *d);
/* Adds a job of the task; the draft's other fields as given. */
int64_t add_job(struct db *d, const char *task);
struct job_ticket add_draft(struct db *d, struct job_draft draft);
/* Many alike, by one statement. */
void add_jobs(struct db *d, const char *task, int64_t n, int64_t attempts_max);

/* Claims at most `max` jobs; lives in the fixture's arena. */
size_t claim_jobs(struct fixture *f, struct db *d, int64_t session, size_t max, struct job **out);
/* Claims one that must be there. */
struct job claim_job(struct fixture *f, int64_t session);

/* Ends the attempt; false when it was fenced. */
bool finish_job(struct db *d, struct fence fence, enum verdict_kind kind, int64_t wait_ms);

/* The state's number of a job that is not finished, -1 when it is. */
int64_t job_state(struct db *d, int64_t id);
/* The outcome's number of a finished job, -1 when it is not. */
int64_t job_outcome(struct db *d, int64_t id);
/* A column of it, of either table. */
int64_t job_int(struct db *d, int64_t id, const char *column);
const char *job_text(struct fixture *f, int64_t id, const char *column);

#endif
