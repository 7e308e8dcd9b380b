/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - reading rows back: by key, and parents by the content of a column.
 *
 * Both send all their values as one JSON array and get one answer.
 */
#include "store/table.h"

#include "store/cell.h"
#include "store/match.h"
#include "store/sql.h"

#include "data/json.h"

#include <stdio.h>

struct str table_key_text(struct arena *a, const struct table *t, const struct value *cell)
{
	struct buf b;

	for (size_t i = 0; i < t->keys; i++)
		if (value_is_nothing(cell[t->key[i]]))
			return STR("");
	if (t->keys == 1)
		return cell_text(a, cell[t->key[0]]);
	buf_in(&b, a, SQL_BYTES_MAX);
	for (size_t i = 0; i < t->keys; i++) {
		buf_char(&b, i ? ',' : '[');
		json_write_str(&b, cell_text(a, cell[t->key[i]]));
	}
	buf_char(&b, ']');
	return buf_str(&b);
}

bool table_key_read(struct arena *a, const struct table *t, struct str key, struct value *cell,
		    struct err *e)
{
	struct value list = value_str(key), part;
	bool repaired;

	if (t->keys > 1 && !json_parse(a, key, &list, NULL, e))
		return false;
	for (size_t i = 0; i < t->keys; i++) {
		enum column_type type = t->column[t->key[i]].type;

		part = t->keys > 1 ? value_at(list, (int64_t)i) : list;
		if (!column_cast(a, type, NULL, part, &cell[t->key[i]], &repaired, e))
			return err_wrap(e, "key of table '%.*s'", STR_ARG(t->name));
	}
	return true;
}

static bool read_sql(struct db *d, const struct table *t, struct buf *b, struct err *e)
{
	buf_printf(b, "SELECT %s", sql_words(d)->values_ord);
	for (size_t i = 0; i < t->columns; i++) {
		buf_add(b, STR(", "));
		sql_column(b, "t", t->column[i].name);
	}
	buf_printf(b, " FROM %s JOIN ", sql_words(d)->values);
	sql_table(b, t->name);
	buf_add(b, STR(" AS t ON "));
	for (size_t i = 0; i < t->keys; i++) {
		char text[48];

		snprintf(text, sizeof(text), "(v.value ->> %zu)", i);
		if (i)
			buf_add(b, STR(" AND "));
		if (!match_column(d, b, t->name, "t", t->column[t->key[i]].name, text, e))
			return false;
	}
	assert(!b->failed);
	return true;
}

static struct value key_values(struct arena *a, const struct table *t, const struct row *row,
			       size_t rows)
{
	struct value key[TABLE_KEYS_MAX];
	struct match_values m;

	match_values_init(&m, a);
	for (size_t i = 0; i < rows; i++) {
		for (size_t j = 0; j < t->keys; j++)
			key[j] = row[i].cell[t->key[j]];
		match_values_add(&m, a, key, t->keys);
	}
	return match_values_param(&m);
}

bool table_read(struct db *d, const struct table *t, const struct row *row, size_t rows,
		struct arena *a, const struct value **stored, struct err *e)
{
	struct value param = key_values(a, t, row, rows);
	struct db_result r;
	struct buf sql;

	buf_in(&sql, a, SQL_BYTES_MAX);
	if (!read_sql(d, t, &sql, e) || !db_query(d, a, sql.at, &param, 1, &r, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(t->name));
	memset(stored, 0, rows * sizeof(*stored));
	for (size_t i = 0; i < r.rows; i++) {
		size_t ord = (size_t)db_cell(&r, i, 0).i;
		struct value *cell = arena_new_array(a, struct value, t->columns);

		assert(ord < rows);
		for (size_t j = 0; j < t->columns; j++)
			cell[j] = cell_from_stored(a, t->column[j].type, db_cell(&r, i, j + 1));
		stored[ord] = cell;
	}
	return true;
}

static bool delete_sql(struct db *d, const struct table *t, struct buf *b, struct err *e)
{
	buf_add(b, STR("DELETE FROM "));
	sql_table(b, t->name);
	buf_add(b, STR(" AS t WHERE "));
	for (size_t i = 0; i < t->keys; i++) {
		char text[32];

		snprintf(text, sizeof(text), "CAST(?%zu AS text)", i + 1);
		if (i)
			buf_add(b, STR(" AND "));
		if (!match_column(d, b, t->name, "t", t->column[t->key[i]].name, text, e))
			return false;
	}
	assert(!b->failed);
	return true;
}

bool table_delete(struct db *d, const struct table *t, const struct row *row, struct arena *a,
		  bool *refused, struct err *e)
{
	struct value key[TABLE_KEYS_MAX];
	struct err why;
	struct buf sql;

	buf_in(&sql, a, SQL_BYTES_MAX);
	for (size_t i = 0; i < t->keys; i++)
		key[i] = value_str(cell_text(a, row->cell[t->key[i]]));
	*refused = false;
	if (!delete_sql(d, t, &sql, e) ||
	    !db_exec(d, "SAVEPOINT lockstep_delete", NULL, 0, NULL, e))
		return false;
	if (!db_exec(d, sql.at, key, t->keys, NULL, &why)) {
		if (why.kind != ERR_STORE) {
			*e = why;
			return false;
		}
		*refused = true;
		if (!db_exec(d, "ROLLBACK TO SAVEPOINT lockstep_delete", NULL, 0, NULL, e))
			return false;
	}
	return db_exec(d, "RELEASE SAVEPOINT lockstep_delete", NULL, 0, NULL, e);
}

static bool find_sql(struct db *d, const struct table_lookup *l, struct buf *b, struct err *e)
{
	const struct sql_words *w = sql_words(d);

	buf_printf(b, "SELECT x.ord, x.found FROM (SELECT %s AS ord, ", w->values_ord);
	sql_column(b, "p", l->take);
	buf_printf(b, " AS found, row_number() OVER (PARTITION BY %s ORDER BY ", w->values_ord);
	match_order(b, l);
	buf_printf(b, ") AS place FROM %s JOIN ", w->values);
	sql_table(b, l->table);
	buf_add(b, STR(" AS p ON "));
	if (!match_parent(d, b, l, "(v.value ->> 0)", e))
		return false;
	buf_add(b, STR(") x WHERE x.place = 1"));
	assert(!b->failed);
	return true;
}

bool table_find(struct db *d, const struct table_lookup *l, const struct value *value,
		size_t values, struct arena *a, struct value *found, struct err *e)
{
	struct match_values m;
	struct value param;
	struct db_result r;
	struct buf sql;

	match_values_init(&m, a);
	for (size_t i = 0; i < values; i++)
		match_values_add(&m, a, &value[i], 1);
	param = match_values_param(&m);
	buf_in(&sql, a, SQL_BYTES_MAX);
	if (!find_sql(d, l, &sql, e) || !db_query(d, a, sql.at, &param, 1, &r, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(l->table));
	for (size_t i = 0; i < values; i++)
		found[i] = UNDEFINED;
	for (size_t i = 0; i < r.rows; i++) {
		assert((size_t)db_cell(&r, i, 0).i < values);
		found[db_cell(&r, i, 0).i] = db_cell(&r, i, 1);
	}
	return true;
}
