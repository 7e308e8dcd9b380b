/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster_turn.h - now and then a cycle also looks whether the vendor's rosters are ours.
 *
 * Changes are mirrored when they happen; this finds what somebody changed at the vendor.  One
 * request, at most every config.roster_every (6 h).
 */
#ifndef ROSTER_TURN_H
#define ROSTER_TURN_H

#include "flow/session.h"

struct roster_turn {
	bool looked;
	int64_t total;  /* teams that are at the vendor */
	int64_t synced; /* of these, whose job was started because they differ */
};

/* A vendor that does not answer is not an error: `looked` stays false, and the next cycle looks. */
MUST_CHECK bool roster_turn(const struct engine *g, const struct connection *c, struct arena *a,
			    struct roster_turn *out, struct err *e);

#endif
