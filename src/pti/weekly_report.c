/* SPDX-License-Identifier: Apache-2.0 */
/* weekly_report.c - what the weekly job was at, for the list of connections. */
#include "pti/weekly_report.h"

#include "pti/budget.h"
#include "store/cell.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define PAGE "/ratings"
#define RUN                                                                            \
	"SELECT CAST(id AS text), status, started_at, completed_at, found, succeeded," \
	" updated, failed, error FROM lockstep_pti_runs"

/* The words of weekly_status_name(), and `failed` of a process that died. */
static enum run_status status_of(struct str word, struct str code)
{
	if (str_eq(word, STR("running")))
		return RUN_RUNNING;
	if (str_eq(word, STR("completed")))
		return RUN_SUCCESS;
	/* Out of credits it did what it could. */
	return str_eq(word, STR("partial")) || str_eq(code, STR("no_credits")) ? RUN_PARTIAL
									       : RUN_ERROR;
}

static struct str why(struct arena *a, struct str code, const struct run_counts *n)
{
	static const struct {
		const char *code, *says;
	} known[] = {
		{ "no_key", "there is no key for the service." },
		{ "key_refused", "the service refused the key." },
		{ "no_credits", "the credits did not last." },
		{ "blocked", "the league's site did not give its pages." },
		{ "interrupted", "its process ended before it did." },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(code, str_from(known[i].code)))
			return str_from(known[i].says);
	if (code.len || !n->failed)
		return code;
	return str_printf(a, "%lld of %lld players could not be read.", (long long)n->failed,
			  (long long)n->processed);
}

static struct run_log run_of(const struct reporting *r, const struct db_result *rows, size_t i)
{
	struct str code = value_text(db_cell(rows, i, 8));
	struct run_log run = { .id = value_text(db_cell(rows, i, 0)),
			       .connection = r->connection->name,
			       .type = STR("weekly"),
			       .status = status_of(value_text(db_cell(rows, i, 1)), code),
			       .started_ms = cell_time_ms(db_cell(rows, i, 2)),
			       .completed_ms = cell_time_ms(db_cell(rows, i, 3)),
			       .counts = { .processed = db_cell(rows, i, 4).i,
					   .updated = db_cell(rows, i, 6).i,
					   .failed = db_cell(rows, i, 7).i } };

	if (run.status == RUN_PARTIAL || run.status == RUN_ERROR)
		run.error = why(r->arena, code, &run.counts);
	return run;
}

static bool find_runs(const struct reporting *r, const char *sql, size_t limit,
		      struct run_list *out, struct err *e)
{
	const struct value param = value_int((int64_t)limit);
	struct db_result rows;

	if (!db_query(r->db, r->arena, sql, &param, 1, &rows, e))
		return err_wrap(e, "table 'lockstep_pti_runs'");
	out->run = arena_new_array(r->arena, struct run_log, rows.rows + 1);
	out->runs = rows.rows;
	for (size_t i = 0; i < rows.rows; i++)
		out->run[i] = run_of(r, &rows, i);
	return true;
}

static void add_fact(struct integration_report *out, const char *label, struct value v)
{
	out->fact[out->facts++] = (struct integration_fact){ label, v, PAGE };
}

static bool count_players(const struct reporting *r, struct integration_report *out, struct err *e)
{
	const struct value since = cell_from_ms(r->now_ms - DAY_MS);
	struct db_result rows;

	if (!db_query(r->db, r->arena,
		      "SELECT count(page), count(CASE WHEN failures > 0 THEN 1 END), (SELECT"
		      " CAST(coalesce(sum(updated), 0) AS bigint) FROM lockstep_pti_runs WHERE"
		      " started_at >= ?1) FROM lockstep_pti_players",
		      &since, 1, &rows, e))
		return err_wrap(e, "table 'lockstep_pti_players'");
	add_fact(out, "Linked players", db_cell(&rows, 0, 0));
	add_fact(out, "Players whose page failed", db_cell(&rows, 0, 1));
	out->written = db_cell(&rows, 0, 2).i;
	return true;
}

static bool count_credits(const struct reporting *r, struct integration_report *out, struct err *e)
{
	struct budget_state s;

	if (!budget_state(r->db, r->arena, r->connection, r->now_ms, &s, e))
		return false;
	add_fact(out, "Credits spent this month", value_int(s.spent));
	if (s.limit > 0)
		add_fact(out, "Credits left for the weekly run",
			 value_int(s.left_job > 0 ? s.left_job : 0));
	if (s.limit == 0 || s.left_job > 0)
		return true;
	out->trouble = str_printf(r->arena,
				  "The weekly run's credits of this month are used up: %lld of "
				  "%lld are spent, %lld are kept for persons.",
				  (long long)s.spent, (long long)s.limit, (long long)s.reserve);
	out->next = STR("Raise credits_per_month in the plan, or wait for the next month.");
	return true;
}

bool weekly_report(const struct reporting *r, struct integration_report *out, struct err *e)
{
	struct run_list success;

	if (!find_runs(r, RUN " ORDER BY started_at DESC, id LIMIT ?1", r->runs, &out->runs, e) ||
	    !find_runs(r,
		       RUN " WHERE completed_at IS NOT NULL AND (status = 'completed' OR"
			   " (status = 'partial' AND error IS NULL))"
			   " ORDER BY completed_at DESC LIMIT ?1",
		       1, &success, e))
		return false;
	out->success = success.runs ? success.run : NULL;
	return count_players(r, out, e) && count_credits(r, out, e);
}
