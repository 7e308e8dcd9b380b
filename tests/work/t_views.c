/* SPDX-License-Identifier: Apache-2.0 */
/* t_views.c - the queue as people and applications use it by SQL alone. */
#include "jobs.h"
#include "tap.h"

static bool refused(struct db *d, const char *sql)
{
	struct err e;

	return !db_exec(d, sql, NULL, 0, NULL, &e);
}

static int64_t only_job(struct fixture *f)
{
	return sql_int(f->db, "SELECT job_id FROM job_queue");
}

static void test_insert(void)
{
	struct fixture f = queue_open(NULL);
	struct job j;

	run_sql(f.db, "INSERT INTO job_queue (task_type, payload, max_attempts) VALUES ('a', "
		      "'{\"n\": 1}', 3)");
	IS(sql_text(&f, "SELECT status FROM job_queue"), "pending", "a plain INSERT makes a job");
	IS(sql_text(&f, "SELECT CAST(id AS text) FROM job_queue"),
	   "00000000-0000-0000-0000-000000000001", "its id is a UUID that says its number");
	j = claim_job(&f, begin_session(f.db));
	OK(str_eq(j.task, STR("a")) && j.attempts_max == 3 && str_find(j.args, STR("\"n\"")) > 0,
	   "which a worker claims");
	OK(str_eq(j.trigger, STR("sql")), "and sees where it came from");
	IS(sql_text(&f, "SELECT status FROM job_queue"), "running", "it runs");
	OK(sql_int(f.db, "SELECT attempts FROM job_queue") == 1, "for the first time");
	OK(refused(f.db, "INSERT INTO job_queue (task_type, status) VALUES ('a', 'running')"),
	   "nobody begins one by hand");
	OK(refused(f.db, "INSERT INTO job_queue (task_type, payload) VALUES ('a', '[1]')"),
	   "the payload is an object");
	OK(refused(f.db, "INSERT INTO job_queue (id, task_type) VALUES "
			 "('7d444840-9dc0-11d1-b245-5ffdce74fad2', 'a')"),
	   "an id that would be lost is refused");
	fixture_close(&f);
}

static void test_later(void)
{
	struct fixture f = queue_open(NULL);

	run_sql(f.db, "INSERT INTO job_queue (task_type, run_at) VALUES ('a', "
		      "'2999-01-01T00:00:00Z')");
	OK(job_state(f.db, only_job(&f)) == JOB_LATER, "a run_at of the future waits");
	run_sql(f.db, "UPDATE job_queue SET run_at = '2001-01-01T00:00:00Z'");
	OK(job_state(f.db, only_job(&f)) == JOB_READY &&
		   job_int(f.db, only_job(&f), "run_at_ms") == 978307200000,
	   "one of the past is due");
	run_sql(f.db, "UPDATE job_queue SET payload = '{\"m\": 2}', max_attempts = 9");
	OK(job_state(f.db, only_job(&f)) == JOB_READY &&
		   job_int(f.db, only_job(&f), "attempts_max") == 9,
	   "what else is updated is changed");
	OK(refused(f.db, "UPDATE job_queue SET status = 'running'"), "but not begun");
	OK(refused(f.db, "UPDATE job_queue SET status = 'odd'"),
	   "nor brought into an unknown state");
	fixture_close(&f);
}

