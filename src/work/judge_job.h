/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge_job.h - what becomes of a job when its handler has returned: a pure function.
 */
#ifndef JUDGE_JOB_H
#define JUDGE_JOB_H

#include "work/pool.h"

/* Why an attempt was told to stop; the first reason stays. */
enum stop_cause {
	STOP_NOT,
	STOP_PERSON, /* somebody cancelled the job */
	STOP_DRAIN,  /* the process wants to end */
	STOP_TIME,   /* it took longer than its task may */
	STOP_LOST,   /* the session is not ours any more */
};

/* How a handler came back. */
struct handler_end {
	bool done;          /* it said true */
	enum err_kind kind; /* when it did not */
	enum stop_cause cause;
	int64_t attempt;        /* from 1 */
	int64_t snooze_ms;      /* job_snooze()'s; -1: not called */
	int64_t retry_after_ms; /* job_retry_after()'s; -1: not called */
};

struct judgement {
	enum verdict_kind kind;
	int64_t wait_ms; /* RETRY, SNOOZE */
};

struct judgement job_judge(const struct task *t, const struct handler_end *end, struct rng *rng);

#endif
