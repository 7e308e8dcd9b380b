/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql.h - SQL as text: names quoted, parameters numbered, and the few words in which the two
 * databases differ.
 *
 * Identifiers come from plans and from databases; they are always quoted here and never pasted in
 * anywhere else.
 */
#ifndef SQL_H
#define SQL_H

#include "store/db.h"

/* No statement of ours is longer; a buf for one gets this maximum. */
#define SQL_BYTES_MAX ((size_t)1 << 20)

/* "name", with quotes inside doubled. */
void sql_name(struct buf *b, struct str name);

/* A table's name, which may be schema.table. */
void sql_table(struct buf *b, struct str table);

/* qualifier.name for a column; the qualifier is ours (an alias) and goes as it is. */
void sql_column(struct buf *b, const char *qualifier, struct str name);

/* A table's name without its schema, and the schema alone (may be empty). */
struct str sql_table_bare(struct str table);
struct str sql_table_schema(struct str table);

/* ?1 … becomes $1 …, but not within quotes; NUL-terminated in `a`. */
const char *sql_dollar(struct arena *a, struct str sql);

/* The words that differ, one row a dialect. */
struct sql_words {
	const char *lock_row; /* after a SELECT: locks the rows; gives none that somebody locked */
	const char *wait_row; /* the same, but waits */
	const char *differs;  /* null-safe "is not the same as" */
	const char *values;   /* a table expression `v` over the JSON array in ?1 */
	const char *values_ord; /* the number, from 0, of one of its rows */
	const char *text_type;  /* a text that compares byte by byte */
	const char *time_type, *uuid_type, *json_type;
	const char *decimal_type, *boolean_type, *date_type, *float_type;
	const char *uuid_self;     /* a uuid column that makes itself and is the primary key */
	const char *one_at_a_time; /* a statement that keeps out others that migrate, or "" */
	const char *time_self;     /* a time column that is now when a row is made */
	/* Finds something when the table ?2 has the index ?1, or is not ours to give it one. */
	const char *index_settled;
	const char *now_ms; /* Unix milliseconds by the database's clock, one moment a statement */
};
const struct sql_words *sql_words(const struct db *d);

#endif
