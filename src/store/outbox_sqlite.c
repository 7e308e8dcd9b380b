/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_sqlite.c - a watch as three triggers of SQLite.
 *
 * Each trigger is one SELECT of what to put into the outbox; a row that leaves or begins to meet
 * the conditions, or whose key changes, is deleted or inserted as far as the vendor is concerned.
 * No expression in them can fail: that would break the application's own statement.
 */
#include "store/outbox_trigger.h"

#include "store/sql.h"

/* json_object() refuses blobs; their digits do. */
static void value_sql(struct buf *b, const char *row, struct str column)
{
	buf_add(b, STR("CASE typeof("));
	sql_column(b, row, column);
	buf_add(b, STR(") WHEN 'blob' THEN hex("));
	sql_column(b, row, column);
	buf_add(b, STR(") ELSE "));
	sql_column(b, row, column);
	buf_add(b, STR(" END"));
}

static void member_sql(struct buf *b, const char *row, struct str column, bool first)
{
	buf_add(b, first ? STR("") : STR(", "));
	outbox_literal(b, column);
	buf_add(b, STR(", "));
	value_sql(b, row, column);
}

static void object_sql(struct buf *b, const struct outbox_watch *w, const char *row)
{
	buf_add(b, STR("json_object("));
	for (size_t i = 0; i < w->columns; i++)
		member_sql(b, row, w->column[i], i == 0);
	for (size_t i = 0; i < w->carries; i++)
		member_sql(b, row, w->carried[i], false);
	if (!outbox_has_column(w, w->key))
		member_sql(b, row, w->key, false);
	buf_char(b, ')');
}

static void differs_sql(struct buf *b, struct str column)
{
	sql_column(b, "NEW", column);
	buf_add(b, STR(" IS NOT "));
	sql_column(b, "OLD", column);
}

/* A JSON list of the watched columns that differ. */
static void changed_sql(struct buf *b, const struct outbox_watch *w)
{
	buf_add(b, STR("(SELECT json_group_array(c.name) FROM ("));
	for (size_t i = 0; i < w->columns; i++) {
		buf_add(b, i ? STR(" UNION ALL SELECT ") : STR("SELECT "));
		outbox_literal(b, w->column[i]);
		buf_add(b, STR(" AS name WHERE "));
		differs_sql(b, w->column[i]);
	}
	buf_add(b, STR(") AS c)"));
}

static void any_differs_sql(struct buf *b, const struct outbox_watch *w)
{
	buf_char(b, '(');
	for (size_t i = 0; i < w->columns; i++) {
		buf_add(b, i ? STR(" OR ") : STR(""));
		differs_sql(b, w->column[i]);
	}
	buf_char(b, ')');
}

/* INSERT INTO lockstep_outbox SELECT …; the caller adds the WHERE. */
static void put_sql(struct buf *b, const struct outbox_watch *w, enum outbox_op op)
{
	const char *row = op == OUTBOX_DELETE ? "OLD" : "NEW";

	buf_add(b, STR("  INSERT INTO lockstep_outbox (connection, watch, table_name, record_key,"
		       " op, changed, before_row, after_row) SELECT "));
	outbox_literal(b, w->connection);
	buf_add(b, STR(", "));
	outbox_literal(b, w->name);
	buf_add(b, STR(", "));
	outbox_literal(b, w->table);
	buf_add(b, STR(", CAST("));
	sql_column(b, row, w->key);
	buf_printf(b, " AS TEXT), '%s', ", outbox_op_name(op));
	if (op == OUTBOX_UPDATE)
		changed_sql(b, w);
	else
		buf_add(b, STR("NULL"));
	buf_add(b, STR(", "));
	if (op == OUTBOX_INSERT)
		buf_add(b, STR("NULL"));
	else
		object_sql(b, w, "OLD");
	buf_add(b, STR(", "));
	if (op == OUTBOX_DELETE)
		buf_add(b, STR("NULL"));
	else
		object_sql(b, w, "NEW");
	buf_add(b, STR("\n    WHERE "));
}

static void same_record_sql(struct buf *b, const struct outbox_watch *w, bool same)
{
	buf_add(b, same ? STR(" AND ") : STR(" AND NOT ("));
	sql_column(b, "NEW", w->key);
	buf_add(b, STR(" IS "));
	sql_column(b, "OLD", w->key);
	if (!same) {
		buf_add(b, STR(" AND "));
		outbox_when(b, w, "NEW", DB_SQLITE);
		buf_add(b, STR(" AND "));
		outbox_when(b, w, "OLD", DB_SQLITE);
		buf_char(b, ')');
	}
}

