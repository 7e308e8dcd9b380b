/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - text under construction.
 *
 * A buf has a maximum given at birth.  An addition that would pass it leaves the buf as it is and
 * sets `failed`, and so does every later one: build without checking, check once at the end.
 * The text is always NUL-terminated.
 *
 * buf_init() takes memory from the heap and is ended by buf_done(); buf_in() takes it from an
 * arena, lives as long as that and needs no ending.
 */
#ifndef BUF_H
#define BUF_H

#include "base/str.h"

struct buf {
	char *at;
	size_t len, cap, max;
	struct arena *arena; /* NULL: heap */
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_in(struct buf *b, struct arena *a, size_t max);
void buf_done(struct buf *b);  /* heap only; accepts a buf that was already ended */
void buf_reset(struct buf *b); /* empty again, not failed, memory kept */

void buf_add(struct buf *b, struct str s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* Room for `n` more bytes, or NULL (failed); after writing there add what was written to b->len. */
char *buf_room(struct buf *b, size_t n);

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->at ? b->at : "", b->len };
}

/* For CLEANUP(buf_done). */
#define AUTO_BUF CLEANUP(buf_done) struct buf

#endif
