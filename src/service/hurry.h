/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hurry.h - a clock for work that somebody waits for: it sleeps only until a deadline.
 *
 * A run may wait for minutes when a vendor says so; a person who tests a connection would rather
 * hear that it takes long.
 */
#ifndef HURRY_H
#define HURRY_H

#include "base/clock.h"

struct hurry {
	struct clock clock; /* what the engine gets */
	struct clock *real;
	int64_t until_ms; /* steady */
};

/* From now on `wait_ms`; a sleep that would pass it is ERR_TRANSIENT at once. */
void hurry_init(struct hurry *h, struct clock *real, int64_t wait_ms);

#endif
