/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undo.h - puts back what rows held before a run changed them.
 *
 * The images of the run are gone through from the last to the first, in batches, each in a
 * transaction.  A row that holds something else by now than what the run wrote was changed by a
 * person or a later run: it is left alone and told as a conflict.  The undo is a run of its own
 * (sync_type "undo") under the connection's lease, keeps images itself and can be undone.  Cursors
 * stay where they are: the next full run brings the vendor's state back.
 */
#ifndef UNDO_H
#define UNDO_H

#include "flow/session.h"

enum undo_outcome {
	UNDO_RESTORED,
	UNDO_RECREATED, /* the run (an undo) had deleted it */
	UNDO_DELETED,   /* the run had created it */
	UNDO_KEPT,      /* the run had created it, and deleting was not asked for */
	UNDO_ALREADY,   /* it is as it was before the run */
	UNDO_CONFLICT,
	UNDO_OUTCOMES,
};
const char *undo_outcome_name(enum undo_outcome o);

struct undo_event {
	struct str table, key;
	enum undo_outcome outcome;
	struct str says; /* of a conflict: why */
};

struct undo_options {
	struct str run;      /* whose changes */
	struct str table;    /* only of this one; empty: all */
	bool dry_run;        /* tells and writes nothing; other writers wait meanwhile */
	bool force;          /* also rows that were changed since */
	bool delete_created; /* delete the rows that the run created */
	struct str id, trigger, triggered_by; /* as of a run */
	/* For every image, within the transaction; or NULL. */
	void (*tell)(void *arg, const struct undo_event *event);
	/* After every batch: how many of `images` are done; or NULL. */
	void (*progress)(void *arg, int64_t done, int64_t images);
	void *arg;
};

struct undo_result {
	struct str id; /* in the log; empty in a dry run */
	enum run_status status;
	int64_t count[UNDO_OUTCOMES];
	int64_t images;   /* of the run */
	struct err error; /* a stop, or what ended it; ERR_NONE when there was none */
};

/*
 * ERR_MISSING: no such run of the connection, or no images of it; ERR_BUSY: another run is under
 * way.  True when it was carried out, whatever its status.  Results live as long as `a`.
 */
MUST_CHECK bool undo_run(const struct engine *g, const struct connection *c,
			 const struct undo_options *o, struct arena *a, struct undo_result *out,
			 struct err *e);

#endif
