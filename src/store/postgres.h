/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres.h - the PostgreSQL backend, for its own files.
 */
#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include "store/db.h"
#include "store/table.h"

#include <libpq-fe.h>

MUST_CHECK bool postgres_open(struct str url, const struct db_options *o, struct db **out,
			      struct err *e);

/* Staging tables of one transaction; when there are more tables, the transaction's oldest goes. */
#define POSTGRES_STAGES_MAX 16

/* A temporary table of this transaction, made by the SQL text `made_by`. */
struct postgres_stage {
	struct str made_by;
	unsigned number;
};

struct postgres_shape {
	struct str table;
	struct table_shape shape;
};

/* Tables whose shape a connection remembers. */
#define POSTGRES_SHAPES_MAX 64

/* Statements that a connection keeps prepared; further ones are not. */
#define POSTGRES_PREPARED_MAX 128

struct postgres {
	struct db db;
	PGconn *conn; /* NULL: lost; the next use outside a transaction connects again */
	char *url;
	bool in_transaction;
	bool prepare, indexed;                    /* as struct db_options says */
	uint64_t prepared[POSTGRES_PREPARED_MAX]; /* str_hash() of their texts */
	size_t prepareds;
	struct arena *scratch; /* one call's parameters */
	struct arena *kept;    /* the connection's shapes */
	struct arena *staged;  /* the transaction's stages */
	struct postgres_shape shape[POSTGRES_SHAPES_MAX];
	size_t shapes;
	struct postgres_stage stage[POSTGRES_STAGES_MAX];
	size_t stages;
	unsigned stages_made;
};

static inline struct postgres *postgres_of(struct db *d)
{
	assert(d->ops->dialect == DB_POSTGRES);
	return CONTAINER(d, struct postgres, db);
}

static inline void postgres_clear(PGresult **r)
{
	PQclear(*r);
}

/* A result that is cleared at the end of the block. */
#define AUTO_PGRESULT CLEANUP(postgres_clear) PGresult

/* The five characters of SQLSTATE, or "" when the server did not answer. */
const char *postgres_state(const PGresult *r);

/* Fills *e by the result (NULL: by the connection), closes a connection that is lost; false. */
bool postgres_fail(struct postgres *p, const PGresult *r, struct err *e);

/* Sends text that may hold several statements and takes no parameters; read the results with
 * postgres_next(). */
MUST_CHECK bool postgres_send(struct postgres *p, const char *sql, struct err *e);
/* The next result, or NULL when there is none. */
PGresult *postgres_next(struct postgres *p);
/* Reads to the end, so that the connection is ready again. */
void postgres_drain(struct postgres *p);

/* The rows of a result, as db_query() gives them. */
void postgres_rows(struct arena *a, const PGresult *r, struct db_result *out);

/* The shape of a table, remembered for as long as the connection lasts. */
MUST_CHECK bool postgres_known_shape(struct postgres *p, struct str table,
				     const struct table_shape **out, struct err *e);
void postgres_forget_shapes(struct postgres *p);

/* Where rows go: a table with its columns as the database has them, through stage number `stage`.
 */
struct postgres_target {
	const struct table *t;
	const struct shape_column *held[TABLE_COLUMNS_MAX];
	struct arena *a; /* for the texts */
	unsigned stage;
};

/* postgres_sql.c: what makes the stage; then, each ended by ';' or empty where there is nothing to
 * do, what takes rows out of it that the target would round, answering (ord, column); what updates
 * the rows that differ, answering (ord) and, for a table with `before`, the cells that were there;
 * what inserts those that are missing, answering (ord, how many were inserted). */
struct str postgres_stage_sql(const struct postgres_target *u);
struct str postgres_round_sql(const struct postgres_target *u);
/* `kept`: columns that some row of the batch leaves alone. */
struct str postgres_update_sql(const struct postgres_target *u, uint64_t kept);
struct str postgres_insert_sql(const struct postgres_target *u);

/* postgres_upsert.c, postgres_shape.c: see struct db_ops */
MUST_CHECK bool postgres_upsert(struct db *d, const struct table *t, const struct row *row,
				size_t rows, struct arena *a, struct row_result *result,
				struct err *e);
MUST_CHECK bool postgres_shape(struct db *d, struct arena *a, struct str table,
			       struct table_shape *out, struct err *e);
MUST_CHECK bool postgres_holds(struct db *d, struct str table, struct str column,
			       enum column_holds *out, struct err *e);

#endif
