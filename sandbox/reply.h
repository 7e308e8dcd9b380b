/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h - an answer, and how well it is delivered.
 *
 * A vendor fills in status, type and body (or a source, for what is too large to hold).  A fault
 * may then spoil the answer or its delivery.
 */
#ifndef REPLY_H
#define REPLY_H

#include "base/buf.h"
#include "base/err.h"

/* The largest answer that is held in memory; more must come from a source. */
#define REPLY_BODY_MAX (256u << 20)

/* Makes a body piece by piece. */
struct source {
	/* Appends the next piece; false when there was none left. */
	bool (*next)(struct source *s, struct buf *out);
	void (*free)(struct source *s);
};

enum delivery {
	DELIVER_WHOLE,
	DELIVER_CUT,     /* announces the whole length, closes after half */
	DELIVER_RESET,   /* announces the whole length, resets after half */
	DELIVER_DRIP,    /* piece by piece, with pauses */
	DELIVER_NOTHING, /* resets without a byte */
	DELIVER_NOISE,   /* bytes that are not HTTP, then closes */
};

struct reply {
	unsigned status;
	const char *type;     /* Content-Type; lives for ever */
	const char *encoding; /* Content-Encoding, or NULL */
	char *location;       /* heap, or NULL */
	char retry_after[48]; /* "" for none */
	struct buf body;
	struct source *source;    /* instead of the body; freed with the reply */
	const char *error_member; /* of reply_message(); kept by reply_set(); lives for ever */
	enum delivery delivery;
	size_t drip_bytes;
	int64_t drip_ms;
};

/* 200, JSON, empty. */
void reply_init(struct reply *r);
void reply_done(struct reply *r);

/* Empties the body and sets the rest: for answers that replace one already made. */
void reply_set(struct reply *r, unsigned status, const char *type, struct str body);

/* {"message": …}, or whatever error_member says; `message` needs no escaping. */
void reply_message(struct reply *r, unsigned status, const char *message);

/* {"error": …} */
void reply_error(struct reply *r, unsigned status, const char *error);

void reply_redirect(struct reply *r, unsigned status, struct str location);

/* Compresses the body. */
void reply_gzip(struct reply *r);

extern const char TYPE_JSON[], TYPE_HTML[], TYPE_TEXT[], TYPE_NDJSON[];

#endif
