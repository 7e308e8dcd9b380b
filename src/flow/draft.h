/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft.h - a request while it is put together: requester, then paging, cursor, partition,
 * credentials.
 *
 * Each part adds parameters, headers or body members; a name that two parts give is an error, as in
 * the format's reference.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include "flow/session.h"

#define DRAFT_PARAMS_MAX 128
#define DRAFT_HEADERS_MAX 64

struct draft {
	const char *method;
	struct str url; /* without the parameters below */
	struct url_param param[DRAFT_PARAMS_MAX];
	size_t params;
	struct header header[DRAFT_HEADERS_MAX];
	size_t headers;
	struct url_param form[DRAFT_PARAMS_MAX];
	size_t forms;
	struct value json; /* a map or list of our own, or UNDEFINED */
	struct str text;   /* a plain body, or .at NULL */
};

/* URL, parameters, headers and body of the requester, evaluated in `scope`. */
MUST_CHECK bool draft_fill(struct draft *d, const struct requester *r, const struct scope *scope,
			   struct err *e);

/* Puts `v` where the option says; INJECT_PATH replaces the URL (absolute) or its path. */
MUST_CHECK bool draft_inject(struct draft *d, const struct request_option *o, struct value v,
			     const struct scope *scope, struct err *e);

MUST_CHECK bool draft_param(struct draft *d, struct str name, struct str value, struct err *e);
MUST_CHECK bool draft_header(struct draft *d, struct str name, struct str value, struct err *e);
MUST_CHECK bool draft_form(struct draft *d, struct str name, struct str value, struct err *e);

/* The finished request; borrows from `d` and `a`. */
MUST_CHECK bool draft_request(struct arena *a, const struct draft *d, struct request *out,
			      struct err *e);

#endif
