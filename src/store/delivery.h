/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - which deliveries of a webhook have been taken already.
 *
 * Vendors deliver at least once.  A delivery is remembered in the transaction that acts on it, so
 * that one that was not acted on is not taken for a repetition.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "store/db.h"

struct delivery {
	struct str connection, webhook, id;
};

/* [tx] *fresh false: it was there already. */
MUST_CHECK bool delivery_add(struct db *d, const struct delivery *v, int64_t now_ms, bool *fresh,
			     struct err *e);

/* Forgets those received before that. */
MUST_CHECK bool delivery_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e);

/* The table, as control_plan(). */
MUST_CHECK bool delivery_plan(struct db *d, struct arena *a, struct str **statement,
			      size_t *statements, struct err *e);

#endif
