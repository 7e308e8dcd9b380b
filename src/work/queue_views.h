/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_views.h - the queue as views and functions for people and applications that speak SQL.
 */
#ifndef QUEUE_VIEWS_H
#define QUEUE_VIEWS_H

#include "store/ddl.h"

/* A name that an application may use itself; then it is left alone. */
struct queue_view {
	const char *name;
	const char *const *statement; /* makes it, or makes it anew */
	size_t statements;
};

extern const struct queue_view sqlite_views[];
extern const size_t sqlite_views_count;
extern const struct queue_view postgres_views[];
extern const size_t postgres_views_count;

/* Adds what makes the views that are missing; all that are ours when `anew`. */
MUST_CHECK bool views_plan(struct ddl *l, bool anew, struct err *e);

#endif
