/* SPDX-License-Identifier: Apache-2.0 */
/* team.h - a team and its members as coaches see them. */
#ifndef TEAM_H
#define TEAM_H

#include "gameplatform/record.h"

/* The members of a team's and of a member's JSON. */
extern const struct field team_fields[];
extern const struct field team_with_members_fields[];
extern const struct field member_fields[];

/* What may be said of a team. */
extern const struct record_column team_columns[];

/* The page that the query asks for, of the coach's (empty: of all), as the answer. */
MUST_CHECK bool team_list(struct call *c, struct str coach, struct value *out, struct err *e);
/* With its members.  ERR_MISSING when there is none, or it is another coach's. */
MUST_CHECK bool team_find(struct call *c, struct str id, struct str coach, struct value *out,
			  struct err *e);
/* A list, by position. */
MUST_CHECK bool team_members(struct call *c, struct str id, struct value *out, struct err *e);

#define TEAM_MISSING "Team not found or access denied"

#endif
