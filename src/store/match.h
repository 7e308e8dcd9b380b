/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.h - SQL that finds rows by the text of a column, with the help of the column's own index.
 *
 * SQLite compares by the column's affinity.  PostgreSQL has no operator between, say, a uuid and a
 * text: the text is cast, where it can be; what cannot be cast matches nothing.
 */
#ifndef MATCH_H
#define MATCH_H

#include "store/table.h"

/* Appends a condition: column `column` of `table`, known in the statement as `alias`, holds what
 * the SQL expression `text` says. */
MUST_CHECK bool match_column(struct db *d, struct buf *b, struct str table, const char *alias,
			     struct str column, const char *text, struct err *e);

/* Appends the condition that the lookup's parent `p` matches the SQL expression `text`. */
MUST_CHECK bool match_parent(struct db *d, struct buf *b, const struct table_lookup *l,
			     const char *text, struct err *e);

/* Appends the parent's `take` column as a value that `column` of `table` takes. */
MUST_CHECK bool match_take(struct db *d, struct buf *b, const struct table_lookup *l,
			   struct str table, struct str column, struct err *e);

/* Appends the order among several parents `p`, without ORDER BY. */
void match_order(struct buf *b, const struct table_lookup *l);

/* The array of ?1 that sql_words.values reads: an array of arrays of texts, `columns` each. */
struct match_values {
	struct buf json;
	size_t rows;
};
void match_values_init(struct match_values *m, struct arena *a);
void match_values_add(struct match_values *m, struct arena *a, const struct value *cell, size_t n);
struct value match_values_param(struct match_values *m);

#endif
