/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_shape.c - what a SQLite database has under a table's name.
 *
 * A declared type is any text in SQLite; what a column keeps unchanged follows from the words in it
 * (sqlite.org/datatype3.html, section 3.1).
 */
#include "store/shape.h"
#include "store/sql.h"
#include "store/sqlite.h"

/* The first that matches, in SQLite's order: "interval" is an integer there too. */
static const struct {
	const char *pattern;
	enum column_holds holds;
} kinds[] = {
	{ "", HOLDS_TEXT },
	{ "%int%", HOLDS_INTEGER },
	{ "%char%", HOLDS_TEXT },
	{ "%clob%", HOLDS_TEXT },
	{ "%text%", HOLDS_TEXT },
	{ "%real%", HOLDS_FLOAT },
	{ "%floa%", HOLDS_FLOAT },
	{ "%doub%", HOLDS_FLOAT },
	{ "bool%", HOLDS_BOOLEAN },
	{ "%timestamp%", HOLDS_TIME },
	{ "%datetime%", HOLDS_TIME },
	{ "date", HOLDS_DATE },
	{ "uuid", HOLDS_UUID },
	{ "json%", HOLDS_JSON },
	{ "numeric%", HOLDS_NUMERIC },
	{ "decimal%", HOLDS_NUMERIC },
};

static enum column_holds holds(struct str type)
{
	char text[64];

	if (type.len >= sizeof(text))
		return HOLDS_OTHER;
	memcpy(text, type.at, type.len);
	text[type.len] = 0;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (sqlite3_strlike(kinds[i].pattern, text, 0) == 0)
			return kinds[i].holds;
	return HOLDS_OTHER;
}

/* (name, type) */
static void set_columns(struct arena *a, struct table_shape *s, const struct db_result *r)
{
	s->column = arena_new_array(a, struct shape_column, r->rows + 1);
	s->columns = r->rows;
	s->exists = r->rows > 0;
	for (size_t i = 0; i < r->rows; i++)
		s->column[i] = (struct shape_column){
			.name = db_cell(r, i, 0).s,
			.type = db_cell(r, i, 1).s,
			.holds = holds(db_cell(r, i, 1).s),
		};
}

bool sqlite_shape(struct db *d, struct arena *a, struct str table, struct table_shape *out,
		  struct err *e)
{
	static const char columns[] =
		"SELECT name, lower(type) FROM pragma_table_info(?1, ?2) ORDER BY cid";
	/* The key of a rowid table that is its rowid has no index: it comes from the table. */
	static const char uniques[] =
		"SELECT * FROM (SELECT l.seq AS i, x.name AS column_name, x.seqno AS place "
		"FROM pragma_index_list(?1, ?2) l, pragma_index_info(l.name, ?2) x "
		"WHERE l.\"unique\" <> 0 AND l.partial = 0 AND NOT EXISTS (SELECT 1 "
		"FROM pragma_index_info(l.name, ?2) n WHERE n.name IS NULL) "
		"UNION ALL SELECT -1, name, pk FROM pragma_table_info(?1, ?2) WHERE pk > 0) "
		"ORDER BY 1, 3";
	struct str schema = sql_table_schema(table);
	struct value param[] = { value_str(sql_table_bare(table)),
				 value_str(schema.len ? schema : STR("main")) };
	struct table_shape s = { 0 };
	struct db_result r;

	if (!db_query(d, a, columns, param, 2, &r, e))
		return false;
	set_columns(a, &s, &r);
	if (!db_query(d, a, uniques, param, 2, &r, e))
		return false;
	shape_set_uniques(a, &s, &r);
	*out = s;
	return true;
}

/* SQLite compares a column with a text by the column's own affinity. */
bool sqlite_holds(struct db *d, struct str table, struct str column, enum column_holds *out,
		  struct err *e)
{
	(void)d;
	(void)table;
	(void)column;
	(void)e;
	*out = HOLDS_TEXT;
	return true;
}
