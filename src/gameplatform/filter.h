/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h - which rows of a list are asked for, and which page of them, as SQL. */
#ifndef FILTER_H
#define FILTER_H

#include "api/call.h"

#define FILTER_VALUES_MAX 12
#define FILTER_PAGE_MAX 200

struct filter {
	struct call *call;
	struct buf where; /* " WHERE …", or nothing yet */
	struct value value[FILTER_VALUES_MAX];
	size_t values;
};

void filter_init(struct filter *f, struct call *c);
/* A condition that ends with the value. */
void filter_is(struct filter *f, const char *before, struct value v);
/* The same when the query gives a text of that name. */
void filter_asked(struct filter *f, const char *name, const char *before);
/* When the query has `q`: it is found in the text, whatever its case. */
void filter_found(struct filter *f, const char *text);
/* A condition without a value. */
void filter_also(struct filter *f, const char *condition);

/* The rows of "SELECT `columns` FROM `from`". */
MUST_CHECK bool filter_all(struct filter *f, struct str columns, const char *from,
			   const char *order, struct db_result *out, struct err *e);

/* A list as an answer has it: `name` holds what `view` makes of each row. */
struct filter_list {
	const char *name;
	struct value (*view)(struct arena *a, const struct db_result *r, size_t row);
	struct str columns;
	const char *from, *order;
};
/* The page that the query asks for: {NAME: […], page, limit, total}, with how many there are on
 * all pages. */
MUST_CHECK bool filter_page(struct filter *f, const struct filter_list *l, struct value *out,
			    struct err *e);

/* Rows of a query and of an answer that all lists have. */
#define FILTER_QUERY                                                                            \
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = 1000000, .otherwise = "1" }, \
	{                                                                                       \
		.name = "limit", .type = FIELD_INTEGER, .low = 1, .high = FILTER_PAGE_MAX,      \
		.otherwise = "50"                                                               \
	}
#define FILTER_ANSWER                                                         \
	{ .name = "page", .type = FIELD_INTEGER, .required = true },          \
		{ .name = "limit", .type = FIELD_INTEGER, .required = true }, \
	{                                                                     \
		.name = "total", .type = FIELD_INTEGER, .required = true      \
	}

#endif
