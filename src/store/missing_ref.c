/* SPDX-License-Identifier: Apache-2.0 */
/*
 * missing_ref.c - references whose parent has not come yet, and linking them when it has.
 *
 * References that look for their parents in the same way are one set, linked by one statement.
 */
#include "store/cell.h"
#include "store/control.h"
#include "store/match.h"
#include "store/sql.h"

bool missing_ref_put(struct db *d, struct str connection, const struct missing_ref *m,
		     struct err *e)
{
	struct value param[] = { value_str(connection),       value_str(m->table),
				 value_str(m->key_column),    value_str(m->key),
				 value_str(m->column),        value_str(m->lookup.table),
				 value_str(m->lookup.match),  value_str(m->lookup.take),
				 value_str(m->lookup.prefer), value_int(m->lookup.fold_case),
				 value_str(m->value) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_missing_refs (connection, table_name, key_column, "
		     "record_key, column_name, parent_table, match_column, take_column, "
		     "prefer_column, fold_case, value) "
		     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
		     "ON CONFLICT (connection, table_name, record_key, column_name) DO UPDATE SET "
		     "key_column = excluded.key_column, parent_table = excluded.parent_table, "
		     "match_column = excluded.match_column, take_column = excluded.take_column, "
		     "prefer_column = excluded.prefer_column, fold_case = excluded.fold_case, "
		     "value = excluded.value",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "missing references of table '%.*s'", STR_ARG(m->table));
	return true;
}

bool missing_ref_remove(struct db *d, struct str connection, struct str table, struct str key,
			struct str column, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(table), value_str(key),
				 value_str(column) };

	return db_exec(d,
		       "DELETE FROM lockstep_missing_refs WHERE connection = ?1 AND "
		       "table_name = ?2 AND record_key = ?3 AND column_name = ?4",
		       param, COUNT(param), NULL, e);
}

/* What the references of a set have in common, as columns and as parameters ?1 … */
#define SET_COLUMNS                                                                   \
	"m.table_name, m.key_column, m.column_name, m.parent_table, m.match_column, " \
	"m.take_column, m.prefer_column, m.fold_case"
#define SET_PARAMS 9
#define SET_WHERE                                                                 \
	"m.connection = ?1 AND m.table_name = ?2 AND m.key_column = ?3 AND "      \
	"m.column_name = ?4 AND m.parent_table = ?5 AND m.match_column = ?6 AND " \
	"m.take_column = ?7 AND m.prefer_column = ?8 AND m.fold_case = ?9"

struct set {
	struct value param[SET_PARAMS];
	struct missing_ref like; /* without key and value */
};

static struct set set_of(struct str connection, const struct db_result *r, size_t i)
{
	struct set s = { .param = { value_str(connection) } };

	for (size_t j = 1; j < SET_PARAMS; j++)
		s.param[j] = db_cell(r, i, j - 1);
	s.like = (struct missing_ref){ .table = s.param[1].s,
				       .key_column = s.param[2].s,
				       .column = s.param[3].s,
				       .lookup = { .table = s.param[4].s,
						   .match = s.param[5].s,
						   .take = s.param[6].s,
						   .prefer = s.param[7].s,
						   .fold_case = s.param[8].i != 0 } };
	return s;
}

/* "FROM parent p WHERE p matches m.value and has something to take" */
static bool add_parent(struct db *d, struct buf *b, const struct missing_ref *m, struct err *e)
{
	buf_add(b, STR(" FROM "));
	sql_table(b, m->lookup.table);
	buf_add(b, STR(" AS p WHERE "));
	if (!match_parent(d, b, &m->lookup, "m.value", e))
		return false;
	buf_add(b, STR(" AND "));
	sql_column(b, "p", m->lookup.take);
	buf_add(b, STR(" IS NOT NULL"));
	return true;
}

/* The key and the new content of what was linked.  SQLite knows no alias there. */
static void add_returning(struct db *d, struct buf *b, const struct missing_ref *m)
{
	const struct str name[] = { m->key_column, m->column };

	for (size_t i = 0; i < COUNT(name); i++) {
		buf_add(b, i ? STR(", ") : STR(" RETURNING "));
		if (d->ops->dialect == DB_SQLITE)
			sql_name(b, name[i]);
		else
			sql_column(b, "c", name[i]);
	}
}

