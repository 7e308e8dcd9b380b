/* SPDX-License-Identifier: Apache-2.0 */
/* queue_pause.c - what is not to be claimed for a while, and who said so. */
#include "work/queue_inner.h"

#include "store/sql.h"

static bool scope_check(struct str scope, struct err *e)
{
	if (str_eq(scope, STR("*")) || (str_starts(scope, STR("task:")) && scope.len > 5) ||
	    (str_starts(scope, STR("lane:")) && scope.len > 5) ||
	    (str_starts(scope, STR("worker:")) && scope.len > 7))
		return true;
	return err_set(e, ERR_USAGE,
		       "a pause is of '*' (everything), 'task:NAME', 'lane:NAME' or 'worker:ID', "
		       "not of '%.*s'",
		       STR_ARG(scope));
}

/* When the view job_queue_settings last changed. */
static bool touch(struct db *d, struct arena *a, struct err *e)
{
	struct str sql =
		str_printf(a,
			   "INSERT INTO lockstep_queue_settings (id, updated_ms) SELECT 1, "
			   "n.now FROM (SELECT %s AS now) n WHERE true ON CONFLICT (id) DO "
			   "UPDATE SET updated_ms = excluded.updated_ms",
			   sql_words(d)->now_ms);

	return db_exec(d, sql.at, NULL, 0, NULL, e);
}

struct pausing {
	struct db *db;
	struct arena *a;
	const struct pause *p;
	struct str scope;
	int64_t ended;
};

static bool begin(void *arg, struct err *e)
{
	struct pausing *x = arg;
	struct value param[] = { value_str(x->p->scope), value_str(x->p->reason),
				 value_str(x->p->actor) };
	struct str sql = str_printf(
		x->a,
		"INSERT INTO lockstep_pauses (scope, reason, actor, since_ms) SELECT ?1, ?2, ?3, "
		"n.now FROM (SELECT %s AS now) n WHERE true ON CONFLICT (scope) DO UPDATE SET "
		"reason = excluded.reason, actor = excluded.actor",
		sql_words(x->db)->now_ms);

	return db_exec(x->db, sql.at, param, COUNT(param), NULL, e) && touch(x->db, x->a, e);
}

bool queue_pause(struct db *d, const struct pause *p, struct err *e)
{
	AUTO_ARENA *a = arena_new("pause", SQL_BYTES_MAX);
	struct pausing x = { .db = d, .a = a, .p = p };

	return scope_check(p->scope, e) && queue_join(d, begin, &x, e);
}

static bool end(void *arg, struct err *e)
{
	struct pausing *x = arg;
	struct value param = value_str(x->scope);

	return db_exec(x->db, "DELETE FROM lockstep_pauses WHERE scope = ?1", &param, 1, &x->ended,
		       e) &&
	       touch(x->db, x->a, e) && queue_wake(x->db, e);
}

bool queue_resume(struct db *d, struct str scope, bool *was, struct err *e)
{
	AUTO_ARENA *a = arena_new("pause", SQL_BYTES_MAX);
	struct pausing x = { .db = d, .a = a, .scope = scope };

	if (!scope_check(scope, e) || !queue_join(d, end, &x, e))
		return false;
	*was = x.ended > 0;
	return true;
}

bool queue_pauses(struct db *d, struct arena *a, struct pause **out, size_t *n, struct err *e)
{
	struct pause *p;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT scope, reason, actor, since_ms FROM lockstep_pauses ORDER BY scope",
		      NULL, 0, &r, e))
		return false;
	p = arena_new_array(a, struct pause, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		p[i] = (struct pause){ .scope = db_cell(&r, i, 0).s,
				       .reason = db_cell(&r, i, 1).s,
				       .actor = db_cell(&r, i, 2).s,
				       .since_ms = db_cell(&r, i, 3).i };
	*out = p;
	*n = r.rows;
	return true;
}
