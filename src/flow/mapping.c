/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapping.c - from a record to a row.
 *
 * Column i of the plan is column i of the table; raw and stamp follow.
 */
#include "flow/mapping.h"

#include "data/json.h"
#include "expr/origin.h"
#include "flow/conflict.h"

/* ---- the table as the store sees it ---- */

static bool same_target(const struct map_target *a, const struct map_target *b)
{
	return a->act == b->act && (a->act != MAP_WRITE || value_eq(a->value, b->value));
}

/* A new row gets one thing and an existing one another, in a way that a keep bit cannot say. */
static bool differs(const struct map_target *insert, const struct map_target *update)
{
	return !same_target(insert, update) &&
	       !(insert->act == MAP_WRITE && update->act == MAP_KEEP);
}

static bool column_needs_stored(const struct plan_column *c)
{
	if (c->overwrite == OVERWRITE_WHEN_SOURCE_CHANGED || c->nevers > 0 ||
	    c->conflict != CONFLICT_OFF)
		return true;
	if (!c->map)
		return false;
	if (differs(&c->map->unknown_insert, &c->map->unknown_update) ||
	    differs(&c->map->null_insert, &c->map->null_update))
		return true;
	for (size_t i = 0; i < c->map->entries; i++)
		if (differs(&c->map->entry[i].insert, &c->map->entry[i].update))
			return true;
	return false;
}

static int extra_column(struct table *t, struct str name, enum column_type type,
			enum column_write write)
{
	if (name.len == 0)
		return -1;
	t->column[t->columns] = (struct table_column){ name, type, write };
	return (int)t->columns++;
}

bool mapping_open(struct arena *a, const struct connection *c, const struct plan_table *t,
		  struct mapping **out, struct err *e)
{
	struct mapping *m = arena_new_struct(a, struct mapping);

	if (t->columns + 2 > TABLE_COLUMNS_MAX || t->keys > COUNT(m->table.key))
		return err_set(e, ERR_LIMIT, "table '%.*s' has more than %d columns",
			       STR_ARG(t->name), TABLE_COLUMNS_MAX - 2);
	m->connection = c;
	m->plan = t;
	m->table.name = t->name;
	m->table.id = t->id;
	m->table.update_only = t->update_only;
	m->table.keys = t->keys;
	for (size_t i = 0; i < t->keys; i++)
		m->table.key[i] = i;
	for (size_t i = 0; i < t->columns; i++) {
		const struct plan_column *col = &t->column[i];

		m->table.column[i] =
			(struct table_column){ col->name, col->type,
					       col->overwrite == OVERWRITE_NEVER ? WRITE_ON_INSERT
										 : WRITE_ALWAYS };
		m->refs += col->refs;
		m->needs_stored = m->needs_stored || column_needs_stored(col);
		m->needs_time = m->needs_time || col->conflict == CONFLICT_NEWEST;
	}
	m->table.columns = t->columns;
	m->raw = extra_column(&m->table, t->raw, COLUMN_JSON, WRITE_ALWAYS);
	m->stamp = extra_column(&m->table, t->stamp, COLUMN_TIMESTAMP, WRITE_STAMP);
	m->unknown = arena_new_array(a, int64_t, t->columns);
	m->missing = arena_new_array(a, int64_t, t->columns);
	m->conflicts = arena_new_array(a, int64_t, t->columns);
	*out = m;
	return true;
}

/* ---- one record ---- */

void mapped_reject(struct mapped *row, struct str column, const char *code, struct str says)
{
	if (row->rejected)
		return;
	row->rejected = true;
	row->column = column;
	row->code = str_from(code);
	row->says = says;
}

static struct expr_context plan_context(const struct mapping *m, struct arena *a,
					const struct scope *scope, struct value record,
					struct value variable[PLAN_VARIABLES])
{
	variable[PLAN_RECORD] = record;
	variable[PLAN_CONFIG] = m->connection->config;
	variable[PLAN_STREAM_PARTITION] = scope->variable[VAR_STREAM_PARTITION];
	return (struct expr_context){ a, variable, scope->clock };
}

static const struct map_entry_plan *entry_of(const struct value_map *map, struct arena *a,
					     struct str text)
{
	struct str key = map->exact ? text : plan_map_key(a, text);

	for (size_t i = 0; i < map->entries; i++)
		if (str_eq(map->entry[i].from, key))
			return &map->entry[i];
	return NULL;
}

