/* SPDX-License-Identifier: Apache-2.0 */
/*
 * players_part.h - the kinds of stores that hold players.  Private to players*.c.
 */
#ifndef PLAYERS_PART_H
#define PLAYERS_PART_H

#include "pti/players.h"

/* One row of `players.c` each; what they open lives as long as `a`. */
bool players_sql_open(struct arena *a, struct db *d, const struct players_options *o,
		      struct players **out, struct err *e);
bool players_mongo_open(struct arena *a, const struct players_options *o, struct players **out,
			struct err *e);

/* Tenths as the double that is nearest to their text. */
static inline double pti_double(int32_t tenths)
{
	return (double)tenths / 10.0;
}

#endif
