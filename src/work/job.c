/* SPDX-License-Identifier: Apache-2.0 */
/* job.c - the words for a job's state. */
#include "work/job.h"

const char *job_state_word(enum job_state s)
{
	return s == JOB_RUNNING ? "running" : "pending";
}

const char *job_outcome_word(enum job_outcome o)
{
	static const char *const word[] = { [JOB_SUCCEEDED] = "succeeded",
					    [JOB_FAILED] = "failed",
					    [JOB_CANCELLED] = "cancelled" };

	assert((size_t)o < COUNT(word));
	return word[o];
}
