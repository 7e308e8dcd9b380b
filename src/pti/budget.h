/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget.h - credits by the month (UTC): none is spent that the plan does not allow.
 *
 * What a request may cost is granted before it goes out and settled when its answer is there, so
 * that any number of processes together stay within the limit.  A grant that is never settled,
 * because its process died, is let go after at most an hour.  The weekly job leaves the reserve to
 * persons.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include "connector/plan.h"
#include "store/db.h"

/* The statement that makes the table; it may run again. */
extern const char budget_table_sql[];

/* Grants `credits`, or does not.  0 credits are always granted. */
MUST_CHECK bool budget_take(struct db *d, const struct connection *c, int64_t now_ms,
			    int64_t credits, bool person, bool *granted, struct err *e);
/* One request was made for a grant and cost `spent`, which may be more or less. */
MUST_CHECK bool budget_spent(struct db *d, const struct connection *c, int64_t now_ms,
			     int64_t granted, int64_t spent, struct err *e);
/* Gives back a grant for which nothing was sent. */
MUST_CHECK bool budget_return(struct db *d, const struct connection *c, int64_t now_ms,
			      int64_t granted, struct err *e);

struct budget_state {
	struct str month; /* "2026-01" */
	int64_t limit;    /* credits a month; 0: no limit */
	int64_t reserve;  /* of them, for persons */
	int64_t spent, granted, requests;
	int64_t left_job, left_person; /* INT64_MAX without a limit */
};
MUST_CHECK bool budget_state(struct db *d, struct arena *a, const struct connection *c,
			     int64_t now_ms, struct budget_state *out, struct err *e);

#endif
