/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow_up.c - a job into the queue's table.
 *
 * What coalesces takes the lock of the job that stands for it: a worker that claims jobs passes
 * over it until this transaction is over, and so sees what it wrote.
 */
#include "store/follow_up.h"

#include "store/sql.h"

bool follow_up_put(struct db *d, const struct follow_up *j, struct err *e)
{
	AUTO_ARENA *a = arena_new("follow-up", (size_t)1 << 20);
	struct value param[] = { value_str(j->task), value_str(j->args), value_str(j->key),
				 value_str(str_from(j->origin)), value_int(j->after_ms) };
	struct str sql = str_printf(
		a,
		"INSERT INTO lockstep_jobs (task, args, job_key, origin, state, run_at_ms) "
		"SELECT ?1, ?2, ?3, ?4, CASE WHEN CAST(?5 AS bigint) > 0 THEN 2 ELSE 0 END, "
		"n.now + CAST(?5 AS bigint) FROM (SELECT %s AS now) n WHERE true "
		"ON CONFLICT (job_key) WHERE job_key IS NOT NULL AND (one OR state <> 1) "
		"DO UPDATE SET job_key = excluded.job_key",
		sql_words(d)->now_ms);

	return db_exec(d, sql.at, param, COUNT(param), NULL, e) ||
	       err_wrap(e, "a job of task '%.*s'", STR_ARG(j->task));
}
