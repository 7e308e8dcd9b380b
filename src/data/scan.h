/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - pieces of the texts of times, cut off the front of a text; for the data layer alone.
 *
 * Every call either takes what it names off *rest and fills *out, or returns false and changes
 * neither.
 */
#ifndef SCAN_H
#define SCAN_H

#include "base/str.h"

bool scan_char(struct str *rest, char c);

/* Between `min` and `max` (at most 18) decimal digits, as many as there are. */
MUST_CHECK bool scan_digits(struct str *rest, size_t min, size_t max, int64_t *out);

/* 1 to `max` digits behind a decimal point (which is gone already) as microseconds; what is finer
 * is cut off. */
MUST_CHECK bool scan_fraction(struct str *rest, size_t max, int *us);

/* 'Z', ±hh, ±hhmm or ±hh:mm as seconds east of UTC. */
MUST_CHECK bool scan_offset(struct str *rest, int32_t *offset_s);

#endif
