/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_ref.c - references of a column to rows of other tables.
 *
 * A reference is read where it stands and checked when all tables are known.  A table that no entry
 * of the plan fills is the application's own: what columns it has only the database knows.
 */
#include "connector/plan_read.h"

#define NAMES_MAX (PLAN_COLUMNS_MAX + 1)

/* ---- reading ---- */

static void read_match(struct plan_loader *p, const struct node *n, void *into)
{
	struct ref_plan *r = into;

	if (!plan_expect(p, n, NODE_MAP, "a map such as { their_column: \"{{ record.id }}\" }"))
		return;
	if (n->n != 1)
		plan_complain(p, n, "match has exactly one column of the other table");
	else if (plan_name_ok(p, n, 0, KEY_NAME) &&
		 plan_scalar(p, n->item[0], KEY_TEMPLATE, &r->value))
		r->match = n->key[0];
}

static const struct plan_key ref_rows[] = {
	{ .name = "table",
	  .type = KEY_TABLE,
	  .required = true,
	  .offset = offsetof(struct ref_plan, table),
	  .says = "The other table: one of this plan, or the application's own." },
	{ .name = "match",
	  .type = KEY_MAPS,
	  .required = true,
	  .read = read_match,
	  .says = "A column of the other table and what it must hold, an expression." },
	{ .name = "take",
	  .type = KEY_NAME,
	  .offset = offsetof(struct ref_plan, take),
	  .says = "The column of the other table whose content is stored; its id by default." },
	{ .name = "prefer",
	  .type = KEY_NAME,
	  .offset = offsetof(struct ref_plan, prefer),
	  .says = "A boolean column of the other table: of several rows, one in which it is "
		  "true." },
	{ .name = "fold_case",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct ref_plan, fold_case),
	  .says = "Compare without regard to upper and lower case." },
};

const struct plan_keys plan_ref_keys = {
	.name = "ref",
	.says = "One way to find a row of another table.",
	.key = ref_rows,
	.n = COUNT(ref_rows),
};

static size_t ref_count(const struct node *n)
{
	return n->kind == NODE_LIST ? n->n : 1;
}

static const struct node *ref_node(const struct node *n, size_t i)
{
	return n->kind == NODE_LIST ? n->item[i] : n;
}

void plan_refs(struct plan_loader *p, const struct node *n, void *column)
{
	struct plan_column *c = column;

	if (ref_count(n) == 0)
		plan_complain(p, n, "there is no reference in this list");
	c->ref = arena_new_array(p->a, struct ref_plan, ref_count(n));
	for (; c->refs < ref_count(n); c->refs++) {
		plan_defaults(p, &plan_ref_keys, &c->ref[c->refs]);
		plan_map(p, ref_node(n, c->refs), &plan_ref_keys, &c->ref[c->refs]);
	}
}

/* ---- checking ---- */

struct place {
	size_t connection, table;
};

static const struct plan_table *find_table(const struct plan *plan, struct str name,
					   struct place *at)
{
	for (size_t i = 0; i < plan->connections; i++)
		for (size_t j = 0; j < plan->connection[i].tables; j++)
			if (str_eq_nocase(plan->connection[i].table[j].name, name)) {
				*at = (struct place){ i, j };
				return &plan->connection[i].table[j];
			}
	return NULL;
}

/* The columns that a table has for all we know: the plan's, raw, stamp and id. */
static size_t column_names(struct plan_loader *p, const struct plan_table *t, const char **names)
{
	struct str extra[] = { t->raw, t->stamp, t->id };
	size_t n = 0;

	for (size_t i = 0; i < t->columns && n < PLAN_COLUMNS_MAX; i++)
		names[n++] = str_keep(p->a, t->column[i].name).at;
	for (size_t i = 0; i < COUNT(extra) && n < NAMES_MAX; i++)
		if (extra[i].len)
			names[n++] = str_keep(p->a, extra[i]).at;
	return n;
}

static bool has_column(const char *const *names, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(name, str_from(names[i])))
			return true;
	return false;
}

