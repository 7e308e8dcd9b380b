/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gunzip.c - decodes a gzip stream piece by piece.
 *
 * Always: nothing is decoded past out->max, however small the input; a bomb costs its limit.
 */
#include "http/gunzip.h"

#include <limits.h>
#include <stdlib.h>

#define STEP_BYTES ((size_t)64 * 1024)
#define WINDOW_GZIP_ONLY (15 + 16) /* zlib.h: 32 KiB window, gzip header and trailer demanded */
#define GZIP_FIRST_BYTE 0x1F

void gunzip_reset(struct gunzip *g)
{
	int code = g->ready ? inflateReset(&g->stream) : inflateInit2(&g->stream, WINDOW_GZIP_ONLY);

	if (code != Z_OK)
		abort(); /* out of memory */
	g->ready = true;
	g->whole = false;
}

void gunzip_done(struct gunzip *g)
{
	if (g->ready)
		inflateEnd(&g->stream);
	*g = (struct gunzip){ 0 };
}

static bool past_limit(const struct buf *out, struct err *e)
{
	return err_set(e, ERR_LIMIT, "the decoded answer is larger than %zu bytes", out->max);
}

/* One call of inflate(); when *out is full it gets a byte of its own, to see whether it needs it.
 */
static bool inflate_step(struct gunzip *g, struct buf *out, struct err *e)
{
	size_t left = out->max - out->len, room = left < STEP_BYTES ? left : STEP_BYTES;
	char spare, *to = room ? buf_room(out, room) : &spare;
	size_t given = room ? room : 1, made;
	int code;

	g->stream.next_out = (unsigned char *)to;
	g->stream.avail_out = (unsigned)given;
	code = inflate(&g->stream, Z_NO_FLUSH);
	made = given - g->stream.avail_out;
	if (room == 0 && made > 0)
		return past_limit(out, e);
	out->len += made;
	if (room)
		out->at[out->len] = 0;
	g->whole = code == Z_STREAM_END;
	if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
		return err_set(e, ERR_TRANSIENT, "the answer's gzip stream is broken");
	return true;
}

bool gunzip_add(struct gunzip *g, struct str in, struct buf *out, struct err *e)
{
	assert(g->ready && in.len <= UINT_MAX);
	g->stream.next_in = (unsigned char *)(uintptr_t)in.at; /* zlib only reads it */
	g->stream.avail_in = (unsigned)in.len;
	do {
		if (g->whole && g->stream.avail_in > 0) {
			if (*g->stream.next_in != GZIP_FIRST_BYTE)
				return true;
			gunzip_reset(g);
		}
		if (!inflate_step(g, out, e))
			return false;
	} while (g->stream.avail_in > 0 || (g->stream.avail_out == 0 && !g->whole));
	return true;
}

bool gunzip_end(const struct gunzip *g, struct err *e)
{
	if (!g->whole)
		return err_set(e, ERR_TRANSIENT, "the answer's gzip stream ended too early");
	return true;
}
