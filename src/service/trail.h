/* SPDX-License-Identifier: Apache-2.0 */
/* trail.h - a caller's deed into the audit log. */
#ifndef TRAIL_H
#define TRAIL_H

#include "api/call.h"

/*
 * As audit_add(): who calls, from where, in which request, did `action` ("job.cancel") to `target`
 * ("job:17").  `details` is a map without secrets and personal data, or UNDEFINED.
 */
MUST_CHECK bool trail(const struct call *c, const char *action, struct str target,
		      struct value details, struct err *e);

#endif
