/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_shape.c - what a PostgreSQL database has under a table's name.
 */
#include "store/postgres.h"
#include "store/shape.h"
#include "store/sql.h"

/* A domain counts as what it is made of. */
static const char columns_sql[] =
	"SELECT a.attname, lower(format_type(a.atttypid, a.atttypmod)),"
	" b.typname, CAST(b.typcategory AS text)"
	" FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
	" JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END"
	" WHERE a.attrelid = to_regclass(?1) AND a.attnum > 0 AND NOT a.attisdropped"
	" ORDER BY a.attnum";

static const char uniques_sql[] =
	"SELECT CAST(i.indexrelid AS bigint), a.attname FROM pg_index i"
	" CROSS JOIN LATERAL unnest(CAST(i.indkey AS int2[])) WITH ORDINALITY k(attnum, place)"
	" JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
	" WHERE i.indrelid = to_regclass(?1) AND i.indisunique AND i.indisvalid AND i.indimmediate"
	" AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts"
	" ORDER BY 1, k.place";

/* By the type's name, then by its category (pg_type.typcategory). */
static const struct {
	struct str name;
	enum column_holds holds;
} by_name[] = {
	{ STR("int2"), HOLDS_INTEGER },     { STR("int4"), HOLDS_INTEGER },
	{ STR("int8"), HOLDS_INTEGER },     { STR("numeric"), HOLDS_NUMERIC },
	{ STR("float4"), HOLDS_FLOAT },     { STR("float8"), HOLDS_FLOAT },
	{ STR("bool"), HOLDS_BOOLEAN },     { STR("timestamp"), HOLDS_TIME },
	{ STR("timestamptz"), HOLDS_TIME }, { STR("date"), HOLDS_DATE },
	{ STR("uuid"), HOLDS_UUID },        { STR("json"), HOLDS_JSON },
	{ STR("jsonb"), HOLDS_JSON },
};

static enum column_holds holds(struct str name, struct str category)
{
	for (size_t i = 0; i < COUNT(by_name); i++)
		if (str_eq(by_name[i].name, name))
			return by_name[i].holds;
	if (str_eq(category, STR("S")))
		return HOLDS_TEXT;
	return str_eq(category, STR("E")) ? HOLDS_ENUM : HOLDS_OTHER;
}

/* (name, type, base type, category) */
static void set_columns(struct arena *a, struct table_shape *s, const struct db_result *r)
{
	s->column = arena_new_array(a, struct shape_column, r->rows + 1);
	s->columns = r->rows;
	s->exists = r->rows > 0;
	for (size_t i = 0; i < r->rows; i++)
		s->column[i] = (struct shape_column){
			.name = db_cell(r, i, 0).s,
			.type = db_cell(r, i, 1).s,
			.holds = holds(db_cell(r, i, 2).s, db_cell(r, i, 3).s),
		};
}

bool postgres_shape(struct db *d, struct arena *a, struct str table, struct table_shape *out,
		    struct err *e)
{
	/* Not in `a`: what is kept goes when the first query has to connect. */
	AUTO_ARENA *own = arena_new("name", SQL_BYTES_MAX);
	struct table_shape s = { 0 };
	struct value param;
	struct db_result r;
	struct buf name;

	buf_in(&name, own, SQL_BYTES_MAX);
	sql_table(&name, table);
	param = value_str(buf_str(&name));
	if (!db_query(d, a, columns_sql, &param, 1, &r, e))
		return false;
	set_columns(a, &s, &r);
	if (!db_query(d, a, uniques_sql, &param, 1, &r, e))
		return false;
	shape_set_uniques(a, &s, &r);
	*out = s;
	return true;
}

void postgres_forget_shapes(struct postgres *p)
{
	p->shapes = 0;
	arena_reset(p->kept);
}

bool postgres_known_shape(struct postgres *p, struct str table, const struct table_shape **out,
			  struct err *e)
{
	struct table_shape shape;

	for (size_t i = 0; i < p->shapes; i++) {
		if (str_eq(p->shape[i].table, table)) {
			*out = &p->shape[i].shape;
			return true;
		}
	}
	if (p->shapes == POSTGRES_SHAPES_MAX)
		postgres_forget_shapes(p);
	if (!postgres_shape(&p->db, p->kept, table, &shape, e))
		return false;
	if (!shape.exists)
		return err_set(e, ERR_MISSING, "PostgreSQL: there is no table '%.*s'",
			       STR_ARG(table));
	p->shape[p->shapes] = (struct postgres_shape){ str_keep(p->kept, table), shape };
	*out = &p->shape[p->shapes++].shape;
	return true;
}

bool postgres_holds(struct db *d, struct str table, struct str column, enum column_holds *out,
		    struct err *e)
{
	const struct table_shape *shape;
	const struct shape_column *c;

	if (!postgres_known_shape(postgres_of(d), table, &shape, e))
		return false;
	c = shape_find(shape, column);
	if (!c)
		return err_set(e, ERR_MISSING, "table '%.*s' has no column '%.*s'", STR_ARG(table),
			       STR_ARG(column));
	*out = c->holds;
	return true;
}
