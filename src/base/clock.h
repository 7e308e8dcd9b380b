/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - what time it is, and waiting.
 *
 * Steady time (CLOCK_BOOTTIME: never jumps, counts sleep, starts anew at boot) is for waits, leases
 * and limits; wall time (Unix time, UTC) only for what people and vendors read.  All in
 * milliseconds.  The engine gets a struct clock, so that tests can hand it a clock of their own in
 * which waiting takes no time.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include "base/cancel.h"

struct clock;

struct clock_ops {
	int64_t (*wall_ms)(struct clock *c);
	int64_t (*steady_ms)(struct clock *c);
	/* Returns after `wait_ms`; ERR_CANCELLED as soon as `stop` (may be NULL) is fired. */
	MUST_CHECK bool (*sleep)(struct clock *c, int64_t wait_ms, const struct cancel *stop,
				 struct err *e);
};

struct clock {
	const struct clock_ops *ops;
};

/* The machine's clock.  Shared, needs no ending. */
struct clock *clock_system(void);

static inline int64_t clock_wall_ms(struct clock *c)
{
	return c->ops->wall_ms(c);
}

static inline int64_t clock_steady_ms(struct clock *c)
{
	return c->ops->steady_ms(c);
}

static inline MUST_CHECK bool clock_sleep(struct clock *c, int64_t wait_ms,
					  const struct cancel *stop, struct err *e)
{
	return c->ops->sleep(c, wait_ms, stop, e);
}

/* The machine's own times, for code below the engine that waits on the kernel. */
int64_t clock_steady_now(void);
int64_t clock_wall_now(void);

/*
 * Identifies this boot of this machine (/proc/sys/kernel/random/boot_id): steady times of two boots
 * do not compare.  36 characters and a NUL; zeros where the kernel does not tell.
 */
#define BOOT_ID_SIZE 37
void clock_boot_id(char id[BOOT_ID_SIZE]);

#endif
