/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor_edit.h - a person sets where the reading of a table goes on, or has it forgotten.
 *
 * Never while a sync of the connection runs: the edit holds the lease that a run needs.  An open
 * pass is given up with it, or the next run would go on with that and not look at the cursor.
 */
#ifndef CURSOR_EDIT_H
#define CURSOR_EDIT_H

#include "service/connection.h"

#define CURSOR_STATES_MAX 2000

/* What is stored of a table's place. */
struct cursor_states {
	struct state_row *row;
	size_t rows;
	int64_t version; /* another one when anything of it changed: an ETag */
};
MUST_CHECK bool cursor_states(const struct call *c, const struct connection *n,
			      const struct plan_table *t, struct cursor_states *out, struct err *e);

/* The first of the connection's tables or streams of that name.  ERR_MISSING. */
MUST_CHECK bool cursor_table(const struct connection *n, struct str name,
			     const struct plan_table **out, struct err *e);

struct cursor_wish {
	const struct connection *connection;
	const struct plan_table *table;
	struct str cursor; /* a time; empty: forgotten, as by `lockstep sync --reset-cursor` */
	struct str reason;
};
/*
 * Checks If-Match, which is required.  *answered: with 409 sync_running, 412, 422 bad_cursor (it
 * says what is expected) or 428.  The audit entry, with before and after, goes with it.
 */
MUST_CHECK bool cursor_edit(struct call *c, const struct cursor_wish *w, bool *answered,
			    struct err *e);

#endif
