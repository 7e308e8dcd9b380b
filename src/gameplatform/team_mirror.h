/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team_mirror.h - makes the vendor's team what ours is: there or gone, and who is on it.
 *
 * It looks at the tables when it runs and never at what changed, so that it may be done at any time
 * and as often as one likes; of many changes one run is enough.
 *
 *     row gone    members off at the vendor, team deleted there
 *     row there   coach, team (made once), then the roster: who is not ours off, who is missing on
 *
 * Always:
 *   - a team is made once: create_sent_at is committed before the request, and a doubt is looked
 *     into before anything is made again;
 *   - a member is taken off or put on under their own lock, with our table looked at under it:
 *     taking off has no team in it, so whoever has moved meanwhile must not be touched.
 */
#ifndef TEAM_MIRROR_H
#define TEAM_MIRROR_H

#include "gameplatform/mirror.h"

struct team_outcome {
	/* status (synced, created_team, deleted, skipped_not_synced, skipped_missing_team,
	 * skipped_missing_coach_mapping, dry_run), created, assigned, unassigned, skipped, failed.
	 */
	struct value map;
	bool again; /* something may go better in again_ms (0: whenever) */
	int64_t again_ms;
	struct err why; /* what there is to do again */
};

/* `remote`: the vendor's id of a team whose row is gone, where it is known; or empty. */
MUST_CHECK bool team_mirror(struct mirror *m, struct str team, struct str remote,
			    struct team_outcome *out, struct err *e);

#endif
