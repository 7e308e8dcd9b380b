/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_tables.c - the queue's tables as they are made and grow.
 *
 * lockstep_jobs holds what is not finished, in four states.  Its indexes are partial, one for each
 * way in which rows are looked for, and none covers running rows: a planner that has seen none of
 * these would drive every acknowledgement through such an index.  What is finished goes to a table
 * that only grows, so that statistics of the first never speak of it.
 *
 * Always: statements only add, and may be run again.  A row "queue" of lockstep_control says by
 * which version of this file they were run.
 */
#include "work/queue_inner.h"
#include "work/queue_views.h"

#include "store/ddl.h"
#include "store/sql.h"

#define QUEUE_VERSION 3

#define JOB_COLUMNS(boolean, text, now)                                             \
	"state smallint NOT NULL DEFAULT 0, priority smallint NOT NULL DEFAULT 0, " \
	"one " boolean " NOT NULL DEFAULT false, "                                  \
	"cancel_asked " boolean " NOT NULL DEFAULT false, "                         \
	"attempt integer NOT NULL DEFAULT 0, "                                      \
	"attempts_max integer NOT NULL DEFAULT 5, "                                 \
	"crashes integer NOT NULL DEFAULT 0, lane_max integer NOT NULL DEFAULT 1, " \
	"session bigint, run_at_ms bigint NOT NULL DEFAULT " now ", "               \
	"added_ms bigint NOT NULL DEFAULT " now ", claimed_ms bigint, "             \
	"task " text " NOT NULL, job_key " text ", lane " text ", "                 \
	"origin text NOT NULL DEFAULT 'sql', actor text NOT NULL DEFAULT '', "      \
	"args text NOT NULL DEFAULT '{}', progress text, error text"

#define HISTORY_COLUMNS(boolean, text)                                                      \
	"outcome smallint NOT NULL, priority smallint NOT NULL, one " boolean " NOT NULL, " \
	"attempt integer NOT NULL, attempts_max integer NOT NULL, "                         \
	"crashes integer NOT NULL, lane_max integer NOT NULL, session bigint, "             \
	"run_at_ms bigint NOT NULL, added_ms bigint NOT NULL, claimed_ms bigint, "          \
	"finished_ms bigint NOT NULL, task " text " NOT NULL, job_key " text ", "           \
	"lane " text ", origin text NOT NULL, actor text NOT NULL, "                        \
	"args text NOT NULL, output text, error text, progress text"

#define SESSION_COLUMNS(boolean)                                                       \
	"holder text NOT NULL, host text NOT NULL, version text NOT NULL, "            \
	"pid bigint NOT NULL, slots bigint NOT NULL, busy bigint NOT NULL DEFAULT 0, " \
	"draining " boolean " NOT NULL DEFAULT false, "                                \
	"locked " boolean " NOT NULL DEFAULT false, "                                  \
	"gone " boolean " NOT NULL DEFAULT false, "                                    \
	"started_ms bigint NOT NULL, beat_ms bigint NOT NULL"

#define ATTEMPTS(id)                                                                              \
	"CREATE TABLE IF NOT EXISTS lockstep_job_attempts (id " id ", job bigint NOT NULL, "      \
	"attempt integer NOT NULL, session bigint, worker text NOT NULL, outcome text NOT NULL, " \
	"error text, claimed_ms bigint, ended_ms bigint NOT NULL)",                               \
		("CREATE INDEX IF NOT EXISTS lockstep_job_attempts_job ON lockstep_job_attempts " \
		 "(job)")

#define LANES(text)                                                           \
	"CREATE TABLE IF NOT EXISTS lockstep_lanes (lane " text " NOT NULL, " \
	"slot integer NOT NULL, job bigint NOT NULL UNIQUE, PRIMARY KEY (lane, slot))"
#define PAUSES(text)                                                                        \
	"CREATE TABLE IF NOT EXISTS lockstep_pauses (scope " text " PRIMARY KEY NOT NULL, " \
	"reason text NOT NULL, actor text NOT NULL, since_ms bigint NOT NULL)"
#define SETTINGS                                                                      \
	"CREATE TABLE IF NOT EXISTS lockstep_queue_settings (id integer PRIMARY KEY " \
	"CHECK (id = 1), updated_ms bigint NOT NULL)"

/* The same in both; the last two are for the few that people look for: what failed lately, and
 * words of an error in whatever said any. */
#define INDEXES                                                                         \
	"CREATE INDEX IF NOT EXISTS lockstep_jobs_ready ON lockstep_jobs "              \
	"(priority, run_at_ms, id) WHERE state = 0",                                    \
		"CREATE INDEX IF NOT EXISTS lockstep_jobs_later ON lockstep_jobs "      \
		"(run_at_ms) WHERE state = 2",                                          \
		"CREATE INDEX IF NOT EXISTS lockstep_jobs_blocked ON lockstep_jobs "    \
		"(lane, priority, run_at_ms, id) WHERE state = 3",                      \
		"CREATE UNIQUE INDEX IF NOT EXISTS lockstep_jobs_key ON lockstep_jobs " \
		"(job_key) WHERE job_key IS NOT NULL AND (one OR state <> 1)",          \
		"CREATE INDEX IF NOT EXISTS lockstep_job_history_failed ON "            \
		"lockstep_job_history (finished_ms) WHERE outcome = 1",                 \
		"CREATE INDEX IF NOT EXISTS lockstep_job_history_error ON "             \
		"lockstep_job_history (id) WHERE error IS NOT NULL"