static void test_status(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), id;
	bool unwanted = false;
	struct job j;

	id = add_job(f.db, "a");
	run_sql(f.db, "UPDATE job_queue SET status = 'cancelled' WHERE task_type = 'a'");
	OK(job_outcome(f.db, id) == JOB_CANCELLED, "a job that waits is cancelled by UPDATE");
	OK(sql_int(f.db, "SELECT count(*) FROM job_queue WHERE status = 'cancelled' AND "
			 "completed_at IS NOT NULL") == 1,
	   "and shown as that, once");
	run_sql(f.db, "UPDATE job_queue SET status = 'pending', last_error = NULL, completed_at = "
		      "NULL");
	OK(job_state(f.db, id) == JOB_READY && job_outcome(f.db, id) == -1,
	   "set to pending it is redriven under its id");
	j = claim_job(&f, s);
	OK(refused(f.db, "UPDATE job_queue SET status = 'pending'"), "one that runs is not");
	OK(refused(f.db, "DELETE FROM job_queue"), "nor deleted");
	run_sql(f.db, "UPDATE job_queue SET status = 'cancelled'");
	must(queue_unwanted(f.db, &j.fence, 1, &unwanted, &oops));
	OK(unwanted && job_state(f.db, id) == JOB_RUNNING, "but asked to stop");
	run_sql(f.db, "UPDATE job_queue SET status = 'failed', last_error = 'stuck'");
	OK(job_outcome(f.db, id) == JOB_FAILED, "it may be said to have failed");
	OK(!finish_job(f.db, j.fence, VERDICT_DONE, 0), "and then its worker is fenced");
	IS(sql_text(&f, "SELECT last_error FROM job_queue"), "stuck", "the reason is kept");
	run_sql(f.db, "DELETE FROM job_queue");
	OK(sql_int(f.db, "SELECT count(*) FROM job_queue") == 0, "DELETE forgets a finished job");
	add_job(f.db, "b");
	run_sql(f.db, "DELETE FROM job_queue WHERE task_type = 'b'");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs") == 0, "and one that waits");
	fixture_close(&f);
}

static void test_settings(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db);
	struct pause *p = NULL;
	struct job *job = NULL;
	size_t n = 0;

	add_job(f.db, "a");
	OK(sql_int(f.db,
		   "SELECT count(*) FROM job_queue_settings WHERE id = 1 AND "
		   "processing_enabled AND paused_reason IS NULL AND updated_at IS NOT NULL") == 1,
	   "at first jobs are processed");
	run_sql(f.db, "UPDATE job_queue_settings SET processing_enabled = false, paused_reason = "
		      "'too hot' WHERE id = 1");
	OK(claim_jobs(&f, f.db, s, 1, &job) == 0, "switched off, nothing is claimed");
	must(queue_pauses(f.db, f.a, &p, &n, &oops));
	OK(n == 1 && str_eq(p[0].scope, STR("*")) && str_eq(p[0].reason, STR("too hot")),
	   "it is a pause of everything");
	run_sql(f.db, "UPDATE job_queue_settings SET processing_enabled = true");
	OK(claim_jobs(&f, f.db, s, 1, &job) == 1, "switched on, it goes on");
	fixture_close(&f);
}

static void test_functions(void)
{
	struct fixture f = queue_open(NULL);
	struct job j;

	run_sql(f.db, "SELECT * FROM job_queue_enqueue('a')");
	IS(sql_text(&f, "SELECT status FROM job_queue_enqueue('b', '{\"n\":1}', now() + interval "
			"'1 hour', 2)"),
	   "pending", "the function answers with the job");
	OK(sql_int(f.db,
		   "SELECT count(*) FROM lockstep_jobs WHERE state = 2 AND attempts_max = 2") == 1,
	   "as it was asked for");
	j = claim_job(&f, begin_session(f.db));
	OK(finish_job(f.db, j.fence, VERDICT_DONE, 0), "one is done");
	OK(sql_int(f.db, "SELECT CAST(job_queue_health()->>'pendingQueueCount' AS integer)") == 1,
	   "health counts");
	OK(sql_int(f.db, "SELECT job_queue_cleanup()") == 0, "what is young stays");
	run_sql(f.db, "UPDATE lockstep_job_history SET finished_ms = 0");
	OK(sql_int(f.db, "SELECT job_queue_cleanup()") == 1, "what is old goes");
	fixture_close(&f);
}

