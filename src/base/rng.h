/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng.h - repeatable randomness for jitter and simulations (splitmix64, Steele et al. 2014).
 *
 * Not for secrets: those come from libsodium.
 */
#ifndef RNG_H
#define RNG_H

#include "base/base.h"

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* Uniform in [0, n); n > 0.  The bias below 2^-32 for the small n of jitter does not matter. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return rng_next(r) % n;
}

#endif
