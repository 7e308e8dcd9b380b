/* SPDX-License-Identifier: Apache-2.0 */
/* score_run.c - game_platform_sync_runs: one row a cycle. */
#include "gameplatform/score_run.h"

#include "store/cell.h"
#include "store/seal.h"

bool score_run_start(struct db *d, struct arena *a, struct score_run *r, struct err *e)
{
	struct str id = uuid_new(a);
	const struct value now = cell_from_ms(r->started_ms);
	const struct value param[] = { value_str(id), now, value_str(r->type) };

	if (!db_exec(d,
		     "UPDATE game_platform_sync_runs SET status = 'failed', completed_at = ?1,"
		     " error_message = 'interrupted' WHERE status = 'running'",
		     &now, 1, NULL, e) ||
	    !db_exec(d,
		     "INSERT INTO game_platform_sync_runs (id, started_at, created_at, status,"
		     " sync_type) VALUES (?1, ?2, ?2, 'running', ?3)",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "table 'game_platform_sync_runs'");
	r->id = id;
	r->status = STR("running");
	return true;
}

bool score_run_end(struct db *d, const struct score_run *r, struct err *e)
{
	const struct value param[] = { value_str(r->id),
				       value_str(r->status),
				       cell_from_ms(r->completed_ms),
				       value_int(r->synced),
				       value_int(r->skipped),
				       value_int(r->failed),
				       r->error.len ? value_str(r->error) : NULL_VALUE,
				       value_int(r->batch),
				       value_int(r->batch_size),
				       value_int(r->batches),
				       value_int(r->processed),
				       value_int(r->news),
				       value_int(r->calls),
				       value_int(r->completed_ms - r->started_ms) };

	return db_exec(d,
		       "UPDATE game_platform_sync_runs SET status = ?2, completed_at = ?3,"
		       " competitors_synced = ?4, competitors_skipped = ?5,"
		       " competitors_failed = ?6, error_message = ?7, batch_number = ?8,"
		       " batch_size = ?9, total_batches = ?10, competitors_processed = ?11,"
		       " competitors_with_new_data = ?12, api_call_count = ?13, duration_ms = ?14"
		       " WHERE id = ?1",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "table 'game_platform_sync_runs'");
}

/* ---- reading ---- */

static struct str text(struct value v)
{
	return v.kind == VALUE_STR ? v.s : STR("");
}

static int64_t number(struct value v)
{
	return v.kind == VALUE_INT ? v.i : 0;
}

static struct score_run read(const struct db_result *r, size_t row)
{
	return (struct score_run){ .id = text(db_cell(r, row, 0)),
				   .type = text(db_cell(r, row, 1)),
				   .status = text(db_cell(r, row, 2)),
				   .started_ms = cell_time_ms(db_cell(r, row, 3)),
				   .completed_ms = cell_time_ms(db_cell(r, row, 4)),
				   .synced = number(db_cell(r, row, 5)),
				   .skipped = number(db_cell(r, row, 6)),
				   .failed = number(db_cell(r, row, 7)),
				   .batch = number(db_cell(r, row, 8)),
				   .batches = number(db_cell(r, row, 9)),
				   .batch_size = number(db_cell(r, row, 10)),
				   .processed = number(db_cell(r, row, 11)),
				   .news = number(db_cell(r, row, 12)),
				   .calls = number(db_cell(r, row, 13)),
				   .error = text(db_cell(r, row, 14)) };
}

bool score_run_list(struct db *d, struct arena *a, const struct score_run_filter *f,
		    struct score_run **out, size_t *n, int64_t *total, struct err *e)
{
	const struct value param[] = { f->status.len ? value_str(f->status) : NULL_VALUE,
				       value_int((int64_t)f->limit),
				       value_int((int64_t)f->offset) };
	struct score_run *run;
	struct db_result r, all;

	if (!db_query(d, a,
		      "SELECT COUNT(*) FROM game_platform_sync_runs"
		      " WHERE (CAST(?1 AS text) IS NULL OR status = ?1)",
		      param, 1, &all, e) ||
	    !db_query(d, a,
		      "SELECT CAST(id AS text), sync_type, status, started_at, completed_at,"
		      " competitors_synced, competitors_skipped, competitors_failed, batch_number,"
		      " total_batches, batch_size, competitors_processed,"
		      " competitors_with_new_data, api_call_count, error_message"
		      " FROM game_platform_sync_runs"
		      " WHERE (CAST(?1 AS text) IS NULL OR status = ?1)"
		      " ORDER BY started_at DESC, id LIMIT ?2 OFFSET ?3",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "table 'game_platform_sync_runs'");
	run = arena_new_array(a, struct score_run, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		run[i] = read(&r, i);
	*out = run;
	*n = r.rows;
	*total = number(db_cell(&all, 0, 0));
	return true;
}
