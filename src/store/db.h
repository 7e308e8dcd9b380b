/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.h - one connection to a database that speaks SQL: SQLite or PostgreSQL.
 *
 * A db belongs to one thread.  SQL is written once, with ?1, ?2, … for parameters; what differs
 * stands in the two backends.  Parameters and results are struct value: NULL, BOOL, INT, FLOAT,
 * STR (also NUMBER, by its digits), and TIME (RFC 3339 UTC text in SQLite, with three fraction
 * digits, or six when there are microseconds; timestamptz in PostgreSQL).  DECIMAL and JSON go as
 * STR.  Results come as INT, FLOAT, STR, BOOL (PostgreSQL), TIME (PostgreSQL timestamps) or NULL;
 * NUMBER for numeric.
 *
 * Errors are ERR_STORE; ERR_TRANSIENT when the connection was lost or the database asks for another
 * try (deadlock, serialization, shutting down, SQLITE_BUSY); ERR_MISSING for a missing database
 * file or table where that is told apart.  err texts never hold a parameter's value.
 */
#ifndef DB_H
#define DB_H

#include "base/clock.h"
#include "data/value.h"

enum db_dialect { DB_SQLITE, DB_POSTGRES };

struct db;

struct db_result {
	size_t rows, columns;
	const struct value *cell; /* rows * columns, row by row */
};

static inline struct value db_cell(const struct db_result *r, size_t row, size_t column)
{
	assert(row < r->rows && column < r->columns);
	return r->cell[row * r->columns + column];
}

struct table;
struct row;
struct row_result;
struct table_lookup;
struct table_shape;

/* What a column of the database can hold, whatever its type is called there. */
enum column_holds {
	HOLDS_TEXT, /* also varchar, char, citext */
	HOLDS_INTEGER,
	HOLDS_NUMERIC,
	HOLDS_FLOAT,
	HOLDS_BOOLEAN,
	HOLDS_TIME,
	HOLDS_DATE,
	HOLDS_UUID,
	HOLDS_JSON,
	HOLDS_ENUM,
	HOLDS_OTHER,
};

struct db_ops {
	enum db_dialect dialect;
	const char *name; /* "sqlite", "postgresql" */
	MUST_CHECK bool (*begin)(struct db *d, struct err *e);
	MUST_CHECK bool (*commit)(struct db *d, struct err *e);
	void (*rollback)(
		struct db *d); /* also fine when there is no transaction, or no connection */
	MUST_CHECK bool (*run)(struct db *d, struct arena *a, struct str sql,
			       const struct value *param, size_t params, struct db_result *out,
			       int64_t *changed, struct err *e);
	/* table.h's, each in its backend's own best way. */
	MUST_CHECK bool (*upsert)(struct db *d, const struct table *t, const struct row *row,
				  size_t rows, struct arena *a, struct row_result *result,
				  struct err *e);
	MUST_CHECK bool (*shape)(struct db *d, struct arena *a, struct str table,
				 struct table_shape *out, struct err *e);
	/* What a column can hold, as far as comparing it with a text needs to know; may be
	 * remembered from an earlier call. */
	MUST_CHECK bool (*holds)(struct db *d, struct str table, struct str column,
				 enum column_holds *out, struct err *e);
	/* Milliseconds by the clock that all users of this database share, for leases and limits:
	 * PostgreSQL its server's, SQLite this machine's steady clock. */
	MUST_CHECK bool (*now)(struct db *d, int64_t *steady_ms, struct err *e);
	void (*close)(struct db *d);
	bool (*in_transaction)(struct db *d); /* between begin and commit or rollback */
	/* See db_begin_indexed(); NULL: as begin. */
	MUST_CHECK bool (*begin_indexed)(struct db *d, struct err *e);
	/* Whether statements wait for others to let go of the whole database; NULL: nobody ever
	 * holds that. */
	void (*set_patient)(struct db *d, bool patient);
};

