/* SPDX-License-Identifier: Apache-2.0 */
/* queue.c - what the queue's functions stand on: transactions, the wake-up, numbers as a parameter.
 */
#include "work/queue_inner.h"

#define TRIES 3

bool queue_transact(struct db *d, bool (*body)(void *arg, struct err *e), void *arg, struct err *e)
{
	if (!db_begin_indexed(d, e))
		return false;
	if (body(arg, e) && db_commit(d, e))
		return true;
	db_rollback(d);
	return false;
}

bool queue_persist(struct db *d, bool (*body)(void *arg, struct err *e), void *arg, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		if (queue_transact(d, body, arg, e))
			return true;
		if (e->kind != ERR_STORE)
			return false;
	}
	return false;
}

bool queue_join(struct db *d, bool (*body)(void *arg, struct err *e), void *arg, struct err *e)
{
	return db_in_transaction(d) ? body(arg, e) : db_transact(d, body, arg, e);
}

bool queue_wake(struct db *d, struct err *e)
{
	return d->ops->dialect != DB_POSTGRES ||
	       db_exec(d, "SELECT pg_notify('lockstep_jobs', '')", NULL, 0, NULL, e);
}

struct value queue_numbers(struct arena *a, const int64_t *n, size_t count)
{
	struct buf b;

	buf_in(&b, a, QUEUE_BYTES_MAX);
	buf_char(&b, '[');
	for (size_t i = 0; i < count; i++)
		buf_printf(&b, "%s%lld", i ? "," : "", (long long)n[i]);
	buf_char(&b, ']');
	assert(!b.failed);
	return value_str(buf_str(&b));
}

struct str queue_is_in(const struct db *d, struct arena *a, int i)
{
	if (d->ops->dialect == DB_POSTGRES)
		return str_printf(a,
				  "= ANY(CAST(translate(CAST(?%d AS text), '[]', '{}') AS "
				  "bigint[]))",
				  i);
	return str_printf(a, "IN (SELECT value FROM json_each(?%d))", i);
}
