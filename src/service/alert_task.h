/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert_task.h - the task "alert": tells one receiver about one alert.
 *
 * Its arguments are the message itself with "to", "webhook" or "sentry", so that what is delivered
 * late says what was true then, and one receiver that is down keeps nothing from the other.
 */
#ifndef ALERT_TASK_H
#define ALERT_TASK_H

#include "connector/plan.h"
#include "http/client.h"
#include "service/alert.h"
#include "work/pool.h"

#define ALERT_TASK "alert"

/* pool.h's run(); job_run.arg is the struct service. */
bool alert_task_run(struct job_run *r, struct err *e);

/* [tx] Adds the jobs that tell about a step, one for each receiver that the plan names. */
MUST_CHECK bool alert_enqueue(struct db *d, struct arena *a, const struct alerts_plan *plan,
			      const struct alert_step *s, int64_t now_ms, struct err *e);

/* ---- the two forms of a message; `message` is the job's arguments ---- */

#define ALERT_HEADERS 5

/* A POST with the message as JSON.  X-Lockstep-Signature is "sha256=" and the HMAC, in hex, of
 * "TIMESTAMP.BODY", X-Lockstep-Timestamp the Unix second, X-Lockstep-Delivery the job. */
MUST_CHECK bool alert_webhook(struct arena *a, const struct alerts_plan *plan, struct value message,
			      int64_t job, int64_t now_ms, struct header header[ALERT_HEADERS],
			      struct request *out, struct err *e);

/* A Sentry envelope with one event.  ERR_CONFIG when the DSN is none. */
MUST_CHECK bool alert_sentry(struct arena *a, const struct alerts_plan *plan, struct value message,
			     struct str version, int64_t now_ms,
			     struct header header[ALERT_HEADERS], struct request *out,
			     struct err *e);

#endif
