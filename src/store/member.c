/* SPDX-License-Identifier: Apache-2.0 */
/* member.c - what is remembered of the members of a rotation, and where it stands. */
#include "store/member.h"

bool member_put(struct db *d, const struct member_note *n, struct err *e)
{
	struct value param[] = { value_str(n->connection),  value_str(n->stream),
				 value_str(n->id),          value_int(n->asked_ms),
				 value_int(n->done_ms),     value_int(n->news_ms),
				 value_int(n->done_ms == 0) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_members AS m (connection, stream, member, asked_ms, "
		     "done_ms, news_ms, failures) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
		     "ON CONFLICT (connection, stream, member) DO UPDATE SET "
		     "asked_ms = excluded.asked_ms, "
		     "done_ms = CASE WHEN excluded.done_ms = 0 THEN m.done_ms "
		     "ELSE excluded.done_ms END, "
		     "news_ms = CASE WHEN excluded.news_ms = 0 THEN m.news_ms "
		     "ELSE excluded.news_ms END, "
		     "failures = CASE WHEN excluded.failures = 0 THEN 0 ELSE m.failures + 1 END",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "members of stream '%.*s'", STR_ARG(n->stream));
	return true;
}

bool member_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value param[] = { value_int(before_ms) };

	return db_exec(d, "DELETE FROM lockstep_members WHERE asked_ms < ?1", param, COUNT(param),
		       deleted, e);
}

bool rotation_get(struct db *d, struct arena *a, struct str connection, struct str stream,
		  struct rotation_state *out, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(stream) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT place, alarm_ms, closed_ms FROM lockstep_rotations "
		      "WHERE connection = ?1 AND stream = ?2",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "rotation of stream '%.*s'", STR_ARG(stream));
	*out = (struct rotation_state){ .cursor = STR("") };
	if (r.rows)
		*out = (struct rotation_state){ db_cell(&r, 0, 0).s, db_cell(&r, 0, 1).i,
						db_cell(&r, 0, 2).i };
	return true;
}

bool rotation_put(struct db *d, struct str connection, struct str stream,
		  const struct rotation_state *s, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(stream), value_str(s->cursor),
				 value_int(s->closed_ms) };

	if (!db_exec(
		    d,
		    "INSERT INTO lockstep_rotations (connection, stream, place, alarm_ms, closed_ms) "
		    "VALUES (?1, ?2, ?3, 0, ?4) ON CONFLICT (connection, stream) DO UPDATE SET "
		    "place = excluded.place, closed_ms = excluded.closed_ms",
		    param, COUNT(param), NULL, e))
		return err_wrap(e, "rotation of stream '%.*s'", STR_ARG(stream));
	return true;
}

bool rotation_alarm(struct db *d, struct str connection, struct str stream, int64_t alarm_ms,
		    struct err *e)
{
	struct value param[] = { value_str(connection), value_str(stream), value_int(alarm_ms) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_rotations AS r "
		     "(connection, stream, place, alarm_ms, closed_ms) VALUES (?1, ?2, '', ?3, 0) "
		     "ON CONFLICT (connection, stream) DO UPDATE SET alarm_ms = CASE WHEN "
		     "r.alarm_ms < excluded.alarm_ms THEN excluded.alarm_ms ELSE r.alarm_ms END",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "rotation of stream '%.*s'", STR_ARG(stream));
	return true;
}
