/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine.c - records that could not become rows, kept sealed until they can. */
#include "store/cell.h"
#include "store/control.h"

bool quarantine_put(struct db *d, const struct quarantine_item *q, struct err *e)
{
	struct value param[] = { value_str(q->connection),  value_str(q->stream),
				 value_str(q->table),       value_str(q->key),
				 value_str(q->column),      value_str(q->code),
				 value_str(q->says),        value_str(q->sealed),
				 cell_from_ms(q->first_ms), cell_from_ms(q->last_ms) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_quarantine (connection, stream, table_name, record_key, "
		     "column_name, code, says, sealed, tries, first_at, last_at) "
		     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10) "
		     "ON CONFLICT (connection, table_name, record_key) DO UPDATE SET "
		     "stream = excluded.stream, column_name = excluded.column_name, "
		     "code = excluded.code, says = excluded.says, sealed = excluded.sealed, "
		     "tries = lockstep_quarantine.tries + 1, last_at = excluded.last_at",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "quarantine of table '%.*s'", STR_ARG(q->table));
	return true;
}

bool quarantine_remove(struct db *d, struct str connection, struct str table, struct str key,
		       struct err *e)
{
	struct value param[] = { value_str(connection), value_str(table), value_str(key) };

	return db_exec(d,
		       "DELETE FROM lockstep_quarantine "
		       "WHERE connection = ?1 AND table_name = ?2 AND record_key = ?3",
		       param, COUNT(param), NULL, e);
}

/* All items of the first `limit` keys: one key can stand in two tables, and a page that ended
 * between them would lose the second. */
static const char list_sql[] =
	"SELECT connection, stream, table_name, record_key, column_name, code, says, sealed, "
	"tries, first_at, last_at FROM lockstep_quarantine "
	"WHERE connection = ?1 AND (?2 = '' OR stream = ?2) AND record_key > ?3 "
	"AND record_key <= (SELECT max(k.record_key) FROM (SELECT DISTINCT record_key "
	"FROM lockstep_quarantine WHERE connection = ?1 AND (?2 = '' OR stream = ?2) "
	"AND record_key > ?3 ORDER BY record_key LIMIT ?4) k) ORDER BY record_key, table_name";

bool quarantine_list(struct db *d, struct arena *a, const struct quarantine_filter *f,
		     struct quarantine_item **out, size_t *n, struct err *e)
{
	struct value param[] = { value_str(f->connection), value_str(f->stream),
				 value_str(f->after), value_int((int64_t)f->limit) };
	struct quarantine_item *item;
	struct db_result r;

	if (!db_query(d, a, list_sql, param, COUNT(param), &r, e))
		return false;
	item = arena_new_array(a, struct quarantine_item, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		struct str *const text[] = { &item[i].connection, &item[i].stream, &item[i].table,
					     &item[i].key,        &item[i].column, &item[i].code,
					     &item[i].says,       &item[i].sealed };

		for (size_t j = 0; j < COUNT(text); j++)
			*text[j] = db_cell(&r, i, j).s;
		item[i].tries = db_cell(&r, i, 8).i;
		item[i].first_ms = cell_time_ms(db_cell(&r, i, 9));
		item[i].last_ms = cell_time_ms(db_cell(&r, i, 10));
	}
	*out = item;
	*n = r.rows;
	return true;
}

bool quarantine_count(struct db *d, struct str connection, int64_t *n, struct err *e)
{
	AUTO_ARENA *a = arena_new("quarantine", 1 << 20);
	struct value param = value_str(connection);
	struct db_result r;

	if (!db_query(d, a, "SELECT count(*) FROM lockstep_quarantine WHERE connection = ?1",
		      &param, 1, &r, e))
		return false;
	*n = db_cell(&r, 0, 0).i;
	return true;
}

bool quarantine_sums(struct db *d, struct arena *a, struct quarantine_sum **out, size_t *n,
		     struct err *e)
{
	struct quarantine_sum *sum;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT connection, table_name, count(*) FROM lockstep_quarantine "
		      "GROUP BY connection, table_name",
		      NULL, 0, &r, e))
		return err_wrap(e, "quarantine");
	sum = arena_new_array(a, struct quarantine_sum, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		sum[i] = (struct quarantine_sum){ db_cell(&r, i, 0).s, db_cell(&r, i, 1).s,
						  db_cell(&r, i, 2).i };
	*out = sum;
	*n = r.rows;
	return true;
}

bool quarantine_any(struct db *d, struct str connection, struct str table, bool *any, struct err *e)
{
	const struct value param[] = { value_str(connection), value_str(table) };

	return db_any(
		d,
		"SELECT 1 FROM lockstep_quarantine WHERE connection = ?1 AND table_name = ?2 LIMIT 1",
		param, COUNT(param), any, e);
}
