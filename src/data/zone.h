/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone.h - named time zones, read from the system's TZif files (RFC 8536).
 *
 * glibc's own zones hang on a process-wide variable; these are immutable values that any thread may
 * use.  Times past the file's table follow its POSIX TZ footer.
 */
#ifndef ZONE_H
#define ZONE_H

#include "base/err.h"
#include "data/moment.h"

struct zone;

/*
 * Loads "America/New_York", "UTC", …  from $TZDIR or /usr/share/zoneinfo; lives as long as `a`.  A
 * name is letters, digits, '_', '-', '+' and '/', never absolute, never with "..".  ERR_CONFIG with
 * the nearest hint when there is no such zone.
 */
MUST_CHECK bool zone_load(struct arena *a, struct str name, const struct zone **out, struct err *e);

struct str zone_name(const struct zone *z);

/* Seconds east of UTC in force at that instant. */
int32_t zone_offset_s(const struct zone *z, int64_t us);

/* The wall clock of the zone at that instant. */
struct civil zone_civil(const struct zone *z, int64_t us);

/*
 * The instant at which the zone's wall clock shows `c`.  A time that is skipped (spring) is the
 * first valid instant after the gap, a time that is shown twice (autumn) is the first of the two.
 */
int64_t zone_instant(const struct zone *z, struct civil c);

#endif