static void test_taken(void)
{
	struct fixture f = fixture_open(NULL);
	struct str *statement = NULL, *name = NULL;
	size_t n = 0;

	run_sql(f.db, "CREATE TABLE job_queue (id integer)");
	make_control(&f);
	must(queue_plan(f.db, f.a, &statement, &n, &oops));
	must(schema_apply(f.db, statement, n, &oops));
	run_sql(f.db, "INSERT INTO job_queue VALUES (7)");
	OK(sql_int(f.db, "SELECT id FROM job_queue") == 7, "an application's job_queue is kept");
	must(queue_names_taken(f.db, f.a, &name, &n, &oops));
	OK(n == 1 && str_eq(name[0], STR("job_queue")), "and told of");
	OK(add_job(f.db, "a") == 1, "the queue works without the view");
	must(queue_plan(f.db, f.a, &statement, &n, &oops));
	OK(n == 0, "and asks for nothing more");
	run_sql(f.db, "DROP TABLE job_queue");
	must(queue_plan(f.db, f.a, &statement, &n, &oops));
	must(schema_apply(f.db, statement, n, &oops));
	IS(sql_text(&f, "SELECT status FROM job_queue"), "pending", "until the name is free");
	fixture_close(&f);
}

static void test_list(void)
{
	struct fixture f = queue_open(NULL);
	int64_t s = begin_session(f.db), total = 0, age = -1, deleted = 0, a, b;
	struct job_filter all = { .limit = 10 }, some = { .limit = 1, .status = STR("pending") };
	struct job_row *row = NULL;
	struct job_count *count = NULL;
	size_t n = 0;
	struct err e;

	a = add_job(f.db, "a");
	b = add_draft(f.db, (struct job_draft){ .task = STR("b"), .run_at_ms = 1, .priority = 7 })
		    .id;
	add_job(f.db, "c");
	finish_job(f.db, claim_job(&f, s).fence, VERDICT_DEAD, 0);
	must(queue_list(f.db, f.a, &all, &row, &n, &total, &oops));
	OK(n == 3 && total == 3 && row[0].id > row[1].id && row[1].id > row[2].id,
	   "jobs of both tables are listed, newest first");
	OK(row[2].id == a && str_eq(row[2].status, STR("failed")) &&
		   str_eq(row[2].error, STR("it did not work")) && row[2].finished_ms > 0 &&
		   row[2].attempts == 1,
	   "a finished one with how it ended");
	OK(str_eq(row[1].status, STR("pending")) && str_eq(row[1].state, STR("ready")) &&
		   row[1].priority == 7,
	   "a waiting one with its state");
	must(queue_list(f.db, f.a, &some, &row, &n, &total, &oops));
	OK(n == 1 && total == 2, "a page, and how many there are");
	some.oldest_first = true;
	some.offset = 1;
	must(queue_list(f.db, f.a, &some, &row, &n, &total, &oops));
	OK(n == 1 && row[0].id > b, "the second page, the other way round");
	all.text = STR("DID NOT");
	all.task = STR("a");
	must(queue_list(f.db, f.a, &all, &row, &n, &total, &oops));
	OK(n == 1 && row[0].id == a, "found by its error");
	all.status = STR("pending");
	all.state = STR("failed");
	must(queue_list(f.db, f.a, &all, &row, &n, &total, &oops));
	OK(n == 0 && total == 0, "what cannot be is not found");
	all.status = STR("odd");
	OK(!queue_list(f.db, f.a, &all, &row, &n, &total, &e) && e.kind == ERR_USAGE,
	   "a status that is none is refused");
	must(queue_counts(f.db, f.a, &count, &n, &oops));
	OK(n == 3 && str_eq(count[0].task, STR("a")) && str_eq(count[0].status, STR("failed")) &&
		   count[0].n == 1,
	   "jobs are counted by task and status");
	must(queue_oldest_ready(f.db, &age, &oops));
	OK(age > 1000000000000, "the oldest that is ready is found behind others of more weight");
	run_sql(f.db, "UPDATE lockstep_job_history SET finished_ms = 5");
	must(queue_cleanup(f.db, 1000, false, &deleted, &oops));
	OK(deleted == 0, "dead letters stay");
	must(queue_cleanup(f.db, 1000, true, &deleted, &oops));
	OK(deleted == 1, "unless told otherwise");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	test_insert();
	test_later();
	test_status();
	test_settings();
	if (on_postgres())
		test_functions();
	test_taken();
	test_list();
	return tap_done();
}