static void check_column(struct plan_loader *p, const struct node *at, const struct plan_table *t,
			 struct str name)
{
	const char *names[NAMES_MAX];
	size_t n = column_names(p, t, names);

	if (name.len == 0 || has_column(names, n, name))
		return;
	if (env_touched(&p->env, at))
		plan_complain(p, at, "the table '%.*s' has no column of the name that ${…} gave",
			      STR_ARG(t->name));
	else
		plan_complain(p, at, "the table '%.*s' has no column '%.*s' in this plan%s",
			      STR_ARG(t->name), STR_ARG(name), plan_hint(p, name, names, n));
}

static enum column_type type_taken(const struct plan_table *t, struct str take)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq_nocase(t->column[i].name, take))
			return t->column[i].type;
	if (str_eq_nocase(t->id, take))
		return COLUMN_UUID;
	if (str_eq_nocase(t->raw, take))
		return COLUMN_JSON;
	return str_eq_nocase(t->stamp, take) ? COLUMN_TIMESTAMP : COLUMN_TEXT;
}

static void check_order(struct plan_loader *p, const struct plan_note *note, const struct node *at,
			const struct plan_table *t, struct place place)
{
	if (place.connection != note->connection || place.table < note->table ||
	    note->column->relink)
		return;
	if (place.table == note->table)
		plan_complain(p, at,
			      "a row of '%.*s' may come before the one it refers to; say "
			      "missing: { relink: true }",
			      STR_ARG(t->name));
	else
		plan_complain(p, at,
			      "the table '%.*s' is filled later; move it up, or say "
			      "missing: { relink: true }",
			      STR_ARG(t->name));
}

/* Where a member of a map stands, or the map itself. */
static const struct node *member(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n ? n : map;
}

static void resolve_ref(struct plan_loader *p, const struct plan_note *note, size_t i)
{
	const struct node *at = ref_node(node_get(note->node, "ref"), i);
	struct ref_plan *r = &note->column->ref[i];
	struct place place;
	const struct plan_table *t = find_table(p->plan, r->table, &place);
	bool takes_id = r->take.len == 0;

	if (takes_id)
		r->take = t ? t->id : STR("id");
	if (!note->typed && i == 0 && !takes_id)
		note->column->type = t ? type_taken(t, r->take) : COLUMN_TEXT;
	if (!t)
		return;
	check_order(p, note, member(at, "table"), t, place);
	check_column(p, member(at, "match"), t, r->match);
	check_column(p, member(at, "prefer"), t, r->prefer);
	if (!takes_id)
		check_column(p, member(at, "take"), t, r->take);
}

/* What a conflict policy must know of the table. */
static void check_conflict(struct plan_loader *p, const struct plan_note *note,
			   const struct plan_table *own)
{
	const struct node *at = node_get(note->node, "conflict");

	if (note->column->conflict == CONFLICT_OFF)
		return;
	if (own->raw.len == 0)
		plan_complain(p, at,
			      "to know who changed what, the table must keep the last record: "
			      "give it a raw column");
	if (note->column->conflict == CONFLICT_NEWEST &&
	    (own->conflict_time.local.len == 0 || !own->conflict_time.vendor))
		plan_complain(p, at,
			      "to know which is the newest, the table needs "
			      "conflict_time: { local: COLUMN, vendor: \"{{ … }}\" }");
}

static void resolve_column(struct plan_loader *p, const struct plan_note *note)
{
	const struct connection *c = &p->plan->connection[note->connection];
	const struct plan_table *own = &c->table[note->table];

	for (size_t i = 0; i < note->column->refs; i++)
		resolve_ref(p, note, i);
	if (note->column->follow.len)
		check_column(p, node_get(note->node, "follow"), own, note->column->follow);
	check_conflict(p, note, own);
	if (note->column->overwrite == OVERWRITE_WHEN_SOURCE_CHANGED && own->raw.len == 0)
		plan_complain(p, node_get(note->node, "overwrite"),
			      "to know what changed, the table must keep the last record: "
			      "give it a raw column");
}

void plan_resolve(struct plan_loader *p)
{
	for (const struct plan_note *n = p->first; n; n = n->next)
		resolve_column(p, n);
}
