/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_trigger.h - a watch as the triggers of a database.
 *
 * Private to outbox_*.c.
 */
#ifndef OUTBOX_TRIGGER_H
#define OUTBOX_TRIGGER_H

#include "store/ddl.h"
#include "store/outbox.h"

#define OUTBOX_TRIGGER_PREFIX "lockstep_watch_"

/* "lockstep_watch_" and a fingerprint of connection and watch: the same as long as both are called
 * so. */
struct str outbox_trigger_name(struct arena *a, const struct outbox_watch *w);

/* SQLite: three triggers; PostgreSQL: a function and one trigger.  Statements go to `l`. */
MUST_CHECK bool outbox_triggers_sqlite(struct ddl *l, const struct outbox_watch *watch,
				       size_t watches, struct err *e);
MUST_CHECK bool outbox_triggers_postgres(struct ddl *l, const struct outbox_watch *watch,
					 size_t watches, struct err *e);

/* A text of ours as a literal of SQL. */
void outbox_literal(struct buf *b, struct str text);

/* Whether the column is watched or carried; the key always goes along. */
bool outbox_has_column(const struct outbox_watch *w, struct str column);

/* The conditions on `row` (NEW or OLD), as SQL that is true or false; "1 = 1" when there are none.
 */
void outbox_when(struct buf *b, const struct outbox_watch *w, const char *row,
		 enum db_dialect dialect);

#endif
