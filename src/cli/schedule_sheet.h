/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_sheet.h - how `lockstep schedules` shows schedules, their fires and times.
 */
#ifndef SCHEDULE_SHEET_H
#define SCHEDULE_SHEET_H

#include "data/value.h"
#include "work/schedule.h"

/* A schedule and the last thing that it did (outcome empty: nothing yet). */
struct schedule_shown {
	struct schedule schedule;
	struct fire last;
};

void schedules_print(struct arena *a, const struct schedule_shown *s, size_t n, int64_t now_ms);
struct value schedules_value(struct arena *a, const struct schedule_shown *s, size_t n);

void fires_print(struct arena *a, const struct schedule *s, const struct fire *f, size_t n);
struct value fires_value(struct arena *a, const struct fire *f, size_t n);

/* The next `count` slots, by the clock of `zone` (NULL: UTC). */
void slots_print(struct arena *a, const struct cadence *c, int64_t now_ms, int64_t count);
struct value slots_value(struct arena *a, const struct cadence *c, int64_t now_ms, int64_t count);

#endif
