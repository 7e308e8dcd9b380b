/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paging.h - which page comes next: pure functions of the page that was read.
 */
#ifndef PAGING_H
#define PAGING_H

#include "flow/draft.h"

/* The token of the first page; UNDEFINED when it carries none. */
struct value paging_first(const struct paginator *p);

/* What the page that was read says. */
struct page_seen {
	size_t records;     /* extracted, before any filter */
	struct value token; /* that it was asked with */
	size_t served;      /* records of the largest page that the vendor has sent before it */
	int64_t page_size;  /* in force; 0 none */
	struct value body, headers, last_record;
};

/*
 * The token of the next page, or *last.  A vendor that sent more records than a page holds ignored
 * the paging and has sent all there is.  A short page ends a list only when the vendor has shown
 * that it does send larger ones: else it may cap pages below what was asked for, and the rest would
 * be lost.
 */
MUST_CHECK bool paging_next(const struct paginator *p, const struct page_seen *seen,
			    const struct scope *scope, struct value *token, bool *last,
			    struct err *e);

/* Page size in force: the plan's, else the manifest's, else 0. */
MUST_CHECK bool paging_size(const struct paginator *p, int64_t of_plan, const struct scope *scope,
			    int64_t *out, struct err *e);

/* Adds size and token to a request. */
MUST_CHECK bool paging_inject(const struct paginator *p, struct value token, int64_t page_size,
			      struct draft *d, const struct scope *scope, struct err *e);

#endif
