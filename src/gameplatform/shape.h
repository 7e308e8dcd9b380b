/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.h - what a vendor's object must look like, as a table, and taking it into a struct by it.
 *
 * Members that no row names are left alone: whoever wants them keeps the value itself.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include "base/err.h"
#include "data/value.h"

#define SHAPE_TEXT_MAX ((size_t)16 * 1024)
#define SHAPE_ITEMS_MAX ((size_t)200 * 1000)

enum shape_kind {
	SHAPE_INTEGER, /* into int64_t; 5.0 is one, 5.5 is not; 0 when it is not there */
	SHAPE_TEXT,    /* into struct str; at most SHAPE_TEXT_MAX; empty when it is not there */
	SHAPE_ID,      /* a text of 1 to 255 bytes */
	SHAPE_LIST,    /* into struct value; at most SHAPE_ITEMS_MAX; UNDEFINED … */
	SHAPE_MAP,     /* into struct value */
	SHAPE_FLAG,    /* looked at, kept nowhere */
};

struct shape_member {
	const char *name;
	enum shape_kind kind;
	bool required;
	bool nullable; /* null is as good as not there */
	size_t offset; /* in the struct; SHAPE_NOWHERE: it is only looked at */
};
#define SHAPE_NOWHERE SIZE_MAX

struct shape {
	const char *name; /* "a user" */
	const struct shape_member *member;
	size_t members;
};

/*
 * Checks `v` and fills *into, which is zeroed but for that and borrows from `v`.  ERR_REMOTE names
 * the member, never what it holds.
 */
MUST_CHECK bool shape_take(const struct shape *s, struct value v, void *into, struct err *e);

#endif
