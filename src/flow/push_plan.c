/* SPDX-License-Identifier: Apache-2.0 */
/* push_plan.c - a plan's watches as the store takes them, for migrations. */
#include "flow/push.h"

static size_t add_names(struct str *to, size_t n, const struct push_value *value, size_t values)
{
	for (size_t i = 0; i < values; i++)
		to[n++] = value[i].name;
	return n;
}

/* A column that cannot be filled would be found out only when the vendor has done its part. */
static size_t filled_columns(struct arena *a, const struct watch_plan *w, struct str **out)
{
	size_t most = 0, n = 0;

	for (size_t i = 0; i < PUSH_ONS; i++)
		most += w->on[i].writes + w->on[i].faileds;
	*out = arena_new_array(a, struct str, most + 1);
	for (size_t i = 0; i < PUSH_ONS; i++) {
		n = add_names(*out, n, w->on[i].write, w->on[i].writes);
		n = add_names(*out, n, w->on[i].failed, w->on[i].faileds);
	}
	return n;
}

static struct outbox_watch watch_of(struct arena *a, const struct connection *c,
				    const struct watch_plan *w)
{
	struct outbox_condition *when = arena_new_array(a, struct outbox_condition, w->whens + 1);
	struct str *filled;

	size_t fills = filled_columns(a, w, &filled);

	for (size_t i = 0; i < w->whens; i++)
		when[i] = (struct outbox_condition){ w->when[i].column, w->when[i].any,
						     w->when[i].anys, w->when[i].negate };
	return (struct outbox_watch){ .connection = c->name,
				      .name = w->name,
				      .table = w->table,
				      .key = w->key,
				      .column = w->column,
				      .columns = w->columns,
				      .carried = w->carried,
				      .carries = w->carries,
				      .when = when,
				      .whens = w->whens,
				      .filled = filled,
				      .fills = fills };
}

struct outbox_watch *push_watches(struct arena *a, const struct plan *p, size_t *n)
{
	struct outbox_watch *out;
	size_t count = 0;

	for (size_t i = 0; i < p->connections; i++)
		count += p->connection[i].watches;
	out = arena_new_array(a, struct outbox_watch, count + 1);
	*n = 0;
	for (size_t i = 0; i < p->connections; i++)
		for (size_t k = 0; k < p->connection[i].watches; k++)
			out[(*n)++] = watch_of(a, &p->connection[i], &p->connection[i].watch[k]);
	return out;
}
