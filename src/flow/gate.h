/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.h - every request of a session passes here: first the ledger, then the wire.
 *
 * A flight is one request on its way.  It is recorded in the rate ledger before it is sent; one
 * that may not be sent yet stays on the ground until gate_land() is called, which waits.
 */
#ifndef GATE_H
#define GATE_H

#include "flow/session.h"

#define GATE_RATES_MAX 8

struct flight {
	struct request request;
	struct transfer *transfer; /* NULL: still on the ground */
	bool counted;              /* the ledger gave `ticket` for it */
	int64_t ticket;
	int64_t wait_ms; /* on the ground: what the limits said when it was to start */
};

/*
 * Sends `r` if the vendor's limits allow it now, else keeps it for gate_land().  `r` and what it
 * borrows must live until the flight ends.
 */
MUST_CHECK bool gate_start(struct session *s, const struct request *r, struct flight *f,
			   struct err *e);

/* Waits for the limits and the answer. */
MUST_CHECK bool gate_land(struct session *s, struct flight *f, struct arena *a,
			  struct response *out, struct err *e);

/* Start and land in one. */
MUST_CHECK bool gate_send(struct session *s, const struct request *r, struct arena *a,
			  struct response *out, struct err *e);

void gate_abandon(struct session *s, struct flight *f);

/* The vendor said that the limit is reached: nobody sends for `wait_ms`. */
MUST_CHECK bool gate_block(struct session *s, const struct request *r, int64_t wait_ms,
			   struct err *e);

#endif
