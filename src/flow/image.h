/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - before-images of a run: what rows held before it, so that `lockstep undo` can put it
 * back.
 *
 * Written in the transactions that change the rows.  An image holds the columns that were changed
 * with what they held, as texts, and a fingerprint of what the run wrote there: by it an undo knows
 * whether somebody has changed the row since.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "flow/session.h"
#include "store/table.h"

struct image_log {
	struct str run;
	int64_t number; /* of the last image */
	bool on;        /* the current table's changes are kept */
};

/* The columns, as bits, whose content tells whether a created row was changed since: all but the
 * stamp, and but an id that the database made. */
uint64_t image_columns(const struct table *t);

/* What the columns hold, as the fingerprint that an image keeps; lives as long as `a`. */
struct str image_hash(struct arena *a, const struct table *t, const struct value *cell,
		      uint64_t columns);

/* {"column": "text", …} of the columns, and back; *columns are those that were found.  ERR_MISSING
 * for a column that the table's view does not have (any more). */
MUST_CHECK bool image_write(struct arena *a, const struct table *t, const struct value *cell,
			    uint64_t columns, struct str *out, struct err *e);
MUST_CHECK bool image_read(struct arena *a, const struct table *t, struct str image,
			   struct value *cell, uint64_t *columns, struct err *e);

/* Keeps images of what an upsert created and updated; nothing when the log is off.  [tx] */
MUST_CHECK bool images_put(struct session *s, struct arena *a, const struct table *t,
			   const struct row *row, const struct row_result *result, size_t n,
			   struct err *e);

/* Keeps an image of a row that is about to be deleted.  [tx] */
MUST_CHECK bool image_put_deleted(struct session *s, struct arena *a, const struct table *t,
				  const struct value *cell, struct err *e);

/* Keeps an image of a cell that late linking changes.  [tx] */
MUST_CHECK bool image_put_link(struct session *s, const struct link_change *c, struct err *e);

#endif
