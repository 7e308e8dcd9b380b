/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drift.h - where the vendor's rosters differ from ours, and making them the same.
 *
 * Looking is one request (all assignments), and one more for each user only when asked for.
 * Repairing starts the teams' own jobs and takes off who is on no team of ours; teams of the vendor
 * that are none of ours are only told of, unless somebody wants them deleted.
 */
#ifndef DRIFT_H
#define DRIFT_H

#include "gameplatform/mirror.h"

struct drift_wish {
	struct str coach;    /* only a coach's teams and competitors; empty: all */
	bool users;          /* ask for every user, too: at most DRIFT_USERS_MAX */
	bool repair;         /* not only look */
	bool dry_run;        /* a repair says what it would do */
	bool delete_unknown; /* a repair deletes the vendor's teams that are none of ours */
};
#define DRIFT_USERS_MAX 200
#define DRIFT_LIST_MAX 1000 /* of each list; the summary counts them all */

struct drift {
	int64_t drifted; /* differences; 0: all is as it should be */
	int64_t teams;   /* whose job was started, or would be */
	int64_t unassigned;
	/*
	 * summary; missing, wrongTeam, extra (of members); notThere (teams of ours without an id at
	 * the vendor), unknownTeams (of the vendor's); staleErrors; with `users` unknownUsers and
	 * statuses; with `repair` teams.  Ids and words only.
	 */
	struct value map;
};

/* Everything lives as long as `a`. */
MUST_CHECK bool drift_look(const struct engine *g, const struct connection *c,
			   const struct drift_wish *w, struct arena *a, struct drift *out,
			   struct vendor_fault *fault, struct err *e);

/* For a task that looks after it now and then: finds and repairs what it may. */
MUST_CHECK bool drift_repair(const struct engine *g, const struct connection *c, struct arena *a,
			     struct drift *out, struct err *e);

#endif
