/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - one request of a stream outside a run: for whoever reads an answer as a whole.
 *
 * Credentials, limits, attempts and waits are those of any run (exchange.h); nothing is written and
 * no place is kept.  A stream that is asked so has no pages: what the first request answers is all.
 */
#ifndef ASK_H
#define ASK_H

#include "flow/cursor.h"
#include "flow/exchange.h"

struct question {
	const struct stream *stream;
	struct value slice; /* a map: the partition as templates see it (stream_partition) */
	/* Where the answer is to begin, for a stream with a cursor: its start_time_option is sent
	 * with exactly this; NO_TIME: it is not sent at all. */
	int64_t since_us;
	/* The answer is no JSON but a page or a file: its body is reply.text as received, whatever
	 * its type and however short; reply.body is null. */
	bool raw;
};

struct reply {
	int status;        /* of the last answer; 0: there was none */
	struct str text;   /* its body as received, also when the call failed */
	int64_t wait_ms;   /* the call failed and may be made again, but not before that */
	struct value body; /* parsed; UNDEFINED when the manifest ignores the error */
	bool ignored;
};

/*
 * Everything in *out lives as long as `a`.  False: *out->status and ->text still say what came.
 * Kinds as exchange_finish().
 */
MUST_CHECK bool ask(struct session *s, const struct question *q, struct arena *a, struct reply *out,
		    struct err *e);

#endif
