/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - rows on their way into somebody's table.
 *
 * A struct table is our view of a table: its key and the columns that we write.  The table itself
 * may be the application's own and have others, which are never touched.
 */
#ifndef TABLE_H
#define TABLE_H

#include "data/column.h"
#include "store/db.h"

#define TABLE_COLUMNS_MAX 64
#define TABLE_KEYS_MAX 8

enum column_write {
	WRITE_ALWAYS,    /* kept equal to what the row says, unless the row's keep bit is set */
	WRITE_ON_INSERT, /* set when the row is created, a person's from then on */
	WRITE_STAMP,     /* set whenever the row is created or updated, never a reason to update */
};

struct table_column {
	struct str name;
	enum column_type type;
	enum column_write write;
};

struct table {
	struct str name; /* "contacts" or "schema.contacts" */
	struct table_column column[TABLE_COLUMNS_MAX];
	size_t columns;
	/* Numbers of the key columns; the table has a unique index on exactly them.  A row with a
	 * NULL in its key is rejected (not_null): it could never be found again. */
	size_t key[TABLE_KEYS_MAX];
	size_t keys;
	bool update_only; /* rows that are not there are not created (ROW_UNCHANGED) */
	bool before;      /* an updated row's result says what was there before */
	struct str id;    /* the column that other tables refer to ("id") */
};

/*
 * One row.  cell[i] is the canonical cell of column i (column.h).  Bit i of `keep`: when the row is
 * already there, leave column i as it is.
 */
struct row {
	const struct value *cell;
	uint64_t keep;
};

enum row_outcome { ROW_CREATED, ROW_UPDATED, ROW_UNCHANGED, ROW_REJECTED };

struct row_result {
	enum row_outcome outcome;
	/* UPDATED, when the table asks for it: the cells that were there, all columns; else NULL.
	 */
	const struct value *before;
	struct str column; /* REJECTED: where the database said it, else empty */
	struct str code;   /* REJECTED: "not_null", "unique", "foreign_key", "check", "too_long",
			      "type", "other" */
	struct str says;   /* REJECTED: a sentence without any value */
};

/*
 * Writes the rows in order, inside the caller's transaction.  Rows equal to what is stored are not
 * rewritten.  A row that the database refuses is ROW_REJECTED and the others go on; false only when
 * the database as a whole failed (then roll back).  The same key twice in one call: as if in two.
 * Results are as many as rows; their texts live as long as `a`.
 */
static inline MUST_CHECK bool table_upsert(struct db *d, const struct table *t,
					   const struct row *row, size_t rows, struct arena *a,
					   struct row_result *result, struct err *e)
{
	return d->ops->upsert(d, t, row, rows, a, result, e);
}

/*
 * The row's key as text: the only key cell's, or a JSON array of all; empty when one is NULL.  What
 * quarantine, missing references and seen keys go by.  May borrow from the cells.
 */
struct str table_key_text(struct arena *a, const struct table *t, const struct value *cell);

/* And back: fills the key cells. */
MUST_CHECK bool table_key_read(struct arena *a, const struct table *t, struct str key,
			       struct value *cell, struct err *e);

/*
 * Reads what is stored under the keys of `row` (other cells are ignored): stored[i] is an array of
 * t->columns cells in canonical form, or NULL when there is no such row.
 */
MUST_CHECK bool table_read(struct db *d, const struct table *t, const struct row *row, size_t rows,
			   struct arena *a, const struct value **stored, struct err *e);

/*
 * Deletes the row under the keys of `row`, inside the caller's transaction.  *refused when the
 * database would not have it (something refers to it): then it is still there.
 */
MUST_CHECK bool table_delete(struct db *d, const struct table *t, const struct row *row,
			     struct arena *a, bool *refused, struct err *e);

/*
 * Finds rows of another table by the content of a column.  For every value found[i] is the `take`
 * column of the first row in the order: `prefer` true first (when given), then `take` itself;
 * UNDEFINED when there is none or the value is NULL.
 */
struct table_lookup {
	struct str table, match, take, prefer; /* prefer may be empty */
	bool fold_case;                        /* compare lower(match) with lower(value) */
};
MUST_CHECK bool table_find(struct db *d, const struct table_lookup *l, const struct value *value,
			   size_t values, struct arena *a, struct value *found, struct err *e);

struct shape_column {
	struct str name, type; /* the database's own type name, lower case */
	enum column_holds holds;
};

/* A unique index or primary key on plain columns, without a condition. */
struct shape_unique {
	struct str column[TABLE_KEYS_MAX];
	size_t columns;
};

/* What the database has under a table's name. */
struct table_shape {
	bool exists;
	struct shape_column *column;
	size_t columns;
	struct shape_unique *unique; /* those of more than TABLE_KEYS_MAX columns are left out */
	size_t uniques;
};

/* NULL when there is no such column. */
const struct shape_column *shape_find(const struct table_shape *s, struct str column);
static inline MUST_CHECK bool table_shape(struct db *d, struct arena *a, struct str table,
					  struct table_shape *out, struct err *e)
{
	return d->ops->shape(d, a, table, out, e);
}

/* A column as migrations make it. */
struct schema_column {
	struct str name;
	enum column_type type;
	struct str references; /* another table of the schema, whose `id` it holds; or empty */
	bool indexed;
};
struct schema_table {
	struct str name;
	struct schema_column *column;
	size_t columns;
	struct str key[TABLE_KEYS_MAX]; /* gets a unique index */
	size_t keys;
};

/*
 * The statements that would bring the database to the schema: tables created with an `id` (uuid by
 * the database's own default), created_at, and the wanted columns; missing columns
 * added; missing unique indexes added.  Only ever adds; running them twice changes nothing.  A
 * column that is there under another type is accepted when cells can be written into it (text for
 * json, varchar for text, an enum for text), else ERR_CONFIG names table, column, both types and
 * what to do.
 */
MUST_CHECK bool schema_plan(struct db *d, struct arena *a, const struct schema_table *table,
			    size_t tables, struct str **statement, size_t *statements,
			    struct err *e);

/* Runs statements in one transaction. */
MUST_CHECK bool schema_apply(struct db *d, const struct str *statement, size_t statements,
			     struct err *e);

#endif
