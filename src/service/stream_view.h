/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_view.h - how the streams of a connection stand, table by table, as JSON: cursor, rows,
 * last run, and how far the run under way has come.
 */
#ifndef STREAM_VIEW_H
#define STREAM_VIEW_H

#include "service/connection_view.h"

/* Rows are counted up to here; beyond, PostgreSQL's own estimate is told. */
#define STREAM_ROWS_COUNTED 50000

/* Of all tables, or of `only` alone. */
MUST_CHECK bool stream_views(const struct call *c, const struct connection *n,
			     const struct plan_table *only, struct value *list, struct err *e);

extern const struct field stream_view_fields[];
extern const struct field stream_view_item[];

#endif
