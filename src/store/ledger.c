/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.c - what a credential has sent, shared by all processes on the database.
 *
 * A row is a call and the latest moment at which it can have reached the vendor.  A call counts
 * against a rate until `interval` after that moment; a new one is admitted when fewer than `limit`
 * count.  Of any limit + 1 calls within one interval at the vendor, the one admitted last would
 * have found the others counting: so there are none.
 *
 * Whoever asks holds the key's row locked, one at a time.
 */
#include "store/control.h"
#include "store/sql.h"

#include <sodium.h>

/* While a call is on its way its moment may still move forward: look again after this long. */
#define LOOK_AGAIN_MS 250

struct ledger {
	struct db *db;
	struct arena *a;
	struct str key;
	int64_t now_ms;
	int64_t blocked_until_ms, blocked_ms;
	bool new_epoch;
};

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Locks the key's row, which is made when there is none, and reads the clock behind the lock. */
static bool lock_key(struct ledger *l, struct err *e)
{
	struct value param = value_str(l->key);
	struct str sql = str_printf(l->a,
				    "SELECT epoch, blocked_until_ms, blocked_ms "
				    "FROM lockstep_ledger_keys WHERE ledger_key = ?1%s",
				    sql_words(l->db)->wait_row);
	struct db_result r;

	if (!db_query(l->db, l->a, sql.at, &param, 1, &r, e))
		return false;
	if (r.rows == 0 &&
	    (!db_exec(l->db,
		      "INSERT INTO lockstep_ledger_keys (ledger_key, epoch, interval_ms, "
		      "blocked_until_ms, blocked_ms) VALUES (?1, '', 0, 0, 0) "
		      "ON CONFLICT (ledger_key) DO NOTHING",
		      &param, 1, NULL, e) ||
	     !db_query(l->db, l->a, sql.at, &param, 1, &r, e)))
		return false;
	assert(r.rows == 1);
	l->new_epoch = !str_eq(db_cell(&r, 0, 0).s, str_from(l->db->epoch));
	l->blocked_until_ms = db_cell(&r, 0, 1).i;
	l->blocked_ms = db_cell(&r, 0, 2).i;
	return l->db->ops->now(l->db, &l->now_ms, e);
}

/* Times of an earlier boot say nothing now: its calls count as if they had just arrived, and a
 * block begins anew. */
static bool enter_epoch(struct ledger *l, struct err *e)
{
	struct value row[] = { value_str(l->key), value_int(l->now_ms) };
	struct value param[3];

	if (!l->new_epoch)
		return true;
	if (l->blocked_ms > 0)
		l->blocked_until_ms = l->now_ms + l->blocked_ms;
	param[0] = value_str(l->key);
	param[1] = value_str(str_from(l->db->epoch));
	param[2] = value_int(l->blocked_until_ms);
	return db_exec(l->db,
		       "UPDATE lockstep_ledger SET arrives_ms = ?2, sent = 1 WHERE ledger_key = ?1",
		       row, COUNT(row), NULL, e) &&
	       db_exec(l->db,
		       "UPDATE lockstep_ledger_keys SET epoch = ?2, blocked_until_ms = ?3 "
		       "WHERE ledger_key = ?1",
		       param, COUNT(param), NULL, e);
}

/* Forgets calls that count against no rate any more. */
static bool forget_old(struct ledger *l, int64_t interval_ms, struct err *e)
{
	struct value row[] = { value_str(l->key), value_int(l->now_ms - interval_ms) };
	struct value key[] = { value_str(l->key), value_int(interval_ms) };

	return db_exec(l->db,
		       "DELETE FROM lockstep_ledger WHERE ledger_key = ?1 AND arrives_ms < ?2", row,
		       COUNT(row), NULL, e) &&
	       db_exec(l->db,
		       "UPDATE lockstep_ledger_keys SET interval_ms = ?2 "
		       "WHERE ledger_key = ?1 AND interval_ms <> ?2",
		       key, COUNT(key), NULL, e);
}

