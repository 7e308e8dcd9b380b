/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotation_view.h - how a rotation does, as JSON: freshness by tier, lag, cycles, calls, errors,
 * advice.
 */
#ifndef ROTATION_VIEW_H
#define ROTATION_VIEW_H

#include "api/call.h"
#include "connector/plan.h"
#include "service/freshness.h"

#define ROTATION_HOURS_MAX 168

/* The stream's rotation over the last `hours` (1 to ROTATION_HOURS_MAX), as
 * GET /api/connections/{name}/rotation tells it of each. */
MUST_CHECK bool rotation_view(struct call *c, const struct connection *n, const struct stream *st,
			      int64_t hours, struct value *out, struct err *e);

/*
 * Tells of every rotation of the plan how fresh its members are now.  One whose table is not as the
 * plan says is passed over: its runs complain about that.
 */
struct freshness_watch {
	void (*tell)(void *arg, const struct connection *n, const struct stream *st,
		     const struct freshness *f);
	void *arg;
};
MUST_CHECK bool rotations_look(struct db *d, const struct plan *p, int64_t now_ms,
			       const struct freshness_watch *w, struct err *e);

#endif
