/* SPDX-License-Identifier: Apache-2.0 */
/*
 * completeness.c - whether all that the firm has is here, and linked: rows of each table against
 * the vendor's own count in the last complete pass, and references that found their row or not.
 */
#include "practicepanther/completeness.h"

#include "flow/place.h"
#include "practicepanther/firm.h"
#include "service/view.h"
#include "store/quarantine.h"
#include "store/sql.h"

#define ID STR("id")

/* How many references of a column wait for their parent. */
struct waiting {
	struct db_result r; /* table, column, count */
};

static bool read_waiting(const struct call *c, const struct connection *n, struct waiting *out,
			 struct err *e)
{
	struct value param = value_str(n->name);

	return db_query(c->db, c->arena,
			"SELECT table_name, column_name, count(*) FROM lockstep_missing_refs "
			"WHERE connection = ?1 GROUP BY table_name, column_name",
			&param, 1, &out->r, e);
}

static int64_t waiting_of(const struct waiting *w, struct str table, struct str column)
{
	for (size_t i = 0; i < w->r.rows; i++)
		if (str_eq(db_cell(&w->r, i, 0).s, table) && str_eq(db_cell(&w->r, i, 1).s, column))
			return db_cell(&w->r, i, 2).i;
	return 0;
}

/* A column that points to another row; not one that copies something of it. */
static bool is_link(const struct plan_column *col)
{
	return col->refs > 0 && str_eq(col->ref[0].take, ID);
}

/* All rows, those that came from the vendor, and those whose link is filled, in one look. */
static bool count_table(const struct call *c, const struct plan_table *t, struct db_result *r,
			struct err *e)
{
	struct buf sql;

	buf_in(&sql, c->arena, SQL_BYTES_MAX);
	buf_add(&sql, STR("SELECT count(*), count("));
	sql_name(&sql, t->column[0].name);
	buf_char(&sql, ')');
	for (size_t i = 0; i < t->columns; i++) {
		if (!is_link(&t->column[i]))
			continue;
		buf_add(&sql, STR(", count(CASE WHEN "));
		sql_name(&sql, t->column[0].name);
		buf_add(&sql, STR(" IS NOT NULL THEN "));
		sql_name(&sql, t->column[i].name);
		buf_add(&sql, STR(" END)"));
	}
	buf_add(&sql, STR(" FROM "));
	sql_table(&sql, t->name);
	buf_char(&sql, 0);
	return db_query(c->db, c->arena, buf_str(&sql).at, NULL, 0, r, e);
}

static struct value links_value(struct arena *a, const struct plan_table *t,
				const struct db_result *r, const struct waiting *w)
{
	struct value list = value_list_new(a);
	int64_t rows = db_cell(r, 0, 1).i;
	size_t at = 2;

	for (size_t i = 0; i < t->columns; i++) {
		const struct plan_column *col = &t->column[i];
		struct value map = value_map_new(a);
		int64_t linked, waits;

		if (!is_link(col))
			continue;
		linked = db_cell(r, 0, at++).i;
		waits = waiting_of(w, t->name, col->name);
		view_text(a, map, "column", col->name);
		view_text(a, map, "to", col->ref[0].table);
		view_int(a, map, "linked", linked);
		view_int(a, map, "waiting", waits);
		/* The vendor names none, or a person emptied it. */
		view_int(a, map, "none", rows - linked - waits > 0 ? rows - linked - waits : 0);
		value_list_add(a, list, map);
	}
	return list;
}

static bool table_value(const struct call *c, const struct connection *n,
			const struct plan_table *t, const struct waiting *w, struct value *out,
			struct err *e)
{
	struct quarantine_query q = { .connection = n->name,
				      .table = t->name,
				      .count_max = QUARANTINE_COUNT_MAX };
	struct arena *a = c->arena;
	struct pass_state pass;
	struct db_result r;
	int64_t refused;

	if (!count_table(c, t, &r, e) || !pass_state_load(c->db, a, n->name, t->name, &pass, e) ||
	    !quarantine_total(c->db, &q, &refused, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(t->name));
	*out = value_map_new(a);
	view_text(a, *out, "table", t->name);
	view_text(a, *out, "stream", t->stream->name);
	view_int(a, *out, "rows", db_cell(&r, 0, 0).i);
	view_int(a, *out, "fromVendor", db_cell(&r, 0, 1).i);
	value_map_set(a, *out, STR("atVendor"), pass.full_ms ? value_int(pass.total) : NULL_VALUE);
	view_time(a, *out, "countedAt", pass.full_ms);
	view_int(a, *out, "quarantined", refused);
	value_map_set(a, *out, STR("links"), links_value(a, t, &r, w));
	return true;
}

bool firm_completeness(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value data = value_map_new(c->arena), list = value_list_new(c->arena), one;
	const struct connection *n;
	struct waiting w;

	if (!firm_connection(setup, &n, e) || !read_waiting(c, n, &w, e))
		return false;
	for (size_t i = 0; i < n->tables; i++) {
		if (!table_value(c, n, &n->table[i], &w, &one, e))
			return false;
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, data, STR("tables"), list);
	view_text(c->arena, data, "connection", n->name);
	return firm_answer(c, data, e);
}
