/* SPDX-License-Identifier: Apache-2.0 */
/* rota_part.h - what the files of a rota share. */
#ifndef ROTA_PART_H
#define ROTA_PART_H

#include "flow/rota.h"

bool rota_has_tiers(const struct rotation_plan *p);
/* The number of the first tier whose at_least is reached; 0 without tiers. */
size_t rota_tier(const struct rotation_plan *p, const struct rota_member *m);

struct rota_times {
	int64_t now_ms, alarm_ms; /* wall; alarm 0: there was none */
	bool alarmed;             /* in this very cycle */
};
/* Pure: the turn of a stream with a sentinel. */
void rota_pick_sentinels(struct arena *a, const struct rotation_plan *p,
			 const struct rota_member *member, size_t n, const struct rota_times *t,
			 struct rota_turn *out);

#endif
