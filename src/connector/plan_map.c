/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_map.c - value maps: what a vendor's word becomes in a column.
 *
 * Every value that a map may write is cast to its column's type here, so that a map can never fail
 * on a record.  `keep` and `reject` are acts; the words themselves are { write: keep }.
 */
#include "connector/plan_read.h"

struct str plan_map_key(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool upper = c >= 'A' && c <= 'Z';

		if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80))
			out[n++] = upper ? (char)(c + ('a' - 'A')) : c;
	}
	return (struct str){ out, n };
}

/* A scalar as a canonical cell of the column's type. */
static bool read_cell(struct plan_loader *p, const struct node *n, const struct plan_column *c,
		      struct value *cell)
{
	struct value v;
	bool repaired = false;
	struct err e;

	if (!plan_expect(p, n, NODE_SCALAR, "a value"))
		return false;
	v = node_value(p->a, n);
	if (c->type == COLUMN_TEXT && v.kind != VALUE_NULL)
		v = value_str(n->text);
	if (column_cast(p->a, c->type, c->zone, v, cell, &repaired, &e))
		return true;
	plan_complain(p, n, "this does not fit a column of type %s: %s", column_type_name(c->type),
		      e.text);
	return false;
}

static struct map_target write_null(void)
{
	return (struct map_target){ MAP_WRITE, NULL_VALUE };
}

/* keep, reject, a value, or { write: value }. */
static struct map_target read_act(struct plan_loader *p, const struct node *n,
				  const struct plan_column *c)
{
	struct map_target t = write_null();
	const struct node *value = n->kind == NODE_MAP ? node_get(n, "write") : n;

	if (n->kind == NODE_SCALAR && str_eq(n->text, STR("keep")))
		t.act = MAP_KEEP;
	else if (n->kind == NODE_SCALAR && str_eq(n->text, STR("reject")))
		t.act = MAP_REJECT;
	else if (!value || n->n > 1)
		plan_complain(p, n, "a value, keep, reject or { write: VALUE } is expected here");
	else
		read_cell(p, value, c, &t.value);
	return t;
}

/* A new row has nothing to keep. */
static struct map_target for_insert(struct map_target t)
{
	return t.act == MAP_KEEP ? write_null() : t;
}

/* What becomes of a value in a new row and in one that is there. */
struct both {
	struct map_target insert, update;
};

static struct both read_both(struct plan_loader *p, const struct node *n,
			     const struct plan_column *c)
{
	const struct node *on_insert = n, *on_update = n;
	struct both to = { write_null(), write_null() };

	if (n->kind == NODE_MAP && !node_get(n, "write")) {
		on_insert = node_get(n, "insert");
		on_update = node_get(n, "update");
	}
	if (!on_insert || !on_update) {
		plan_complain(p, n, "say what becomes of it on insert and on update");
		return to;
	}
	to.insert = read_act(p, on_insert, c);
	to.update = on_update == on_insert ? to.insert : read_act(p, on_update, c);
	to.insert = for_insert(to.insert);
	return to;
}

/* ---- the keys ---- */

static const struct plan_key target_rows[] = {
	{ .name = "insert",
	  .type = KEY_VALUE,
	  .says = "What a new row gets: a value, keep (nothing) or reject (the record goes to "
		  "quarantine)." },
	{ .name = "update",
	  .type = KEY_VALUE,
	  .says = "What a row that is there gets: a value, keep (what it has) or reject." },
	{ .name = "write",
	  .type = KEY_VALUE,
	  .says = "A value that happens to be the word keep or reject." },
};

const struct plan_keys plan_target_keys = {
	.name = "target",
	.says = "What a value becomes.",
	.key = target_rows,
	.n = COUNT(target_rows),
	.short_form = "The value to write, keep or reject.",
};

static const struct plan_key warn_rows[] = {
	{ .name = "warn",
	  .type = KEY_BOOLEAN,
	  .says = "Count a warning; by default for unknown values, not for missing ones." },
};

static const struct plan_keys warn_keys = {
	.name = "target",
	.key = warn_rows,
	.n = COUNT(warn_rows),
};

