/* SPDX-License-Identifier: Apache-2.0 */
/* trail.c - a caller's deed into the audit log. */
#include "service/trail.h"

#include "data/json.h"
#include "store/audit.h"

/* A record's key and a reason, both as long as they may be, and quoted. */
#define DETAILS_BYTES_MAX ((size_t)32 * 1024)

bool trail(const struct call *c, const char *action, struct str target, struct value details,
	   struct err *e)
{
	struct audit_entry entry = { .actor = c->who.name.len ? c->who.name : STR("nobody"),
				     .from = c->peer,
				     .action = str_from(action),
				     .target = target,
				     .request = c->id };
	struct buf b;

	buf_in(&b, c->arena, DETAILS_BYTES_MAX);
	if (details.kind == VALUE_MAP && !json_write(&b, details, e))
		return err_wrap(e, "details of the audit entry");
	entry.details = buf_str(&b);
	return audit_add(c->db, &entry, e);
}
