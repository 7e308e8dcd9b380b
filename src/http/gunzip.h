/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gunzip.h - decodes a gzip stream piece by piece.
 *
 * libcurl 7.88 decodes too, but takes a stream that ends too early for a whole one; here that is an
 * error.
 */
#ifndef GUNZIP_H
#define GUNZIP_H

#include "base/buf.h"
#include "base/err.h"

#include <zlib.h>

struct gunzip {
	z_stream stream;
	bool ready; /* the stream is set up */
	bool whole; /* between two members: what came so far is complete */
};

/* For a new stream; a zeroed struct may be given. */
void gunzip_reset(struct gunzip *g);
void gunzip_done(struct gunzip *g);

/*
 * Decodes `in` and adds what comes out to *out.  ERR_LIMIT past out->max, ERR_TRANSIENT when the
 * stream is broken.  Several members are one text; what follows the last is ignored, as gzip does.
 */
MUST_CHECK bool gunzip_add(struct gunzip *g, struct str in, struct buf *out, struct err *e);

/* ERR_TRANSIENT when the stream is not complete. */
MUST_CHECK bool gunzip_end(const struct gunzip *g, struct err *e);

#endif
