/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mode.h - the ways in which a vendor differs from its usual self: numbers with names.
 */
#ifndef MODE_H
#define MODE_H

#include "base/buf.h"
#include "base/err.h"

#include <yyjson.h>

struct mode_row {
	const char *name, *about;
	size_t offset; /* of an int64_t */
};

#define MODES_MAX 48

/* Rows, and the struct of int64_t that their offsets are in. */
struct modes {
	const struct mode_row *rows;
	size_t n;
	void *into;
};

/* "NAME" (1) or "NAME=N".  ERR_USAGE when there is no such mode or the value is negative. */
MUST_CHECK bool modes_set_text(const struct modes *m, struct str text, struct err *e);

/* {"name": number or bool, …}; NULL: none.  Sets all or none. */
MUST_CHECK bool modes_read(const struct modes *m, yyjson_val *wish, struct err *e);

/* What they are set to, and back. */
struct modes_kept {
	int64_t value[MODES_MAX];
};

struct modes_kept modes_keep(const struct modes *m);
void modes_restore(const struct modes *m, const struct modes_kept *kept);

/* Every mode with its meaning, one a line. */
void modes_list(const struct modes *m, struct buf *b);

#endif
