/* SPDX-License-Identifier: Apache-2.0 */
/* follow.c - columns that say what another table's row says. */
#include "store/cell.h"
#include "store/control.h"
#include "store/match.h"
#include "store/sql.h"

/* " FROM parent p WHERE p matches the child's local column" */
static bool add_parent(struct db *d, struct buf *b, const struct follow *f, struct err *e)
{
	AUTO_BUF local;

	buf_init(&local, SQL_BYTES_MAX);
	buf_add(&local, STR("CAST("));
	sql_column(&local, "c", f->local);
	buf_add(&local, STR(" AS text)"));
	buf_add(b, STR(" FROM "));
	sql_table(b, f->lookup.table);
	buf_add(b, STR(" AS p WHERE "));
	return match_parent(d, b, &f->lookup, local.at, e);
}

/* "(SELECT what the first parent says)" */
static bool add_said(struct db *d, struct buf *b, const struct follow *f, struct err *e)
{
	buf_add(b, STR("(SELECT "));
	if (!match_take(d, b, &f->lookup, f->table, f->column, e) || !add_parent(d, b, f, e))
		return false;
	buf_add(b, STR(" ORDER BY "));
	match_order(b, &f->lookup);
	buf_add(b, STR(" LIMIT 1)"));
	return true;
}

/* " WHERE the child looks for a parent, there is one, and it says something else" */
static bool add_where(struct db *d, struct buf *b, const struct follow *f, struct err *e)
{
	buf_add(b, STR(" WHERE "));
	sql_column(b, "c", f->local);
	buf_add(b, STR(" IS NOT NULL AND EXISTS (SELECT 1"));
	if (!add_parent(d, b, f, e))
		return false;
	buf_add(b, STR(") AND "));
	sql_column(b, "c", f->column);
	buf_printf(b, " %s ", sql_words(d)->differs);
	return add_said(d, b, f, e);
}

static bool follow_sql(struct db *d, struct buf *b, const struct follow *f, struct err *e)
{
	buf_add(b, STR("UPDATE "));
	sql_table(b, f->table);
	buf_add(b, STR(" AS c SET "));
	sql_name(b, f->column);
	buf_add(b, STR(" = "));
	if (!add_said(d, b, f, e) || !add_where(d, b, f, e))
		return false;
	assert(!b->failed);
	return true;
}

/* What is going to change, locked: the key, what is there, what will be. */
static bool look_sql(struct db *d, struct buf *b, const struct follow *f, struct err *e)
{
	const struct table *t = f->keys;

	buf_add(b, STR("SELECT "));
	for (size_t i = 0; i < t->keys; i++) {
		sql_column(b, "c", t->column[t->key[i]].name);
		buf_add(b, STR(", "));
	}
	sql_column(b, "c", f->column);
	buf_add(b, STR(", "));
	if (!add_said(d, b, f, e))
		return false;
	buf_add(b, STR(" FROM "));
	sql_table(b, f->table);
	buf_add(b, STR(" AS c"));
	if (!add_where(d, b, f, e))
		return false;
	buf_add(b, str_from(sql_words(d)->wait_row));
	assert(!b->failed);
	return true;
}

static bool tell(struct arena *a, const struct follow *f, const struct db_result *r, struct err *e)
{
	const struct table *t = f->keys;

	for (size_t i = 0; i < r->rows; i++) {
		struct value *cell = arena_new_array(a, struct value, t->columns);
		struct link_change c = { .table = f->table,
					 .column = f->column,
					 .before = db_cell(r, i, t->keys),
					 .after = db_cell(r, i, t->keys + 1) };

		for (size_t k = 0; k < t->keys; k++)
			cell[t->key[k]] =
				cell_from_stored(a, t->column[t->key[k]].type, db_cell(r, i, k));
		c.key = table_key_text(a, t, cell);
		if (!f->watch->tell(f->watch->arg, &c, e))
			return false;
	}
	return true;
}

static bool look(struct db *d, const struct follow *f, struct err *e)
{
	AUTO_ARENA *a = arena_new("follow", (size_t)1 << 30);
	struct db_result r;
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	return look_sql(d, &b, f, e) && db_query(d, a, b.at, NULL, 0, &r, e) && tell(a, f, &r, e);
}

bool follow_apply(struct db *d, const struct follow *f, int64_t *changed, struct err *e)
{
	AUTO_BUF b;

	buf_init(&b, SQL_BYTES_MAX);
	if ((!f->watch || look(d, f, e)) && follow_sql(d, &b, f, e) &&
	    db_exec(d, b.at, NULL, 0, changed, e))
		return true;
	return err_wrap(e, "column '%.*s' of table '%.*s'", STR_ARG(f->column), STR_ARG(f->table));
}
