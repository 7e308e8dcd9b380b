/* SPDX-License-Identifier: Apache-2.0 */
/* deed.c - a change and its audit entry in one transaction. */
#include "api/deed.h"

#include "api/api.h"
#include "data/json.h"
#include "store/audit.h"

#define DETAILS_BYTES_MAX 4096

static bool act_and_note(void *arg, struct err *e)
{
	struct deed *d = arg;
	struct call *c = d->call;
	struct audit_entry en = { .actor = d->actor.len ? d->actor : c->who.name,
				  .from = c->peer,
				  .action = str_from(d->action),
				  .target = d->target,
				  .request = c->id };
	struct buf b;

	buf_in(&b, c->arena, DETAILS_BYTES_MAX);
	if (d->details.kind == VALUE_MAP && !json_write(&b, d->details, e))
		return false;
	en.details = buf_str(&b);
	return d->act(d, e) && audit_add(c->db, &en, e);
}

/* For who looks at the audit log, or at what the deed has changed. */
static void tell(const struct deed *d)
{
	struct str data = str_printf(d->call->arena, "{\"action\":\"%s\"}", d->action);

	events_publish(api_events(d->call->api), "audit", data, ROLE_ADMIN);
}

bool deed_do(struct deed *d, struct err *e)
{
	if (!db_transact(d->call->db, act_and_note, d, e))
		return false;
	tell(d);
	return true;
}
