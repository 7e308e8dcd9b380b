/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_use.c - what the rate ledger says to people.
 *
 * Always: it only looks, without the key's lock; a number may be a moment old.
 */
#include "store/ledger_use.h"

static int64_t not_negative(int64_t ms)
{
	return ms > 0 ? ms : 0;
}

bool ledger_use(struct db *d, struct str key, int64_t interval_ms, struct ledger_use *out,
		struct err *e)
{
	AUTO_ARENA *a = arena_new("ledger", (size_t)1 << 20);
	struct value param[3];
	struct db_result r;
	int64_t now_ms;
	bool known;

	if (!d->ops->now(d, &now_ms, e))
		return err_wrap(e, "rate ledger");
	param[0] = value_str(key);
	param[1] = value_int(now_ms - interval_ms);
	param[2] = value_str(str_from(d->epoch));
	/* Times of an earlier boot say nothing: its calls count as if they had just arrived. */
	if (!db_query(d, a,
		      "SELECT CASE WHEN k.epoch = ?3 THEN 1 ELSE 0 END, k.blocked_until_ms, "
		      "k.blocked_ms, count(l.ticket), CAST(sum(CASE WHEN l.sent = 0 THEN 1 ELSE 0 "
		      "END) AS bigint), min(l.arrives_ms) FROM lockstep_ledger_keys k LEFT JOIN "
		      "lockstep_ledger l ON l.ledger_key = k.ledger_key AND (l.arrives_ms >= ?2 OR "
		      "k.epoch <> ?3) WHERE k.ledger_key = ?1 GROUP BY k.epoch, "
		      "k.blocked_until_ms, k.blocked_ms",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "rate ledger");
	*out = (struct ledger_use){ 0 };
	if (r.rows == 0)
		return true;
	known = value_whole(db_cell(&r, 0, 0)) != 0;
	out->blocked_ms = not_negative(known ? value_whole(db_cell(&r, 0, 1)) - now_ms
					     : value_whole(db_cell(&r, 0, 2)));
	out->used = value_whole(db_cell(&r, 0, 3));
	out->flying = value_whole(db_cell(&r, 0, 4));
	if (out->used > 0)
		out->next_ms =
			known ? not_negative(value_whole(db_cell(&r, 0, 5)) + interval_ms - now_ms)
			      : interval_ms;
	return true;
}

bool ledger_hours(struct db *d, struct arena *a, struct str key, int64_t since_ms,
		  struct ledger_hour **out, size_t *n, struct err *e)
{
	struct value param[] = { value_str(key), value_int(since_ms) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT hour_ms, calls, wait_max_ms FROM lockstep_ledger_hours WHERE "
		      "ledger_key = ?1 AND hour_ms >= ?2 ORDER BY hour_ms",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "rate ledger");
	*out = arena_new_array(a, struct ledger_hour, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] = (struct ledger_hour){ value_whole(db_cell(&r, i, 0)),
						  value_whole(db_cell(&r, i, 1)),
						  value_whole(db_cell(&r, i, 2)) };
	*n = r.rows;
	return true;
}

bool ledger_hours_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value param = value_int(before_ms);

	return db_exec(d, "DELETE FROM lockstep_ledger_hours WHERE hour_ms < ?1", &param, 1,
		       deleted, e) ||
	       err_wrap(e, "rate ledger");
}
