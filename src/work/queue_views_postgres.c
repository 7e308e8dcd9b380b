/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_views_postgres.c - the views job_queue and job_queue_settings and the functions beside them
 * as PostgreSQL makes them.
 */
#include "work/queue_views.h"

#define NOW "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
#define TIME(ms) "to_timestamp(" ms " / 1000.0)"

#define SAME                                                                            \
	"CAST('00000000-0000-0000-0000-' || lpad(to_hex(id), 12, '0') AS uuid) AS id, " \
	"CAST(task AS text) AS task_type, CAST(args AS jsonb) AS payload, "
#define REST              \
	TIME("run_at_ms") \
	" AS run_at, attempt AS attempts, attempts_max AS max_attempts, error AS last_error, "
#define TAIL                                                                        \
	"CAST(priority AS integer) AS priority, CAST(job_key AS text) AS job_key, " \
	"CAST(lane AS text) AS lane, origin, actor, id AS job_id"

#define CARRIED                                                                                 \
	"id, priority, one, attempts_max, lane_max, run_at_ms, added_ms, task, job_key, lane, " \
	"origin, actor, args"

#define DONE_WORDS "('succeeded', 'failed', 'cancelled')"
#define OUTCOME "CASE NEW.status WHEN 'succeeded' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END"

static const char change_function[] =
	"CREATE OR REPLACE FUNCTION lockstep_job_queue_change() RETURNS trigger LANGUAGE plpgsql "
	"AS $$ DECLARE j lockstep_jobs%ROWTYPE; moment bigint := " NOW "; due bigint; BEGIN "
	"IF TG_OP = 'INSERT' THEN "
	"IF NEW.id IS NOT NULL THEN RAISE 'job_queue gives ids itself: leave id out'; END IF; "
	"IF coalesce(NEW.status, 'pending') <> 'pending' THEN RAISE 'a new job is pending'; END IF; "
	"IF jsonb_typeof(coalesce(NEW.payload, '{}')) <> 'object' THEN RAISE 'payload is a JSON "
	"object'; END IF; "
	"due := coalesce(CAST(extract(epoch FROM NEW.run_at) * 1000 AS bigint), moment); "
	"INSERT INTO lockstep_jobs (state, priority, attempts_max, run_at_ms, added_ms, task, args) "
	"VALUES (CASE WHEN due > moment THEN 2 ELSE 0 END, coalesce(NEW.priority, 0), "
	"greatest(1, coalesce(NEW.max_attempts, 5)), due, moment, NEW.task_type, "
	"CAST(coalesce(NEW.payload, '{}') AS text)) RETURNING * INTO j; "
	"SELECT * INTO NEW FROM job_queue WHERE job_id = j.id; RETURN NEW; END IF; "
	/* What it is now, which nobody changes before we are done. */
	"SELECT * INTO j FROM lockstep_jobs WHERE id = OLD.job_id FOR UPDATE; "
	"IF TG_OP = 'DELETE' THEN "
	"IF j.state = 1 THEN RAISE 'the job is running: cancel it first'; END IF; "
	"DELETE FROM lockstep_jobs WHERE id = OLD.job_id; "
	"DELETE FROM lockstep_job_history WHERE id = OLD.job_id; RETURN OLD; END IF; "
	"IF NEW.status IS NULL OR NEW.status NOT IN ('pending', 'running', 'succeeded', 'failed', "
	"'cancelled') THEN RAISE 'there is no such status'; END IF; "
	"IF NEW.status = 'running' AND j.state IS DISTINCT FROM 1 THEN RAISE 'only workers begin "
	"jobs'; END IF; "
	"IF NEW.status = 'pending' AND j.state = 1 THEN RAISE 'the job is running: cancel it "
	"first'; END IF; "
	"due := CASE WHEN NEW.run_at IS DISTINCT FROM OLD.run_at THEN CAST(extract(epoch FROM "
	"NEW.run_at) * 1000 AS bigint) END; "
	/* A running job is asked to stop; one that waits, or is said to be over, ends. */
	"IF j.state = 1 AND NEW.status = 'cancelled' THEN "
	"UPDATE lockstep_jobs SET cancel_asked = true, error = coalesce(NEW.last_error, error) "
	"WHERE id = j.id; "
	"ELSIF j.id IS NOT NULL AND NEW.status IN " DONE_WORDS " THEN "
	"INSERT INTO lockstep_job_history (" CARRIED ", error, outcome, attempt, crashes, session, "
	"claimed_ms, finished_ms, output) SELECT " CARRIED
	", coalesce(NEW.last_error, error), " OUTCOME
	", attempt, crashes, session, claimed_ms, moment, CAST(NEW.output AS text) FROM "
	"lockstep_jobs WHERE id = j.id; "
	"DELETE FROM lockstep_jobs WHERE id = j.id; "
	"ELSIF j.id IS NULL AND NEW.status IN " DONE_WORDS " THEN "
	"UPDATE lockstep_job_history SET outcome = " OUTCOME ", error = NEW.last_error, output = "
	"CAST(NEW.output AS text) WHERE id = OLD.job_id; "
	"ELSIF j.id IS NULL AND NEW.status = 'pending' THEN "
	"INSERT INTO lockstep_jobs (" CARRIED ", state, error) SELECT id, priority, one, "
	"attempts_max, lane_max, coalesce(due, moment), added_ms, task, job_key, lane, origin, "
	"actor, args, CASE WHEN due > moment THEN 2 ELSE 0 END, NEW.last_error FROM "
	"lockstep_job_history WHERE id = OLD.job_id; "
	"DELETE FROM lockstep_job_history WHERE id = OLD.job_id; "
	"ELSIF NEW.status = 'pending' THEN "
	"UPDATE lockstep_jobs SET run_at_ms = coalesce(due, run_at_ms), state = CASE WHEN due IS "
	"NULL THEN state WHEN due > moment THEN 2 ELSE 0 END, args = CAST(coalesce(NEW.payload, "
	"'{}') AS text), attempts_max = greatest(1, coalesce(NEW.max_attempts, attempts_max)), "
	"priority = coalesce(NEW.priority, priority), error = NEW.last_error WHERE id = j.id; "
	"END IF; PERFORM pg_notify('lockstep_jobs', ''); RETURN NEW; END $$";

