/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite.h - the SQLite backend, for its own files.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "store/db.h"
#include "store/table.h"

#include <sqlite3.h>

MUST_CHECK bool sqlite_open(struct str url, const struct db_options *o, struct db **out,
			    struct err *e);

/* Prepared statements are kept, the least recently used goes first. */
#define SQLITE_STATEMENTS_MAX 64

struct sqlite_statement {
	sqlite3_stmt *stmt;
	uint64_t hash;
	uint64_t used; /* when, by the count of uses */
};

/*
 * Who may checkpoint: the holder of a flock on PATH-lock.  SQLite 3.40.1 can lose a WAL when two
 * connections checkpoint at once.
 */
struct sqlite_lock {
	int fd; /* -1: a database without a lock (memory, read-only) */
	bool held;
	int64_t next_try_ms; /* steady */
};

struct sqlite {
	struct db db;
	sqlite3 *handle;
	struct clock *clock;
	struct sqlite_statement statement[SQLITE_STATEMENTS_MAX];
	size_t statements;
	uint64_t uses;
	int64_t busy_ms; /* how long a patient statement waits */
	struct sqlite_lock lock;
	char *path;
};

static inline struct sqlite *sqlite_of(struct db *d)
{
	assert(d->ops->dialect == DB_SQLITE);
	return CONTAINER(d, struct sqlite, db);
}

static inline bool sqlite_in_transaction(const struct sqlite *s)
{
	return !sqlite3_get_autocommit(s->handle);
}

/* Fills *e from the connection's last error; false. */
bool sqlite_fail(struct sqlite *s, int rc, struct err *e);

/* A statement ready to be bound, owned by the cache; it stays valid until SQLITE_STATEMENTS_MAX
 * others were asked for. */
MUST_CHECK bool sqlite_prepare(struct sqlite *s, struct str sql, sqlite3_stmt **out, struct err *e);

/* Parameter `i` from 1.  Borrows text until the next reset. */
void sqlite_bind(sqlite3_stmt *stmt, int i, struct value v);

/* Column `i` of the current row; text is borrowed until the next step. */
struct value sqlite_value(sqlite3_stmt *stmt, int i);

/* sqlite_lock.c */
void sqlite_lock_open(struct sqlite *s);
void sqlite_lock_try(struct sqlite *s); /* becomes the one that checkpoints, if nobody is */
void sqlite_lock_close(struct sqlite *s);

/* sqlite_upsert.c, sqlite_shape.c: see struct db_ops */
MUST_CHECK bool sqlite_upsert(struct db *d, const struct table *t, const struct row *row,
			      size_t rows, struct arena *a, struct row_result *result,
			      struct err *e);
MUST_CHECK bool sqlite_shape(struct db *d, struct arena *a, struct str table,
			     struct table_shape *out, struct err *e);
MUST_CHECK bool sqlite_holds(struct db *d, struct str table, struct str column,
			     enum column_holds *out, struct err *e);

#endif
