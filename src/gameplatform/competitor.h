/* SPDX-License-Identifier: Apache-2.0 */
/* competitor.h - a competitor as coaches see one. */
#ifndef COMPETITOR_H
#define COMPETITOR_H

#include "gameplatform/record.h"

/* The members of a competitor's JSON. */
extern const struct field competitor_fields[];

/* What may be said of one. */
extern const struct record_column competitor_columns[];

/* The page that the query asks for, of the coach's (empty: of all), as the answer. */
MUST_CHECK bool competitor_list(struct call *c, struct str coach, struct value *out, struct err *e);
/* ERR_MISSING when there is none, or it is another coach's. */
MUST_CHECK bool competitor_find(struct call *c, struct str id, struct str coach, struct value *out,
				struct err *e);

/* Of its JSON. */
bool competitor_is_inactive(struct value competitor);

#define COMPETITOR_INACTIVE "Competitor is inactive"
#define COMPETITOR_MISSING "Competitor not found or access denied"

#endif
