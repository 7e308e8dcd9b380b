/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_deed.h - what a person decides about a change that is stuck on its way to a vendor: the
 * one way, whether it is said at the command line or in the console.
 */
#ifndef OUTBOX_DEED_H
#define OUTBOX_DEED_H

#include "data/value.h"
#include "store/outbox.h"

enum outbox_verb {
	OUTBOX_RETRY,    /* a failed or unknown one is sent again */
	OUTBOX_DROP,     /* a pending, failed or unknown one is given up */
	OUTBOX_HAPPENED, /* an unknown one has happened: it is done */
	OUTBOX_NOT,      /* an unknown one has not: it is sent again */
	OUTBOX_VERBS
};

/* The audit log's word: "outbox.retry". */
const char *outbox_verb_action(enum outbox_verb v);
enum outbox_state outbox_verb_state(enum outbox_verb v);

/* Whether the row's state allows it: ERR_BUSY with why not. */
MUST_CHECK bool outbox_may(const struct outbox_row *row, enum outbox_verb v, struct err *e);

/* [tx] Does it; a change that waits again gets a job that carries it, of that trigger. ERR_BUSY as
 * outbox_may(), ERR_FENCED when somebody else changed the row since it was read. */
MUST_CHECK bool outbox_decide(struct db *d, struct arena *a, struct outbox_row *row,
			      enum outbox_verb v, struct str trigger, struct err *e);

/* For the audit log, before it is done: connection, watch, from, to, and why when that was said.
 * The record's key stays out: it may name a person. */
struct value outbox_deed_details(struct arena *a, const struct outbox_row *row, enum outbox_verb v,
				 struct str reason);

#endif
