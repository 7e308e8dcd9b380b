/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mend.h - one record out of quarantine: read again, or corrected by a person, mapped, written.
 *
 * Under the connection's lease, as a run is: no run is under way meanwhile, and one that was taken
 * over writes nothing.  The row, what waits for it, and the removal from quarantine are committed
 * together.  Cursors stay where they are; before-images are not kept.
 */
#ifndef MEND_H
#define MEND_H

#include "flow/mapping.h"

enum mend_outcome {
	MEND_CREATED,
	MEND_UPDATED,
	MEND_UNCHANGED,
	MEND_LEFT_OUT, /* the plan wants no row of such a record: it is only taken out */
	MEND_REFUSED,  /* it stays; see `refusal` */
	MEND_GONE,     /* it stays; the vendor has no such record any more */
	MEND_OUTCOMES,
};
const char *mend_outcome_name(enum mend_outcome o);

enum mend_source { MEND_GIVEN, MEND_VENDOR, MEND_KEPT };
const char *mend_source_name(enum mend_source s);

struct mend_options {
	struct str record; /* JSON, by a person; empty: the vendor's where it can be asked for, else
			      the one that was kept */
	/* [tx] Before the commit of a record that came through: an audit entry; or NULL. */
	bool (*also)(void *arg, enum mend_outcome o, struct err *e);
	void *arg;
};

struct mend_result {
	enum mend_outcome outcome;
	enum mend_source source;
	struct str key; /* of the row */
	struct refusal *refusal;
	size_t refusals;
};

struct mender;

/* ERR_BUSY: a run of the connection is under way.  Lives as long as `a`, until mender_close(). */
MUST_CHECK bool mender_open(const struct engine *g, const struct connection *c, struct arena *a,
			    struct mender **out, struct err *e);
void mender_close(struct mender *m);

/* Results live as long as `a`.  False: nothing is known of the record but *e; ERR_MISSING: it is
 * not in quarantine any more, or the plan has no such table. */
MUST_CHECK bool mend(struct mender *m, const struct quarantine_item *q,
		     const struct mend_options *o, struct arena *a, struct mend_result *out,
		     struct err *e);

/* Whether the vendor can be asked for this record alone. */
bool mend_can_ask(const struct connection *c, const struct quarantine_item *q);

/* What is wrong with a record as it is now: every column's refusal, and the one of the item when
 * the database said it. */
MUST_CHECK bool mend_look(const struct engine *g, const struct connection *c,
			  const struct quarantine_item *q, struct value record, struct arena *a,
			  struct refusal **out, size_t *n, struct err *e);

#endif
