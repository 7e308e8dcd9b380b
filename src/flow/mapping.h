/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapping.h - from a record to a row, as the plan's table says: pure.
 *
 * Two steps.  mapping_apply() makes a row of a record alone.  What also depends on the row that is
 * stored already (a person's edits, a value that is only written when its source changed) is
 * settled by mapping_settle(), once that is known.  References are filled in between, set by set
 * (batch.h).
 */
#ifndef MAPPING_H
#define MAPPING_H

#include "flow/session.h"
#include "store/table.h"

struct mapping {
	const struct connection *connection;
	const struct plan_table *plan;
	struct table table; /* the plan's columns, then raw, then stamp */
	int raw, stamp;     /* numbers of these columns, or -1 */
	size_t refs;        /* references of all columns together */
	bool needs_stored;  /* mapping_settle() must know what is stored */
	int64_t *unknown;   /* per column: values that no entry of its map has */
	int64_t *missing;   /* per column: references that found nothing */
	int64_t repaired;   /* texts that lost a NUL */
	int64_t *conflicts; /* per column: both sides changed it, and a person decides */
	bool needs_time;    /* mapping_settle() must know when the row was changed locally */
};

/* A record on its way. */
struct mapped {
	struct row row;
	struct value *cell; /* row.cell, writable */
	struct value *ref;  /* per reference of the mapping: what to look for; UNDEFINED: nothing */
	const struct map_target *
		*update;    /* per column: what an existing row gets, where that differs */
	int64_t local_us;   /* when a person changed the row last; NO_TIME unknown */
	uint64_t conflicts; /* columns, as bits, that keep what they have until a person decides */
	struct str key;     /* table_key_text() */
	struct str record;  /* as JSON */
	bool rejected;
	struct str column, code, says; /* why */
	enum row_outcome outcome;      /* of the last writing, unless rejected */
};

MUST_CHECK bool mapping_open(struct arena *a, const struct connection *c,
			     const struct plan_table *t, struct mapping **out, struct err *e);

/*
 * Maps one record; what is made lives as long as `a`.  A record that cannot become a row is
 * `rejected` and says why.  *wanted false: the plan's `when` leaves it out.  `record_text` is its
 * JSON.
 */
void mapping_apply(struct mapping *m, struct arena *a, const struct scope *scope,
		   struct value record, struct str record_text, struct mapped *out, bool *wanted);

/* Fills keep bits and cells that depend on the stored row (NULL: there is none). */
void mapping_settle(struct mapping *m, struct arena *a, const struct scope *scope,
		    struct value record, const struct value *stored, struct mapped *row);

/* Columns in which the row would change what is stored, as bits; all but the stamp for a new row.
 */
uint64_t mapping_changes(const struct mapping *m, const struct mapped *row,
			 const struct value *stored);

/* Why a record cannot become a row. */
struct refusal {
	struct str column, code, says;
	struct str pointer; /* the member of the record that the column reads, RFC 6901; or empty */
};

/*
 * All of them, column by column, where mapping_apply() ends at the first; without references, which
 * only the database can judge.  At most plan->columns of them; lives as long as `a`.
 */
void mapping_refusals(struct mapping *m, struct arena *a, const struct scope *scope,
		      struct value record, struct refusal **out, size_t *n);
/* Where in the record the column looks; empty when that cannot be told. */
struct str mapping_pointer(const struct mapping *m, struct arena *a, struct str column);

/* Says no to a row. */
void mapped_reject(struct mapped *row, struct str column, const char *code, struct str says);

#endif
