/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complaint.h - everything that is wrong with a file, not only the first thing.
 *
 * A complaint reads "file:line:column: path: what is wrong; what would be right".
 */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include "base/err.h"
#include "base/str.h"

#define COMPLAINTS_MAX 50

struct complaint {
	struct str file;
	size_t line, column; /* from 1; 0 unknown */
	struct str path;     /* "streams[2].retriever.paginator" */
	struct str says;
};

struct complaints {
	struct complaint at[COMPLAINTS_MAX];
	size_t n;       /* kept */
	size_t dropped; /* beyond COMPLAINTS_MAX */
};

struct str complaint_text(struct arena *a, const struct complaint *c);

/*
 * Keeps `c`, or counts it once the list is full.  The same fault of the same place is kept once:
 * a definition that fifty streams refer to has one.
 */
void complaints_add(struct complaints *list, struct complaint c);

/* False when there is any complaint: *e (ERR_CONFIG) holds the first and says how many follow. */
MUST_CHECK bool complaints_verdict(struct arena *a, const struct complaints *list, struct err *e);

#endif
