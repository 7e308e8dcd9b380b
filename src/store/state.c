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
