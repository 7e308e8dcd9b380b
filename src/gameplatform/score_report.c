/* SPDX-License-Identifier: Apache-2.0 */
/* score_report.c - what the score sync was at, for the list of connections. */
#include "gameplatform/score_report.h"

#include "gameplatform/record.h"
#include "store/cell.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define RUN                                                                      \
	"SELECT CAST(id AS text), status, sync_type, started_at, completed_at,"  \
	" competitors_processed, competitors_with_new_data, competitors_failed," \
	" error_message FROM game_platform_sync_runs"

static enum run_status status_of(struct str word)
{
	if (str_eq(word, STR("running")))
		return RUN_RUNNING;
	return str_eq(word, STR("completed")) ? RUN_SUCCESS : RUN_ERROR;
}

static struct run_log run_of(const struct db_result *r, size_t row, struct str connection)
{
	return (struct run_log){ .id = value_text(db_cell(r, row, 0)),
				 .connection = connection,
				 .status = status_of(value_text(db_cell(r, row, 1))),
				 .type = value_text(db_cell(r, row, 2)),
				 .started_ms = cell_time_ms(db_cell(r, row, 3)),
				 .completed_ms = cell_time_ms(db_cell(r, row, 4)),
				 .counts = { .processed = db_cell(r, row, 5).i,
					     .updated = db_cell(r, row, 6).i,
					     .failed = db_cell(r, row, 7).i },
				 .error = value_text(db_cell(r, row, 8)) };
}

static bool find_runs(const struct reporting *r, const char *sql, size_t limit,
		      struct run_list *out, struct err *e)
{
	const struct value param = value_int((int64_t)limit);
	struct db_result rows;

	if (!db_query(r->db, r->arena, sql, &param, 1, &rows, e))
		return err_wrap(e, "table 'game_platform_sync_runs'");
	out->run = arena_new_array(r->arena, struct run_log, rows.rows + 1);
	out->runs = rows.rows;
	for (size_t i = 0; i < rows.rows; i++)
		out->run[i] = run_of(&rows, i, r->connection->name);
	return true;
}

/* The last day of cycles, and those who are on the platform. */
static bool count(const struct reporting *r, struct integration_report *out, struct err *e)
{
	static const struct {
		const char *label, *href;
	} of[] = {
		{ "Cycles, 24 h", "/score-sync" },
		{ "Calls, 24 h", "/score-sync" },
		{ "Competitors on the platform", "/competitors" },
		{ "Competitors with an error", "/competitors" },
	};
	const struct value since = cell_from_ms(r->now_ms - DAY_MS);
	struct db_result rows;

	if (!db_query(r->db, r->arena,
		      "SELECT runs.n, runs.calls, (SELECT count(*) FROM competitors"
		      " WHERE game_platform_id IS NOT NULL), (SELECT count(*) FROM competitors"
		      " WHERE game_platform_sync_error IS NOT NULL), runs.news FROM (SELECT"
		      " count(*) AS n, CAST(coalesce(sum(api_call_count), 0) AS bigint) AS calls,"
		      " CAST(coalesce(sum(competitors_with_new_data), 0) AS bigint) AS news"
		      " FROM game_platform_sync_runs WHERE started_at >= ?1) runs",
		      &since, 1, &rows, e))
		return err_wrap(e, "table 'game_platform_sync_runs'");
	for (size_t i = 0; i < COUNT(of); i++)
		out->fact[out->facts++] =
			(struct integration_fact){ of[i].label, db_cell(&rows, 0, i), of[i].href };
	out->written = db_cell(&rows, 0, COUNT(of)).i;
	return true;
}

bool score_report(const struct reporting *r, struct integration_report *out, struct err *e)
{
	struct run_list success;

	if (!find_runs(r, RUN " ORDER BY started_at DESC, id LIMIT ?1", r->runs, &out->runs, e) ||
	    !find_runs(r,
		       RUN " WHERE status = 'completed' AND completed_at IS NOT NULL"
			   " ORDER BY completed_at DESC LIMIT ?1",
		       1, &success, e))
		return false;
	out->success = success.runs ? success.run : NULL;
	return count(r, out, e);
}