static void targets_of(struct mapping *m, struct arena *a, size_t i, struct value v,
		       const struct map_target **insert, const struct map_target **update)
{
	const struct value_map *map = m->plan->column[i].map;
	const struct map_entry_plan *entry;
	struct str text;
	struct err unsaid;

	if (value_is_nothing(v)) {
		*insert = &map->null_insert;
		*update = &map->null_update;
		m->unknown[i] += map->warn_null;
		return;
	}
	entry = value_as_text(a, v, &text, &unsaid) ? entry_of(map, a, text) : NULL;
	*insert = entry ? &entry->insert : &map->unknown_insert;
	*update = entry ? &entry->update : &map->unknown_update;
	m->unknown[i] += !entry && map->warn;
}

static void map_value(struct mapping *m, struct arena *a, size_t i, struct value v,
		      struct mapped *row)
{
	const struct map_target *insert, *update;

	targets_of(m, a, i, v, &insert, &update);
	row->cell[i] = insert->act == MAP_WRITE ? insert->value : NULL_VALUE;
	if (same_target(insert, update)) {
		if (insert->act == MAP_REJECT)
			mapped_reject(row, m->plan->column[i].name, "unknown_value",
				      STR("the map has no entry for this value"));
		return;
	}
	if (!differs(insert, update)) {
		row->row.keep |= (uint64_t)1 << i;
		return;
	}
	if (!row->update)
		row->update = arena_new_array(a, const struct map_target *, m->plan->columns * 2);
	row->update[i] = update;
	row->update[m->plan->columns + i] = insert;
}

static bool column_value(struct mapping *m, struct arena *a, const struct expr_context *c, size_t i,
			 struct mapped *row, struct err *e)
{
	const struct plan_column *col = &m->plan->column[i];
	bool repaired = false;
	struct value v;

	if (!col->value)
		return true;
	if (!template_eval(col->value, c, &v, e))
		return false;
	if (col->map) {
		map_value(m, a, i, v, row);
		return true;
	}
	if (!column_cast(a, col->type, col->zone, v, &row->cell[i], &repaired, e))
		return false;
	m->repaired += repaired;
	return true;
}

/* What each reference of the column looks for. */
static bool column_refs(const struct mapping *m, const struct expr_context *c, size_t i, size_t at,
			struct mapped *row, struct err *e)
{
	const struct plan_column *col = &m->plan->column[i];

	if (!value_is_nothing(row->cell[i]))
		return true;
	for (size_t k = 0; k < col->refs; k++)
		if (!template_eval(col->ref[k].value, c, &row->ref[at + k], e))
			return false;
	return true;
}

static bool columns_fill(struct mapping *m, struct arena *a, const struct expr_context *c,
			 struct mapped *row, struct err *e)
{
	size_t at = 0;

	for (size_t i = 0; i < m->plan->columns; i++) {
		const struct plan_column *col = &m->plan->column[i];

		if (!column_value(m, a, c, i, row, e) || !column_refs(m, c, i, at, row, e)) {
			mapped_reject(row, col->name, "type", str_keep(a, str_from(e->text)));
			return false;
		}
		at += col->refs;
		if (col->required && !col->refs && value_is_nothing(row->cell[i]))
			mapped_reject(row, col->name, "required",
				      STR("no value where one is required"));
	}
	return true;
}

/* A JSON cell may not hold \u0000; a record that does is rare enough to be written again. */
static void raw_fill(struct mapping *m, struct arena *a, struct value record, struct mapped *row)
{
	bool repaired = false;
	struct err e;

	if (m->raw < 0)
		return;
	row->cell[m->raw] = value_str(row->record);
	if (str_find(row->record, STR("\\u0000")) < 0)
		return;
	if (!column_cast(a, COLUMN_JSON, NULL, record, &row->cell[m->raw], &repaired, &e))
		mapped_reject(row, m->plan->raw, "type", str_keep(a, str_from(e.text)));
	m->repaired += repaired;
}

void mapping_apply(struct mapping *m, struct arena *a, const struct scope *scope,
		   struct value record, struct str record_text, struct mapped *out, bool *wanted)
{
	struct value variable[PLAN_VARIABLES];
	struct expr_context c = plan_context(m, a, scope, record, variable);
	struct mapped row = { .record = record_text, .local_us = NO_TIME };
	struct err e;

