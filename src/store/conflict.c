/* SPDX-License-Identifier: Apache-2.0 */
/* conflict.c - cells that a person and the vendor both changed, until a person decides. */
#include "store/cell.h"
#include "store/control.h"
#include "store/sql.h"

bool conflict_put(struct db *d, const struct conflict *c, struct err *e)
{
	struct value param[] = { value_str(c->connection), value_str(c->table),
				 value_str(c->key),        value_str(c->column),
				 value_str(c->sealed),     cell_from_ms(c->since_ms) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_conflicts (connection, table_name, record_key, "
		     "column_name, sealed, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		     "ON CONFLICT (connection, table_name, record_key, column_name) "
		     "DO UPDATE SET sealed = excluded.sealed, since = excluded.since",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "conflicts of table '%.*s'", STR_ARG(c->table));
	return true;
}

bool conflict_remove(struct db *d, const struct conflict *c, struct err *e)
{
	struct value param[] = { value_str(c->connection), value_str(c->table), value_str(c->key),
				 value_str(c->column) };

	return db_exec(d,
		       "DELETE FROM lockstep_conflicts WHERE connection = ?1 AND table_name = ?2 "
		       "AND record_key = ?3 AND (?4 = '' OR column_name = ?4)",
		       param, COUNT(param), NULL, e);
}

#define WHERE                                                                       \
	" WHERE (?1 = '' OR connection = ?1) AND (?2 = '' OR table_name = ?2) AND " \
	"(?3 = '' OR record_key = ?3) AND (?4 = '' OR column_name = ?4)"

bool conflict_list(struct db *d, struct arena *a, const struct conflict_filter *f,
		   struct conflict **out, size_t *n, struct err *e)
{
	struct value param[] = { value_str(f->connection), value_str(f->table), value_str(f->key),
				 value_str(f->column), value_int((int64_t)f->limit) };
	struct conflict *c;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT connection, table_name, record_key, column_name, sealed, since "
		      "FROM lockstep_conflicts" WHERE
		      " ORDER BY connection, table_name, record_key, column_name LIMIT ?5",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "conflicts");
	c = arena_new_array(a, struct conflict, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		c[i] = (struct conflict){ .connection = db_cell(&r, i, 0).s,
					  .table = db_cell(&r, i, 1).s,
					  .key = db_cell(&r, i, 2).s,
					  .column = db_cell(&r, i, 3).s,
					  .sealed = db_cell(&r, i, 4).s,
					  .since_ms = cell_time_ms(db_cell(&r, i, 5)) };
	*out = c;
	*n = r.rows;
	return true;
}

bool conflict_count(struct db *d, const struct conflict_filter *f, int64_t *n, struct err *e)
{
	AUTO_ARENA *a = arena_new("conflicts", SQL_BYTES_MAX);
	struct value param[] = { value_str(f->connection), value_str(f->table), value_str(f->key),
				 value_str(f->column) };
	struct db_result r;

	if (!db_query(d, a, "SELECT count(*) FROM lockstep_conflicts" WHERE, param, COUNT(param),
		      &r, e))
		return err_wrap(e, "conflicts");
	*n = db_cell(&r, 0, 0).i;
	return true;
}
