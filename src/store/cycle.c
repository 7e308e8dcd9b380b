/* SPDX-License-Identifier: Apache-2.0 */
/* cycle.c - what every cycle of a rotation cost and brought. */
#include "store/cycle.h"

#define COLUMNS                                                                     \
	"connection, stream, run, began_ms, ended_ms, batch, batches, batch_size, " \
	"members, processed, news, failed, calls, sentinel, alarm"

bool cycle_add(struct db *d, const struct cycle *c, struct err *e)
{
	struct value param[] = {
		value_str(c->connection), value_str(c->stream),     value_str(c->run),
		value_int(c->began_ms),   value_int(c->ended_ms),   value_int(c->batch),
		value_int(c->batches),    value_int(c->batch_size), value_int(c->total),
		value_int(c->processed),  value_int(c->news),       value_int(c->failed),
		value_int(c->calls),      value_int(c->sentinel),   value_int(c->alarm)
	};

	/* The same cycle told twice is one. */
	if (!db_exec(d,
		     "INSERT INTO lockstep_cycles (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
		     "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "a cycle of stream '%.*s'", STR_ARG(c->stream));
	return true;
}

static struct cycle cycle_of(const struct db_result *r, size_t i)
{
	return (struct cycle){ .connection = db_cell(r, i, 0).s,
			       .stream = db_cell(r, i, 1).s,
			       .run = db_cell(r, i, 2).s,
			       .began_ms = db_cell(r, i, 3).i,
			       .ended_ms = db_cell(r, i, 4).i,
			       .batch = db_cell(r, i, 5).i,
			       .batches = db_cell(r, i, 6).i,
			       .batch_size = db_cell(r, i, 7).i,
			       .total = db_cell(r, i, 8).i,
			       .processed = db_cell(r, i, 9).i,
			       .news = db_cell(r, i, 10).i,
			       .failed = db_cell(r, i, 11).i,
			       .calls = db_cell(r, i, 12).i,
			       .sentinel = db_cell(r, i, 13).i != 0,
			       .alarm = db_cell(r, i, 14).i != 0 };
}

bool cycle_list(struct db *d, struct arena *a, const struct cycle_filter *f, struct cycle **out,
		size_t *n, struct err *e)
{
	struct value param[] = { value_str(f->connection), value_str(f->stream),
				 value_int(f->since_ms), value_int((int64_t)f->limit) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT " COLUMNS " FROM lockstep_cycles WHERE connection = ?1 AND "
		      "stream = ?2 AND began_ms >= ?3 ORDER BY began_ms DESC, run DESC LIMIT ?4",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "cycles of stream '%.*s'", STR_ARG(f->stream));
	*out = arena_new_array(a, struct cycle, r.rows + 1);
	for (*n = 0; *n < r.rows; (*n)++)
		(*out)[*n] = cycle_of(&r, *n);
	return true;
}

bool cycle_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value param[] = { value_int(before_ms) };

	return db_exec(d, "DELETE FROM lockstep_cycles WHERE began_ms < ?1", param, COUNT(param),
		       deleted, e);
}
