/* SPDX-License-Identifier: Apache-2.0 */
/* ddl.c - the statements that add what is missing: tables, columns, indexes. */
#include "store/ddl.h"

#include "store/sql.h"

/* PostgreSQL cuts longer names, and two that are cut alike would be one index. */
#define NAME_MAX_BYTES 63

void ddl_init(struct ddl *l, struct db *d, struct arena *a)
{
	*l = (struct ddl){ .db = d, .a = a };
}

void ddl_add(struct ddl *l, struct str statement)
{
	if (l->statements == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;

		l->statement = arena_grow(l->a, l->statement, l->cap * sizeof(*l->statement),
					  cap * sizeof(*l->statement));
		l->cap = cap;
	}
	l->statement[l->statements++] = statement;
}

static void finish(struct ddl *l, const struct buf *b)
{
	assert(!b->failed);
	ddl_add(l, buf_str(b));
}

void ddl_create(struct ddl *l, struct str table, const struct ddl_column *column, size_t columns,
		struct str tail)
{
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_add(&b, STR("CREATE TABLE IF NOT EXISTS "));
	sql_table(&b, table);
	for (size_t i = 0; i < columns; i++) {
		buf_add(&b, i ? STR(",\n  ") : STR(" (\n  "));
		sql_name(&b, column[i].name);
		buf_char(&b, ' ');
		buf_add(&b, column[i].type);
	}
	buf_add(&b, tail);
	buf_add(&b, STR("\n)"));
	finish(l, &b);
}

void ddl_add_column(struct ddl *l, struct str table, const struct ddl_column *column)
{
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_add(&b, STR("ALTER TABLE "));
	sql_table(&b, table);
	buf_add(&b, STR(" ADD COLUMN "));
	sql_name(&b, column->name);
	buf_char(&b, ' ');
	buf_add(&b, column->type);
	finish(l, &b);
}

static struct str index_name(struct arena *a, struct str table, const struct str *column,
			     size_t columns, bool unique)
{
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	buf_add(&b, sql_table_bare(table));
	for (size_t i = 0; i < columns; i++) {
		buf_char(&b, '_');
		buf_add(&b, column[i]);
	}
	buf_add(&b, unique ? STR("_lockstep_key") : STR("_lockstep_idx"));
	if (b.len <= NAME_MAX_BYTES)
		return buf_str(&b);
	return str_printf(a, "lockstep_%016llx_%s", (unsigned long long)str_hash(buf_str(&b)),
			  unique ? "key" : "idx");
}

void ddl_index(struct ddl *l, struct str table, const struct str *column, size_t columns,
	       bool unique)
{
	struct str name = index_name(l->a, table, column, columns, unique);
	struct str schema = sql_table_schema(table);
	/* Of a table in a schema: PostgreSQL names the schema with the table, SQLite with the
	 * index. */
	bool with_index = schema.len && l->db->ops->dialect == DB_SQLITE;
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_printf(&b, "CREATE %sINDEX IF NOT EXISTS ", unique ? "UNIQUE " : "");
	if (with_index) {
		sql_name(&b, schema);
		buf_char(&b, '.');
	}
	sql_name(&b, name);
	buf_add(&b, STR(" ON "));
	sql_table(&b, with_index ? sql_table_bare(table) : table);
	for (size_t i = 0; i < columns; i++) {
		buf_add(&b, i ? STR(", ") : STR(" ("));
		sql_name(&b, column[i]);
	}
	buf_char(&b, ')');
	finish(l, &b);
}

bool ddl_index_once(struct ddl *l, struct str table, const struct str *column, size_t columns,
		    struct err *e)
{
	struct value param[] = { value_str(index_name(l->a, table, column, columns, false)),
				 value_str(table) };
	bool settled;

	if (!db_any(l->db, sql_words(l->db)->index_settled, param, COUNT(param), &settled, e))
		return false;
	if (!settled)
		ddl_index(l, table, column, columns, false);
	return true;
}