static bool count_since(struct ledger *l, int64_t since_ms, int64_t *count, struct err *e)
{
	struct value param[] = { value_str(l->key), value_int(since_ms) };
	struct db_result r;

	if (!db_query(l->db, l->a,
		      "SELECT count(*) FROM lockstep_ledger "
		      "WHERE ledger_key = ?1 AND arrives_ms >= ?2",
		      param, COUNT(param), &r, e))
		return false;
	*count = db_cell(&r, 0, 0).i;
	return true;
}

/* How long until call number `skip` of those that count (oldest first) counts no more. */
static bool wait_for(struct ledger *l, int64_t interval_ms, int64_t skip, int64_t *wait_ms,
		     struct err *e)
{
	struct value param[] = { value_str(l->key), value_int(l->now_ms - interval_ms),
				 value_int(skip) };
	struct db_result r;
	int64_t wait;

	if (!db_query(l->db, l->a,
		      "SELECT arrives_ms, (SELECT count(*) FROM lockstep_ledger u WHERE "
		      "u.ledger_key = ?1 AND u.sent = 0) FROM lockstep_ledger "
		      "WHERE ledger_key = ?1 AND arrives_ms >= ?2 "
		      "ORDER BY arrives_ms LIMIT 1 OFFSET ?3",
		      param, COUNT(param), &r, e))
		return false;
	assert(r.rows == 1);
	wait = db_cell(&r, 0, 0).i + interval_ms - l->now_ms + 1;
	if (db_cell(&r, 0, 1).i > 0 && wait > LOOK_AGAIN_MS)
		wait = LOOK_AGAIN_MS;
	*wait_ms = larger(*wait_ms, wait);
	return true;
}

/* Asks all rates.  *left is what the tightest allows now. */
static bool ask_rates(struct ledger *l, const struct ledger_rate *rate, size_t rates,
		      int64_t *wait_ms, int64_t *left, struct err *e)
{
	*left = INT64_MAX;
	for (size_t i = 0; i < rates; i++) {
		int64_t count;

		assert(rate[i].limit > 0 && rate[i].interval_ms > 0);
		if (!count_since(l, l->now_ms - rate[i].interval_ms, &count, e))
			return false;
		if (count >= rate[i].limit &&
		    !wait_for(l, rate[i].interval_ms, count - rate[i].limit, wait_ms, e))
			return false;
		if (rate[i].limit - count < *left)
			*left = larger(rate[i].limit - count, 0);
	}
	return true;
}

/* The clocks are cut to milliseconds: one more is on the safe side. */
static bool record(struct ledger *l, int64_t hold_ms, int64_t *ticket, struct err *e)
{
	uint64_t id;

	randombytes_buf(&id, sizeof(id));
	*ticket = (int64_t)(id >> 1);

	struct value param[] = { value_int(*ticket), value_str(l->key),
				 value_int(l->now_ms + hold_ms + 1) };

	return db_exec(l->db,
		       "INSERT INTO lockstep_ledger (ticket, ledger_key, arrives_ms, sent) "
		       "VALUES (?1, ?2, ?3, 0)",
		       param, COUNT(param), NULL, e);
}

/* The hour's calls and its longest wait, for people.  Who only looks again writes nothing. */
static bool note_hour(struct ledger *l, int64_t wait_ms, struct err *e)
{
	struct value param[] = { value_str(l->key), value_int(wait_ms == 0), value_int(wait_ms) };
	struct str sql = str_printf(
		l->a,
		"INSERT INTO lockstep_ledger_hours AS t (ledger_key, hour_ms, calls, wait_max_ms) "
		"SELECT ?1, n.now - n.now %% 3600000, CAST(?2 AS bigint), CAST(?3 AS bigint) FROM "
		"(SELECT %s AS now) n WHERE true ON CONFLICT (ledger_key, hour_ms) DO UPDATE SET "
		"calls = t.calls + excluded.calls, wait_max_ms = CASE WHEN excluded.wait_max_ms > "
		"t.wait_max_ms THEN excluded.wait_max_ms ELSE t.wait_max_ms END WHERE "
		"excluded.calls > 0 OR excluded.wait_max_ms > t.wait_max_ms",
		sql_words(l->db)->now_ms);

	return db_exec(l->db, sql.at, param, COUNT(param), NULL, e);
}

