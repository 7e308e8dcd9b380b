/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_table.c - a table of the plan: which stream fills it, its key and its columns.
 *
 * The columns of a table are one array, those of the key first.
 */
#include "connector/plan_read.h"

/* A table while it is read; the stream is found when all else is known. */
struct draft {
	struct plan_table t;
	struct str from;
};

static void read_id(struct plan_loader *p, const struct node *n, void *into)
{
	struct plan_table *t = into;

	plan_scalar(p, n, KEY_NAME, &t->id);
}

static const struct plan_key time_rows[] = {
	{ .name = "local",
	  .type = KEY_NAME,
	  .offset = offsetof(struct draft, t.conflict_time.local),
	  .says = "The table's own column that says when a person changed the row last; it is only "
		  "read." },
	{ .name = "vendor",
	  .type = KEY_TEMPLATE,
	  .offset = offsetof(struct draft, t.conflict_time.vendor),
	  .says = "When the vendor's record was changed last: an expression." },
};

static const struct plan_keys time_keys = {
	.name = "conflict_time",
	.says = "By what `conflict: newest` goes.",
	.key = time_rows,
	.n = COUNT(time_rows),
};

static const struct plan_key table_rows[] = {
	{ .name = "from",
	  .type = KEY_TEXT,
	  .required = true,
	  .offset = offsetof(struct draft, from),
	  .says = "The connector's stream that fills the table." },
	{ .name = "key",
	  .type = KEY_MAPS,
	  .of = &plan_key_column_keys,
	  .required = true,
	  .read = plan_later,
	  .says = "The columns that tell records apart; they get a unique index." },
	{ .name = "columns",
	  .type = KEY_MAPS,
	  .of = &plan_column_keys,
	  .read = plan_later,
	  .says = "The other columns to fill, by name." },
	{ .name = "raw",
	  .type = KEY_NAME,
	  .offset = offsetof(struct draft, t.raw),
	  .says = "A json column for the record exactly as received." },
	{ .name = "stamp",
	  .type = KEY_NAME,
	  .offset = offsetof(struct draft, t.stamp),
	  .says = "A timestamp column for when the row was last written." },
	{ .name = "id",
	  .type = KEY_NAME,
	  .read = read_id,
	  .fallback = "id",
	  .says = "The column by which other tables refer to rows of this one." },
	{ .name = "when",
	  .type = KEY_TEMPLATE,
	  .offset = offsetof(struct draft, t.when),
	  .says = "A condition: only records for which it is true become rows." },
	{ .name = "update_only",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct draft, t.update_only),
	  .says = "Never create rows, only change those that are there." },
	{ .name = "create",
	  .type = KEY_BOOLEAN,
	  .fallback = "true",
	  .offset = offsetof(struct draft, t.create),
	  .says = "Whether `lockstep migrate` may create the table when it is missing." },
	{ .name = "conflict_time",
	  .type = KEY_MAP,
	  .of = &time_keys,
	  .says = "By what `conflict: newest` goes." },
	{ .name = "checks",
	  .type = KEY_MAP,
	  .of = &plan_checks_keys,
	  .offset = offsetof(struct draft, t.checks),
	  .says = "Where they differ from the connection's." },
	{ .name = "follow_up",
	  .type = KEY_MAP,
	  .of = &plan_follow_up_keys,
	  .read = plan_read_follow_up,
	  .offset = offsetof(struct draft, t.follow_up),
	  .says = "A job that comes when a run has changed rows of the table." },
	{ .name = "log_type",
	  .type = KEY_TEXT,
	  .offset = offsetof(struct draft, t.log_type),
	  .says = "What its runs are called in the run log (sync_type); the stream's name by "
		  "default." },
};

const struct plan_keys plan_table_keys = {
	.name = "table",
	.says = "A table: which stream fills it, and how a record becomes a row.",
	.key = table_rows,
	.n = COUNT(table_rows),
};

/* ---- columns ---- */

static bool name_taken(const struct plan_table *t, struct str name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq_nocase(t->column[i].name, name))
			return true;
	return str_eq_nocase(t->raw, name) || str_eq_nocase(t->stamp, name) ||
	       (t->create && str_eq_nocase(t->id, name));
}

