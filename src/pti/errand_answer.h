/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errand_answer.h - a route's job, waited for, and its output as the answer.
 *
 * When the wait is over before the job is, or many wait already, the answer is 202 with the job; it
 * goes on.
 */
#ifndef ERRAND_ANSWER_H
#define ERRAND_ANSWER_H

#include "api/call.h"
#include "service/view.h"

#define ERRAND_WAIT_MS 60000

struct errand_wish {
	const char *task;
	struct value args;
	struct str player; /* its jobs stand in one lane; empty: in none */
	struct str key;    /* what makes it another errand of that task and player; or empty */
	int failed;        /* the status of an output that says no, for most codes */
	const char *says;  /* before its text: "Could not extract PTI" */
};
MUST_CHECK bool errand_answer(struct call *c, const struct errand_wish *w, struct err *e);

#endif
