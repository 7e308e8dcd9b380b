/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migration.h - what the database lacks: Lockstep's own tables and those of a connection.
 *
 * Only ever adds.
 */
#ifndef MIGRATION_H
#define MIGRATION_H

#include "service/integration.h"

struct migration {
	const struct plan *plan;
	const struct integration *const *integrations; /* NULL at the end, or NULL */
};

/*
 * The statements that make what is missing for connection `c` of the plan; `c` NULL: only
 * Lockstep's own tables.  ERR_CONFIG when a table that the plan says not to make is not there.
 */
MUST_CHECK bool migration_plan(struct db *d, struct arena *a, const struct migration *m,
			       const struct connection *c, struct str **statement,
			       size_t *statements, struct err *e);

/* Plans and runs them, and again when another process did the same meanwhile. */
MUST_CHECK bool migration_run(struct db *d, const struct migration *m, const struct connection *c,
			      size_t *statements, struct err *e);

/* Of all connections. */
MUST_CHECK bool migration_run_all(struct db *d, const struct migration *m, size_t *statements,
				  struct err *e);

#endif
