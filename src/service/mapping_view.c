/* SPDX-License-Identifier: Apache-2.0 */
/* mapping_view.c - how records become rows, as the plan says it, as JSON. */
#include "service/mapping_view.h"

#include "service/view.h"

static void put_template(struct arena *a, struct value map, const char *name,
			 const struct template *t)
{
	view_text(a, map, name, t ? template_source(t) : STR(""));
}

static struct value names_value(struct arena *a, const struct str *name, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, value_str(name[i]));
	return list;
}

static struct value refs_value(struct arena *a, const struct plan_column *k)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < k->refs; i++) {
		const struct ref_plan *r = &k->ref[i];
		struct value map = value_map_new(a);

		view_text(a, map, "table", r->table);
		view_text(a, map, "match", r->match);
		view_text(a, map, "take", r->take);
		view_text(a, map, "prefer", r->prefer);
		put_template(a, map, "value", r->value);
		view_bool(a, map, "fold_case", r->fold_case);
		value_list_add(a, list, map);
	}
	return list;
}

static struct value target_value(struct arena *a, const struct map_target *t)
{
	struct value map = value_map_new(a);
	static const char *const word[] = {
		[MAP_WRITE] = "write", [MAP_KEEP] = "keep", [MAP_REJECT] = "reject"
	};

	view_text(a, map, "act", str_from(word[t->act]));
	value_map_set(a, map, STR("value"),
		      t->act == MAP_WRITE && !value_is_nothing(t->value) ? t->value : NULL_VALUE);
	return map;
}

static struct value entries_value(struct arena *a, const struct value_map *m)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; m && i < m->entries; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "from", m->entry[i].from);
		value_map_set(a, map, STR("insert"), target_value(a, &m->entry[i].insert));
		value_map_set(a, map, STR("update"), target_value(a, &m->entry[i].update));
		value_list_add(a, list, map);
	}
	return list;
}

static bool has_name(const struct str *name, size_t n, struct str one)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name[i], one))
			return true;
	return false;
}

/* The watches whose pushes a change of the column starts. */
static struct value push_value(struct arena *a, const struct connection *n, struct str table,
			       struct str column)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n->watches; i++)
		if (str_eq(n->watch[i].table, table) &&
		    has_name(n->watch[i].column, n->watch[i].columns, column))
			value_list_add(a, list, value_str(n->watch[i].name));
	return list;
}

/* Who has the last word about a cell that is there already. */
static const char *owner_of(const struct plan_column *k)
{
	static const char *const by_conflict[] = { [CONFLICT_OFF] = "vendor",
						   [CONFLICT_VENDOR] = "vendor",
						   [CONFLICT_LOCAL] = "local",
						   [CONFLICT_NEWEST] = "newest",
						   [CONFLICT_HOLD] = "person" };

	if (k->overwrite == OVERWRITE_NEVER)
		return "local";
	if (k->overwrite == OVERWRITE_WHEN_SOURCE_CHANGED)
		return "source_changed";
	return by_conflict[k->conflict];
}

static struct value column_value(struct arena *a, const struct connection *n,
				 const struct plan_table *t, const struct plan_column *k)
{
	struct value map = value_map_new(a);

	view_text(a, map, "column", k->name);
	view_text(a, map, "type", str_from(column_type_name(k->type)));
	view_bool(a, map, "key", k < t->column + t->keys);
	put_template(a, map, "value", k->value);
	value_map_set(a, map, STR("ref"), refs_value(a, k));
	value_map_set(a, map, STR("map"), entries_value(a, k->map));
	view_text(a, map, "owner", str_from(owner_of(k)));
	view_bool(a, map, "protected",
		  k->overwrite != OVERWRITE_ALWAYS || k->conflict > CONFLICT_VENDOR ||
			  k->nevers > 0);
	view_bool(a, map, "required", k->required);
	view_text(a, map, "follow", k->follow);
	view_text(a, map, "where", k->where);
	value_map_set(a, map, STR("push"), push_value(a, n, t->name, k->name));
	return map;
}

static void put_share(struct arena *a, struct value map, const char *name, int64_t share)
{
	value_map_set(a, map, str_from(name),
		      share == SHARE_OFF ? NULL_VALUE : value_float((double)share / 100));
}

static struct value checks_value(struct arena *a, const struct checks_plan *c)
{
	struct value map = value_map_new(a);

	put_share(a, map, "failed_max_percent", c->failed_max);
	put_share(a, map, "changed_max_percent", c->changed_max);
	put_share(a, map, "rows_drop_max_percent", c->rows_drop_max);
	return map;
}

struct value mapping_view(struct arena *a, const struct connection *n, const struct plan_table *t)
{
	struct value map = value_map_new(a), columns = value_list_new(a);
	struct str *key = arena_new_array(a, struct str, t->keys + 1);

	for (size_t i = 0; i < t->keys; i++)
		key[i] = t->column[i].name;
	for (size_t i = 0; i < t->columns; i++)
		value_list_add(a, columns, column_value(a, n, t, &t->column[i]));
	view_text(a, map, "table", t->name);
	view_text(a, map, "stream", t->stream->name);
	value_map_set(a, map, STR("key"), names_value(a, key, t->keys));
	value_map_set(a, map, STR("columns"), columns);
	view_text(a, map, "raw", t->raw);
	view_text(a, map, "stamp", t->stamp);
	view_text(a, map, "id", t->id);
	put_template(a, map, "when", t->when);
	view_bool(a, map, "update_only", t->update_only);
	view_text(a, map, "where", t->where);
	value_map_set(a, map, STR("checks"), checks_value(a, &t->checks));
	return map;
}
