/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.h - gathering what a database has under a table's name; for the backends.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include "store/table.h"

/* Rows of (index, column), ordered by index: one unique per index. */
void shape_set_uniques(struct arena *a, struct table_shape *s, const struct db_result *r);

#endif
