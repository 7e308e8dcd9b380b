/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.h - one attempt at an action, and the question whether an earlier one has happened.
 *
 * Unlike exchange.h nothing is tried again in here: a request that may have been carried out is
 * somebody's decision.  Limits, credentials and error handlers are the same.
 */
#ifndef SEND_H
#define SEND_H

#include "flow/draft.h"

enum send_outcome {
	SEND_DONE,     /* the vendor did it, or says that it need not be done */
	SEND_REFUSED,  /* it did not, and asking again will not help */
	SEND_LATER,    /* it certainly did not: worth another attempt after wait_ms */
	SEND_IN_DOUBT, /* nobody knows */
};

struct sent {
	enum send_outcome outcome;
	int status;     /* of the answer; 0: none */
	struct err why; /* unless DONE */
	int64_t wait_ms;
	bool counts;         /* LATER: the attempt is one of those that are limited in number */
	struct value result; /* DONE: a map of what the action extracts, and `status` */
	struct str body;     /* of the last answer, as received; empty: none */
};

/* URL, headers and body of the action; nothing goes out.  A failure is the plan's or connector's.
 */
MUST_CHECK bool send_draft(const struct action *c, const struct scope *scope, struct draft *d,
			   struct err *e);

/* Renews the credentials when they need it, so that nothing but the request is left to do. */
MUST_CHECK bool send_ready(struct session *s, const struct action *c, const struct scope *scope,
			   const struct draft *d, struct err *e);

/*
 * Sends it once.  A request that the vendor's limits hold back is LATER; one that is refused for
 * its token is sent again with a new one, for it was not carried out.  Everything in *out lives as
 * long as scope->arena.
 */
void send_once(struct session *s, const struct action *c, const struct scope *scope,
	       const struct draft *d, unsigned attempt, struct sent *out);

/*
 * Asks the action's lookup.  *found: it has happened, and *result is what the lookup extracts.
 * False when the answer says neither (any kind of failure).
 */
MUST_CHECK bool send_lookup(struct session *s, const struct action *c, const struct scope *scope,
			    bool *found, struct value *result, struct err *e);

#endif