struct db {
	const struct db_ops *ops;
	/* Names the time line of now(): its times compare only where this is the same.  SQLite: the
	 * boot of the machine; PostgreSQL: empty, for its clock goes on. */
	char epoch[BOOT_ID_SIZE];
	/* Also a statement outside a transaction runs as inside one of db_begin_indexed(). */
	bool indexed;
};

struct db_options {
	struct clock *clock; /* NULL: the machine's */
	bool create;         /* make a SQLite file that is missing (mode 0600); else ERR_MISSING */
	bool read_only;
	int64_t busy_ms; /* how long to wait for another process's lock; 0: 10 s */
	/* Both are for PostgreSQL, and not behind a transaction pooler: they stay with a
	 * connection. Statements that come again and again are kept parsed and planned; */
	bool prepare;
	/* every transaction, and what has none, is as db_begin_indexed() makes it. */
	bool indexed;
	/* For a connection that may never be used: PostgreSQL is connected to by the first call
	 * that needs it, and its failure is that call's. */
	bool when_used;
};

/*
 * "sqlite:PATH" (or "sqlite://PATH"), "sqlite::memory:", "postgresql://…" or "postgres://…"
 * (libpq's URL, taken as it is).  ERR_CONFIG says what the forms are; messages never hold the URL's
 * password.
 *
 * SQLite: WAL, synchronous=FULL, foreign keys on.  Debian 12's 3.40.1 can corrupt a WAL when two
 * connections checkpoint at once, so only the process that holds PATH-lock (flock) does; the others
 * never checkpoint.
 */
MUST_CHECK bool db_open(struct str url, const struct db_options *o, struct db **out, struct err *e);

static inline void db_close(struct db *d)
{
	if (d)
		d->ops->close(d);
}

/* The URL without its password: what may be shown. */
struct str db_url_redact(struct arena *a, struct str url);

static inline MUST_CHECK bool db_begin(struct db *d, struct err *e)
{
	return d->ops->begin(d, e);
}

/* As db_begin(), but until its end the planner may use indexes only, where it can: for tables of
 * which its statistics are wrong a second later. */
static inline MUST_CHECK bool db_begin_indexed(struct db *d, struct err *e)
{
	return d->ops->begin_indexed ? d->ops->begin_indexed(d, e) : d->ops->begin(d, e);
}

static inline MUST_CHECK bool db_commit(struct db *d, struct err *e)
{
	return d->ops->commit(d, e);
}

static inline void db_rollback(struct db *d)
{
	d->ops->rollback(d);
}

/* Whether the caller has a transaction open, to which what is done now will belong. */
static inline bool db_in_transaction(struct db *d)
{
	return d->ops->in_transaction(d);
}

/*
 * Runs `body` inside a transaction of its own: committed when it says true, rolled back when it or
 * the commit says false.
 */
MUST_CHECK bool db_transact(struct db *d, bool (*body)(void *arg, struct err *e), void *arg,
			    struct err *e);

/* Runs one statement and forgets what it answers; *changed (may be NULL) rows were touched. */
MUST_CHECK bool db_exec(struct db *d, const char *sql, const struct value *param, size_t params,
			int64_t *changed, struct err *e);

/* db_exec() for what is not worth a wait: ERR_TRANSIENT at once while another connection writes to
 * the SQLite file, for a reader never waits for a writer there, and should not begin to. */
MUST_CHECK bool db_exec_unless_busy(struct db *d, const char *sql, const struct value *param,
				    size_t params, struct err *e);

/* Runs one statement; the rows live as long as `a`. */
MUST_CHECK bool db_query(struct db *d, struct arena *a, const char *sql, const struct value *param,
			 size_t params, struct db_result *out, struct err *e);

/* Whether a query with these parameters finds any row. */
MUST_CHECK bool db_any(struct db *d, const char *sql, const struct value *param, size_t params,
		       bool *any, struct err *e);

#endif
