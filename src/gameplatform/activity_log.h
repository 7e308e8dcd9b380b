/* SPDX-License-Identifier: Apache-2.0 */
/* activity_log.h - the application's own log of what people did, beside our audit log. */
#ifndef ACTIVITY_LOG_H
#define ACTIVITY_LOG_H

#include "api/call.h"

struct activity_entry {
	const char *action, *entity_type; /* "team_deleted", "team" */
	struct str entity;                /* its id */
	struct value metadata;            /* a map without personal data, or UNDEFINED */
};

/* [tx] */
MUST_CHECK bool activity_log_add(struct call *c, const struct activity_entry *entry, struct err *e);

#endif
