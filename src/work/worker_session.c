/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker_session.c - who works, and what becomes of the jobs of those that died.
 *
 *     alive --end--> (no row)
 *       '--connection dropped, process dead, no beat--> gone --its jobs given back--> (no row)
 *
 * Always: who is gone never comes back (session_renew() says ERR_FENCED), while its jobs may still
 * be its own for as long as it holds their rows (fence_hold()): those are given back later, by
 * another look.  There is no index on running jobs, for it would cost every job what only a death
 * needs; so a death costs one scan of the unfinished jobs.
 */
#include "work/queue_inner.h"

#include "store/process.h"
#include "store/sql.h"

/* The advisory lock of a session: the oid of the table (schemas do not share it), the number. */
#define LOCK_CLASS "CAST(CAST('lockstep_sessions' AS regclass) AS oid)"
#define LOCK_KEY                                                             \
	"CAST(CAST(CAST(" LOCK_CLASS " AS bigint) AS bit(32)) AS integer), " \
	"CAST(CAST(?1 AS bigint) % 2147483648 AS integer)"
#define LOCK_ROWS(session)                                                           \
	"SELECT 1 FROM pg_locks k WHERE k.locktype = 'advisory' AND k.granted AND "  \
	"k.objsubid = 2 AND k.classid = " LOCK_CLASS " AND k.objid = CAST(" session  \
	" % 2147483648 AS oid) AND k.database = (SELECT oid FROM pg_database WHERE " \
	"datname = current_database())"
#define LOCK_OURS LOCK_ROWS("CAST(?1 AS bigint)") " AND k.pid = pg_backend_pid()"

static bool is_postgres(const struct db *d)
{
	return d->ops->dialect == DB_POSTGRES;
}

/* Held from now on; the row says so only then. */
static bool lock_take(struct db *d, int64_t session, struct err *e)
{
	struct value param = value_int(session);

	return !is_postgres(d) ||
	       (db_exec(d, "SELECT pg_advisory_lock(" LOCK_KEY ")", &param, 1, NULL, e) &&
		db_exec(d, "UPDATE lockstep_sessions SET locked = true WHERE id = ?1", &param, 1,
			NULL, e));
}

/* On a connection that was replaced the lock is taken anew, by a session that has one. */
static bool lock_renew(struct db *d, int64_t session, struct err *e)
{
	struct value param = value_int(session);

	return !is_postgres(d) ||
	       db_exec(d,
		       "SELECT pg_try_advisory_lock(" LOCK_KEY ") WHERE EXISTS (SELECT 1 FROM "
		       "lockstep_sessions WHERE id = ?1 AND locked) AND NOT EXISTS (" LOCK_OURS ")",
		       &param, 1, NULL, e);
}

static bool lock_drop(struct db *d, int64_t session, struct err *e)
{
	struct value param = value_int(session);

	return !is_postgres(d) ||
	       db_exec(d, "SELECT pg_advisory_unlock(" LOCK_KEY ") WHERE EXISTS (" LOCK_OURS ")",
		       &param, 1, NULL, e);
}

bool session_begin(struct db *d, const struct worker_info *w, int64_t *session, struct err *e)
{
	AUTO_ARENA *a = arena_new("session", SQL_BYTES_MAX);
	struct value param[] = { value_str(process_name(a)), value_str(w->host),
				 value_str(w->version), value_int(w->pid), value_int(w->slots) };
	struct str sql = str_printf(
		a,
		"INSERT INTO lockstep_sessions (holder, host, version, pid, slots, started_ms, "
		"beat_ms) SELECT ?1, ?2, ?3, CAST(?4 AS bigint), CAST(?5 AS bigint), n.now, n.now "
		"FROM (SELECT %s AS now) n RETURNING id",
		sql_words(d)->now_ms);
	struct db_result r;

	if (!db_query(d, a, sql.at, param, COUNT(param), &r, e) ||
	    (!w->pooled && !lock_take(d, db_cell(&r, 0, 0).i, e)))
		return false;
	*session = db_cell(&r, 0, 0).i;
	return true;
}

