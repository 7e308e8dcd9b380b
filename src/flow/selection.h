/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selection.h - a run of some records only: by their ids, by when they changed, by a condition.
 *
 * Such a run moves no cursor, continues no pass, and tells of nothing as gone.
 */
#ifndef SELECTION_H
#define SELECTION_H

#include "flow/cursor.h"

/* What was asked for; all parts that are given must hold. */
struct select_options {
	const struct str *record; /* keys of rows (table_key_text()) */
	size_t records;
	struct str since, until; /* RFC 3339, inclusive; or empty */
	struct str where;        /* an expression over `record`, or empty */
};

struct selection {
	const struct select_options *o;
	int64_t since_us, until_us;   /* NO_TIME: open */
	const struct template *where; /* or NULL */
	bool *found;                  /* per record, in the current table */
};

bool select_any(const struct select_options *o);

/* ERR_USAGE says which part cannot be read.  *out NULL when nothing is asked for; `o` must live on.
 */
MUST_CHECK bool selection_open(struct arena *a, const struct select_options *o,
			       struct selection **out, struct err *e);

/* A table begins: none is found yet. */
void selection_begin(struct selection *s);

/* Whether the record is one, before it is mapped.  An expression that fails is an error. */
MUST_CHECK bool selection_takes(const struct selection *s, const struct stream *st,
				const struct connection *c, const struct scope *scope,
				struct value record, bool *takes, struct err *e);

/* Whether the row is one, by its key; notes it as found. */
bool selection_takes_key(struct selection *s, struct str key);

/* Whether all the records that were asked for were found: no more need be read. */
bool selection_done(const struct selection *s);

/* For the log: what was asked, and with a table's end what was not found. */
struct value selection_value(struct arena *a, const struct selection *s, bool ended);

#endif