static const char *const job_queue[] = {
	"CREATE OR REPLACE VIEW job_queue AS SELECT " SAME
	"CASE WHEN state = 1 THEN 'running' ELSE 'pending' END AS status, " REST
	"CAST(NULL AS jsonb) AS output, " TIME("added_ms") " AS created_at, " TIME(
		"coalesce(claimed_ms, added_ms)") " AS updated_at, CAST(NULL AS timestamptz) AS "
						  "completed_at, " TAIL
						  " FROM lockstep_jobs UNION ALL SELECT " SAME
						  "CASE outcome WHEN 0 THEN 'succeeded' WHEN 1 THEN 'failed' ELSE 'cancelled' END, " REST
						  "CAST(output AS jsonb), " TIME("added_ms") ", " TIME(
							  "finished_ms") ", " TIME("finished_ms") ", " TAIL
												  " FROM lockstep_job_history",
	change_function,
	"DROP TRIGGER IF EXISTS lockstep_job_queue_change ON job_queue",
	"CREATE TRIGGER lockstep_job_queue_change INSTEAD OF INSERT OR UPDATE OR DELETE ON "
	"job_queue FOR EACH ROW EXECUTE FUNCTION lockstep_job_queue_change()",
};

static const char *const job_queue_settings[] = {
	"INSERT INTO lockstep_queue_settings (id, updated_ms) SELECT 1, " NOW
	" ON CONFLICT DO NOTHING",
	"CREATE OR REPLACE VIEW job_queue_settings AS SELECT s.id, p.scope IS NULL AS "
	"processing_enabled, p.reason AS paused_reason, " TIME(
		"s.updated_ms") " AS updated_at "
				"FROM lockstep_queue_settings s LEFT JOIN lockstep_pauses p ON p.scope = '*'",
	"CREATE OR REPLACE FUNCTION lockstep_job_queue_settings_change() RETURNS trigger LANGUAGE "
	"plpgsql AS $$ BEGIN "
	"IF NEW.processing_enabled THEN DELETE FROM lockstep_pauses WHERE scope = '*'; "
	"PERFORM pg_notify('lockstep_jobs', ''); NEW.paused_reason := NULL; "
	"ELSE INSERT INTO lockstep_pauses (scope, reason, actor, since_ms) VALUES ('*', "
	"coalesce(NEW.paused_reason, 'Paused by SQL.'), 'sql', " NOW ") ON CONFLICT (scope) DO "
	"UPDATE SET reason = excluded.reason; END IF; "
	"UPDATE lockstep_queue_settings SET updated_ms = " NOW "; "
	"NEW.updated_at := clock_timestamp(); RETURN NEW; END $$",
	"DROP TRIGGER IF EXISTS lockstep_job_queue_settings_change ON job_queue_settings",
	("CREATE TRIGGER lockstep_job_queue_settings_change INSTEAD OF UPDATE ON "
	 "job_queue_settings FOR EACH ROW EXECUTE FUNCTION lockstep_job_queue_settings_change()"),
};

