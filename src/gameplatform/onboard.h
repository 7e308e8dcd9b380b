/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onboard.h - brings a competitor onto the platform, once, whatever breaks meanwhile.
 *
 * Guards, in this order: the competitor is ready (status "compliance"), has no account, has a coach
 * whom the vendor takes, and an address.  What stops it is told on the competitor and the mapping,
 * and cleared by the next success.
 */
#ifndef ONBOARD_H
#define ONBOARD_H

#include "gameplatform/mirror.h"

struct onboarding {
	struct str competitor; /* competitors.id */
	struct str coach;      /* profiles.id of who acts; empty: the competitor's own */
};

/*
 * *out is a map: status (synced, skipped_requires_compliance, skipped_already_synced, dry_run),
 * competitorId, and with it what was done.  ERR_MISSING: there is no such competitor.  ERR_BUSY:
 * somebody makes the same coach just now.
 */
MUST_CHECK bool onboard(struct mirror *m, const struct onboarding *o, struct value *out,
			struct err *e);

#endif