	*wanted = true;
	row.cell = arena_new_array(a, struct value, m->table.columns);
	row.row.cell = row.cell;
	row.ref = arena_new_array(a, struct value, m->refs);
	for (size_t i = 0; i < m->table.columns; i++)
		row.cell[i] = NULL_VALUE;
	if (m->plan->when && !template_test(m->plan->when, &c, wanted, &e))
		mapped_reject(&row, STR("when"), "type", str_keep(a, str_from(e.text)));
	if (*wanted && !row.rejected && columns_fill(m, a, &c, &row, &e))
		raw_fill(m, a, record, &row);
	if (m->stamp >= 0)
		row.cell[m->stamp] = (struct value){ .kind = VALUE_TIME,
						     .has_offset = true,
						     .us = clock_wall_ms(scope->clock) * 1000 };
	row.key = table_key_text(a, &m->table, row.cell);
	if (*wanted && row.key.len == 0)
		mapped_reject(&row, m->table.column[0].name, "not_null",
			      STR("the record has no key"));
	*out = row;
}

/* ---- what is wrong with a record ---- */

struct str mapping_pointer(const struct mapping *m, struct arena *a, struct str column)
{
	struct str pointer;

	for (size_t i = 0; i < m->plan->columns; i++) {
		const struct plan_column *col = &m->plan->column[i];

		if (!str_eq(col->name, column))
			continue;
		if (col->value && template_origin(col->value, a, PLAN_RECORD, &pointer))
			return pointer;
		for (size_t k = 0; k < col->refs; k++)
			if (template_origin(col->ref[k].value, a, PLAN_RECORD, &pointer))
				return pointer;
	}
	return STR("");
}

/* One column alone: false when it refuses. */
static bool column_takes(struct mapping *m, struct arena *a, const struct expr_context *c, size_t i,
			 struct mapped *row)
{
	const struct plan_column *col = &m->plan->column[i];
	struct err e;

	if (!column_value(m, a, c, i, row, &e))
		mapped_reject(row, col->name, "type", str_keep(a, str_from(e.text)));
	else if (i < m->plan->keys && value_is_nothing(row->cell[i]))
		mapped_reject(row, col->name, "not_null", STR("the record has no key"));
	else if (col->required && !col->refs && value_is_nothing(row->cell[i]))
		mapped_reject(row, col->name, "required", STR("no value where one is required"));
	return !row->rejected;
}

void mapping_refusals(struct mapping *m, struct arena *a, const struct scope *scope,
		      struct value record, struct refusal **out, size_t *n)
{
	struct value variable[PLAN_VARIABLES];
	struct expr_context c = plan_context(m, a, scope, record, variable);

	*out = arena_new_array(a, struct refusal, m->plan->columns + 1);
	*n = 0;
	for (size_t i = 0; i < m->plan->columns; i++) {
		struct mapped row = { .cell = arena_new_array(a, struct value, m->table.columns) };

		row.row.cell = row.cell;
		if (column_takes(m, a, &c, i, &row))
			continue;
		(*out)[(*n)++] = (struct refusal){ row.column, row.code, row.says,
						   mapping_pointer(m, a, row.column) };
	}
}

/* ---- against what is stored ---- */

static void settle_update(const struct mapping *m, size_t i, bool exists, struct mapped *row)
{
	const struct map_target *t;

	if (!row->update || !row->update[i])
		return;
	t = row->update[exists ? i : m->plan->columns + i];
	if (t->act == MAP_WRITE)
		row->cell[i] = t->value;
	else if (t->act == MAP_KEEP)
		row->row.keep |= (uint64_t)1 << i;
	else
		mapped_reject(row, m->plan->column[i].name, "unknown_value",
			      STR("the map has no entry for this value"));
}

static bool is_protected(const struct plan_column *col, struct value cell, struct value stored)
{
	for (size_t k = 0; k < col->nevers; k++) {
		const struct never_replace *n = &col->never[k];

		if (!column_eq(col->type, n->value, cell))
			continue;
		for (size_t j = 0; j < n->overs; j++)
			if (column_eq(col->type, n->over[j], stored))
				return true;
	}
	return false;
}

/* The vendor's record as it was when the row was written, or UNDEFINED. */
static struct value stored_record(const struct mapping *m, struct arena *a,
				  const struct value *stored)
{
	return m->raw < 0 ? UNDEFINED : json_value(a, value_text(stored[m->raw]));
}

static bool source_changed(const struct mapping *m, size_t i, const struct expr_context *now,
			   struct value was, struct value stored_cell)
{
	const struct plan_column *col = &m->plan->column[i];
	struct value variable[PLAN_VARIABLES], before, after;
	struct expr_context then = *now;
	struct err unsaid;

