/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c - a person's word on a cell that both sides changed. */
#include "flow/decide.h"

#include "data/json.h"
#include "flow/image.h"
#include "flow/mapping.h"

struct deciding {
	const struct engine *engine;
	const struct connection *connection;
	const struct decision *what;
	struct arena *a;
};

bool conflict_vendor(const struct seal *s, struct arena *a, const struct conflict *c,
		     struct value *out, struct err *e)
{
	struct value map;
	struct str plain;

	if (!seal_read(s, a, STR("conflict"), c->sealed, &plain, e) ||
	    !json_parse(a, plain, &map, NULL, e))
		return err_wrap(e, "conflict of table '%.*s'", STR_ARG(c->table));
	*out = value_get(map, STR("vendor"));
	return true;
}

static bool find_table(const struct deciding *d, struct table *t, struct err *e)
{
	const struct connection *c = d->connection;
	struct mapping *m;

	for (size_t i = 0; i < c->tables; i++) {
		if (!str_eq(c->table[i].name, d->what->table))
			continue;
		if (!mapping_open(d->a, c, &c->table[i], &m, e))
			return false;
		*t = m->table;
		t->update_only = true;
		return true;
	}
	return err_set(e, ERR_MISSING, "connection '%.*s' has no table '%.*s'", STR_ARG(c->name),
		       STR_ARG(d->what->table));
}

static bool column_bit(const struct table *t, struct str column, uint64_t *out, struct err *e)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq(t->column[i].name, column)) {
			*out = (uint64_t)1 << i;
			return true;
		}
	return err_set(e, ERR_MISSING, "the plan has no column '%.*s'", STR_ARG(column));
}

bool conflict_local(const struct engine *g, const struct connection *c, const struct conflict *f,
		    struct arena *a, struct value *out, struct err *e)
{
	struct decision what = { .table = f->table, .key = f->key, .column = f->column };
	struct deciding d = { g, c, &what, a };
	struct value *cell = arena_new_array(a, struct value, TABLE_COLUMNS_MAX), map;
	const struct value *stored;
	struct row row = { .cell = cell };
	struct str image;
	struct table t;
	uint64_t bit = 0;

	*out = NULL_VALUE;
	if (!find_table(&d, &t, e) || !column_bit(&t, f->column, &bit, e) ||
	    !table_key_read(a, &t, f->key, cell, e) ||
	    !table_read(g->db, &t, &row, 1, a, &stored, e))
		return false;
	if (!stored)
		return true;
	if (!image_write(a, &t, stored, bit, &image, e) || !json_parse(a, image, &map, NULL, e))
		return false;
	*out = value_get(map, f->column);
	if (out->kind == VALUE_UNDEFINED)
		*out = NULL_VALUE;
	return true;
}

/* The row with that one cell; all others are kept. */
static bool write_cell(const struct deciding *d, struct value said, struct err *e)
{
	struct value *cell = arena_new_array(d->a, struct value, TABLE_COLUMNS_MAX);
	struct row row = { .cell = cell };
	struct row_result result;
	struct value map = value_map_new(d->a);
	struct table t;
	struct buf image;
	bool refused;

	if (!find_table(d, &t, e) || !table_key_read(d->a, &t, d->what->key, cell, e))
		return false;
	value_map_set(d->a, map, d->what->column, said);
	buf_in(&image, d->a, arena_room(d->a) / 8);
	if (!json_write(&image, map, e) ||
	    !image_read(d->a, &t, buf_str(&image), cell, &row.keep, e))
		return false;
	row.keep = ~row.keep;
	for (size_t i = 0; i < t.columns; i++)
		if (t.column[i].write == WRITE_STAMP)
			cell[i] = (struct value){ .kind = VALUE_TIME,
						  .has_offset = true,
						  .us = clock_wall_ms(d->engine->clock) * 1000 };
	if (!table_upsert(d->engine->db, &t, &row, 1, d->a, &result, e))
		return false;
	refused = result.outcome == ROW_REJECTED;
	return !refused ||
	       err_set(e, ERR_STORE, "the database refuses it: %.*s", STR_ARG(result.says));
}

static bool decide(void *arg, struct err *e)
{
	const struct deciding *d = arg;
	struct conflict_filter f = { d->connection->name, d->what->table, d->what->key,
				     d->what->column, 1 };
	struct value said = NULL_VALUE;
	struct conflict *c;
	size_t n = 0;

	if (!conflict_list(d->engine->db, d->a, &f, &c, &n, e))
		return false;
	if (n == 0 || f.key.len == 0 || f.column.len == 0)
		return err_set(e, ERR_MISSING, "there is no such conflict");
	if (d->what->other.kind != VALUE_UNDEFINED)
		said = d->what->other;
	else if (d->what->vendor && !conflict_vendor(d->engine->seal, d->a, &c[0], &said, e))
		return false;
	if ((d->what->vendor || d->what->other.kind != VALUE_UNDEFINED) && !write_cell(d, said, e))
		return false;
	return conflict_remove(d->engine->db, &c[0], e);
}

bool conflict_decide(const struct engine *g, const struct connection *c,
		     const struct decision *what, struct err *e)
{
	AUTO_ARENA *a = arena_new("decision", (size_t)1 << 30);
	struct deciding d = { g, c, what, a };

	return db_in_transaction(g->db) ? decide(&d, e) : db_transact(g->db, decide, &d, e);
}
