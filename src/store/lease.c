/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease.c - one holder at a time, fenced.
 *
 *     free --take--> held --release--> free
 *                     |
 *                     '--expiry, or the holder's death--> taken over by another
 *
 * Always: a row's token only grows, so that whoever was overtaken knows it.  A holder is a
 * process by its name (process.h).
 */
#include "store/cell.h"
#include "store/control.h"
#include "store/process.h"
#include "store/sql.h"

struct held {
	struct str holder, epoch, since;
	int64_t token, expires_ms;
	bool for_job;
	struct fence fence;
};

/* The lease's row, locked; *found false when somebody else has it locked just now. */
static bool read_row(struct db *d, struct arena *a, struct str name, struct held *h, bool *found,
		     struct err *e)
{
	struct value param = value_str(name);
	struct db_result r;
	struct str sql =
		str_printf(a,
			   "SELECT holder, token, epoch, expires_ms, CAST(taken_at AS text), "
			   "job, session, attempt FROM lockstep_leases WHERE name = ?1%s",
			   sql_words(d)->lock_row);

	if (!db_exec(d,
		     "INSERT INTO lockstep_leases (name, holder, token, epoch, expires_ms) "
		     "VALUES (?1, '', 0, '', 0) ON CONFLICT (name) DO NOTHING",
		     &param, 1, NULL, e) ||
	    !db_query(d, a, sql.at, &param, 1, &r, e))
		return false;
	*found = r.rows == 1;
	if (*found) {
		*h = (struct held){ .holder = db_cell(&r, 0, 0).s,
				    .token = db_cell(&r, 0, 1).i,
				    .epoch = db_cell(&r, 0, 2).s,
				    .expires_ms = db_cell(&r, 0, 3).i,
				    .since = value_text(db_cell(&r, 0, 4)) };
		h->for_job = db_cell(&r, 0, 6).kind == VALUE_INT;
		if (h->for_job)
			h->fence = (struct fence){ db_cell(&r, 0, 5).i, db_cell(&r, 0, 6).i,
						   db_cell(&r, 0, 7).i };
	}
	return true;
}

/* Whether the job that the lease was taken for still runs under the same claim. */
static bool job_runs(struct db *d, const struct fence *f, bool *runs, struct err *e)
{
	struct value param[] = { value_int(f->job), value_int(f->session), value_int(f->attempt) };

	return db_any(d,
		      "SELECT 1 FROM lockstep_jobs j, lockstep_sessions s WHERE j.id = ?1 AND "
		      "j.session = ?2 AND j.attempt = ?3 AND j.state = 1 AND s.id = ?2 AND "
		      "NOT s.gone",
		      param, COUNT(param), runs, e);
}

static bool is_free(struct db *d, struct arena *a, const struct held *h, bool *out, struct err *e)
{
	int64_t now_ms;
	bool runs = true;

	if (!d->ops->now(d, &now_ms, e))
		return false;
	*out = !h->holder.len || !str_eq(h->epoch, str_from(d->epoch)) || h->expires_ms <= now_ms ||
	       process_is_dead(a, h->holder);
	if (*out || !h->for_job)
		return true;
	if (!job_runs(d, &h->fence, &runs, e))
		return false;
	*out = !runs;
	return true;
}

static bool write_row(struct db *d, struct lease *l, int64_t now_ms, struct err *e)
{
	struct value param[] = { value_str(l->name),
				 value_str(l->holder),
				 value_int(l->token),
				 value_str(str_from(d->epoch)),
				 value_int(now_ms + l->ttl_ms),
				 cell_from_ms(clock_wall_now()),
				 l->fence ? value_int(l->fence->job) : NULL_VALUE,
				 l->fence ? value_int(l->fence->session) : NULL_VALUE,
				 l->fence ? value_int(l->fence->attempt) : NULL_VALUE };

	return db_exec(d,
		       "UPDATE lockstep_leases SET holder = ?2, token = ?3, epoch = ?4, "
		       "expires_ms = ?5, taken_at = ?6, job = ?7, session = ?8, attempt = ?9 "
		       "WHERE name = ?1",
		       param, COUNT(param), NULL, e);
}

static bool take(struct db *d, struct arena *a, struct lease *l, bool *took_over, struct err *e)
{
	struct held h = { 0 };
	int64_t now_ms;
	bool found, ours = true;

	if ((l->fence && !fence_hold(d, l->fence, e)) || !read_row(d, a, l->name, &h, &found, e) ||
	    !is_free(d, a, &h, &ours, e) || !d->ops->now(d, &now_ms, e))
		return false;
	if (!found)
		return err_set(e, ERR_BUSY, "'%.*s' is being worked on by another process",
			       STR_ARG(l->name));
	if (!ours)
		return err_set(e, ERR_BUSY, "'%.*s' is held by %.*s since %.*s", STR_ARG(l->name),
			       STR_ARG(h.holder), STR_ARG(h.since));
	l->holder = process_name(a);
	l->token = h.token + 1;
	*took_over = h.holder.len > 0;
	return write_row(d, l, now_ms, e);
}

bool lease_take(struct db *d, struct arena *a, struct lease *l, bool *took_over, struct err *e)
{
	struct lease mine = *l;
	bool over = false;

	if (!db_begin(d, e))
		return false;
	if (take(d, a, &mine, &over, e) && db_commit(d, e)) {
		*l = mine;
		*took_over = over;
		return true;
	}
	db_rollback(d);
	return false;
}

bool lease_renew(struct db *d, const struct lease *l, struct err *e)
{
	int64_t now_ms, changed;

	if (!d->ops->now(d, &now_ms, e))
		return false;
	struct value param[] = { value_str(l->name), value_str(l->holder), value_int(l->token),
				 value_int(now_ms + l->ttl_ms), value_str(str_from(d->epoch)) };

	if (!db_exec(d,
		     "UPDATE lockstep_leases SET expires_ms = ?4, epoch = ?5 "
		     "WHERE name = ?1 AND holder = ?2 AND token = ?3",
		     param, COUNT(param), &changed, e))
		return false;
	if (changed == 1)
		return true;
	return err_set(e, ERR_FENCED, "'%.*s' was taken over by another process", STR_ARG(l->name));
}

/* The update locks the row until the caller's commit, and who would take it over waits or goes; so
 * does who would take over the job. */
bool lease_hold(struct db *d, const struct lease *l, struct err *e)
{
	return (!l->fence || fence_hold(d, l->fence, e)) && lease_renew(d, l, e);
}

bool lease_release(struct db *d, const struct lease *l, struct err *e)
{
	struct value param[] = { value_str(l->name), value_str(l->holder), value_int(l->token) };

	return db_exec(d,
		       "UPDATE lockstep_leases SET holder = '', expires_ms = 0 "
		       "WHERE name = ?1 AND holder = ?2 AND token = ?3",
		       param, COUNT(param), NULL, e);
}
