/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook.h - a vendor's call to us: is it genuine, is it new, and which records does it speak of.
 *
 * What is signed is the body byte by byte, so nothing is parsed before the signature is right.  A
 * refusal says nothing about what would have been right.
 */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include "connector/plan.h"
#include "http/client.h"
#include "store/db.h"

#define WEBHOOK_BYTES_MAX ((size_t)1024 * 1024)
#define WEBHOOK_RECORDS_MAX 1000

struct webhook_call {
	const struct header *header;
	size_t headers;
	struct str body;
};

enum webhook_outcome {
	WEBHOOK_ACCEPTED,  /* genuine and new: `record` is to be read again */
	WEBHOOK_IGNORED,   /* genuine, but nothing of ours */
	WEBHOOK_DUPLICATE, /* genuine, and taken before */
	WEBHOOK_REFUSED,   /* not genuine, too old, or not understood: `reason` */
};

struct webhook_result {
	enum webhook_outcome outcome;
	const char *reason; /* REFUSED: a code: "no_signature", "bad_signature", "stale", … */
	const struct stream *stream;
	struct str *record; /* ids, as texts */
	size_t records;
};

/*
 * Pure: whether one of the secrets signed the call, and its time is within the tolerance.  NULL
 * when it is genuine, else the reason's code.  Takes the same time wherever signatures differ.
 */
const char *webhook_check(const struct webhook_plan *w, const struct webhook_call *call,
			  int64_t now_wall_ms);

/*
 * [tx] All of it, by one transaction in which the caller also acts on it: a delivery is remembered
 * when and only when that commits.  Results live as long as `a`.  False only when the database
 * fails.
 */
MUST_CHECK bool webhook_accept(struct db *d, struct clock *clock, const struct connection *c,
			       const struct webhook_plan *w, const struct webhook_call *call,
			       struct arena *a, struct webhook_result *out, struct err *e);

#endif
