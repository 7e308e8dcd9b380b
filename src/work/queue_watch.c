/* SPDX-License-Identifier: Apache-2.0 */
/* queue_watch.c - what a running job and its dispatcher tell each other through the database. */
#include "work/queue_inner.h"

bool queue_progress(struct db *d, const struct fence *f, struct str progress, struct err *e)
{
	struct value param[] = { value_int(f->job), value_int(f->session), value_int(f->attempt),
				 value_str(progress) };
	int64_t changed = 0;

	if (!db_exec(d,
		     "UPDATE lockstep_jobs SET progress = ?4 WHERE id = ?1 AND session = ?2 AND "
		     "attempt = ?3 AND state = 1",
		     param, COUNT(param), &changed, e))
		return false;
	return changed == 1 ||
	       err_set(e, ERR_FENCED, "job %lld was given to another worker", (long long)f->job);
}

/* Whether none of the rows (id, session, attempt, cancel asked) is the claim, still wanted. */
static bool is_unwanted(const struct db_result *r, const struct fence *f)
{
	for (size_t k = 0; k < r->rows; k++)
		if (db_cell(r, k, 0).i == f->job)
			return db_cell(r, k, 1).i != f->session ||
			       db_cell(r, k, 2).i != f->attempt || db_cell(r, k, 3).i != 0;
	return true;
}

bool queue_unwanted(struct db *d, const struct fence *f, size_t n, bool *unwanted, struct err *e)
{
	AUTO_ARENA *a = arena_new("watch", QUEUE_BYTES_MAX);
	struct str in = queue_is_in(d, a, 1);
	struct str sql = str_printf(a,
				    "SELECT id, session, attempt, CAST(cancel_asked AS integer) "
				    "FROM lockstep_jobs WHERE id %.*s AND state = 1",
				    STR_ARG(in));
	int64_t *id = arena_new_array(a, int64_t, n + 1);
	struct value param;
	struct db_result r;

	for (size_t i = 0; i < n; i++)
		id[i] = f[i].job;
	param = queue_numbers(a, id, n);
	if (n == 0)
		return true;
	if (!db_query(d, a, sql.at, &param, 1, &r, e))
		return false;
	for (size_t i = 0; i < n; i++)
		unwanted[i] = is_unwanted(&r, &f[i]);
	return true;
}
