/* SPDX-License-Identifier: Apache-2.0 */
/* decide.h - a person's word on a cell that both sides changed (conflict: hold). */
#ifndef DECIDE_H
#define DECIDE_H

#include "flow/session.h"

/* What the vendor says in a conflict, as text; NULL when it says nothing. */
MUST_CHECK bool conflict_vendor(const struct seal *s, struct arena *a, const struct conflict *c,
				struct value *out, struct err *e);

/* What the row itself says in a conflict, as text; NULL when it says nothing or is gone. */
MUST_CHECK bool conflict_local(const struct engine *g, const struct connection *c,
			       const struct conflict *f, struct arena *a, struct value *out,
			       struct err *e);

struct decision {
	struct str table, key, column;
	bool vendor; /* the vendor's value goes into the row; else the row keeps its own */
	/* A text or NULL that goes into the row in place of either; UNDEFINED (0): none. */
	struct value other;
};

/* Writes what was decided and forgets the conflict, in the caller's transaction or in one of its
 * own.  ERR_MISSING: there is no such conflict. */
MUST_CHECK bool conflict_decide(const struct engine *g, const struct connection *c,
				const struct decision *what, struct err *e);

#endif
