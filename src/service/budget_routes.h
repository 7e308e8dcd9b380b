/* SPDX-License-Identifier: Apache-2.0 */
/* budget_routes.h - /api/budgets: how each vendor's limit stands; their arg is the struct service.
 */
#ifndef BUDGET_ROUTES_H
#define BUDGET_ROUTES_H

#include "api/call.h"
#include "service/service.h"

extern const struct route budget_routes[];

/* A limit of a connection, by the ledger's key. */
struct budget_limit {
	const struct connection *connection;
	struct str ledger_key;
	const char *what; /* "calls", or an integration's own word */
	struct str of;    /* which requests, when not all: "POST", "/api/v2/contacts" */
	int64_t limit, interval_ms;
	int64_t kept; /* of it, left to persons by jobs */
};
/* All limits of all connections of the plan. */
MUST_CHECK bool budget_limits(struct service *s, struct arena *a, struct db *d,
			      const struct plan *p, struct budget_limit **out, size_t *n,
			      struct err *e);

#endif
