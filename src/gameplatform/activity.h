/* SPDX-License-Identifier: Apache-2.0 */
/*
 * activity.h - how active a competitor is: competitors.game_platform_activity_score, 0 to 100.
 *
 * What they last did is the later of the vendor's "last accessed" and their latest solve:
 *
 *     within  7 days   60 + 1 a solve of 30 days (at most 30) + 5 an event (at most 10)
 *     within 30 days   20 + 1 a solve of 30 days (at most 30) + 3 an event (at most 9)
 *     within 90 days    1 + 1 a solve of 90 days (at most 18)
 *     else              0
 *
 * where an event is a Flash CTF of theirs that began within 30 days.  Nothing has to happen for a
 * score to fall: time passes, and the next cycle writes it.
 */
#ifndef ACTIVITY_H
#define ACTIVITY_H

#include "store/db.h"

/* One statement; only rows that change are written, *changed counts them. */
MUST_CHECK bool activity_update(struct db *d, int64_t now_ms, int64_t *changed, struct err *e);

#endif
