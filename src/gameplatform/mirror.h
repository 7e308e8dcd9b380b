/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mirror.h - what every piece of mirroring to the vendor works with, and how it writes.
 *
 * Always: what is written here came from the vendor or is about it, so it goes quietly, without
 * becoming a change that is sent there again; and it is fenced by the job it is done for.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include "gameplatform/vendor.h"

struct mirror {
	const struct engine *engine;
	const struct connection *connection;
	struct arena *arena;
	struct vendor vendor;
	bool dry_run;     /* nothing is written, here or there */
	int64_t asked_ms; /* wall; when somebody asked for this; 0: just now */
};

/* Everything lives as long as `a`.  dry_run also when the connection is not enabled. */
MUST_CHECK bool mirror_open(struct arena *a, const struct engine *g, const struct connection *c,
			    bool dry_run, struct mirror *out, struct err *e);

/* `body` in a transaction of its own, fenced and quiet. */
MUST_CHECK bool mirror_write(struct mirror *m, bool (*body)(void *arg, struct err *e), void *arg,
			     struct err *e);

/* [tx] A job for the queue; the id goes into key and lane.  Without a queue nothing happens. */
MUST_CHECK bool mirror_order_team(struct mirror *m, struct str team, struct err *e);
/* The same for a team whose row is gone. */
MUST_CHECK bool mirror_order_gone(struct mirror *m, struct str team, struct str remote,
				  struct err *e);
/* [tx] Rosters are compared once nothing that was sent so far can still be on its way. */
MUST_CHECK bool mirror_order_rosters(struct mirror *m, struct err *e);
MUST_CHECK bool mirror_order_scores(struct mirror *m, struct str competitor, struct err *e);

/*
 * One holder at a time, among all processes; nobody holds two.  Waits for a moment, then ERR_BUSY.
 */
MUST_CHECK bool mirror_lock_coach(struct mirror *m, struct str coach, struct lease *out,
				  struct err *e);
/* Of the vendor's user; a few share one. */
MUST_CHECK bool mirror_lock_user(struct mirror *m, struct str remote, struct lease *out,
				 struct err *e);
void mirror_unlock(struct mirror *m, const struct lease *l);

/* What people are told of a failure: the vendor's own words when it has said any, at most 500
 * bytes. */
struct str mirror_says(const struct mirror *m, const struct err *e);

/* [tx] What was done, for the timeline: no names, no payloads. */
struct mirror_event {
	const char *type, *status;            /* "team_created", "success" */
	struct str profile, competitor, team; /* ids, or empty */
	struct str message;
};
MUST_CHECK bool mirror_note(struct mirror *m, const struct mirror_event *ev, struct err *e);

/* Now, and the first row's cells of a query. */
struct value mirror_now(const struct mirror *m);
MUST_CHECK bool mirror_row(struct mirror *m, const char *sql, struct str id, struct db_result *out,
			   struct err *e);

#endif
