/* SPDX-License-Identifier: Apache-2.0 */
/* sql.c - SQL as text: names quoted, parameters numbered, the words that differ. */
#include "store/sql.h"

static const struct sql_words words[] = {
	[DB_SQLITE] = {
		.lock_row = "",
		.wait_row = "",
		.differs = "IS NOT",
		.values = "json_each(?1) AS v",
		.values_ord = "v.key",
		.text_type = "TEXT",
		.time_type = "TEXT",
		.uuid_type = "TEXT",
		.json_type = "TEXT",
		.decimal_type = "TEXT", /* NUMERIC would make a double of it */
		.boolean_type = "INTEGER",
		.date_type = "TEXT",
		.float_type = "REAL",
		.uuid_self = "TEXT PRIMARY KEY NOT NULL DEFAULT (lower(hex(randomblob(4)) || '-' ||"
			     " hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) ||"
			     " '-' || substr('89ab', 1 + (random() & 3), 1) ||"
			     " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))",
		.one_at_a_time = "",
		.time_self = "TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
		.index_settled = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?1 "
				 "AND tbl_name = ?2",
		.now_ms = "(SELECT lockstep_now_ms())",
	},
	[DB_POSTGRES] = {
		.lock_row = " FOR UPDATE SKIP LOCKED",
		.wait_row = " FOR UPDATE",
		.differs = "IS DISTINCT FROM",
		.values = "jsonb_array_elements(CAST(?1 AS jsonb)) WITH ORDINALITY AS v(value, ord)",
		.values_ord = "v.ord - 1",
		.text_type = "text COLLATE \"C\"",
		.time_type = "timestamptz",
		.uuid_type = "uuid",
		.json_type = "jsonb",
		.decimal_type = "numeric",
		.boolean_type = "boolean",
		.date_type = "date",
		.float_type = "double precision",
		.uuid_self = "uuid PRIMARY KEY DEFAULT gen_random_uuid()",
		.one_at_a_time = "SELECT pg_advisory_xact_lock(7239551170340911)",
		.time_self = "timestamptz NOT NULL DEFAULT now()",
		.index_settled = "SELECT 1 FROM pg_class c WHERE c.oid = to_regclass(?2) AND (NOT "
				 "pg_has_role(c.relowner, 'USAGE') OR EXISTS (SELECT 1 FROM "
				 "pg_index i JOIN pg_class n ON n.oid = i.indexrelid WHERE "
				 "i.indrelid = c.oid AND n.relname = ?1))",
		.now_ms = "(SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint))",
	},
};

const struct sql_words *sql_words(const struct db *d)
{
	assert((size_t)d->ops->dialect < COUNT(words));
	return &words[d->ops->dialect];
}

void sql_name(struct buf *b, struct str name)
{
	buf_char(b, '"');
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '"')
			buf_char(b, '"');
		buf_char(b, name.at[i]);
	}
	buf_char(b, '"');
}

struct str sql_table_bare(struct str table)
{
	struct str schema = sql_table_schema(table);

	return schema.len ? str_slice(table, schema.len + 1, table.len) : table;
}

struct str sql_table_schema(struct str table)
{
	struct str rest = table, schema = str_cut(&rest, '.');

	return schema.len == table.len ? STR("") : schema;
}

void sql_table(struct buf *b, struct str table)
{
	struct str schema = sql_table_schema(table);

	if (schema.len) {
		sql_name(b, schema);
		buf_char(b, '.');
	}
	sql_name(b, sql_table_bare(table));
}

void sql_column(struct buf *b, const char *qualifier, struct str name)
{
	buf_printf(b, "%s.", qualifier);
	sql_name(b, name);
}

/* Where the quoted part that begins at `i` ends (its last quote), or the end of the text. */
static size_t quoted_end(struct str sql, size_t i)
{
	size_t end = i + 1;

	while (end < sql.len && sql.at[end] != sql.at[i])
		end++;
	return end;
}

const char *sql_dollar(struct arena *a, struct str sql)
{
	char *to = arena_alloc(a, sql.len + 1);

	for (size_t i = 0; i < sql.len; i++) {
		if (sql.at[i] == '\'' || sql.at[i] == '"') {
			size_t end = quoted_end(sql, i);

			memcpy(to + i, sql.at + i, end - i);
			i = end;
		}
		if (i < sql.len)
			to[i] = sql.at[i] == '?' ? '$' : sql.at[i];
	}
	return to;
}
