/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine.h - looking for records in quarantine, as people do; control.h has what runs need. */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include "store/control.h"

#define QUARANTINE_COUNT_MAX 10000
#define QUARANTINE_GROUPS_MAX 100

struct quarantine_query {
	struct str connection, table, code; /* empty: any */
	struct str text;                    /* in the key, the field or the sentence */
	bool keys_hidden;                   /* not in the key */
	int64_t from_ms, to_ms;             /* wall; 0: whenever.  Seen last in that time, or … */
	bool during;                        /* … there at any moment of it */
	size_t limit, offset;
	int64_t count_max; /* counting stops here; 0: it does not */
};

/* What was seen last comes first; without the sealed records. */
MUST_CHECK bool quarantine_find(struct db *d, struct arena *a, const struct quarantine_query *q,
				struct quarantine_item **out, size_t *n, struct err *e);
MUST_CHECK bool quarantine_total(struct db *d, const struct quarantine_query *q, int64_t *n,
				 struct err *e);

/* One, with its sealed record; *found false: it is not there (any more). */
MUST_CHECK bool quarantine_get(struct db *d, struct arena *a, struct str connection,
			       struct str table, struct str key, struct quarantine_item *out,
			       bool *found, struct err *e);

/* How many there are by connection, table and code: the most first, at most 100. */
struct quarantine_group {
	struct str connection, table, code;
	int64_t n;
};
MUST_CHECK bool quarantine_groups(struct db *d, struct arena *a, const struct quarantine_query *q,
				  struct quarantine_group **out, size_t *n, struct err *e);

#endif
