/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_routes.c - rows of a connection's tables over HTTP, for administrators: they are personal.
 *
 * A sample in the order of the key, or one row by its key, with the vendor's record beside it.
 * Looking at one row goes into the audit log, without saying which.
 */
#include "service/record_routes.h"

#include "flow/mapping.h"
#include "service/cursor_edit.h"
#include "service/trail.h"
#include "service/view.h"
#include "store/cell.h"
#include "store/sql.h"

#define SAMPLE_MAX 200
#define TEXT_SHOWN 1000

struct looking {
	struct call *call;
	const struct connection *connection;
	const struct plan_table *plan;
	struct mapping *mapping;
};

static size_t columns_shown(const struct looking *l, size_t *column)
{
	const struct table *t = &l->mapping->table;
	size_t n = 0;

	for (size_t i = 0; i < t->columns; i++)
		if ((int)i != l->mapping->raw)
			column[n++] = i;
	return n;
}

static struct value shown(struct arena *a, struct value cell)
{
	size_t n = TEXT_SHOWN;

	if (cell.kind != VALUE_STR || cell.s.len <= TEXT_SHOWN)
		return value_is_nothing(cell) ? NULL_VALUE : cell;
	while (n > 0 && ((unsigned char)cell.s.at[n] & 0xC0) == 0x80)
		n--;
	return value_str(str_printf(a, "%.*s…", (int)n, cell.s.at));
}

/* ---- a sample ---- */

static struct str sample_sql(const struct looking *l, const size_t *column, size_t n)
{
	const struct table *t = &l->mapping->table;
	struct buf b;

	buf_in(&b, l->call->arena, SQL_BYTES_MAX);
	buf_add(&b, STR("SELECT "));
	for (size_t i = 0; i < n; i++) {
		buf_add(&b, i ? STR(", ") : STR(""));
		sql_name(&b, t->column[column[i]].name);
	}
	buf_add(&b, STR(" FROM "));
	sql_table(&b, t->name);
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(&b, i ? STR(" AND ") : STR(" WHERE "));
		sql_name(&b, t->column[t->key[i]].name);
		buf_add(&b, STR(" IS NOT NULL"));
	}
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(&b, i ? STR(", ") : STR(" ORDER BY "));
		sql_name(&b, t->column[t->key[i]].name);
	}
	buf_add(&b, STR(" LIMIT ?1"));
	return str_keep(l->call->arena, buf_str(&b));
}

static bool sample(const struct looking *l, const size_t *column, size_t n, struct value rows,
		   struct err *e)
{
	struct call *c = l->call;
	struct value limit = value_int(call_int(c, c->query, "limit", 50));
	struct db_result r;

	if (!db_query(c->db, c->arena, sample_sql(l, column, n).at, &limit, 1, &r, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(l->plan->name));
	for (size_t i = 0; i < r.rows; i++) {
		struct value row = value_list_new(c->arena);

		for (size_t k = 0; k < n; k++)
			value_list_add(
				c->arena, row,
				shown(c->arena,
				      cell_from_stored(c->arena,
						       l->mapping->table.column[column[k]].type,
						       db_cell(&r, i, k))));
		value_list_add(c->arena, rows, row);
	}
	return true;
}

/* ---- one row ---- */

/* A key that cannot be one of this table is nobody's. */
static bool find_row(const struct looking *l, struct str key, const struct value **stored,
		     struct err *e)
{
	const struct table *t = &l->mapping->table;
	struct value cell[TABLE_COLUMNS_MAX];
	struct row row = { .cell = cell };
	struct err unsaid;

	for (size_t i = 0; i < t->columns; i++)
		cell[i] = NULL_VALUE;
	*stored = NULL;
	if (!table_key_read(l->call->arena, t, key, cell, &unsaid))
		return true;
	return table_read(l->call->db, t, &row, 1, l->call->arena, stored, e);
}

static bool one_row(const struct looking *l, const size_t *column, size_t n, struct value rows,
		    struct value map, struct err *e)
{
	struct call *c = l->call;
	struct value row = value_list_new(c->arena), details = value_map_new(c->arena);
	const struct value *stored;
	int raw = l->mapping->raw;

