/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - what is remembered of a player beside the application's five fields.
 *
 * Rows of lockstep_pti_players and lockstep_pti_changes.  Times are Unix milliseconds.
 * Never a name, never more of an error than its code.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "pti/players.h"
#include "store/db.h"

/* A person's refresh, at most one in `cooldown_ms`: the one who is granted has taken the place.
 * Else *wait_ms says how long it is taken. */
MUST_CHECK bool memory_claim(struct db *d, struct str player, int64_t now_ms, int64_t cooldown_ms,
			     bool *granted, int64_t *wait_ms, struct err *e);

/* The clock that links and unlinks are put in order by: the database's, as a job's time is. */
MUST_CHECK bool memory_now(struct db *d, int64_t *now_ms, struct err *e);
/* A link that was asked for until now comes to nothing. */
MUST_CHECK bool memory_unlink(struct db *d, struct str player, struct err *e);
/* Whether an unlink was asked for at or after `asked_ms`. */
MUST_CHECK bool memory_unlinked(struct db *d, struct str player, int64_t asked_ms, bool *is,
				struct err *e);

/* How the last attempt at a player's page went; `code` empty: well.  Failures in a row are
 * counted. */
MUST_CHECK bool memory_attempt(struct db *d, struct str player, struct str page, const char *code,
			       int64_t now_ms, struct err *e);

/* [tx] The same of a page that the weekly job looked at; "no_pti" is no failure.  *r says it all
 * but the change. */
MUST_CHECK bool memory_looked(struct db *d, const struct player_result *r, struct err *e);

/* A rating that changed.  `run` empty: of no run.  With an `id` it is remembered once, however
 * often it is said. */
struct memory_change {
	struct str id, player, run;
	int64_t at_ms;
	int32_t before, after; /* tenths, or PTI_NONE */
	struct str note;       /* what is unusual about it, or empty */
};
MUST_CHECK bool memory_changed(struct db *d, const struct memory_change *c, struct err *e);
bool player_result_changes(const struct player_result *r);
/* The same of a result, if it changed anything. */
MUST_CHECK bool memory_result(struct db *d, const struct player_result *r, struct err *e);

/* What a process that died left beside the player; `goes_on`: its run does, and is to know that the
 * page was looked at.  Says nothing twice, and nothing that is older than what is remembered. */
MUST_CHECK bool memory_take_over(struct db *d, const struct player_result *r, bool goes_on,
				 struct err *e);

#endif
