/* SPDX-License-Identifier: Apache-2.0 */
/* hand_clock.h - a clock that a test moves. */
#ifndef HAND_CLOCK_H
#define HAND_CLOCK_H

#include "base/clock.h"

struct hand_clock {
	struct clock clock;
	int64_t wall_ms, steady_ms;
};

static inline int64_t hand_wall_ms(struct clock *c)
{
	return CONTAINER(c, struct hand_clock, clock)->wall_ms;
}

static inline int64_t hand_steady_ms(struct clock *c)
{
	return CONTAINER(c, struct hand_clock, clock)->steady_ms;
}

static inline void hand_clock_pass(struct hand_clock *c, int64_t ms)
{
	c->wall_ms += ms;
	c->steady_ms += ms;
}

static inline bool hand_sleep(struct clock *c, int64_t wait_ms, const struct cancel *stop,
			      struct err *e)
{
	hand_clock_pass(CONTAINER(c, struct hand_clock, clock), wait_ms);
	return cancel_check(stop, e);
}

static inline void hand_clock_init(struct hand_clock *c, int64_t wall_ms)
{
	static const struct clock_ops ops = { hand_wall_ms, hand_steady_ms, hand_sleep };

	*c = (struct hand_clock){ { &ops }, wall_ms, 1000 };
}

#endif
