/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - a thread that runs one handler after another, on a database connection of its own. */
#include "work/crew.h"

static void run(struct worker *w, struct attempt *a)
{
	struct err e = { 0 };
	struct job_run r = {
		.job = &a->job,
		.db = w->db,
		.arena = w->arena,
		.stop = w->stop,
		.clock = clock_system(),
		.arg = w->pool->o.task_arg,
		.verdict = &a->verdict,
		.pool = w->pool,
	};
	bool done = a->task->run(&r, &e);

	db_rollback(w->db); /* what a handler left open must not become the next one's */
	arena_reset(w->arena);
	board_end(&w->pool->board, w, done, &e);
}

void *worker_run(void *arg)
{
	struct worker *w = arg;
	struct attempt *a;

	while ((a = board_take(&w->pool->board, w)))
		run(w, a);
	return NULL;
}
