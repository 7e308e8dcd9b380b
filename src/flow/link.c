/* SPDX-License-Identifier: Apache-2.0 */
/* link.c - the end of a run: references whose parent came later, columns that follow a parent. */
#include "flow/link.h"

#include "flow/image.h"
#include "flow/mapping.h"

static bool tell(void *arg, const struct link_change *c, struct err *e)
{
	return image_put_link(arg, c, e);
}

static bool follow(struct session *s, struct arena *a, const struct plan_table *t,
		   const struct plan_column *col, const struct link_watch *watch, int64_t *linked,
		   struct err *e)
{
	struct follow f = { .table = t->name,
			    .column = col->name,
			    .local = col->follow,
			    .lookup = { .table = col->ref[0].table,
					.match = col->ref[0].match,
					.take = col->ref[0].take,
					.prefer = col->ref[0].prefer,
					.fold_case = col->ref[0].fold_case },
			    .watch = watch };
	struct mapping *m;
	int64_t changed;

	if (!mapping_open(a, s->connection, t, &m, e))
		return false;
	f.keys = &m->table;
	if (!follow_apply(s->engine->db, &f, &changed, e))
		return err_wrap(e, "%.*s", STR_ARG(col->where));
	*linked += changed;
	return true;
}

bool link_rows(struct session *s, struct arena *a, int64_t *linked, int64_t *waiting, struct err *e)
{
	struct link_watch keep = { tell, s };
	const struct link_watch *watch = s->images && s->images->on ? &keep : NULL;
	const struct connection *c = s->connection;

	if (!missing_ref_relink(s->engine->db, c->name, watch, linked, waiting, e))
		return false;
	for (size_t i = 0; i < c->tables; i++)
		for (size_t k = 0; k < c->table[i].columns; k++) {
			const struct plan_column *col = &c->table[i].column[k];

			if (col->follow.len > 0 && col->refs > 0 &&
			    !follow(s, a, &c->table[i], col, watch, linked, e))
				return false;
		}
	return true;
}
