/* SPDX-License-Identifier: Apache-2.0 */
/* conflict.c - a column that both sides edit: whose word counts. */
#include "flow/conflict.h"

static enum conflict_verdict newest(const struct conflict_sides *s)
{
	if (s->local_us == NO_TIME || s->vendor_us == NO_TIME)
		return CONFLICT_RECORD;
	return s->local_us > s->vendor_us ? CONFLICT_KEEP : CONFLICT_WRITE;
}

static enum conflict_verdict both_edited(const struct conflict_sides *s)
{
	switch (s->policy) {
	case CONFLICT_LOCAL:
		return CONFLICT_KEEP;
	case CONFLICT_NEWEST:
		return newest(s);
	case CONFLICT_HOLD:
		return CONFLICT_RECORD;
	case CONFLICT_OFF:
	case CONFLICT_VENDOR:
		break;
	}
	return CONFLICT_WRITE;
}

enum conflict_verdict conflict_judge(const struct conflict_sides *s)
{
	if (column_eq(s->type, s->local, s->vendor))
		return CONFLICT_WRITE;
	/* The row was there before us: what a person put there stays. */
	if (!s->recorded)
		return s->policy == CONFLICT_VENDOR || value_is_nothing(s->local) ? CONFLICT_WRITE
										  : CONFLICT_KEEP;
	if (s->base_known && column_eq(s->type, s->local, s->base))
		return CONFLICT_WRITE;
	return s->vendor_moved ? both_edited(s) : CONFLICT_KEEP;
}
