/* SPDX-License-Identifier: Apache-2.0 */
/* platform_status.h - where the mirroring stands, in figures. */
#ifndef PLATFORM_STATUS_H
#define PLATFORM_STATUS_H

#include "api/call.h"
#include "connector/plan.h"

extern const struct field platform_status_fields[];

/* Of a coach's own (empty: of all).  Nothing is asked of the vendor. */
MUST_CHECK bool platform_status(struct call *c, const struct connection *n, struct str coach,
				struct value *out, struct err *e);

#endif
