/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_view.h - all that is known of one run: its parts, where its time went, under whose claims it
 * ran, what waits in quarantine because of it, and whether it can be undone.
 */
#ifndef RUN_VIEW_H
#define RUN_VIEW_H

#include "api/call.h"
#include "service/service.h"
#include "store/control.h"

/* view_run() and more; the call's arg is the struct service. */
MUST_CHECK bool run_view(const struct call *c, const struct run_log *r, struct value *out,
			 struct err *e);

extern const struct field run_view_fields[];

#endif
