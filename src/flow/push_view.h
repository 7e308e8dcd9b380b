/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_view.h - what the expressions of a push see, and the columns they fill.
 *
 * Private to push*.c.
 */
#ifndef PUSH_VIEW_H
#define PUSH_VIEW_H

#include "flow/session.h"
#include "store/outbox.h"

struct push_view {
	struct arena *arena;
	const struct session *session;
	const struct watch_plan *watch;
	const struct push_plan *push;
	const struct outbox_row *row;
	struct value variable[PUSH_VARIABLES];
	struct scope scope; /* the action's */
};

/* The record, the rows of other tables, and the arguments: those that the row was first sent with,
 * else new ones.  *wanted false: the push's condition says that nothing is to be done. */
MUST_CHECK bool push_view_open(struct push_view *v, bool *wanted, struct err *e);

/* The arguments as JSON, to be kept with the row. */
MUST_CHECK bool push_view_args(struct push_view *v, struct str *out, struct err *e);

/*
 * [tx] Fills columns of the record; a record that is gone is none.  Changes of it that were made
 * meanwhile and wait behind this one learn of them too: an update needs the id that the insert
 * before it has just brought.
 */
MUST_CHECK bool push_view_write(struct push_view *v, const struct push_value *value, size_t n,
				struct err *e);

/* What the expressions make of the record, by name. */
MUST_CHECK bool push_view_values(const struct push_view *v, const struct push_value *value,
				 size_t n, struct value *out, struct err *e);
MUST_CHECK bool push_view_eval(const struct push_view *v, const struct template *t,
			       struct str where, struct value *out, struct err *e);

/* Whether any change of the watch calls for a job. */
bool push_view_orders(const struct watch_plan *w);

/* [tx] Puts the jobs of a push with a task into the queue. */
MUST_CHECK bool push_view_order(struct push_view *v, struct err *e);

#endif
