/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push.h - carries the changes of a record from the outbox to the vendor.
 *
 * One record at a time and in order: a later change never overtakes an earlier one.  Each change
 * takes three steps, and a crash between any two of them leaves what the next run can tell apart:
 *
 *   1. SENDING is committed, with the claim of whoever sends;
 *   2. the request goes;
 *   3. what came of it and the columns it fills are committed together.
 *
 * A row found SENDING under a claim that is dead is in doubt.  It is sent again when doing it twice
 * does no harm (an idempotency key, safe_to_repeat), looked up when the action has a lookup, and
 * else UNKNOWN: a person decides.
 */
#ifndef PUSH_H
#define PUSH_H

#include "flow/session.h"
#include "store/outbox.h"

enum push_outcome {
	PUSH_CLEAR,   /* nothing of this record waits any more */
	PUSH_WAIT,    /* again after wait_ms */
	PUSH_BLOCKED, /* its first change failed or is unknown: a person decides */
};

struct push_result {
	enum push_outcome outcome;
	int64_t wait_ms;
	int64_t requests, done, failed;
	struct err why; /* WAIT, BLOCKED: what about the first change; never a record's content */
};

/*
 * Sends what waits of one record.  With engine->fence every write is fenced by it; without, the
 * lease "push:CONNECTION" is held meanwhile (ERR_BUSY when somebody else has it).  ERR_AUTH when
 * the vendor refuses our credentials: the change waits.  ERR_FENCED, ERR_STORE, ….
 */
MUST_CHECK bool push_record(const struct engine *g, const struct connection *c,
			    const struct watch_plan *w, struct str key, struct push_result *out,
			    struct err *e);

/* The same from a job's arguments: {"connection": …, "watch": …, "key": …}.  A watch that the plan
 * does not have any more is ERR_MISSING. */
MUST_CHECK bool push_job(const struct engine *g, const struct plan *p, struct str args,
			 struct push_result *out, struct err *e);

/* The watches of a plan's connections as the store takes them. */
struct outbox_watch *push_watches(struct arena *a, const struct plan *p, size_t *n);

#endif
