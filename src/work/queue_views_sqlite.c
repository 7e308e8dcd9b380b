/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_views_sqlite.c - the views job_queue and job_queue_settings as SQLite makes them.
 *
 * Triggers speak of the machine's own time: they also run where this program is not.
 */
#include "work/queue_views.h"

#define NOW "CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"
#define MS(text) "CAST(round((julianday(" text ") - 2440587.5) * 86400000.0) AS INTEGER)"
#define TIME(ms) "strftime('%Y-%m-%dT%H:%M:%fZ', " ms " / 1000.0, 'unixepoch')"

#define SAME \
	"printf('00000000-0000-0000-0000-%012x', id) AS id, task AS task_type, args AS payload, "
#define REST              \
	TIME("run_at_ms") \
	" AS run_at, attempt AS attempts, attempts_max AS max_attempts, error AS last_error, "
#define TAIL "priority, job_key, lane, origin, actor, id AS job_id"

#define CARRIED                                                                                 \
	"id, priority, one, attempts_max, lane_max, run_at_ms, added_ms, task, job_key, lane, " \
	"origin, actor, args"

static const char *const job_queue[] = {
	"DROP VIEW IF EXISTS job_queue",
	"CREATE VIEW job_queue AS SELECT " SAME
	"CASE WHEN state = 1 THEN 'running' ELSE 'pending' END AS status, " REST
	"NULL AS output, " TIME("added_ms") " AS created_at, " TIME(
		"coalesce(claimed_ms, added_ms)") " AS updated_at, NULL AS completed_at, " TAIL
						  " FROM lockstep_jobs UNION ALL SELECT " SAME
						  "CASE outcome WHEN 0 THEN 'succeeded' WHEN 1 "
						  "THEN 'failed' ELSE 'cancelled' END, " REST
						  "output, " TIME("added_ms") ", " TIME("finished_ms") ", " TIME(
							  "finished_ms") ", " TAIL
									 " FROM lockstep_job_history",

	"CREATE TRIGGER job_queue_insert INSTEAD OF INSERT ON job_queue BEGIN "
	"SELECT RAISE(ABORT, 'job_queue gives ids itself: leave id out') WHERE NEW.id IS NOT NULL; "
	"SELECT RAISE(ABORT, 'a new job is pending') WHERE coalesce(NEW.status, 'pending') <> "
	"'pending'; "
	"SELECT RAISE(ABORT, 'payload is a JSON object') WHERE NEW.payload IS NOT NULL AND "
	"(NOT json_valid(NEW.payload) OR json_type(NEW.payload) <> 'object'); "
	"SELECT RAISE(ABORT, 'run_at is no time') WHERE NEW.run_at IS NOT NULL AND "
	"julianday(NEW.run_at) IS NULL; "
	"INSERT INTO lockstep_jobs (state, priority, attempts_max, run_at_ms, added_ms, task, "
	"args) SELECT CASE WHEN " MS(
		"NEW.run_at") " > " NOW " THEN 2 ELSE 0 END, "
			      "coalesce(NEW.priority, 0), max(1, coalesce(NEW.max_attempts, 5)), "
			      "coalesce(" MS(
				      "NEW.run_at") ", " NOW "), " NOW
						    ", NEW.task_type, coalesce(NEW.payload, '{}'); END",

	"CREATE TRIGGER job_queue_update INSTEAD OF UPDATE ON job_queue BEGIN "
	"SELECT RAISE(ABORT, 'only workers begin jobs') WHERE NEW.status = 'running' AND "
	"OLD.status <> 'running'; "
	"SELECT RAISE(ABORT, 'there is no such status') WHERE coalesce(NEW.status, '') NOT IN "
	"('pending', 'running', 'succeeded', 'failed', 'cancelled'); "
	"SELECT RAISE(ABORT, 'the job is running: cancel it first') WHERE NEW.status = 'pending' "
	"AND OLD.status = 'running'; "
	"SELECT RAISE(ABORT, 'run_at is no time') WHERE NEW.run_at IS NOT NULL AND "
	"julianday(NEW.run_at) IS NULL; "
	/* A running job is asked to stop; one that waits, or is said to be over, ends. */
	"UPDATE lockstep_jobs SET cancel_asked = 1, error = coalesce(NEW.last_error, error) WHERE "
	"id = OLD.job_id AND state = 1 AND NEW.status = 'cancelled'; "
	"INSERT INTO lockstep_job_history (" CARRIED ", error, outcome, attempt, crashes, session, "
	"claimed_ms, finished_ms, output) SELECT " CARRIED ", coalesce(NEW.last_error, error), "
	"CASE NEW.status WHEN 'succeeded' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END, attempt, "
	"crashes, session, claimed_ms, " NOW ", NEW.output FROM lockstep_jobs WHERE id = "
	"OLD.job_id AND NEW.status <> OLD.status AND NEW.status IN ('succeeded', 'failed', "
	"'cancelled') AND (state <> 1 OR NEW.status <> 'cancelled'); "
	"DELETE FROM lockstep_jobs WHERE id = OLD.job_id AND EXISTS (SELECT 1 FROM "
	"lockstep_job_history WHERE id = OLD.job_id); "
	"UPDATE lockstep_job_history SET outcome = CASE NEW.status WHEN 'succeeded' THEN 0 WHEN "
	"'failed' THEN 1 ELSE 2 END, error = NEW.last_error, output = NEW.output WHERE id = "
	"OLD.job_id AND OLD.status NOT IN ('pending', 'running') AND NEW.status IN ('succeeded', "
	"'failed', 'cancelled'); "
	"INSERT INTO lockstep_jobs (" CARRIED ", state, error) SELECT id, priority, one, "
	"attempts_max, lane_max, CASE WHEN NEW.run_at IS NOT OLD.run_at AND NEW.run_at IS NOT NULL "
	"THEN " MS(
		"NEW.run_at") " ELSE " NOW " END, added_ms, task, job_key, lane, origin, actor, "
			      "args, CASE WHEN NEW.run_at IS NOT OLD.run_at AND " MS(
				      "NEW.run_at") " > " NOW
						    " THEN 2 ELSE 0 END, NEW.last_error FROM lockstep_job_history WHERE id = OLD.job_id AND "
						    "NEW.status = 'pending'; "
						    "DELETE FROM lockstep_job_history WHERE id = OLD.job_id AND NEW.status = 'pending'; "
						    "UPDATE lockstep_jobs SET run_at_ms = coalesce(" MS(
							    "NEW.run_at") ", run_at_ms), state = "
									  "CASE WHEN NEW.run_at IS OLD.run_at THEN state WHEN " MS(
										  "NEW.run_at") " > " NOW
												" THEN 2 ELSE 0 END, args = coalesce(NEW.payload, '{}'), attempts_max = max(1, "
												"coalesce(NEW.max_attempts, attempts_max)), priority = coalesce(NEW.priority, priority), "
												"error = NEW.last_error WHERE id = OLD.job_id AND state <> 1 AND OLD.status = 'pending' "
												"AND NEW.status = 'pending'; END",

	"CREATE TRIGGER job_queue_delete INSTEAD OF DELETE ON job_queue BEGIN "
	"SELECT RAISE(ABORT, 'the job is running: cancel it first') WHERE OLD.status = 'running'; "
	"DELETE FROM lockstep_jobs WHERE id = OLD.job_id AND state <> 1; "
	"DELETE FROM lockstep_job_history WHERE id = OLD.job_id; END",
};

