/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell.h - cells between their canonical form (column.h) and what databases hold.
 */
#ifndef CELL_H
#define CELL_H

#include "store/table.h"

#define CELL_TIME_SIZE 32

/* "2026-11-21T02:00:00.000Z", six fraction digits when there are microseconds; returns the length.
 * Not moment_text(): texts of one length sort as the instants do. */
size_t cell_time_text(int64_t us, char to[CELL_TIME_SIZE]);

/*
 * What a database gave (db.h) as the canonical cell of `type`; may borrow from `v`.  What cannot be
 * one comes back as it is, so that it compares as different.
 */
struct value cell_from_stored(struct arena *a, enum column_type type, struct value v);

/* A cell as text (no quotes): its digits, "true", RFC 3339. */
struct str cell_text(struct arena *a, struct value v);

/* Wall milliseconds as a parameter, and a stored time as those; 0 for NULL. */
struct value cell_from_ms(int64_t wall_ms);
int64_t cell_time_ms(struct value stored);

#endif