bool session_renew(struct db *d, int64_t session, int64_t busy, bool draining, struct err *e)
{
	AUTO_ARENA *a = arena_new("session", SQL_BYTES_MAX);
	struct value param[] = { value_int(session), value_int(busy), value_bool(draining) };
	struct str sql = str_printf(a,
				    "UPDATE lockstep_sessions SET beat_ms = %s, busy = ?2, "
				    "draining = ?3 WHERE id = ?1 AND NOT gone",
				    sql_words(d)->now_ms);
	int64_t changed = 0;

	if (!lock_renew(d, session, e) || !db_exec(d, sql.at, param, COUNT(param), &changed, e))
		return false;
	return changed == 1 || err_set(e, ERR_FENCED, "worker session %lld was given up for dead",
				       (long long)session);
}

/* ---- giving jobs back ---- */

struct giving {
	struct db *db;
	struct arena *a;
	int64_t session, beat_ms;
	bool crashed;
	const int64_t *known; /* jobs that stay, or NULL */
	size_t knowns;
	bool over; /* out: the session's row is gone */
	int64_t jobs;
};

static bool give_back_one(struct giving *x, struct fence f, bool *laned, struct err *e)
{
	struct verdict v = { .fence = f,
			     .kind = x->crashed ? VERDICT_RETRY : VERDICT_RELEASED,
			     .error = x->crashed ? STR("its worker was lost") : STR("") };
	struct ending one = { .v = &v, .crashed = x->crashed };

	if (!finish_one(x->db, x->a, &one, e))
		return false;
	x->jobs += !one.fenced;
	*laned = one.laned;
	return true;
}

static bool is_known(const struct giving *x, int64_t id)
{
	for (size_t i = 0; i < x->knowns; i++)
		if (x->known[i] == id)
			return true;
	return false;
}

/* Those whose rows somebody holds stay for the next look. */
static bool give_back(struct giving *x, struct err *e)
{
	struct value param = value_int(x->session);
	struct str sql = str_printf(x->a,
				    "SELECT id, attempt FROM lockstep_jobs WHERE session = ?1 "
				    "AND state = 1 ORDER BY id%s",
				    sql_words(x->db)->lock_row);
	struct db_result r;
	int64_t *laned;
	size_t n = 0;

	if (!db_query(x->db, x->a, sql.at, &param, 1, &r, e))
		return false;
	laned = arena_new_array(x->a, int64_t, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		struct fence f = { db_cell(&r, i, 0).i, x->session, db_cell(&r, i, 1).i };
		bool held = false;

		if (is_known(x, f.job))
			continue;
		if (!give_back_one(x, f, &held, e))
			return false;
		if (held)
			laned[n++] = f.job;
	}
	return lane_free(x->db, x->a, laned, n, e);
}

/* The row goes when nothing runs under it any more. */
static bool close_row(struct giving *x, struct err *e)
{
	struct value param = value_int(x->session);
	int64_t changed = 0;

	if (!db_exec(x->db,
		     "DELETE FROM lockstep_sessions WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM "
		     "lockstep_jobs WHERE session = ?1 AND state = 1)",
		     &param, 1, &changed, e))
		return false;
	x->over = changed == 1;
	/* Nobody else will be given its number. */
	param = value_str(str_printf(x->a, "worker:%lld", (long long)x->session));
	return !x->over ||
	       db_exec(x->db, "DELETE FROM lockstep_pauses WHERE scope = ?1", &param, 1, NULL, e);
}

static bool end(void *arg, struct err *e)
{
	struct giving *x = arg;
	struct value param = value_int(x->session);

	x->jobs = 0;
	return db_exec(x->db, "UPDATE lockstep_sessions SET gone = true WHERE id = ?1", &param, 1,
		       NULL, e) &&
	       give_back(x, e) && close_row(x, e);
}

bool session_end(struct db *d, int64_t session, struct err *e)
{
	AUTO_ARENA *a = arena_new("session", QUEUE_BYTES_MAX);
	struct giving x = { .db = d, .a = a, .session = session };

	return queue_persist(d, end, &x, e) && lock_drop(d, session, e);
}

static bool release(void *arg, struct err *e)
{
	struct giving *x = arg;

	x->jobs = 0;
	return give_back(x, e);
}

bool session_release_others(struct db *d, int64_t session, const int64_t *known, size_t n,
			    int64_t *jobs, struct err *e)
{
	AUTO_ARENA *a = arena_new("session", QUEUE_BYTES_MAX);
	struct giving x = { .db = d, .a = a, .session = session, .known = known, .knowns = n };

	if (!queue_persist(d, release, &x, e))
		return false;
	*jobs = x.jobs;
	return true;
}

