/* SPDX-License-Identifier: Apache-2.0 */
/*
 * column.h - the types of a table's columns, and how a value becomes one exactly or not at all.
 *
 * A cell is a struct value in the canonical form of its column's type, or NULL:
 *
 *     text       STR     valid UTF-8 without NUL
 *     integer    INT
 *     decimal    STR     [-]digits[.digits], no exponent, no leading zeroes, scale as written
 *     float      FLOAT
 *     boolean    BOOL
 *     timestamp  TIME    UTC instant
 *     date       STR     YYYY-MM-DD
 *     uuid       STR     36 characters, lower case
 *     json       STR     JSON text without \u0000
 */
#ifndef COLUMN_H
#define COLUMN_H

#include "data/value.h"
#include "data/zone.h"

enum column_type {
	COLUMN_TEXT,
	COLUMN_INTEGER,
	COLUMN_DECIMAL,
	COLUMN_FLOAT,
	COLUMN_BOOLEAN,
	COLUMN_TIMESTAMP,
	COLUMN_DATE,
	COLUMN_UUID,
	COLUMN_JSON,
};

#define COLUMN_TYPES (COLUMN_JSON + 1)

/* "text", "integer", … */
const char *column_type_name(enum column_type t);

/*
 * Casts `v` to the canonical form of `type`.  UNDEFINED and NULL become NULL; an empty or blank
 * text becomes NULL for every type but text and json.  A number becomes text digit by digit; a text
 * becomes a number only when all of it is one, an integer or a decimal without an exponent; nothing
 * is rounded (but to the nearest float, where a float is asked for) and nothing guessed: what does
 * not fit is ERR_REMOTE that says which kind of value it was, never the value ("text where an
 * integer is expected").  `zone` is where a date is taken (NULL: UTC); a time without an offset is
 * UTC, a date alone stays that date.  A text with NUL (U+0000) loses those characters and sets
 * *repaired, for PostgreSQL cannot hold them, and so do bytes that are not UTF-8, which become
 * U+FFFD.  *repaired is never cleared; it may be NULL.  The cell may borrow from `v`.
 */
MUST_CHECK bool column_cast(struct arena *a, enum column_type type, const struct zone *zone,
			    struct value v, struct value *cell, bool *repaired, struct err *e);

/* Whether two canonical cells of that type hold the same: decimals by value (1.50 = 1.5), json by
 * content. */
bool column_eq(enum column_type type, struct value a, struct value b);

/* A fingerprint: cells that are column_eq() have the same. */
uint64_t column_hash(enum column_type type, struct value cell);

#endif
