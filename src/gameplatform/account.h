/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.h - a person's account at the vendor: found or made there, and remembered in
 * game_platform_profiles.
 *
 * Always: nobody gets two accounts.  The vendor's id of a person is ours (or what the mapping
 * says), it is looked up before it is created, and a conflict is looked up again.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "gameplatform/mirror.h"

struct account {
	bool exists;
	struct str remote; /* syned_user_id, or empty */
	struct str status;
};
/* What the mapping says of a coach's (profiles.id) or a competitor's (competitors.id). */
MUST_CHECK bool account_of_coach(struct mirror *m, struct str coach, struct account *out,
				 struct err *e);
MUST_CHECK bool account_of_competitor(struct mirror *m, struct str competitor, struct account *out,
				      struct err *e);

/* Whose mapping: one of the two. */
struct account_owner {
	struct str coach, competitor;
};
/* [tx] The vendor has such a user. */
MUST_CHECK bool account_save(struct mirror *m, const struct account_owner *o,
			     const struct vendor_user *u, struct err *e);
/* [tx] It went wrong; `status` empty: "error".  What is known of the account stays. */
MUST_CHECK bool account_fail(struct mirror *m, const struct account_owner *o, struct str status,
			     struct str says, struct err *e);

/* The vendor's user: there already, or made.  *made says which. */
MUST_CHECK bool account_ensure(struct mirror *m, const struct vendor_user_draft *d,
			       struct vendor_user *out, bool *made, struct err *e);

/* A coach as profiles has one. */
struct coach {
	struct str id, role;
	struct str first, last, full, email, school, division;
	bool unapproved; /* is_approved is false */
};
/* *found false: there is none. */
MUST_CHECK bool coach_get(struct mirror *m, struct str id, struct coach *out, bool *found,
			  struct err *e);
/*
 * The coach's id at the vendor, who makes them when need be.  A coach who is not approved there is
 * ERR_REMOTE with a text for people, and the mapping says so.  In a dry run what is known, or
 * empty.
 */
MUST_CHECK bool coach_ensure(struct mirror *m, const struct coach *c, struct str *remote,
			     struct err *e);

#endif
