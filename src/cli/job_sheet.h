/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job_sheet.h - jobs, how many there are and what is paused, for people and as JSON.
 */
#ifndef JOB_SHEET_H
#define JOB_SHEET_H

#include "data/value.h"
#include "work/queue.h"

struct value job_value(struct arena *a, const struct job_row *j);
struct value jobs_value(struct arena *a, const struct job_row *j, size_t n, int64_t total);
void job_print(struct arena *a, const struct job_row *j);
void jobs_print(struct arena *a, const struct job_row *j, size_t n, int64_t total);

struct queue_state {
	const struct job_count *count;
	size_t counts;
	const struct pause *pause;
	size_t pauses;
	int64_t oldest_ms;
};
struct value counts_value(struct arena *a, const struct queue_state *s);
void counts_print(struct arena *a, const struct queue_state *s);

#endif
