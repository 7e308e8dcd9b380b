/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.h - who triggered, changed or stopped what, from where: append-only, each row carrying the
 * hash of the one before it.
 *
 *     hash(n) = SHA-256(hash(n-1) || canonical JSON of row n)
 *
 * so that a row that was changed, removed or put in between shows.  Rows are never updated or
 * deleted by Lockstep (PostgreSQL: a trigger refuses both).
 */
#ifndef AUDIT_H
#define AUDIT_H

#include "store/db.h"

struct audit_entry {
	struct str actor;   /* identity's name, "cli:root", "schedule", "system" */
	struct str from;    /* an address, "cli", or empty */
	struct str action;  /* "sync.trigger" */
	struct str target;  /* "connection:practicepanther", "job:17" */
	struct str details; /* a JSON object without secrets and personal data, or empty */
	struct str request; /* the request's id, or empty */
	/* filled by audit_list() */
	int64_t number, at_ms;
	struct str hash; /* hex */
};

/*
 * Goes with the caller's transaction, so that what was done and its record stand or fall together;
 * in one of its own where there is none, for what no transaction can hold (a call to a vendor).
 * Writers wait for each other.
 */
MUST_CHECK bool audit_add(struct db *d, const struct audit_entry *en, struct err *e);

struct audit_filter {
	struct str actor, action, target; /* empty: any; action may end in ".*" */
	int64_t before;                   /* numbers below this; 0: from the newest */
	int64_t from_ms, to_ms;           /* wall, from included, to not; 0: any */
	size_t limit;
};
MUST_CHECK bool audit_list(struct db *d, struct arena *a, const struct audit_filter *f,
			   struct audit_entry **out, size_t *n, struct err *e);

/* Walks the chain; *broken_at 0: whole, else the first number that does not fit. */
MUST_CHECK bool audit_verify(struct db *d, int64_t *rows, int64_t *broken_at, struct err *e);

/* The table and its trigger, as control_plan(). */
MUST_CHECK bool audit_plan(struct db *d, struct arena *a, struct str **statement,
			   size_t *statements, struct err *e);

#endif