	/* A row that was there before us: what a person put there stays. */
	if (was.kind == VALUE_UNDEFINED)
		return value_is_nothing(stored_cell);
	memcpy(variable, now->variable, sizeof(variable));
	variable[PLAN_RECORD] = was;
	then.variable = variable;
	return !template_eval(col->value, &then, &before, &unsaid) ||
	       !template_eval(col->value, now, &after, &unsaid) || !value_eq(before, after);
}

/* The cell that an existing row got of the record `was`; false when that cannot be told. */
static bool cell_then(struct mapping *m, struct arena *a, size_t i, const struct expr_context *now,
		      struct value was, struct value *cell)
{
	const struct plan_column *col = &m->plan->column[i];
	const struct map_target *insert, *update;
	struct value variable[PLAN_VARIABLES], v;
	int64_t unknown = m->unknown[i];
	struct expr_context then = *now;
	bool repaired;
	struct err unsaid;

	memcpy(variable, now->variable, sizeof(variable));
	variable[PLAN_RECORD] = was;
	then.variable = variable;
	if (!template_eval(col->value, &then, &v, &unsaid))
		return false;
	if (!col->map)
		return column_cast(a, col->type, col->zone, v, cell, &repaired, &unsaid);
	targets_of(m, a, i, v, &insert, &update);
	m->unknown[i] = unknown; /* an old record warns nobody */
	*cell = update->value;
	return update->act == MAP_WRITE;
}

static int64_t vendor_time(const struct mapping *m, struct arena *a, const struct expr_context *c)
{
	const struct template *t = m->plan->conflict_time.vendor;
	struct value v, cell;
	bool repaired;
	struct err unsaid;

	if (!t || !template_eval(t, c, &v, &unsaid) ||
	    !column_cast(a, COLUMN_TIMESTAMP, NULL, v, &cell, &repaired, &unsaid) ||
	    cell.kind != VALUE_TIME)
		return NO_TIME;
	return cell.us;
}

/* Whether a column that people edit too keeps what it has. */
static bool conflict_keeps(struct mapping *m, struct arena *a, size_t i,
			   const struct expr_context *c, struct value was, struct value stored,
			   struct mapped *row)
{
	const struct plan_column *col = &m->plan->column[i];
	struct conflict_sides s = { .type = col->type,
				    .policy = col->conflict,
				    .local = stored,
				    .vendor = row->cell[i],
				    .recorded = was.kind != VALUE_UNDEFINED,
				    .local_us = row->local_us,
				    .vendor_us = NO_TIME };
	enum conflict_verdict v;

	if (s.recorded) {
		s.base_known = cell_then(m, a, i, c, was, &s.base);
		s.vendor_moved = source_changed(m, i, c, was, stored);
	}
	if (col->conflict == CONFLICT_NEWEST)
		s.vendor_us = vendor_time(m, a, c);
	v = conflict_judge(&s);
	if (v == CONFLICT_RECORD) {
		row->conflicts |= (uint64_t)1 << i;
		m->conflicts[i]++;
	}
	return v != CONFLICT_WRITE;
}

void mapping_settle(struct mapping *m, struct arena *a, const struct scope *scope,
		    struct value record, const struct value *stored, struct mapped *row)
{
	struct value variable[PLAN_VARIABLES];
	struct expr_context c = plan_context(m, a, scope, record, variable);
	struct value was = stored ? stored_record(m, a, stored) : UNDEFINED;

	for (size_t i = 0; i < m->plan->columns; i++) {
		const struct plan_column *col = &m->plan->column[i];
		bool keep;

		settle_update(m, i, stored != NULL, row);
		if (!stored)
			continue;
		if (col->conflict != CONFLICT_OFF && !(row->row.keep >> i & 1) &&
		    conflict_keeps(m, a, i, &c, was, stored[i], row))
			row->row.keep |= (uint64_t)1 << i;
		keep = is_protected(col, row->cell[i], stored[i]) ||
		       (col->overwrite == OVERWRITE_WHEN_SOURCE_CHANGED && col->value &&
			!source_changed(m, i, &c, was, stored[i]));
		if (keep)
			row->row.keep |= (uint64_t)1 << i;
	}
}

uint64_t mapping_changes(const struct mapping *m, const struct mapped *row,
			 const struct value *stored)
{
	uint64_t changed = 0;

	for (size_t i = 0; i < m->table.columns; i++) {
		const struct table_column *col = &m->table.column[i];

		if (col->write == WRITE_STAMP)
			continue;
		if (stored && (col->write == WRITE_ON_INSERT || row->row.keep >> i & 1 ||
			       column_eq(col->type, row->cell[i], stored[i])))
			continue;
		changed |= (uint64_t)1 << i;
	}
	return changed;
}
