/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_call.h - one call of the vendor's API, whatever it is about: for vendor*.c only.
 */
#ifndef VENDOR_CALL_H
#define VENDOR_CALL_H

#include "flow/ask.h"
#include "flow/send.h"
#include "gameplatform/shape.h"
#include "gameplatform/vendor.h"

/* What is asked or done, and about whom: ids only. */
struct vendor_op {
	const char *name; /* of the action, or of a reading */
	const char *path;
	struct str user, team, coach; /* empty: none */
};

/* A stream, once.  since_us as question.since_us. */
MUST_CHECK bool vendor_ask(struct vendor *v, const struct vendor_op *op, const char *stream,
			   int64_t since_us, struct reply *out, struct err *e);

/* The action op->name with `args`, a map; up to three attempts where that does no harm. */
MUST_CHECK bool vendor_do(struct vendor *v, const struct vendor_op *op, struct value args,
			  struct sent *out, struct err *e);

/* shape_take(), whose failure is bad_response; `done`: the vendor has carried something out. */
MUST_CHECK bool vendor_take(struct vendor *v, const struct vendor_op *op, const struct shape *s,
			    struct value body, void *into, bool done, struct err *e);

/* What an action was answered, parsed; null when that was nothing or no JSON. */
struct value vendor_body(struct vendor *v, const struct sent *sent);

/* ---- what went wrong: each fills v->fault and *e, and returns false ---- */

/* There was an answer: `status`, with `text` as its body. */
bool vendor_refused(struct vendor *v, const struct vendor_op *op, int status, struct str text,
		    struct err *e);
/* There was none, or not one of HTTP: `why` says why.  Our own failures (the database, a stop)
 * become no fault. */
bool vendor_silent(struct vendor *v, const struct vendor_op *op, const struct err *why,
		   struct err *e);
/* The answer is none. */
bool vendor_odd(struct vendor *v, const struct vendor_op *op, int status, const struct err *why,
		struct err *e);
bool vendor_no_token(struct vendor *v, const struct vendor_op *op, struct err *e);

#endif
