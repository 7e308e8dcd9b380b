/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.h - an answer while it comes in: its header lines and its body, decoded and bounded.
 *
 * Knows nothing of connections.  The first refusal sticks: `refused` and `err` say why.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "http/client.h"
#include "http/gunzip.h"

struct answer_header {
	size_t name, name_len, value, value_len; /* in text */
};

struct answer {
	struct buf text; /* names in lower case and values, each NUL-terminated */
	struct answer_header header[CLIENT_HEADERS_MAX];
	size_t headers, header_bytes;
	bool head_complete, body_begun, gzip;
	struct buf body;
	struct gunzip gunzip;
	bool refused;
	struct err err;
};

/* Makes it ready for an answer; a zeroed struct may be given.  Keeps memory, within reason. */
void answer_reset(struct answer *a, size_t body_bytes_max);
void answer_done(struct answer *a);

/* One header line as received, status lines and the empty one too.  False: refused. */
MUST_CHECK bool answer_line(struct answer *a, struct str line);

/* A piece of the body; `declared` is the Content-Length or negative. */
MUST_CHECK bool answer_bytes(struct answer *a, struct str bytes, int64_t declared);

/* All is here: is it whole? */
MUST_CHECK bool answer_end(struct answer *a);

/* The first header of that name (lower case); .at NULL when there is none. */
struct str answer_value(const struct answer *a, struct str name);

/* Copies headers and body into `arena`; ERR_LIMIT when that has no room. */
MUST_CHECK bool answer_copy(const struct answer *a, struct arena *arena, struct response *out,
			    struct err *e);

#endif
