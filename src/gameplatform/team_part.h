/* SPDX-License-Identifier: Apache-2.0 */
/* team_part.h - a team while it is mirrored: between team_*.c only. */
#ifndef TEAM_PART_H
#define TEAM_PART_H

#include "gameplatform/account.h"
#include "gameplatform/team_mirror.h"

struct member {
	struct str id;         /* team_members.id */
	struct str competitor; /* competitors.id */
	struct str remote;     /* syned_user_id; empty: not on the platform */
	bool synced, failed;   /* as the row says */
};

struct mirrored_team {
	struct mirror *m;
	struct str id, coach_id, name, division, affiliation;
	struct str remote;       /* syned_team_id; empty: not there yet */
	struct str coach_remote; /* syned_user_id of the coach */
	int64_t create_sent_ms;  /* a creation whose end is not known; 0: none */
	struct coach coach;
	struct member *member;
	size_t members;
	bool created;
	bool gone;            /* our row is */
	struct str complaint; /* the first thing that went wrong, or empty */
	struct team_outcome *out;
};

/* A list of out->map. */
void team_tell(struct mirrored_team *t, const char *list, struct value item);
/* {competitorId, reason or error} */
struct value team_item(struct mirrored_team *t, struct str competitor, const char *name,
		       struct str says);
/* It may go better later. */
void team_again(struct mirrored_team *t, int64_t wait_ms, const struct err *why);
/* Whether the vendor may answer otherwise another time. */
bool team_is_passing(const struct mirrored_team *t);
/* Whether a deletion was refused for those who are on the team. */
bool team_has_members(const struct vendor_fault *f);

/* team_create.c: the vendor has it afterwards, or t->out says again.  *gone: our row is. */
MUST_CHECK bool team_create(struct mirrored_team *t, bool *gone, struct err *e);

/* team_roster.c: takes off and puts on.  *lost: the vendor has no such team (any more). */
MUST_CHECK bool team_roster(struct mirrored_team *t, bool *lost, struct err *e);
/* Puts any member on, to see whether the vendor has the team; *asked false: there is none whom it
 * knows. */
MUST_CHECK bool team_probe(struct mirrored_team *t, bool *asked, bool *there, struct err *e);

/* Takes everybody off whom the vendor has on it. */
MUST_CHECK bool team_empty(struct mirrored_team *t, struct err *e);

/* team_gone.c */
MUST_CHECK bool team_gone(struct mirrored_team *t, struct err *e);

#endif
