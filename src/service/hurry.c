/* SPDX-License-Identifier: Apache-2.0 */
/* hurry.c - a clock for work that somebody waits for. */
#include "service/hurry.h"

static struct hurry *hurry_of(struct clock *c)
{
	return CONTAINER(c, struct hurry, clock);
}

static int64_t wall_ms(struct clock *c)
{
	return clock_wall_ms(hurry_of(c)->real);
}

static int64_t steady_ms(struct clock *c)
{
	return clock_steady_ms(hurry_of(c)->real);
}

static bool sleep_ms(struct clock *c, int64_t wait_ms, const struct cancel *stop, struct err *e)
{
	struct hurry *h = hurry_of(c);

	if (clock_steady_ms(h->real) + wait_ms > h->until_ms)
		return err_set(e, ERR_TRANSIENT, "no good answer came in time");
	return clock_sleep(h->real, wait_ms, stop, e);
}

static const struct clock_ops ops = { wall_ms, steady_ms, sleep_ms };

void hurry_init(struct hurry *h, struct clock *real, int64_t wait_ms)
{
	*h = (struct hurry){ { &ops }, real, clock_steady_ms(real) + wait_ms };
}
