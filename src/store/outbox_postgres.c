/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_postgres.c - a watch as a function and a trigger of PostgreSQL.
 *
 * The function belongs to whoever migrated and runs with that one's rights and search path, so that
 * an application's role needs none on Lockstep's tables.  Times are written in UTC.
 */
#include "store/outbox_trigger.h"

#include "store/sql.h"

static void member_sql(struct buf *b, const char *row, struct str column, bool first)
{
	buf_add(b, first ? STR("") : STR(", "));
	outbox_literal(b, column);
	buf_add(b, STR(", to_jsonb("));
	sql_column(b, row, column);
	buf_char(b, ')');
}

static void object_sql(struct buf *b, const struct outbox_watch *w, const char *row)
{
	size_t n = w->columns + w->carries;

	buf_add(b, STR("jsonb_build_object("));
	for (size_t i = 0; i < n; i++)
		member_sql(b, row, i < w->columns ? w->column[i] : w->carried[i - w->columns],
			   i == 0);
	if (!outbox_has_column(w, w->key))
		member_sql(b, row, w->key, false);
	buf_char(b, ')');
}

/* Reads one side of the change when it meets the conditions. */
static void side_sql(struct buf *b, const struct outbox_watch *w, const char *row,
		     const char *without)
{
	bool old = *row == 'O';

	buf_printf(b, "  IF TG_OP <> '%s' THEN\n    IF ", without);
	outbox_when(b, w, row, DB_POSTGRES);
	buf_printf(b, " THEN\n      %s := ", old ? "key_before" : "key_after");
	sql_column(b, row, w->key);
	buf_printf(b, "::text;\n      %s := ", old ? "row_before" : "row_after");
	object_sql(b, w, row);
	buf_add(b, STR(";\n    END IF;\n  END IF;\n"));
}

static void put_sql(struct buf *b, const struct outbox_watch *w, const char *op, const char *rest)
{
	buf_add(b, STR("INSERT INTO lockstep_outbox (connection, watch, table_name, op,"
		       " record_key, changed, before_row, after_row) VALUES ("));
	outbox_literal(b, w->connection);
	buf_add(b, STR(", "));
	outbox_literal(b, w->name);
	buf_add(b, STR(", "));
	outbox_literal(b, w->table);
	buf_printf(b, ", '%s', %s);\n", op, rest);
}

static void names_sql(struct buf *b, const struct outbox_watch *w)
{
	for (size_t i = 0; i < w->columns; i++) {
		buf_add(b, i ? STR(", ") : STR(""));
		outbox_literal(b, w->column[i]);
	}
}

/* Compared as jsonb: a json column has no equality of its own. */
static void update_sql(struct buf *b, const struct outbox_watch *w)
{
	buf_add(b, STR("  IF key_before = key_after THEN\n"
		       "    SELECT jsonb_agg(n.key ORDER BY n.key) INTO changed_columns"
		       " FROM jsonb_each(row_after) AS n\n"
		       "      WHERE n.value IS DISTINCT FROM row_before -> n.key AND n.key IN ("));
	names_sql(b, w);
	buf_add(b, STR(");\n    IF changed_columns IS NOT NULL THEN\n      "));
	put_sql(b, w, "update",
		"key_after, changed_columns::text, row_before::text, row_after::text");
	buf_add(b, STR("    END IF;\n    RETURN NULL;\n  END IF;\n"));
}

static struct str body_sql(struct arena *a, const struct outbox_watch *w)
{
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	buf_add(&b, STR("\nDECLARE\n"
			"  key_before text; key_after text;\n"
			"  row_before jsonb; row_after jsonb; changed_columns jsonb;\n"
			"BEGIN\n"
			"  IF current_setting('lockstep.quiet', true) = "));
	outbox_literal(&b, w->connection);
	buf_add(&b, STR(" THEN RETURN NULL; END IF;\n"));
	side_sql(&b, w, "OLD", "INSERT");
	side_sql(&b, w, "NEW", "DELETE");
	update_sql(&b, w);
	buf_add(&b, STR("  IF key_before IS NOT NULL THEN\n    "));
	put_sql(&b, w, "delete", "key_before, NULL, row_before::text, NULL");
	buf_add(&b, STR("  END IF;\n  IF key_after IS NOT NULL THEN\n    "));
	put_sql(&b, w, "insert", "key_after, NULL, NULL, row_after::text");
	buf_add(&b, STR("  END IF;\n  RETURN NULL;\nEND;\n"));
	assert(!b.failed);
	return buf_str(&b);
}

