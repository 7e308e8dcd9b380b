/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_state.h - how far each competitor's scores were read: game_platform_sync_state, and what
 * people see of it on the competitor and its mapping.
 *
 * The cursor (last_odl_synced_at) is the time before the last answered request went, by our clock;
 * it never goes back.  needs_totals_refresh is only ever set here, with totals_wanted counted up;
 * clearing it is the sweep's (totals.c).
 */
#ifndef SCORE_STATE_H
#define SCORE_STATE_H

#include "gameplatform/vendor.h"

struct score_state {
	bool exists;
	int64_t odl_ms;        /* cursor; 0: never */
	bool stats;            /* a row of game_platform_stats is there */
	struct str competitor; /* its id; empty: nobody has this platform id any more */
	struct str team;       /* syned_team_id, or empty */
	int64_t number;        /* metactf_user_id, or 0 */
	bool marked;           /* an error stands on the competitor or its mapping */
};

/* By platform id. */
MUST_CHECK bool score_state_get(struct db *d, struct arena *a, struct str user,
				struct score_state *out, struct err *e);

struct score_success {
	struct str user;
	int64_t odl_ms;      /* captured before the request; 0: it was not asked */
	int64_t flash_ms;    /* the same for events; 0: not asked */
	int64_t accessed_ms; /* 0: not told */
	int64_t now_ms;
	bool news; /* the totals have to be asked for */
};
/* [tx] */
MUST_CHECK bool score_state_success(struct db *d, const struct score_success *s, struct err *e);
/* [tx] Events alone were asked for: nothing is said of the scores. */
MUST_CHECK bool score_state_flash(struct db *d, struct str user, int64_t flash_ms, bool news,
				  struct err *e);
/* [tx] Only the attempt and its error; cursors stay. */
MUST_CHECK bool score_state_failure(struct db *d, struct str user, struct str says, int64_t now_ms,
				    struct err *e);

/* [tx] Everybody's cursor (or a coach's own) that is older than that is forgotten: they are asked
 * from all time. */
struct score_scope {
	struct str coach, competitor; /* ids; empty: any */
};
MUST_CHECK bool score_state_forget(struct db *d, const struct score_scope *s, int64_t before_ms,
				   struct err *e);

/* [tx] The error as people see it: on the competitor and, with its status, on the mapping (made
 * when there is none). */
struct score_mark {
	struct str competitor, user, says;
	struct str status; /* empty: "error" */
	bool asked;        /* the vendor was just asked for the status */
};
/* *news: the competitor showed another error before, or none. */
MUST_CHECK bool score_mark_put(struct db *d, const struct score_mark *m, int64_t now_ms, bool *news,
			       struct err *e);
/* [tx] It went well again. */
MUST_CHECK bool score_mark_clear(struct db *d, const struct score_mark *m, int64_t now_ms,
				 struct err *e);

/* The vendor's word for a user's status as the mapping holds it: "pending_approval" and whatever we
 * do not know is "pending". */
struct str score_status(struct str vendors);
/* What the mapping says if the vendor was asked since, because of an error that still stands;
 * *status empty: it was not. */
MUST_CHECK bool score_status_known(struct db *d, struct arena *a, struct str user, int64_t since_ms,
				   struct str *status, struct err *e);

#endif