#define SQLITE_NOW "(CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER))"
#define POSTGRES_NOW "(CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint))"
#define POSTGRES_TEXT "text COLLATE \"C\""

/* Ids are never given twice: history keeps them. */
static const char *const sqlite_tables[] = {
	"CREATE TABLE IF NOT EXISTS lockstep_jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, " JOB_COLUMNS(
		"boolean", "TEXT", SQLITE_NOW) ")",
	"CREATE TABLE IF NOT EXISTS lockstep_job_history (id INTEGER PRIMARY KEY, " HISTORY_COLUMNS(
		"boolean", "TEXT") ")",
	"CREATE TABLE IF NOT EXISTS lockstep_sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, " SESSION_COLUMNS(
		"boolean") ")",
	LANES("TEXT"),
	ATTEMPTS("INTEGER PRIMARY KEY AUTOINCREMENT"),
	PAUSES("TEXT"),
	SETTINGS,
	INDEXES,
	("CREATE INDEX IF NOT EXISTS lockstep_job_history_finished ON lockstep_job_history "
	 "(finished_ms)"),
	/* A million finished jobs are counted from it in a tenth of the time.  The task comes
	 * first: what looks for an outcome would be led away from the newest, and from the index of
	 * the failed. */
	("CREATE INDEX IF NOT EXISTS lockstep_job_history_counts ON lockstep_job_history "
	 "(task, outcome)"),
};

/* Rows of the first change place with every state: they need room on their page, and dead ones
 * need to go soon, however many there are. */
static const char *const postgres_tables[] = {
	"CREATE TABLE IF NOT EXISTS lockstep_jobs (id bigint GENERATED BY DEFAULT AS IDENTITY "
	"PRIMARY KEY, " JOB_COLUMNS(
		"boolean", POSTGRES_TEXT,
		POSTGRES_NOW) ") WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, "
			      "autovacuum_vacuum_threshold = 1000)",
	"CREATE TABLE IF NOT EXISTS lockstep_job_history (id bigint PRIMARY KEY, " HISTORY_COLUMNS(
		"boolean", POSTGRES_TEXT) ")",
	"CREATE TABLE IF NOT EXISTS lockstep_sessions (id bigint GENERATED BY DEFAULT AS IDENTITY "
	"PRIMARY KEY, " SESSION_COLUMNS("boolean") ")",
	LANES(POSTGRES_TEXT),
	ATTEMPTS("bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
	PAUSES(POSTGRES_TEXT),
	SETTINGS,
	INDEXES,
	"CREATE INDEX IF NOT EXISTS lockstep_job_history_finished ON lockstep_job_history USING "
	"brin (finished_ms)",
	/* Also a plain INSERT wakes the workers; many of one transaction are one message. */
	"CREATE OR REPLACE FUNCTION lockstep_jobs_notify() RETURNS trigger LANGUAGE plpgsql AS $$ "
	"BEGIN PERFORM pg_notify('lockstep_jobs', ''); RETURN NULL; END $$",
	"DROP TRIGGER IF EXISTS lockstep_jobs_notify ON lockstep_jobs",
	"CREATE TRIGGER lockstep_jobs_notify AFTER INSERT ON lockstep_jobs FOR EACH STATEMENT "
	"EXECUTE FUNCTION lockstep_jobs_notify()",
};

/* The version that the tables were made by, 0 when there are none. */
static bool version_get(struct db *d, struct arena *a, int64_t *version, struct err *e)
{
	struct table_shape control, jobs;
	struct db_result r;

	*version = 0;
	if (!table_shape(d, a, STR("lockstep_control"), &control, e) ||
	    !table_shape(d, a, STR("lockstep_jobs"), &jobs, e))
		return false;
	if (!control.exists || !jobs.exists)
		return true;
	if (!db_query(d, a, "SELECT value FROM lockstep_control WHERE name = 'queue'", NULL, 0, &r,
		      e))
		return false;
	if (r.rows && !str_to_i64(db_cell(&r, 0, 0).s, version))
		return err_set(e, ERR_STORE, "lockstep_control holds no version of the queue");
	return true;
}

bool queue_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		struct err *e)
{
	bool postgres = d->ops->dialect == DB_POSTGRES;
	const char *const *table = postgres ? postgres_tables : sqlite_tables;
	size_t n = postgres ? COUNT(postgres_tables) : COUNT(sqlite_tables);
	int64_t version;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!version_get(d, a, &version, e))
		return false;
	for (size_t i = 0; version < QUEUE_VERSION && i < n; i++)
		ddl_add(&l, str_from(table[i]));
	if (!views_plan(&l, version < QUEUE_VERSION, e))
		return false;
	if (version < QUEUE_VERSION)
		ddl_add(&l, str_printf(a,
				       "INSERT INTO lockstep_control (name, value) VALUES "
				       "('queue', '%d') ON CONFLICT (name) DO UPDATE SET value = "
				       "excluded.value",
				       QUEUE_VERSION));
	*statement = l.statement;
	*statements = l.statements;
	return true;
}
