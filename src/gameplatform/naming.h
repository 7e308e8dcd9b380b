/* SPDX-License-Identifier: Apache-2.0 */
/*
 * naming.h - what our people and teams are called at the vendor: pure.
 *
 * What the vendor needs and we may not have gets a stand-in, so that nobody is left out for an
 * empty field.  Sources: vendors/game-platform.md section 2.
 */
#ifndef NAMING_H
#define NAMING_H

#include "base/str.h"

/* A team's division as the vendor knows it; anything else is high_school. */
struct str naming_division(struct str said);

/* The team's own, else the coach's school, else "Unknown". */
struct str naming_affiliation(struct str own, struct str school);

/* The vendor's word for a user's status as we keep it: pending, user_created, approved, denied or
 * error; "pending_approval" and whatever else there is are pending. */
struct str naming_status(struct str vendors);
/* Whether a user of that status may be given members and teams. */
bool naming_status_is_good(struct str status);

struct naming_person {
	struct str id;
	struct str first, last, full; /* any may be empty */
	struct str email, other_email;
	struct str school, region;
};

/* What is sent; texts live as long as `a`. */
struct naming_names {
	struct str first, last, email, username, school, region;
};
/* A coach: there is always something for each. */
void naming_coach(struct arena *a, const struct naming_person *p, struct naming_names *out);
/* A competitor: `email` is their school's address, `other_email` their own; out->email may stay
 * empty. */
void naming_competitor(struct arena *a, const struct naming_person *p, struct naming_names *out);

#endif