static void create_function(struct ddl *l, struct str name, struct str schema, struct str body)
{
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_add(&b, STR("CREATE OR REPLACE FUNCTION "));
	sql_name(&b, schema);
	buf_char(&b, '.');
	sql_name(&b, name);
	buf_add(&b, STR("() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n"
			"SET search_path = "));
	sql_name(&b, schema);
	buf_add(&b, STR(", pg_temp SET timezone = 'UTC' AS "));
	outbox_literal(&b, body);
	assert(!b.failed);
	ddl_add(l, buf_str(&b));
}

static void create_trigger(struct ddl *l, const struct outbox_watch *w, struct str name,
			   struct str schema)
{
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_add(&b, STR("CREATE TRIGGER "));
	sql_name(&b, name);
	/* Not UPDATE OF: a trigger of the application may change columns that nobody named. */
	buf_add(&b, STR(" AFTER INSERT OR UPDATE OR DELETE ON "));
	sql_table(&b, w->table);
	buf_add(&b, STR(" FOR EACH ROW EXECUTE FUNCTION "));
	sql_name(&b, schema);
	buf_char(&b, '.');
	sql_name(&b, name);
	buf_add(&b, STR("()"));
	ddl_add(l, buf_str(&b));
}

/* The triggers hang on it. */
static void drop_function(struct ddl *l, struct str name, struct str schema)
{
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_add(&b, STR("DROP FUNCTION IF EXISTS "));
	sql_name(&b, schema);
	buf_char(&b, '.');
	sql_name(&b, name);
	buf_add(&b, STR("() CASCADE"));
	ddl_add(l, buf_str(&b));
}

/* ---- what is there, and what should be ---- */

/* Of the functions of ours: name, source, and whether a trigger on the watch's table calls it. */
static bool functions_read(struct ddl *l, struct db_result *out, struct err *e)
{
	return db_query(l->db, l->a,
			"SELECT p.proname::text, p.prosrc, coalesce((SELECT"
			" min(t.tgrelid::bigint) FROM pg_trigger t WHERE t.tgfoid = p.oid), 0)"
			" FROM pg_proc p WHERE p.pronamespace ="
			" (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())"
			" AND starts_with(p.proname::text, '" OUTBOX_TRIGGER_PREFIX "')"
			" ORDER BY 1",
			NULL, 0, out, e);
}

static bool table_oid(struct ddl *l, struct str table, int64_t *oid, struct err *e)
{
	struct value param[1];
	struct db_result r;
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	sql_table(&b, table);
	param[0] = value_str(buf_str(&b));
	if (!db_query(l->db, l->a, "SELECT coalesce(to_regclass(?1)::oid::bigint, 0)", param, 1, &r,
		      e))
		return false;
	*oid = db_cell(&r, 0, 0).i;
	return true;
}

static bool plan_watch(struct ddl *l, const struct outbox_watch *w, struct str schema,
		       const struct db_result *have, struct err *e)
{
	struct str name = outbox_trigger_name(l->a, w), body = body_sql(l->a, w);
	int64_t oid;

	if (!table_oid(l, w->table, &oid, e))
		return false;
	for (size_t i = 0; i < have->rows; i++) {
		bool here = db_cell(have, i, 2).i == oid;

		if (!str_eq(db_cell(have, i, 0).s, name))
			continue;
		if (here && str_eq(db_cell(have, i, 1).s, body))
			return true;
		if (here) {
			create_function(l, name, schema, body);
			return true;
		}
		drop_function(l, name, schema);
	}
	create_function(l, name, schema, body);
	create_trigger(l, w, name, schema);
	return true;
}

static void drop_others(struct ddl *l, const struct outbox_watch *watch, size_t watches,
			struct str schema, const struct db_result *have)
{
	for (size_t i = 0; i < have->rows; i++) {
		bool wanted = false;

		for (size_t k = 0; k < watches; k++)
			wanted = wanted || str_eq(outbox_trigger_name(l->a, &watch[k]),
						  db_cell(have, i, 0).s);
		if (!wanted)
			drop_function(l, db_cell(have, i, 0).s, schema);
	}
}

bool outbox_triggers_postgres(struct ddl *l, const struct outbox_watch *watch, size_t watches,
			      struct err *e)
{
	struct db_result have, where;
	struct str schema;

	if (!db_query(l->db, l->a, "SELECT current_schema()::text", NULL, 0, &where, e) ||
	    !functions_read(l, &have, e))
		return false;
	schema = db_cell(&where, 0, 0).s;
	drop_others(l, watch, watches, schema, &have);
	for (size_t i = 0; i < watches; i++)
		if (!plan_watch(l, &watch[i], schema, &have, e))
			return false;
	return true;
}