	view_text(c->arena, details, "table", l->plan->name);
	if (!find_row(l, call_text(c, c->query, "key"), &stored, e) ||
	    !trail(c, "record.view", sync_lane(c->arena, l->connection->name), details, e))
		return false;
	if (!stored)
		return true;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, row,
			       value_is_nothing(stored[column[i]]) ? NULL_VALUE
								   : stored[column[i]]);
	value_list_add(c->arena, rows, row);
	if (raw >= 0 && stored[raw].kind == VALUE_STR)
		view_json(c->arena, map, "raw", stored[raw].s);
	return true;
}

/* ---- the route ---- */

static bool open_table(struct looking *l, const struct setup *setup, struct err *e)
{
	struct call *c = l->call;
	struct str name = call_text(c, c->query, "table");

	if (!connection_find(setup_plan(setup), call_text(c, c->params, "name"), STR(""),
			     &l->connection, e))
		return false;
	if (l->connection->tables == 0)
		return err_set(e, ERR_MISSING, "connection '%.*s' fills no table",
			       STR_ARG(l->connection->name));
	if (name.len == 0)
		l->plan = &l->connection->table[0];
	else if (!cursor_table(l->connection, name, &l->plan, e))
		return false;
	return mapping_open(c->arena, l->connection, l->plan, &l->mapping, e);
}

static bool show(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena), rows = value_list_new(c->arena);
	struct value columns = value_list_new(c->arena), keys = value_list_new(c->arena);
	struct looking l = { .call = c };
	size_t column[TABLE_COLUMNS_MAX], n;

	if (!open_table(&l, setup, e))
		return false;
	n = columns_shown(&l, column);
	for (size_t i = 0; i < n; i++) {
		const struct table_column *k = &l.mapping->table.column[column[i]];
		struct value one = value_map_new(c->arena);

		view_text(c->arena, one, "name", k->name);
		view_text(c->arena, one, "type", str_from(column_type_name(k->type)));
		value_list_add(c->arena, columns, one);
	}
	for (size_t i = 0; i < l.plan->keys; i++)
		value_list_add(c->arena, keys, value_str(l.plan->column[i].name));
	view_text(c->arena, map, "connection", l.connection->name);
	view_text(c->arena, map, "table", l.plan->name);
	value_map_set(c->arena, map, STR("key"), keys);
	value_map_set(c->arena, map, STR("columns"), columns);
	value_map_set(c->arena, map, STR("rows"), rows);
	value_map_set(c->arena, map, STR("raw"), NULL_VALUE);
	if (call_text(c, c->query, "key").len ? !one_row(&l, column, n, rows, map, e)
					      : !sample(&l, column, n, rows, e))
		return false;
	return call_json(c, map, e);
}

static const struct field records_query[] = {
	{ .name = "table", .type = FIELD_TEXT, .high = 200, .says = "the first when not given" },
	{ .name = "key",
	  .type = FIELD_TEXT,
	  .high = 1000,
	  .says = "one row, with the vendor's record; of several columns a JSON list" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = SAMPLE_MAX, .otherwise = "50" },
	{ .name = NULL },
};
static const struct field records_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "table", .type = FIELD_TEXT },
	{ .name = "key", .type = FIELD_LIST },
	{ .name = "columns", .type = FIELD_LIST },
	{ .name = "rows", .type = FIELD_LIST, .says = "cells in the order of columns" },
	{ .name = "raw",
	  .type = FIELD_OBJECT,
	  .nullable = true,
	  .says = "the record as the vendor sent it, where the plan keeps it" },
	{ .name = NULL },
};

const struct route record_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections/{name}/records",
	  .roles = ROLE_ADMIN,
	  .handle = show,
	  .summary = "A sample of a table's rows, or one by its key",
	  .tag = "connections",
	  .query = records_query,
	  .answer = records_answer,
	  .problems = "not_found:404" },
	{ .method = NULL },
};