/* Unless it gave a sign of life since it was looked at, or somebody else is at it. */
static bool reap_one(void *arg, struct err *e)
{
	struct giving *x = arg;
	struct value param[] = { value_int(x->session), value_int(x->beat_ms) };
	struct str sql = str_printf(x->a,
				    "SELECT id FROM lockstep_sessions WHERE id = ?1 AND beat_ms = "
				    "?2%s",
				    sql_words(x->db)->lock_row);
	struct db_result r;

	if (!db_query(x->db, x->a, sql.at, param, COUNT(param), &r, e))
		return false;
	return r.rows == 0 || end(x, e);
}

/* ---- finding the dead ---- */

/* A drop of all connections at once is the server's doing and nobody's death. */
#define DROPPED                                                      \
	"(s.locked AND s.beat_ms > (SELECT CAST(extract(epoch FROM " \
	"pg_postmaster_start_time()) * 1000 AS bigint)) AND NOT EXISTS (" LOCK_ROWS("s.id") "))"

static bool find_sessions(struct db *d, struct arena *a, struct db_result *r, struct err *e)
{
	struct str sql = str_printf(a,
				    "SELECT s.id, s.beat_ms, s.holder, CASE WHEN s.gone OR "
				    "s.beat_ms < %s - %d OR %s THEN 1 ELSE 0 END FROM "
				    "lockstep_sessions s",
				    sql_words(d)->now_ms, SESSION_DEAD_MS,
				    is_postgres(d) ? DROPPED : "false");

	return db_query(d, a, sql.at, NULL, 0, r, e);
}

static bool is_dead(const struct db *d, struct arena *a, const struct db_result *r, size_t i)
{
	struct str holder = db_cell(r, i, 2).s;

	return db_cell(r, i, 3).i != 0 || process_is_dead(a, holder) ||
	       (!is_postgres(d) && process_of_other_boot(holder));
}

struct mending {
	struct db *db;
	struct arena *a;
};

static bool mend(void *arg, struct err *e)
{
	struct mending *x = arg;

	return lane_mend(x->db, x->a, e);
}

static bool mend_lanes(struct db *d, struct arena *a, struct err *e)
{
	struct mending x = { d, a };
	bool any = false;

	return db_any(d, "SELECT 1 FROM lockstep_jobs WHERE state = 3 LIMIT 1", NULL, 0, &any, e) &&
	       (!any || queue_transact(d, mend, &x, e));
}

bool session_reap(struct db *d, int64_t *sessions, int64_t *jobs, struct err *e)
{
	AUTO_ARENA *a = arena_new("reap", QUEUE_BYTES_MAX);
	int64_t dead = 0, given = 0;
	struct db_result r;

	if (!find_sessions(d, a, &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++) {
		struct giving x = { .db = d,
				    .a = a,
				    .session = db_cell(&r, i, 0).i,
				    .beat_ms = db_cell(&r, i, 1).i,
				    .crashed = true };

		if (!is_dead(d, a, &r, i))
			continue;
		if (!queue_persist(d, reap_one, &x, e))
			return false;
		dead += x.over;
		given += x.jobs;
	}
	if (!mend_lanes(d, a, e))
		return false;
	*sessions = dead;
	*jobs = given;
	return true;
}

bool session_list(struct db *d, struct arena *a, struct session_row **out, size_t *n, struct err *e)
{
	struct session_row *row;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT id, pid, slots, busy, started_ms, beat_ms, host, version, "
		      "CAST(draining AS integer) FROM lockstep_sessions WHERE NOT gone ORDER BY id",
		      NULL, 0, &r, e))
		return false;
	row = arena_new_array(a, struct session_row, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		row[i] = (struct session_row){ .id = db_cell(&r, i, 0).i,
					       .pid = db_cell(&r, i, 1).i,
					       .slots = db_cell(&r, i, 2).i,
					       .busy = db_cell(&r, i, 3).i,
					       .started_ms = db_cell(&r, i, 4).i,
					       .beat_ms = db_cell(&r, i, 5).i,
					       .host = db_cell(&r, i, 6).s,
					       .version = db_cell(&r, i, 7).s,
					       .draining = db_cell(&r, i, 8).i != 0 };
	*out = row;
	*n = r.rows;
	return true;
}