static const char *const job_queue_enqueue[] = {
	"CREATE OR REPLACE FUNCTION job_queue_enqueue(task_type text, payload jsonb DEFAULT '{}', "
	"run_at timestamptz DEFAULT now(), max_attempts integer DEFAULT 5) RETURNS job_queue "
	"LANGUAGE plpgsql AS $$ /* of lockstep_jobs */ DECLARE q job_queue%ROWTYPE; BEGIN INSERT INTO "
	"job_queue (task_type, payload, run_at, max_attempts) VALUES ($1, $2, $3, $4) RETURNING * "
	"INTO q; RETURN q; END $$",
};

static const char *const job_queue_cleanup[] = {
	"CREATE OR REPLACE FUNCTION job_queue_cleanup(max_age interval DEFAULT interval '14 days') "
	"RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE n bigint; BEGIN DELETE FROM "
	"lockstep_job_history WHERE outcome <> 1 AND finished_ms < CAST(extract(epoch FROM "
	"clock_timestamp() - $1) * 1000 AS bigint); GET DIAGNOSTICS n = ROW_COUNT; RETURN n; END $$",
};

static const char *const job_queue_health[] = {
	"CREATE OR REPLACE FUNCTION job_queue_health() RETURNS jsonb LANGUAGE sql STABLE AS $$ "
	"SELECT jsonb_build_object('queueCounts', (SELECT coalesce(jsonb_agg(jsonb_build_object("
	"'status', c.status, 'count', c.n)), '[]') FROM (SELECT CASE WHEN state = 1 THEN 'running' "
	"ELSE 'pending' END AS status, count(*) AS n FROM lockstep_jobs GROUP BY 1 UNION ALL SELECT "
	"CASE outcome WHEN 0 THEN 'succeeded' WHEN 1 THEN 'failed' ELSE 'cancelled' END, count(*) "
	"FROM lockstep_job_history GROUP BY 1) c), 'pendingQueueCount', (SELECT count(*) FROM "
	"lockstep_jobs WHERE state <> 1), 'latestResponses', (SELECT coalesce(jsonb_agg("
	"jsonb_build_object('id', h.id, 'task_type', h.task, 'outcome', h.outcome, 'error', "
	"h.error)), '[]') FROM (SELECT * FROM lockstep_job_history ORDER BY id DESC LIMIT 10) h), "
	"'latestRuns', CAST('[]' AS jsonb)) $$",
};

const struct queue_view postgres_views[] = {
	{ "job_queue", job_queue, COUNT(job_queue) },
	{ "job_queue_settings", job_queue_settings, COUNT(job_queue_settings) },
	{ "job_queue_enqueue", job_queue_enqueue, COUNT(job_queue_enqueue) },
	{ "job_queue_cleanup", job_queue_cleanup, COUNT(job_queue_cleanup) },
	{ "job_queue_health", job_queue_health, COUNT(job_queue_health) },
};
const size_t postgres_views_count = COUNT(postgres_views);