static const char *const job_queue_settings[] = {
	"DROP VIEW IF EXISTS job_queue_settings",
	"INSERT INTO lockstep_queue_settings (id, updated_ms) SELECT 1, " NOW
	" WHERE true ON CONFLICT DO NOTHING",
	"CREATE VIEW job_queue_settings AS SELECT s.id, p.scope IS NULL AS processing_enabled, "
	"p.reason AS paused_reason, " TIME(
		"s.updated_ms") " AS updated_at FROM "
				"lockstep_queue_settings s LEFT JOIN lockstep_pauses p ON p.scope = '*'",
	"CREATE TRIGGER job_queue_settings_update INSTEAD OF UPDATE ON job_queue_settings BEGIN "
	"DELETE FROM lockstep_pauses WHERE scope = '*' AND NEW.processing_enabled; "
	"INSERT INTO lockstep_pauses (scope, reason, actor, since_ms) SELECT '*', "
	"coalesce(NEW.paused_reason, 'Paused by SQL.'), 'sql', " NOW " WHERE NOT "
	"NEW.processing_enabled ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason; "
	"UPDATE lockstep_queue_settings SET updated_ms = " NOW "; END",
};

const struct queue_view sqlite_views[] = {
	{ "job_queue", job_queue, COUNT(job_queue) },
	{ "job_queue_settings", job_queue_settings, COUNT(job_queue_settings) },
};
const size_t sqlite_views_count = COUNT(sqlite_views);