static void update_body(struct buf *b, const struct outbox_watch *w)
{
	put_sql(b, w, OUTBOX_UPDATE);
	outbox_when(b, w, "NEW", DB_SQLITE);
	buf_add(b, STR(" AND "));
	outbox_when(b, w, "OLD", DB_SQLITE);
	same_record_sql(b, w, true);
	buf_add(b, STR(" AND "));
	any_differs_sql(b, w);
	buf_add(b, STR(";\n"));
	put_sql(b, w, OUTBOX_DELETE);
	outbox_when(b, w, "OLD", DB_SQLITE);
	same_record_sql(b, w, false);
	buf_add(b, STR(";\n"));
	put_sql(b, w, OUTBOX_INSERT);
	outbox_when(b, w, "NEW", DB_SQLITE);
	same_record_sql(b, w, false);
	buf_add(b, STR(";\n"));
}

static struct str trigger_name(struct arena *a, const struct outbox_watch *w, enum outbox_op op)
{
	struct str base = outbox_trigger_name(a, w);

	return str_printf(a, "%.*s_%s", STR_ARG(base), outbox_op_name(op));
}

static struct str trigger_sql(struct arena *a, const struct outbox_watch *w, enum outbox_op op)
{
	static const char *const verb[] = { "INSERT", "UPDATE", "DELETE" };
	struct str name = trigger_name(a, w, op);
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	buf_add(&b, STR("CREATE TRIGGER "));
	sql_name(&b, name);
	buf_printf(&b, " AFTER %s ON ", verb[op]);
	sql_name(&b, sql_table_bare(w->table));
	buf_add(&b, STR("\nWHEN NOT EXISTS (SELECT 1 FROM lockstep_quiet WHERE connection = "));
	outbox_literal(&b, w->connection);
	buf_add(&b, STR(")\nBEGIN\n"));
	if (op == OUTBOX_UPDATE) {
		update_body(&b, w);
	} else {
		put_sql(&b, w, op);
		outbox_when(&b, w, op == OUTBOX_INSERT ? "NEW" : "OLD", DB_SQLITE);
		buf_add(&b, STR(";\n"));
	}
	buf_add(&b, STR("END"));
	assert(!b.failed);
	return buf_str(&b);
}

/* ---- what is there, and what should be ---- */

struct made {
	struct str name, sql;
};

static void drop(struct ddl *l, struct str name)
{
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_add(&b, STR("DROP TRIGGER IF EXISTS "));
	sql_name(&b, name);
	ddl_add(l, buf_str(&b));
}

/* Puts `want` in place of what has its name. */
static void plan_trigger(struct ddl *l, const struct db_result *have, const struct made *want)
{
	for (size_t i = 0; i < have->rows; i++) {
		if (!str_eq(db_cell(have, i, 0).s, want->name))
			continue;
		if (str_eq(db_cell(have, i, 1).s, want->sql))
			return;
		drop(l, want->name);
	}
	ddl_add(l, want->sql);
}

static void drop_others(struct ddl *l, const struct db_result *have, const struct made *want,
			size_t n)
{
	for (size_t i = 0; i < have->rows; i++) {
		bool wanted = false;

		for (size_t k = 0; k < n; k++)
			wanted = wanted || str_eq(db_cell(have, i, 0).s, want[k].name);
		if (!wanted)
			drop(l, db_cell(have, i, 0).s);
	}
}

bool outbox_triggers_sqlite(struct ddl *l, const struct outbox_watch *watch, size_t watches,
			    struct err *e)
{
	struct made *want = arena_new_array(l->a, struct made, 3 * watches + 1);
	struct db_result have;
	size_t n = 0;

	if (!db_query(l->db, l->a,
		      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
		      " AND substr(name, 1, length('" OUTBOX_TRIGGER_PREFIX
		      "')) = '" OUTBOX_TRIGGER_PREFIX "' ORDER BY name",
		      NULL, 0, &have, e))
		return false;
	for (size_t i = 0; i < watches; i++)
		for (int op = OUTBOX_INSERT; op <= OUTBOX_DELETE; op++)
			want[n++] =
				(struct made){ trigger_name(l->a, &watch[i], (enum outbox_op)op),
					       trigger_sql(l->a, &watch[i], (enum outbox_op)op) };
	drop_others(l, &have, want, n);
	for (size_t i = 0; i < n; i++)
		plan_trigger(l, &have, &want[i]);
	return true;
}
