/* SPDX-License-Identifier: Apache-2.0 */
/* alert_store.h - what was said about which trouble: the table lockstep_alerts. */
#ifndef ALERT_STORE_H
#define ALERT_STORE_H

#include "service/alert.h"
#include "store/db.h"

/* The table, as control_plan(). */
MUST_CHECK bool alert_plan(struct db *d, struct arena *a, struct str **statement,
			   size_t *statements, struct err *e);

/* All of them, those that are over too. */
MUST_CHECK bool alert_memories(struct db *d, struct arena *a, struct alert_memory **out, size_t *n,
			       struct err *e);

/* [tx] Remembers what was decided. */
MUST_CHECK bool alert_remember(struct db *d, const struct alert_step *s, int64_t now_ms,
			       struct err *e);

/* Forgets those that were over before. */
MUST_CHECK bool alert_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e);

#endif