const struct plan_keys plan_unknown_keys = {
	.name = "fallback",
	.says = "What a value without an entry, or no value, becomes.",
	.key = target_rows,
	.n = COUNT(target_rows),
	.short_form = "The value to write, keep or reject.",
	.more = &warn_keys,
};

/* ---- reading ---- */

static bool entry_known(const struct value_map *m, struct str from)
{
	for (size_t i = 0; i < m->entries; i++)
		if (str_eq(m->entry[i].from, from))
			return true;
	return false;
}

static void check_from(struct plan_loader *p, const struct node *map, size_t i,
		       const struct value_map *m, struct str from)
{
	if (!m->exact && from.len == 0)
		plan_complain_key(p, map, i,
				  "nothing is left of this key without signs; say exact: true");
	else if (!m->exact && str_eq(from, STR("null")))
		plan_complain_key(p, map, i,
				  "this is the text 'null'; for no value at all write no_value: "
				  "beside the map, for the text say exact: true");
	else if (entry_known(m, from))
		plan_complain_key(p, map, i,
				  "another key is the same when only letters and digits count");
}

static void read_entry(struct plan_loader *p, const struct node *map, size_t i,
		       const struct plan_column *c, struct value_map *m)
{
	struct str from = m->exact ? map->key[i] : plan_map_key(p->a, map->key[i]);
	struct both to;

	check_from(p, map, i, m, from);
	if (map->item[i]->kind == NODE_MAP)
		plan_check_keys(p, map->item[i], &plan_target_keys);
	to = read_both(p, map->item[i], c);
	m->entry[m->entries++] = (struct map_entry_plan){ from, to.insert, to.update };
}

/* `unknown` or `no_value` of a column; `n` may be NULL. */
static struct both read_fallback(struct plan_loader *p, const struct node *n,
				 const struct plan_column *c, struct map_target standard,
				 bool *warn)
{
	if (!n)
		return (struct both){ standard, standard };
	if (n->kind == NODE_MAP)
		plan_map(p, n, &plan_unknown_keys, warn);
	return read_both(p, n, c);
}

void plan_value_map(struct plan_loader *p, const struct node *column, struct plan_column *c)
{
	const struct node *map = node_get(column, "map"), *exact = node_get(column, "exact");
	struct value_map *m = arena_new_struct(p->a, struct value_map);
	struct both unknown, null;

	if (!map || !plan_expect(p, map, NODE_MAP, "a map from the vendor's values to yours"))
		return;
	if (exact)
		plan_scalar(p, exact, KEY_BOOLEAN, &m->exact);
	m->warn = true;
	m->entry = arena_new_array(p->a, struct map_entry_plan, map->n);
	for (size_t i = 0; i < map->n; i++)
		read_entry(p, map, i, c, m);
	unknown = read_fallback(p, node_get(column, "unknown"), c,
				(struct map_target){ .act = MAP_REJECT }, &m->warn);
	null = read_fallback(p, node_get(column, "no_value"), c, write_null(), &m->warn_null);
	m->unknown_insert = unknown.insert;
	m->unknown_update = unknown.update;
	m->null_insert = null.insert;
	m->null_update = null.update;
	c->map = m;
}

void plan_never_replace(struct plan_loader *p, const struct node *n, void *column)
{
	struct plan_column *c = column;

	if (!plan_expect(p, n, NODE_MAP, "a map from values to those they never replace"))
		return;
	c->never = arena_new_array(p->a, struct never_replace, n->n);
	for (; c->nevers < n->n; c->nevers++) {
		struct never_replace *never = &c->never[c->nevers];
		const struct node *over = n->item[c->nevers];
		struct node key = *over;
		size_t count = over->kind == NODE_LIST ? over->n : 1;

		key.kind = NODE_SCALAR;
		key.plain = true;
		key.text = n->key[c->nevers];
		read_cell(p, &key, c, &never->value);
		never->over = arena_new_array(p->a, struct value, count);
		for (; never->overs < count; never->overs++)
			read_cell(p, over->kind == NODE_LIST ? over->item[never->overs] : over, c,
				  &never->over[never->overs]);
	}
}
