/* SPDX-License-Identifier: Apache-2.0 */
/* outbox_deed.c - what a person decides about a change that is stuck on its way to a vendor. */
#include "service/outbox_deed.h"

#include "service/push_task.h"
#include "service/view.h"

#define BIT(state) (1u << (state))

static const struct {
	const char *action, *done; /* "it cannot be …" */
	enum outbox_state to;
	unsigned from;
	const char *says;
} verbs[] = {
	[OUTBOX_RETRY] = { "outbox.retry", "retried", OUTBOX_PENDING,
			   BIT(OUTBOX_FAILED) | BIT(OUTBOX_UNKNOWN), "" },
	[OUTBOX_DROP] = { "outbox.cancel", "cancelled", OUTBOX_CANCELLED,
			  BIT(OUTBOX_PENDING) | BIT(OUTBOX_FAILED) | BIT(OUTBOX_UNKNOWN),
			  "cancelled by a person" },
	[OUTBOX_HAPPENED] = { "outbox.resolve", "resolved", OUTBOX_DONE, BIT(OUTBOX_UNKNOWN),
			      "a person found that it happened" },
	[OUTBOX_NOT] = { "outbox.resolve", "resolved", OUTBOX_PENDING, BIT(OUTBOX_UNKNOWN), "" },
};

const char *outbox_verb_action(enum outbox_verb v)
{
	return verbs[v].action;
}

enum outbox_state outbox_verb_state(enum outbox_verb v)
{
	return verbs[v].to;
}

bool outbox_may(const struct outbox_row *row, enum outbox_verb v, struct err *e)
{
	return (verbs[v].from & BIT(row->state)) ||
	       err_set(e, ERR_BUSY, "change %lld is %s: it cannot be %s", (long long)row->id,
		       outbox_state_name(row->state), verbs[v].done);
}

bool outbox_decide(struct db *d, struct arena *a, struct outbox_row *row, enum outbox_verb v,
		   struct str trigger, struct err *e)
{
	const struct outbox_record record = { row->connection, row->watch, row->key };

	if (!outbox_may(row, v, e))
		return false;
	row->state = verbs[v].to;
	row->error = str_from(verbs[v].says);
	row->not_before_ms = 0;
	if (row->state == OUTBOX_PENDING) {
		row->attempts = 0;
		row->in_doubt = false;
		row->args = STR("");
	}
	return outbox_save(d, row, e) &&
	       (row->state != OUTBOX_PENDING || push_task_order(d, a, &record, trigger, e));
}

struct value outbox_deed_details(struct arena *a, const struct outbox_row *row, enum outbox_verb v,
				 struct str reason)
{
	struct value map = value_map_new(a);

	view_text(a, map, "connection", row->connection);
	view_text(a, map, "watch", row->watch);
	view_text(a, map, "from", str_from(outbox_state_name(row->state)));
	view_text(a, map, "to", str_from(outbox_state_name(verbs[v].to)));
	if (reason.len)
		view_text(a, map, "reason", reason);
	return map;
}
