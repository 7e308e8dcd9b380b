/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject.h - how a row is refused: codes, their sentences, and which column it was.
 *
 * What databases say about a refused row holds its values; the sentences here never do.
 */
#ifndef REJECT_H
#define REJECT_H

#include "store/table.h"

enum reject {
	REJECT_NOT_NULL,
	REJECT_UNIQUE,
	REJECT_FOREIGN_KEY,
	REJECT_CHECK,
	REJECT_TOO_LONG,
	REJECT_TYPE,
	REJECT_OTHER,
};

/* A refused row's result; `column` may be empty. */
struct row_result reject_result(enum reject why, struct str column);

/* The longest name of a column of `t` that stands in `text` (a constraint's name, a message that
 * names columns) as a word or a part between underscores, or empty. */
struct str reject_column(const struct table *t, struct str text);

/* A row without a key cannot be found again: fills *result and returns true when one of the key's
 * cells is NULL. */
bool reject_keyless(const struct table *t, const struct row *row, struct row_result *result);

#endif
