/* SPDX-License-Identifier: Apache-2.0 */
/*
 * select.h - from an answer's body to records: extract, filter, transform.
 */
#ifndef SELECT_H
#define SELECT_H

#include "flow/scope.h"

#define RECORDS_MAX 1000000 /* of one page */

struct records {
	struct value *at;
	size_t n;          /* after filter and transformations */
	size_t extracted;  /* before: what paging counts */
	struct value last; /* the last one extracted, or UNDEFINED */
};

/*
 * The records of a page.  A list endpoint (one with paging) that answers with an object, or with a
 * record that is no object, is ERR_REMOTE: nothing there is taken for an empty list by mistake.
 */
MUST_CHECK bool records_select(const struct stream *st, struct value body,
			       const struct scope *scope, struct records *out, struct err *e);

/* One record that came by itself: filtered (*wanted) and transformed. */
MUST_CHECK bool record_select(const struct stream *st, struct value *record,
			      const struct scope *scope, bool *wanted, struct err *e);

#endif
