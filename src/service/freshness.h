/* SPDX-License-Identifier: Apache-2.0 */
/*
 * freshness.h - how old what is known of a rotation's members is, against what was promised.  Pure.
 *
 * An age is the time since the last success.  The promise of a tier is its `every`, of a stream
 * with a sentinel its `full_every`; without either there is none.  Who was never asked has no age
 * and is nobody's promise yet: it is counted apart.
 */
#ifndef FRESHNESS_H
#define FRESHNESS_H

#include "flow/rota.h"

/* Late is who is older than the promise and this: cycles take their time. */
#define FRESHNESS_GRACE_MS ((int64_t)5 * 60 * 1000)

/* Up to 15, 30 and 60 minutes, 2, 4, 8 and 24 hours, more, never asked. */
#define LAG_BUCKETS 9
extern const char *const lag_names[LAG_BUCKETS];

struct tier_freshness {
	struct str name;    /* "all" without tiers */
	int64_t promise_ms; /* 0: none */
	size_t members, never, late;
	int64_t p50_ms, p90_ms, p99_ms, oldest_ms; /* ages; 0 when nobody has one */
	size_t lag[LAG_BUCKETS];
};

struct freshness {
	struct tier_freshness *tier;
	size_t tiers, members;
	size_t lag[LAG_BUCKETS];
};

void freshness_measure(struct arena *a, const struct rotation_plan *p,
		       const struct rota_member *member, size_t n, int64_t now_ms,
		       struct freshness *out);

#endif
