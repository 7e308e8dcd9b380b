/* SPDX-License-Identifier: Apache-2.0 */
/* follow.c - columns that say what another table's row says. */
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

static bool follow_sql(struct db *d, struct buf *b, const struct follow *f, struct err *e)
{
	buf_add(b, STR("UPDATE "));
	sql_table(b, f->table);
	buf_add(b, STR(" AS c SET "));
	sql_name(b, f->column);
	buf_add(b, STR(" = "));
	if (!add_said(d, b, f, e))
		return false;
	buf_add(b, STR(" WHERE "));
	sql_column(b, "c", f->local);
	buf_add(b, STR(" IS NOT NULL AND EXISTS (SELECT 1"));
	if (!add_parent(d, b, f, e))
		return false;
	buf_add(b, STR(") AND "));
	sql_column(b, "c", f->column);
	buf_printf(b, " %s ", sql_words(d)->differs);
	if (!add_said(d, b, f, e))
		return false;
	assert(!b->failed);
	return true;
}

bool follow_apply(struct db *d, const struct follow *f, int64_t *changed, struct err *e)
{
	AUTO_BUF b;

	buf_init(&b, SQL_BYTES_MAX);
	if (follow_sql(d, &b, f, e) && db_exec(d, b.at, NULL, 0, changed, e))
		return true;
	return err_wrap(e, "column '%.*s' of table '%.*s'", STR_ARG(f->column), STR_ARG(f->table));
}
