/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_progress.h - how far a run under way has come, as the job that carries it out tells it.
 *
 * It stands in the job's row (pool.h's job_progress(), at most once a second), so that every
 * process knows it, whichever worker runs it.
 */
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include "flow/session.h"

struct run_progress {
	struct str table;            /* under way; or empty */
	struct str phase;            /* "fetch", "transform", "commit", "wait"; or empty */
	struct str waiting;          /* why it waits; or empty */
	int64_t waiting_until_ms;    /* wall */
	int64_t processed, requests; /* of the run */
	int64_t table_processed, table_pages;
	int64_t table_total; /* records expected; 0 unknown */
	int64_t advanced_ms; /* wall: when it last came forward; 0 unknown */
};

/* "fetch", …: what goes on after that event. */
const char *run_phase(const struct watch_event *ev);

/* Nothing is told of what is missing, or when `json` is no JSON. */
void run_progress_read(struct arena *a, struct str json, struct run_progress *out);

struct value run_progress_view(struct arena *a, const struct run_progress *p);

#endif
