/* SPDX-License-Identifier: Apache-2.0 */
/* t_fence.c - a run inside a job whose job is given to another while it reads. */
#include "world.h"

#include "tap.h"
#include "work/queue.h"

static struct world w;
static size_t taken_at;   /* the request during which the job is taken; 0: never */
static int64_t rows_then; /* rows of the table at that moment */

static int64_t rows_now(void)
{
	return world_int(&w, "SELECT count(*) FROM shelves") +
	       world_int(&w, "SELECT count(*) FROM things");
}

static void take_away(struct world *world, size_t n)
{
	if (n != taken_at)
		return;
	rows_then = rows_now();
	must(db_exec(world->real, "UPDATE lockstep_jobs SET session = 99, attempt = attempt + 1",
		     NULL, 0, NULL, &oops));
}

/* A world in which the run is a job's. */
static struct fence open_as_job(void)
{
	struct worker_info me = { .host = STR("h"), .version = STR("0"), .pid = 1, .slots = 1 };
	struct job_draft draft = { .task = STR("sync") };
	struct claim c = { .max = 1 };
	struct str *statement = NULL;
	struct job_ticket t;
	struct job *job = NULL;
	size_t n = 0;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 3, 60);
	must(queue_plan(w.real, w.arena, &statement, &n, &oops));
	must(schema_apply(w.real, statement, n, &oops));
	must(session_begin(w.real, &me, &c.session, &oops));
	must(queue_add(w.real, &draft, &t, &oops));
	must(queue_claim(w.real, w.arena, &c, &job, &n, &oops));
	w.meanwhile = take_away;
	return job[0].fence;
}

static void a_run_of_a_job_is_a_run(void)
{
	struct fence f = open_as_job();
	struct run_result r = { 0 };

	taken_at = 0;
	w.engine.fence = &f;
	must(world_run(&w, MODE_INCREMENTAL, &r, &oops));
	OK(r.status == RUN_SUCCESS && world_differences(&w, INT64_MAX) == 0,
	   "who keeps the job writes everything");
	world_close(&w);
}

static void nothing_is_written_for_a_job_that_was_taken(void)
{
	for (size_t at = 1; at <= 6; at++) {
		struct fence f = open_as_job();
		struct run_result r = { 0 };
		struct err e = { 0 };
		bool ok;

		taken_at = at;
		rows_then = -1;
		w.engine.fence = &f;
		ok = world_run(&w, MODE_INCREMENTAL, &r, &e);
		OK(rows_then >= 0, "request %zu comes", at);
		OK(!ok || r.status != RUN_SUCCESS, "a job that is taken then is no success");
		OK(rows_now() == rows_then, "and nothing is written after that");
		world_close(&w);
	}
}

int main(void)
{
	a_run_of_a_job_is_a_run();
	nothing_is_written_for_a_job_that_was_taken();
	return tap_done();
}
