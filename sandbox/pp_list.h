/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_list.h - which records a list request is about, in which order.
 *
 * The plain order of ids is computed; any filter or other order is worked out once, kept until the
 * data changes and shared by the pages that follow.
 */
#ifndef PP_LIST_H
#define PP_LIST_H

#include "pp_data.h"

enum pp_order { PP_BY_ID, PP_BY_CREATED, PP_BY_UPDATED };

#define PP_STATUS_SIZE 32

struct pp_query {
	enum pp_kind kind;
	enum pp_order order;
	bool descending;
	bool since_exclusive;
	int64_t created_since_ms, updated_since_ms; /* INT64_MIN: any */
	char status[PP_STATUS_SIZE];                /* "": any */
	char account[UUID_LEN + 1];                 /* "": any */
	char matter[UUID_LEN + 1];                  /* "": any */
};

/* Everything of a kind, by id. */
struct pp_query pp_query_all(enum pp_kind kind);

struct pp_lists;

struct pp_lists *pp_lists_new(const struct population *p);
void pp_lists_free(struct pp_lists *l);

/* Reads on as long as the data does not change. */
struct pp_reader {
	const struct population *p;
	enum pp_kind kind;
	const uint32_t *list; /* NULL: by ordinal */
	size_t at, n;         /* of the list */
	uint32_t ordinal;     /* else: the next to look at */
	size_t left;          /* how many may still be read */
};

/* Up to `most` records after the first `skip`. */
struct pp_reader pp_lists_read(struct pp_lists *l, const struct pp_query *q, size_t skip,
			       size_t most);
bool pp_reader_next(struct pp_reader *r, uint32_t *ordinal);

/* How many the query finds. */
size_t pp_lists_count(struct pp_lists *l, const struct pp_query *q);

#endif
