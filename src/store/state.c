/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - cursors: one JSON text a stream and partition. */
#include "store/control.h"

bool state_get(struct db *d, struct arena *a, const struct state_key *k, struct str *json,
	       struct err *e)
{
	struct value param[] = { value_str(k->connection), value_str(k->stream),
				 value_str(k->partition) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT state FROM lockstep_state "
		      "WHERE connection = ?1 AND stream = ?2 AND slice = ?3",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "state of stream '%.*s'", STR_ARG(k->stream));
	*json = r.rows ? db_cell(&r, 0, 0).s : STR("");
	return true;
}

bool state_put(struct db *d, const struct state_key *k, struct str json, struct err *e)
{
	struct value param[] = { value_str(k->connection), value_str(k->stream),
				 value_str(k->partition), value_str(json) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_state (connection, stream, slice, state) "
		     "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (connection, stream, slice) "
		     "DO UPDATE SET state = excluded.state",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "state of stream '%.*s'", STR_ARG(k->stream));
	return true;
}

bool state_clear(struct db *d, struct str connection, struct str stream, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(stream) };

	if (!stream.len)
		return db_exec(d, "DELETE FROM lockstep_state WHERE connection = ?1", param, 1,
			       NULL, e);
	return db_exec(d, "DELETE FROM lockstep_state WHERE connection = ?1 AND stream = ?2", param,
		       2, NULL, e);
}

bool state_list(struct db *d, struct arena *a, struct str connection, struct str stream,
		size_t limit, struct state_row **out, size_t *n, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(stream),
				 value_int((int64_t)limit) };
	struct state_row *row;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT slice, state FROM lockstep_state WHERE connection = ?1 "
		      "AND stream = ?2 ORDER BY slice LIMIT ?3",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "state of stream '%.*s'", STR_ARG(stream));
	row = arena_new_array(a, struct state_row, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		row[i] = (struct state_row){ db_cell(&r, i, 0).s, db_cell(&r, i, 1).s };
	*out = row;
	*n = r.rows;
	return true;
}

bool state_put_all(struct db *d, const struct state_key *but, struct str json, struct err *e)
{
	struct value param[] = { value_str(but->connection), value_str(but->stream),
				 value_str(but->partition), value_str(json) };

	return db_exec(d,
		       "UPDATE lockstep_state SET state = ?4 WHERE connection = ?1 AND stream = ?2 "
		       "AND slice <> ?3",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "state of stream '%.*s'", STR_ARG(but->stream));
}
