/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c - what tests of the queue say in one word. */
#include "jobs.h"

#include <stdio.h>
#include <unistd.h>

struct fixture queue_open(struct clock *clock)
{
	struct fixture f = fixture_open(clock);
	struct str *statement = NULL;
	size_t n = 0;

	make_control(&f);
	must(queue_plan(f.db, f.a, &statement, &n, &oops));
	must(schema_apply(f.db, statement, n, &oops));
	return f;
}

int64_t begin_session(struct db *d)
{
	struct worker_info w = {
		.host = STR("here"), .version = STR("0"), .pid = getpid(), .slots = 1
	};
	int64_t session = 0;

	must(session_begin(d, &w, &session, &oops));
	return session;
}

struct job_ticket add_draft(struct db *d, struct job_draft draft)
{
	struct job_ticket t = { 0 };

	must(queue_add(d, &draft, &t, &oops));
	return t;
}

int64_t add_job(struct db *d, const char *task)
{
	return add_draft(d, (struct job_draft){ .task = str_from(task) }).id;
}

void add_jobs(struct db *d, const char *task, int64_t n, int64_t attempts_max)
{
	struct value param[] = { value_int(n), value_str(str_from(task)), value_int(attempts_max) };

	must(db_exec(d,
		     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
		     " i < CAST(?1 AS bigint)) INSERT INTO lockstep_jobs (task, attempts_max)"
		     " SELECT CAST(?2 AS text), CAST(?3 AS integer) FROM n",
		     param, COUNT(param), NULL, &oops));
}

size_t claim_jobs(struct fixture *f, struct db *d, int64_t session, size_t max, struct job **out)
{
	struct claim c = { .session = session, .max = max };
	size_t n = 0;

	must(queue_claim(d, f->a, &c, out, &n, &oops));
	return n;
}

struct job claim_job(struct fixture *f, int64_t session)
{
	struct job *job = NULL;

	if (claim_jobs(f, f->db, session, 1, &job) != 1) {
		printf("Bail out! there is no job to claim\n");
		_exit(1);
	}
	return job[0];
}

bool finish_job(struct db *d, struct fence fence, enum verdict_kind kind, int64_t wait_ms)
{
	struct verdict v = { .fence = fence, .kind = kind, .wait_ms = wait_ms };
	bool fenced = false;

	v.error = kind == VERDICT_DONE ? STR("") : STR("it did not work");
	must(queue_finish(d, &v, 1, &fenced, &oops));
	return !fenced;
}

static int64_t number_of(struct db *d, const char *what, const char *table, int64_t id)
{
	AUTO_ARENA *a = arena_new("number", 1 << 20);
	struct str sql = str_printf(a,
				    "SELECT CAST(coalesce(max(%s), -1) AS bigint) FROM %s "
				    "WHERE id = %lld",
				    what, table, (long long)id);

	return sql_int(d, sql.at);
}

int64_t job_state(struct db *d, int64_t id)
{
	return number_of(d, "state", "lockstep_jobs", id);
}

int64_t job_outcome(struct db *d, int64_t id)
{
	return number_of(d, "outcome", "lockstep_job_history", id);
}

int64_t job_int(struct db *d, int64_t id, const char *column)
{
	bool open = job_state(d, id) >= 0;

	return number_of(d, column, open ? "lockstep_jobs" : "lockstep_job_history", id);
}

const char *job_text(struct fixture *f, int64_t id, const char *column)
{
	bool open = job_state(f->db, id) >= 0;
	struct str sql =
		str_printf(f->a, "SELECT coalesce(max(%s), '') FROM %s WHERE id = %lld", column,
			   open ? "lockstep_jobs" : "lockstep_job_history", (long long)id);

	return sql_text(f, sql.at);
}