static bool take(struct ledger *l, const struct ledger_rate *rate, size_t rates, int64_t hold_ms,
		 struct ledger_answer *out, struct err *e)
{
	int64_t longest_ms = 0;

	for (size_t i = 0; i < rates; i++)
		longest_ms = larger(longest_ms, rate[i].interval_ms);
	if (!lock_key(l, e) || !enter_epoch(l, e) || !forget_old(l, longest_ms, e))
		return false;
	out->wait_ms = larger(l->blocked_until_ms - l->now_ms, 0);
	if (!ask_rates(l, rate, rates, &out->wait_ms, &out->left, e) ||
	    !note_hour(l, out->wait_ms, e))
		return false;
	if (out->wait_ms > 0)
		return true;
	out->left -= rates > 0;
	return record(l, hold_ms, &out->ticket, e);
}

bool ledger_take(struct db *d, struct str key, const struct ledger_rate *rate, size_t rates,
		 int64_t hold_ms, struct ledger_answer *out, struct err *e)
{
	AUTO_ARENA *a = arena_new("ledger", 1 << 20);
	struct ledger l = { .db = d, .a = a, .key = key };
	struct ledger_answer answer = { 0 };

	if (!db_begin(d, e))
		return err_wrap(e, "rate ledger");
	if (take(&l, rate, rates, hold_ms, &answer, e) && db_commit(d, e)) {
		*out = answer;
		return true;
	}
	db_rollback(d);
	return err_wrap(e, "rate ledger");
}

bool ledger_sent(struct db *d, int64_t ticket, struct err *e)
{
	int64_t now_ms;

	if (!d->ops->now(d, &now_ms, e))
		return err_wrap(e, "rate ledger");

	struct value param[] = { value_int(ticket), value_int(now_ms + 1) };

	if (!db_exec(d, "UPDATE lockstep_ledger SET arrives_ms = ?2, sent = 1 WHERE ticket = ?1",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "rate ledger");
	return true;
}

bool ledger_used(struct db *d, struct str key, int64_t *used, struct err *e)
{
	AUTO_ARENA *a = arena_new("ledger", 1 << 20);
	struct db_result r;
	int64_t now_ms;

	if (!d->ops->now(d, &now_ms, e))
		return err_wrap(e, "rate ledger");

	struct value param[] = { value_str(key), value_int(now_ms), value_str(str_from(d->epoch)) };

	if (!db_query(d, a,
		      "SELECT count(*) FROM lockstep_ledger l JOIN lockstep_ledger_keys k "
		      "ON k.ledger_key = l.ledger_key WHERE k.ledger_key = ?1 "
		      "AND (l.arrives_ms + k.interval_ms >= ?2 OR k.epoch <> ?3)",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "rate ledger");
	*used = db_cell(&r, 0, 0).i;
	return true;
}

static bool block(struct ledger *l, int64_t for_ms, struct err *e)
{
	if (!lock_key(l, e) || !enter_epoch(l, e))
		return false;
	if (l->now_ms + for_ms <= l->blocked_until_ms)
		return true;

	struct value param[] = { value_str(l->key), value_int(l->now_ms + for_ms),
				 value_int(for_ms) };

	return db_exec(l->db,
		       "UPDATE lockstep_ledger_keys SET blocked_until_ms = ?2, blocked_ms = ?3 "
		       "WHERE ledger_key = ?1",
		       param, COUNT(param), NULL, e);
}

bool ledger_block(struct db *d, struct str key, int64_t for_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("ledger", 1 << 20);
	struct ledger l = { .db = d, .a = a, .key = key };

	if (!db_begin(d, e))
		return err_wrap(e, "rate ledger");
	if (block(&l, for_ms, e) && db_commit(d, e))
		return true;
	db_rollback(d);
	return err_wrap(e, "rate ledger");
}
