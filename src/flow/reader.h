/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - a stream, page by page, over all its partitions and windows.
 *
 * While the caller works on a page the next one is under way, where the limits allow it.  The
 * reader writes nothing and remembers nothing: where to begin is asked of the caller per partition,
 * where it stands is told with every page.
 */
#ifndef READER_H
#define READER_H

#include "flow/cursor.h"
#include "flow/exchange.h"
#include "flow/paging.h"
#include "flow/partition.h"
#include "flow/select.h"

/* Where a partition begins. */
struct place {
	bool skip;             /* it is done already */
	int64_t since_us;      /* NO_TIME: from the manifest's start */
	int64_t window_us;     /* resume: start of the window; NO_TIME: the first */
	int64_t window_end_us; /* resume: end of all windows as it was; NO_TIME: now */
	struct value token;    /* resume: the page to go on with; UNDEFINED: the first */
};

struct page {
	const struct partition *partition;
	struct window window;
	int64_t windows_end_us;
	struct value *record;
	size_t records, extracted, repaired;
	struct value slice;     /* partition and window as templates see it */
	int64_t max_us;         /* latest record_time() of the page, or NO_TIME */
	struct value next;      /* token of the next page; UNDEFINED when last_of_window */
	int64_t next_window_us; /* where the next window begins; NO_TIME when last_of_partition */
	bool last_of_window, last_of_partition;
	bool next_waits; /* the vendor's limit holds the next page back */
};

struct reader;

struct reader_options {
	const struct stream *stream;
	int64_t page_size; /* the plan's, or 0 */
	int64_t pages_max; /* never asks for more; 0: no cap */
	unsigned nesting;  /* 0, or how deep a parent is */
	/* Asked when a partition begins. */
	bool (*begin)(void *arg, const struct partition *p, struct place *out, struct err *e);
	void *arg;
};

/* A `begin` for readers that keep no place: every partition from its start. */
bool reader_from_start(void *arg, const struct partition *p, struct place *out, struct err *e);

MUST_CHECK bool reader_open(struct session *s, struct arena *a, const struct reader_options *o,
			    struct reader **out, struct err *e);

/*
 * The next page, which lives until the next call.  *more false: there was none left.  An error
 * names partition and page.
 */
MUST_CHECK bool reader_next(struct reader *r, struct page *out, bool *more, struct err *e);

/* After a failure: leaves the partition that failed, so that the next one can be read. */
void reader_skip(struct reader *r);

void reader_close(struct reader *r); /* NULL is allowed */

#endif
