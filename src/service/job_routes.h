/* SPDX-License-Identifier: Apache-2.0 */
/* job_routes.h - /api/jobs; their arg is the struct service. */
#ifndef JOB_ROUTES_H
#define JOB_ROUTES_H

#include "api/call.h"
#include "work/queue.h"

extern const struct route job_routes[];

/* The id in a path or a body: digits, or the uuid by which the job_queue view names a job. */
MUST_CHECK bool job_id_parse(struct str text, int64_t *id, struct err *e);

/* ERR_CONFIG (422) when this process can run no such task: the job would wait for ever. */
MUST_CHECK bool job_task_check(const struct call *c, struct str task, struct err *e);

/* The JSON text of a job's arguments; no map: {}. */
MUST_CHECK bool job_args_text(struct arena *a, struct value args, struct str *out, struct err *e);

/* Adds the caller's job with its audit entry, wakes the workers and names it in Location; trigger
 * and actor of the draft are filled here. */
MUST_CHECK bool job_add(struct call *c, struct job_draft *draft, struct job_ticket *out,
			struct err *e);

#endif
