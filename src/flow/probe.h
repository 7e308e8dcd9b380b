/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - does the connection work: reads the first page of the streams that the manifest's
 * `check` names, and writes no row and no cursor.
 */
#ifndef PROBE_H
#define PROBE_H

#include "flow/session.h"

struct probe_result {
	struct str stream;
	size_t records; /* of its first page */
	int64_t took_ms;
};

/* One result per stream of `check`; false at the first that cannot be read. */
MUST_CHECK bool probe_connection(const struct engine *g, const struct connection *c,
				 struct arena *a, struct probe_result **out, size_t *n,
				 struct err *e);

#endif
