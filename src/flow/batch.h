/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - rows of one table that wait for one transaction.
 *
 * Rows are copied in, so that the page they came from may go.  batch_write() runs inside the
 * caller's transaction and may be run again after a rollback: it changes nothing of the batch but
 * its results.
 */
#ifndef BATCH_H
#define BATCH_H

#include "flow/mapping.h"

#define BATCH_ROWS_MAX 50000

struct batch;

/* A field-by-field difference of a dry run; cells as in column.h, `before` NULL for a new row. */
struct change {
	const struct table *table;
	struct str key;
	uint64_t changed; /* column numbers as bits */
	const struct value *before, *after;
};
struct change_sink {
	void (*tell)(void *arg, const struct change *c);
	void *arg;
};

struct batch_counts {
	int64_t processed, created, updated, unchanged, failed;
};

MUST_CHECK bool batch_open(struct session *s, struct mapping *m, size_t rows_max, struct arena *a,
			   struct batch **out, struct err *e);
void batch_close(struct batch *b); /* NULL is allowed */

/* Maps a record and keeps the row; `slice` is the scope's partition. */
MUST_CHECK bool batch_add(struct batch *b, const struct scope *scope, struct value record,
			  struct err *e);

size_t batch_rows(const struct batch *b); /* waiting */
bool batch_full(const struct batch *b);

/* Writes rows, quarantine and references to mend.  [tx] */
MUST_CHECK bool batch_write(struct batch *b, struct batch_counts *out, struct err *e);

/* What became of a row in the last batch_write(). */
enum row_outcome batch_outcome(const struct batch *b, size_t row);

/* Why a row was refused in the last batch_write(), without its pointer; its texts live until
 * batch_clear().  The row was. */
struct refusal batch_refusal(const struct batch *b, size_t row);
/* How the row is called: table_key_text(), or a fingerprint. */
struct str batch_key(const struct batch *b, size_t row);

/* The same, told instead of done.  [tx, to be rolled back] */
MUST_CHECK bool batch_compare(struct batch *b, const struct change_sink *sink,
			      struct batch_counts *out, struct err *e);

/* Fingerprints of the keys that wait, for seen_add(); lives until batch_clear(). */
const uint64_t *batch_hashes(struct batch *b, size_t *n);

void batch_clear(struct batch *b); /* after the commit */

#endif
