/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_part.h - the game platform's tables as data, and the steps that plan them.
 *
 * Private to schema*.c.
 */
#ifndef SCHEMA_PART_H
#define SCHEMA_PART_H

#include "gameplatform/schema.h"
#include "store/ddl.h"

enum game_kind {
	GAME_ID,     /* a uuid that makes itself, the primary key */
	GAME_NUMBER, /* a number that makes itself, the primary key */
	GAME_NOW,    /* when the row was made */
	GAME_TEXT,
	GAME_INT,
	GAME_BIG,
	GAME_BOOL,
	GAME_TIME,
	GAME_UUID,
	GAME_JSON,
};

struct game_column {
	const char *name;
	enum game_kind kind;
	/* UUID: the table whose id it holds (it has that id's type); and whether its row goes with
	 * it: else the database does not watch over it. */
	const char *parent;
	bool cascade;
	const char *rest; /* DEFAULT and CHECK, in SQL of both databases; or NULL */
	bool needed;      /* NOT NULL, where the table is ours */
};

#define GAME_UNIQUES_MAX 4
#define GAME_UNIQUE_COLUMNS_MAX 4

struct game_table {
	const char *name;
	const struct game_column *column; /* .name NULL at the end */
	const char *unique[GAME_UNIQUES_MAX][GAME_UNIQUE_COLUMNS_MAX];
	const char *tail; /* behind the columns of a table that is made, or NULL */
};

/* Parents before children; .name NULL at the end. */
extern const struct game_table game_tables[];

/* Where a table and its columns stand before anything is done, by its number in game_tables. */
struct game_state {
	struct ddl ddl;
	struct table_shape *shape;
};

/* NULL when the schema has no such table. */
const struct table_shape *game_shape(const struct game_state *s, const char *table);
/* Whether there was such a column before. */
bool game_had(const struct game_state *s, const char *table, const char *column);
/* Whether a table, view or index bears the name. */
MUST_CHECK bool game_name_taken(struct db *d, const char *name, bool *taken, struct err *e);

/* Tables, columns, unique indexes. */
MUST_CHECK bool game_tables_plan(struct game_state *s, struct err *e);
/* The other indexes, views. */
MUST_CHECK bool game_views_plan(struct game_state *s, struct err *e);
/* Triggers: status, rules, stamps. */
MUST_CHECK bool game_triggers_plan(struct game_state *s, struct err *e);
/* Rows that those of before lack. */
MUST_CHECK bool game_backfill_plan(struct game_state *s, struct err *e);

#endif
