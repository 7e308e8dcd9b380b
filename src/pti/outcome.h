/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome.h - how what became of a link, a refresh, a roster looks as JSON: in a job's output, in
 * an answer, on the command line.
 *
 * Ratings are numbers, null where there is none.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "api/route.h"
#include "pti/link.h"

/* {success:false, code, error} */
struct value outcome_fault(struct arena *a, const struct fault *f);
/* Why, beyond the specification's text: a member `reason`. */
void outcome_reason(struct arena *a, struct value map, const struct err *why);

struct linked_outcome {
	const struct reading *read;
	bool name_match;
	int64_t accounts; /* that link the page */
};
struct value outcome_linked(struct arena *a, const struct linked_outcome *o);
struct value outcome_refreshed(struct arena *a, const struct storing *s);
struct value outcome_history(struct arena *a, const struct card *c);
struct value outcome_roster(struct arena *a, const struct roster *r);
/* linked, print_page_url (unless it is hidden), current_pti, last_synced_at, sync_enabled */
struct value outcome_status(struct arena *a, const struct player *p, bool hide_url);

/* What is unusual about going from one rating to the card's; or empty. */
struct str outcome_step(struct arena *a, int32_t before, const struct storing *s);

/* Their members, for the OpenAPI document. */
extern const struct field outcome_linked_fields[];
extern const struct field outcome_refreshed_fields[];
extern const struct field outcome_history_fields[];
extern const struct field outcome_roster_fields[];
extern const struct field outcome_status_fields[];

#endif
