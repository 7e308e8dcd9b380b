/* SPDX-License-Identifier: Apache-2.0 */
/* land.c - a batch becomes rows of the application's table as what came from the vendor. */
#include "flow/land.h"

#include "store/follow_up.h"
#include "store/outbox.h"

bool land_batch(const struct session *s, struct batch *b, struct batch_counts *out, struct err *e)
{
	const struct connection *c = s->connection;
	struct db *db = s->engine->db;

	if (c->watches == 0)
		return batch_write(b, out, e);
	return outbox_quiet(db, c->name, e) && batch_write(b, out, e) &&
	       outbox_loud(db, c->name, e);
}

bool land_follow_up(const struct session *s, struct arena *a, const struct plan_table *t,
		    const struct batch_counts *c, struct err *e)
{
	const struct follow_up_plan *f = t->follow_up;
	struct follow_up job;

	if (!f || c->created + (f->on == FOLLOW_UP_CHANGED ? c->updated : 0) == 0)
		return true;
	job = (struct follow_up){ .task = f->task,
				  .args = f->args,
				  .key = str_printf(a, "follow_up:%.*s:%.*s",
						    STR_ARG(s->connection->name), STR_ARG(t->name)),
				  .origin = "follow_up",
				  .after_ms = f->after_ms };
	return follow_up_put(s->engine->db, &job, e);
}
