/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.c - text under construction, bounded.
 *
 * Always: cap == 0 or at[len] == 0; len <= max; cap <= max + 1.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CAP_MIN 64

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_in(struct buf *b, struct arena *a, size_t max)
{
	*b = (struct buf){ .max = max, .arena = a };
}

void buf_done(struct buf *b)
{
	if (!b->arena)
		free(b->at);
	*b = (struct buf){ 0 };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->at)
		b->at[0] = 0;
}

char *buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : CAP_MIN;

	if (b->failed || n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (b->len + n + 1 <= b->cap)
		return b->at + b->len;
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	if (b->arena)
		b->at = arena_grow(b->arena, b->at, b->cap, cap);
	else
		b->at = realloc(b->at, cap);
	if (!b->at)
		abort();
	b->cap = cap;
	b->at[b->len] = 0;
	return b->at + b->len;
}

void buf_add(struct buf *b, struct str s)
{
	char *to = buf_room(b, s.len);

	if (!to)
		return;
	if (s.len)
		memcpy(to, s.at, s.len);
	b->len += s.len;
	b->at[b->len] = 0;
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, (struct str){ &c, 1 });
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	to = buf_room(b, (size_t)n);
	if (!to)
		return;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}
