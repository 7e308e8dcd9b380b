/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages.h - what is read from a page, as JSON: for golden tests.
 */
#ifndef PAGES_H
#define PAGES_H

#include "pti/card.h"

/* By the kind that `name` begins with. */
MUST_CHECK bool page_said(const struct pages *p, struct str name, struct str html, struct arena *a,
			  struct value *out, struct err *e);

#endif
