/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - the last lines of what a run told whoever watches: for the run log.
 *
 * It stands between the run and its watch, and passes everything on.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "flow/session.h"

#define JOURNAL_LINES 100
#define JOURNAL_TEXT_SIZE 240

struct journal_line {
	int64_t at_ms; /* wall */
	char text[JOURNAL_TEXT_SIZE];
};

struct journal {
	struct watch next;
	struct clock *clock;
	struct journal_line line[JOURNAL_LINES]; /* number n stands at n % JOURNAL_LINES */
	int64_t lines;
	int64_t wait_until_ms; /* steady; of the wait that was noted last */
};

void journal_init(struct journal *j, struct watch next, struct clock *clock);
/* What the session tells instead of `next`. */
struct watch journal_watch(struct journal *j);
/* [[wall ms, "text"], …], the oldest first. */
struct value journal_value(struct arena *a, const struct journal *j);

#endif
