/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_list_plans.c - lists of jobs read the newest and stop, whatever else the history holds.
 *
 * SQLite without statistics goes by the first index that fits: the plans are those of a table of
 * any size.
 */
#include "jobs.h"
#include "tap.h"

struct witness {
	struct db db;
	struct db *real;
	struct buf seen; /* the plans since the last look */
};

static bool witness_run(struct db *d, struct arena *a, struct str sql, const struct value *param,
			size_t params, struct db_result *out, int64_t *changed, struct err *e)
{
	struct witness *w = CONTAINER(d, struct witness, db);
	struct str explain = str_printf(a, "EXPLAIN QUERY PLAN %.*s", STR_ARG(sql));
	struct db_result r;

	must(w->real->ops->run(w->real, a, explain, param, params, &r, NULL, &oops));
	for (size_t i = 0; i < r.rows; i++)
		buf_printf(&w->seen, "%.*s\n", STR_ARG(db_cell(&r, i, 3).s));
	return w->real->ops->run(w->real, a, sql, param, params, out, changed, e);
}

static const struct db_ops witness_ops = { .dialect = DB_SQLITE,
					   .name = "witness",
					   .run = witness_run };

static bool is_in(const struct witness *w, const char *text)
{
	return str_find(buf_str(&w->seen), str_from(text)) >= 0;
}

static void a_list_sorts_no_history(struct fixture *f, struct job_filter filter, const char *what)
{
	struct witness w = { .db = { .ops = &witness_ops }, .real = f->db };
	struct job_row *row;
	int64_t total;
	size_t n;
	bool good;

	buf_init(&w.seen, (size_t)1 << 16);
	filter.limit = 50;
	filter.count_max = 10000;
	must(queue_list(&w.db, f->a, &filter, &row, &n, &total, &oops));
	good = !is_in(&w,
		      "SEARCH lockstep_job_history USING INDEX lockstep_job_history_counts (task=?)") &&
	       !is_in(&w, "lockstep_job_history_counts (outcome=?)");
	OK(good && is_in(&w, "lockstep_job_history"), "%s", what);
	if (!good)
		printf("# %s\n", w.seen.at);
	buf_done(&w.seen);
}

static void words_are_looked_for_where_there_are_any(struct fixture *f)
{
	struct witness w = { .db = { .ops = &witness_ops }, .real = f->db };
	struct job_filter filter = { .text = STR("timed out"), .limit = 50, .count_max = 10000 };
	struct job_row *row;
	int64_t total;
	size_t n;

	buf_init(&w.seen, (size_t)1 << 16);
	run_sql(f->db,
		"INSERT INTO lockstep_job_history (id, outcome, priority, one, attempt, "
		"attempts_max, crashes, lane_max, run_at_ms, added_ms, finished_ms, task, "
		"origin, actor, args, error) VALUES (1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 'sync', "
		"'api', '', '{}', 'It Timed Out'), (2, 0, 0, 0, 1, 1, 0, 1, 0, 0, 2, 'sync', "
		"'api', '', '{}', NULL)");
	must(queue_list(&w.db, f->a, &filter, &row, &n, &total, &oops));
	OK(n == 1 && total == 1 && row[0].id == 1, "words are found whatever their case");
	OK(is_in(&w, "SCAN lockstep_job_history USING INDEX lockstep_job_history_error") &&
		   !is_in(&w, "SCAN lockstep_job_history\n"),
	   "and are looked for only where something is said");
	buf_done(&w.seen);
}

static void what_failed_lately_is_by_its_index(struct fixture *f)
{
	struct db_result r;

	must(db_query(
		f->db, f->a,
		"EXPLAIN QUERY PLAN SELECT task, error, finished_ms FROM lockstep_job_history "
		"WHERE outcome = 1 AND finished_ms >= 1 ORDER BY finished_ms DESC LIMIT 1000",
		NULL, 0, &r, &oops));
	OK(r.rows == 1 && str_find(db_cell(&r, 0, 3).s, STR("lockstep_job_history_failed")) >= 0,
	   "what failed lately is read from the index of the failed, and not sorted");
}

int main(int argc, char **argv)
{
	struct fixture f;

	fixture_choose(argc, argv);
	f = queue_open(NULL);
	a_list_sorts_no_history(&f, (struct job_filter){ .state = STR("succeeded") },
				"those that succeeded");
	a_list_sorts_no_history(&f, (struct job_filter){ .task = STR("sync") }, "those of a task");
	a_list_sorts_no_history(
		&f, (struct job_filter){ .task = STR("sync"), .state = STR("succeeded") },
		"those of a task that succeeded");
	what_failed_lately_is_by_its_index(&f);
	words_are_looked_for_where_there_are_any(&f);
	fixture_close(&f);
	return tap_done();
}
