/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overview_part.h - what the files of the overview share; nobody else includes it.
 *
 *   overview_attention.c  what asks for a person, and the sentence about it
 *   overview_cards.c      five numbers with their last day
 *   overview_routes.c     the page as a whole: also the next fires and the last runs
 */
#ifndef OVERVIEW_PART_H
#define OVERVIEW_PART_H

#include "api/call.h"
#include "connector/plan.h"
#include "service/view.h"

struct overview {
	struct call *call;
	const struct plan *plan;
	int64_t now_ms;
};

/* Sets `health` and `attention`. */
MUST_CHECK bool overview_attention(const struct overview *o, struct value map, struct err *e);
/* Sets `cards`. */
MUST_CHECK bool overview_cards(const struct overview *o, struct value map, struct err *e);

extern const struct field overview_notice_fields[], overview_card_fields[];

#endif
