/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - a request and its answer, with everything that lies between: credentials, limits,
 * attempts, waiting, renewing a token.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "flow/draft.h"
#include "flow/gate.h"

struct exchange {
	const struct requester *requester;
	const struct draft *draft; /* without credentials */
	struct arena *arena;       /* of the request and its answer */
	struct flight flight;
	unsigned attempt, empty_answers;
	int64_t began_ms; /* steady */
	bool under_way;
	bool raw;   /* set after exchange_start(): a success is not parsed, and believed as it is */
	int status; /* of the last answer; 0: there was none */
	struct str body; /* of the last answer, as received, also when it is an error */
	int64_t wait_ms; /* the attempts were used up: how long the next one had to wait */
};

enum answer_kind {
	ANSWER_BODY,
	ANSWER_IGNORED, /* the manifest says to take this error for "nothing here" */
	ANSWER_RESET,   /* the manifest says to begin the pages anew */
};

struct answer {
	enum answer_kind kind;
	struct value body;    /* parsed; NULL_VALUE when there was none */
	struct value headers; /* headers_value() */
	size_t repaired;      /* broken characters in texts that were replaced */
};

/* Sends the first attempt if the limits allow it now.  The draft lives until the exchange ends. */
MUST_CHECK bool exchange_start(struct session *s, const struct requester *r, const struct draft *d,
			       struct arena *a, struct exchange *x, struct err *e);

/* True when the vendor's limit did not let the request go yet: finishing it will wait. */
bool exchange_grounded(const struct exchange *x);

/*
 * Waits for the answer; tries again as the manifest's error handlers say.  The kinds of failure are
 * those of err.h: AUTH, REMOTE (refused, or not what it should be), TRANSIENT (attempts used up),
 * ….
 */
MUST_CHECK bool exchange_finish(struct session *s, struct exchange *x, struct answer *out,
				struct err *e);

void exchange_abandon(struct session *s, struct exchange *x);

#endif