static bool link_sql(struct db *d, struct buf *b, const struct missing_ref *m, struct err *e)
{
	buf_add(b, STR("UPDATE "));
	sql_table(b, m->table);
	buf_add(b, STR(" AS c SET "));
	sql_name(b, m->column);
	buf_add(b, STR(" = x.found FROM (SELECT m.record_key, (SELECT "));
	if (!match_take(d, b, &m->lookup, m->table, m->column, e) || !add_parent(d, b, m, e))
		return false;
	buf_add(b, STR(" ORDER BY "));
	match_order(b, &m->lookup);
	buf_add(b, STR(" LIMIT 1) AS found FROM lockstep_missing_refs AS m WHERE " SET_WHERE
		       ") AS x WHERE x.found IS NOT NULL AND "));
	if (!match_column(d, b, m->table, "c", m->key_column, "x.record_key", e))
		return false;
	buf_add(b, STR(" AND "));
	sql_column(b, "c", m->column);
	buf_add(b, STR(" IS NULL"));
	assert(!b->failed);
	return true;
}

static bool forget_sql(struct db *d, struct buf *b, const struct missing_ref *m, struct err *e)
{
	buf_add(b, STR("DELETE FROM lockstep_missing_refs AS m WHERE " SET_WHERE
		       " AND EXISTS (SELECT 1"));
	if (!add_parent(d, b, m, e))
		return false;
	buf_char(b, ')');
	assert(!b->failed);
	return true;
}

static bool tell(struct arena *a, const struct set *s, const struct link_watch *watch,
		 const struct db_result *r, struct err *e)
{
	for (size_t i = 0; i < r->rows; i++) {
		struct link_change c = { .table = s->like.table,
					 .key = cell_text(a, db_cell(r, i, 0)),
					 .column = s->like.column,
					 .before = NULL_VALUE,
					 .after = db_cell(r, i, 1) };

		if (!watch->tell(watch->arg, &c, e))
			return false;
	}
	return true;
}

static bool link_set(struct db *d, struct arena *a, const struct set *s,
		     const struct link_watch *watch, struct buf *sql, int64_t *n, struct err *e)
{
	struct db_result r;

	if (!watch)
		return db_exec(d, sql->at, s->param, SET_PARAMS, n, e);
	add_returning(d, sql, &s->like);
	if (!db_query(d, a, sql->at, s->param, SET_PARAMS, &r, e))
		return false;
	*n = (int64_t)r.rows;
	return tell(a, s, watch, &r, e);
}

static bool relink_set(struct db *d, struct arena *a, const struct set *s,
		       const struct link_watch *watch, int64_t *linked, struct err *e)
{
	struct buf link, forget;
	int64_t n;

	buf_in(&link, a, SQL_BYTES_MAX);
	buf_in(&forget, a, SQL_BYTES_MAX);
	if (!link_sql(d, &link, &s->like, e) || !forget_sql(d, &forget, &s->like, e) ||
	    !link_set(d, a, s, watch, &link, &n, e) ||
	    !db_exec(d, forget.at, s->param, SET_PARAMS, NULL, e))
		return err_wrap(e, "linking '%.*s' of table '%.*s'", STR_ARG(s->like.column),
				STR_ARG(s->like.table));
	*linked += n;
	return true;
}

bool missing_ref_relink(struct db *d, struct str connection, const struct link_watch *watch,
			int64_t *linked, int64_t *left, struct err *e)
{
	AUTO_ARENA *a = arena_new("relink", (size_t)1 << 30);
	struct value param = value_str(connection);
	struct db_result sets, r;
	int64_t n = 0;

	if (!db_query(d, a,
		      "SELECT DISTINCT " SET_COLUMNS
		      " FROM lockstep_missing_refs m WHERE m.connection = ?1",
		      &param, 1, &sets, e))
		return false;
	for (size_t i = 0; i < sets.rows; i++) {
		struct set s = set_of(connection, &sets, i);

		if (!relink_set(d, a, &s, watch, &n, e))
			return false;
	}
	if (!db_query(d, a, "SELECT count(*) FROM lockstep_missing_refs WHERE connection = ?1",
		      &param, 1, &r, e))
		return false;
	*linked = n;
	*left = db_cell(&r, 0, 0).i;
	return true;
}

bool missing_ref_any(struct db *d, struct str connection, struct str table, bool *any,
		     struct err *e)
{
	const struct value param[] = { value_str(connection), value_str(table) };

	return db_any(
		d,
		"SELECT 1 FROM lockstep_missing_refs WHERE connection = ?1 AND table_name = ?2 LIMIT 1",
		param, COUNT(param), any, e);
}
