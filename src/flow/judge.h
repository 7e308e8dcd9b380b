/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.h - what an answer, or the lack of one, means: go on, wait, give up.
 *
 * Pure: the manifest's error handlers, the answer and the number of the attempt in, a verdict out.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "flow/session.h"

struct verdict {
	enum error_action action; /* never ACTION_NONE */
	struct err why;           /* unless SUCCESS or IGNORE: kind and text */
	int64_t wait_ms;          /* RETRY, RATE_LIMITED: how long before the next attempt */
	bool give_up;             /* RETRY, RATE_LIMITED: no attempts are left */
	bool too_long; /* … but it gave up only because the vendor wants to be left alone longer */
};

struct evidence {
	const struct response *response; /* NULL: the transport failed, see `failure` */
	struct err failure;
	struct value headers; /* headers_value() of the response */
	struct value body;    /* parsed, or UNDEFINED when it is not JSON */
	bool body_is_json;
	unsigned attempt; /* 0 is the first */
	int64_t spent_ms; /* since the first attempt */
	int64_t now_wall_ms;
};

/* The map of response headers as templates see it: lower-case and Title-Case names, and `link`. */
struct value headers_value(struct arena *a, const struct response *r);

/* False when a template of the handlers fails. */
MUST_CHECK bool judge(const struct requester *r, const struct evidence *ev,
		      const struct scope *scope, struct rng *rng, struct verdict *out,
		      struct err *e);

#endif
