/* SPDX-License-Identifier: Apache-2.0 */
/* hold.c - tables whose runs are refused until a person has looked. */
#include "store/cell.h"
#include "store/control.h"

bool hold_put(struct db *d, const struct hold *h, struct err *e)
{
	struct value param[] = { value_str(h->connection), value_str(h->table),
				 value_str(h->check),      value_str(h->seen),
				 value_str(h->expected),   value_str(h->run),
				 cell_from_ms(h->since_ms) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_holds (connection, table_name, check_name, seen, "
		     "expected, run_id, since, released_by, pass_once) "
		     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', 0) "
		     "ON CONFLICT (connection, table_name) DO UPDATE SET "
		     "check_name = excluded.check_name, seen = excluded.seen, "
		     "expected = excluded.expected, run_id = excluded.run_id, "
		     "since = excluded.since, released_at = NULL, released_by = '', pass_once = 0",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "holding table '%.*s'", STR_ARG(h->table));
	return true;
}

bool hold_list(struct db *d, struct arena *a, const struct hold_filter *f, struct hold **out,
	       size_t *n, struct err *e)
{
	struct value param[] = { value_str(f->connection), value_str(f->table),
				 value_int(f->released) };
	struct hold *hold;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT connection, table_name, check_name, seen, expected, run_id, "
		      "released_by, since, released_at, pass_once FROM lockstep_holds "
		      "WHERE (?1 = '' OR connection = ?1) AND (?2 = '' OR table_name = ?2) "
		      "AND (?3 <> 0 OR released_at IS NULL) ORDER BY connection, table_name",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "holds");
	hold = arena_new_array(a, struct hold, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		struct str *const text[] = { &hold[i].connection, &hold[i].table,    &hold[i].check,
					     &hold[i].seen,       &hold[i].expected, &hold[i].run,
					     &hold[i].released_by };

		for (size_t j = 0; j < COUNT(text); j++)
			*text[j] = db_cell(&r, i, j).s;
		hold[i].since_ms = cell_time_ms(db_cell(&r, i, COUNT(text)));
		hold[i].released_ms = cell_time_ms(db_cell(&r, i, COUNT(text) + 1));
		hold[i].once = db_cell(&r, i, COUNT(text) + 2).i != 0;
	}
	*out = hold;
	*n = r.rows;
	return true;
}

bool hold_release(struct db *d, const struct hold_release *r, int64_t *released, struct err *e)
{
	struct value param[] = { value_str(r->connection), value_str(r->table), value_str(r->by),
				 cell_from_ms(r->now_ms), value_int(r->once) };

	return db_exec(d,
		       "UPDATE lockstep_holds SET released_at = ?4, released_by = ?3, "
		       "pass_once = ?5 WHERE connection = ?1 AND (?2 = '' OR table_name = ?2) "
		       "AND released_at IS NULL",
		       param, COUNT(param), released, e);
}

bool hold_used(struct db *d, struct str connection, struct str table, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(table) };

	return db_exec(d,
		       "UPDATE lockstep_holds SET pass_once = 0 "
		       "WHERE connection = ?1 AND table_name = ?2 AND pass_once <> 0",
		       param, COUNT(param), NULL, e);
}
