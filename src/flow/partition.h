/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition.h - the slices of a stream that are read one after the other: values of a list, records
 * of parent streams, and their products.
 *
 * The list of a stream with a rotation are all its members, unless the session has a feed for it.
 */
#ifndef PARTITION_H
#define PARTITION_H

#include "flow/draft.h"

#define PARTITION_VALUES_MAX 1000000 /* of the routers that must be held for a product */
#define PARTITION_NESTING_MAX 8      /* parents of parents */

struct partition_option {
	const struct request_option *option;
	struct value value;
};

struct partition {
	struct value slice; /* a map of our own; empty for a stream without partitions */
	struct str key;     /* canonical JSON of the slice, "" for a stream without partitions */
	struct partition_option option[8];
	size_t options;
};

/* Whoever says which values of its list a stream with one list is read for, instead of the
 * manifest; asked for the next when it is the next one's turn. */
struct partition_feed {
	const struct stream *stream;
	bool (*next)(void *arg, struct value *out, bool *more, struct err *e);
	void *arg;
};

struct partitions;

/* Lives as long as `a`; end it with partitions_close(). */
MUST_CHECK bool partitions_open(struct session *s, const struct stream *st, struct arena *a,
				unsigned nesting, struct partitions **out, struct err *e);

/* The next one, which lives until the call after it; *more false at the end. */
MUST_CHECK bool partitions_next(struct partitions *p, struct partition *out, bool *more,
				struct err *e);

void partitions_close(struct partitions *p); /* NULL is allowed */

/* Adds the slice's request options. */
MUST_CHECK bool partition_inject(const struct partition *p, struct draft *d,
				 const struct scope *scope, struct err *e);

#endif
