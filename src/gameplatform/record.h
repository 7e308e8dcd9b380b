/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - a row of a table as JSON, and a body as a row: one list of columns for both.
 */
#ifndef RECORD_H
#define RECORD_H

#include "api/deed.h"

enum record_kind { RECORD_TEXT, RECORD_INT, RECORD_BOOL, RECORD_TIME };

/* A column of a table, called the same in JSON. */
struct record_column {
	const char *name;
	enum record_kind kind;
	bool written; /* a body may say it */
};

/* "p.id, p.name, …": of the columns up to .name NULL, with their table's alias, and `more` behind
 * them (", g.status", or ""). */
struct str record_columns(struct arena *a, const struct record_column *column, const char *alias,
			  const char *more);

/* Members of `map` from the cells of a row, from `first` on; returns the cell behind them. */
size_t record_view(struct arena *a, struct value map, const struct record_column *column,
		   const struct db_result *r, size_t row, size_t first);
/* One member. */
void record_member(struct arena *a, struct value map, const char *name, enum record_kind kind,
		   struct value cell);
/* A cell that is true: a boolean, or SQLite's number for one. */
bool record_true(struct value cell);

/* What is to be written: names and values side by side. */
#define RECORD_CELLS_MAX 40
struct record_cells {
	const char *name[RECORD_CELLS_MAX];
	struct value value[RECORD_CELLS_MAX];
	size_t n;
};
void record_put(struct record_cells *c, const char *name, struct value v);
/* The members of a body that columns may be written by; a blank text is none. */
MUST_CHECK bool record_take(const struct record_column *column, struct value body,
			    struct record_cells *out, struct err *e);

/* INSERT; an empty id becomes a random one. */
MUST_CHECK bool record_insert(struct call *c, const char *table, const struct record_cells *cells,
			      struct str *id, struct err *e);
/* UPDATE of the row with that id; nothing to write is fine. */
MUST_CHECK bool record_update(struct call *c, const char *table, struct str id,
			      const struct record_cells *cells, struct err *e);

/* [tx] Whether the row is there and the coach's (empty: anybody's); it is locked until the end.
 * ERR_MISSING with `missing` when not. */
MUST_CHECK bool record_lock(struct call *c, const char *table, struct str id, struct str coach,
			    const char *missing, struct err *e);

/* The names of what is written: all that the audit log may know of it. */
struct value record_fields(struct arena *a, const struct record_cells *cells);

/*
 * deed_do(), and once more when the database refused: somebody was faster, and what `act` looks at
 * first says now what is in the way.  Whoever looks at /api/events hears of it.
 */
MUST_CHECK bool record_deed(struct deed *d, struct err *e);

/* Whether it looks like an address: name@host.tld.  Empty is fine. */
MUST_CHECK bool record_check_email(struct value body, const char *name, struct err *e);
/* A text that is given must not be blank, and have so many characters. */
MUST_CHECK bool record_check_filled(struct value body, const char *name, size_t least,
				    struct err *e);

#endif