static void read_columns(struct plan_loader *p, const struct node *n, const struct plan_keys *keys,
			 struct plan_table *t)
{
	if (!n || !plan_expect(p, n, NODE_MAP, "a map from columns to their values"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		struct plan_column *c = &t->column[t->columns];

		if (plan_name_ok(p, n, i, KEY_NAME) && name_taken(t, n->key[i]))
			plan_complain_key(p, n, i, "the table has this column already");
		c->name = n->key[i];
		c->required = keys == &plan_key_column_keys;
		plan_column(p, n->item[i], keys, c);
		t->columns++;
	}
}

/* With a constant key all records would be one row. */
static void check_key(struct plan_loader *p, const struct node *key, const struct plan_table *t)
{
	bool varies = false, read = true;

	for (size_t i = 0; i < t->keys; i++) {
		const struct template *value = t->column[i].value;

		read = read && value;
		varies = varies || (value && !template_is_constant(value));
	}
	if (key && t->keys && read && !varies)
		plan_complain(p, key,
			      "every record would be the same row: a key needs an expression such "
			      "as \"{{ record.id }}\"");
}

static size_t map_size(const struct node *n)
{
	return n && n->kind == NODE_MAP ? n->n : 0;
}

static void read_all_columns(struct plan_loader *p, const struct node *n, struct plan_table *t)
{
	const struct node *key = node_get(n, "key"), *columns = node_get(n, "columns");
	size_t count = map_size(key) + map_size(columns);
	size_t all = count + (t->raw.len > 0) + (t->stamp.len > 0);

	if (key && key->kind == NODE_MAP && key->n == 0)
		plan_complain(p, key, "a key has at least one column");
	if (map_size(key) > PLAN_TABLE_KEYS_MAX)
		plan_complain(p, key, "a key has at most %d columns", PLAN_TABLE_KEYS_MAX);
	if (all > PLAN_COLUMNS_MAX)
		plan_complain(p, n, "%zu columns are too many: at most %d", all, PLAN_COLUMNS_MAX);
	t->column = arena_new_array(p->a, struct plan_column, count);
	read_columns(p, key, &plan_key_column_keys, t);
	t->keys = t->columns;
	check_key(p, key, t);
	read_columns(p, columns, &plan_column_keys, t);
}

/* ---- tables ---- */

static void read_one(struct plan_loader *p, const struct node *n, const struct connection *c,
		     struct plan_table *t)
{
	const struct node *from = node_get(n, "from");
	struct draft d = { .t = { .name = t->name, .where = n->path } };

	plan_defaults(p, &plan_table_keys, &d);
	d.t.checks = c->checks;
	plan_map(p, n, &plan_table_keys, &d);
	if (d.t.raw.len && str_eq_nocase(d.t.raw, d.t.stamp))
		plan_complain(p, node_get(n, "stamp"),
			      "the raw column cannot be the stamp as well");
	if (d.from.len)
		d.t.stream = plan_stream(p, from, d.from);
	if (!d.t.log_type.len)
		d.t.log_type = d.from;
	read_all_columns(p, n, &d.t);
	*t = d.t;
}

static bool filled(const struct connection *c, struct str name)
{
	for (size_t i = 0; i < c->tables; i++)
		if (str_eq_nocase(c->table[i].name, name))
			return true;
	return false;
}

static void check_filled_once(struct plan_loader *p, const struct node *n,
			      const struct connection *c)
{
	bool twice = filled(c, n->key[c->tables]);

	for (size_t i = 0; i < p->connection; i++)
		twice = twice || filled(&p->plan->connection[i], n->key[c->tables]);
	if (twice)
		plan_complain_key(p, n, c->tables,
				  "this table is filled twice; it can have one source");
}

void plan_tables(struct plan_loader *p, const struct node *n, struct connection *c)
{
	if (!plan_expect(p, n, NODE_MAP, "a map from tables to how they are filled"))
		return;
	c->table = arena_new_array(p->a, struct plan_table, n->n);
	while (c->tables < n->n) {
		struct plan_table *t = &c->table[c->tables];

		p->table = c->tables;
		plan_name_ok(p, n, p->table, KEY_TABLE);
		check_filled_once(p, n, c);
		t->name = n->key[p->table];
		read_one(p, n->item[p->table], c, t);
		c->tables++;
	}
}
