/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_use.h - what the rate ledger says to people: how a limit stands, and its last hours.
 *
 * Times are told as waits from now, for the ledger's clock is no wall clock everywhere.
 */
#ifndef LEDGER_USE_H
#define LEDGER_USE_H

#include "store/db.h"

struct ledger_use {
	int64_t used;       /* calls that count against a rate of that interval now */
	int64_t flying;     /* of them, those whose answer is not known yet */
	int64_t next_ms;    /* until the first of them counts no more; 0: none counts */
	int64_t blocked_ms; /* the vendor wants to be left alone for so long; 0: it does not */
};
/* Nothing was ever sent under `key`: all 0. */
MUST_CHECK bool ledger_use(struct db *d, struct str key, int64_t interval_ms,
			   struct ledger_use *out, struct err *e);

struct ledger_hour {
	int64_t hour_ms; /* wall: when it began (UTC) */
	int64_t calls, wait_max_ms;
};
/* Hours that began at or after that, oldest first; an hour in which nobody asked is left out. */
MUST_CHECK bool ledger_hours(struct db *d, struct arena *a, struct str key, int64_t since_ms,
			     struct ledger_hour **out, size_t *n, struct err *e);
/* Forgets hours that began before that. */
MUST_CHECK bool ledger_hours_cleanup(struct db *d, int64_t before_ms, int64_t *deleted,
				     struct err *e);

#endif
