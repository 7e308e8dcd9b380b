/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ddl.h - the statements that add what is missing: tables, columns, indexes.
 */
#ifndef DDL_H
#define DDL_H

#include "store/table.h"

struct ddl_column {
	struct str name;
	struct str type; /* with its constraints, as SQL */
};

/* Statements under construction. */
struct ddl {
	struct db *db;
	struct arena *a;
	struct str *statement;
	size_t statements, cap;
};

void ddl_init(struct ddl *l, struct db *d, struct arena *a);
void ddl_add(struct ddl *l, struct str statement);

/* CREATE TABLE; `tail` goes behind the columns ("" or ", PRIMARY KEY (…)"). */
void ddl_create(struct ddl *l, struct str table, const struct ddl_column *column, size_t columns,
		struct str tail);
void ddl_add_column(struct ddl *l, struct str table, const struct ddl_column *column);
/* CREATE [UNIQUE] INDEX IF NOT EXISTS, under a name made of the table's and the columns'. */
void ddl_index(struct ddl *l, struct str table, const struct str *column, size_t columns,
	       bool unique);
/* Likewise, not unique, and only when it is missing from a table that is ours to change. */
MUST_CHECK bool ddl_index_once(struct ddl *l, struct str table, const struct str *column,
			       size_t columns, struct err *e);

#endif
