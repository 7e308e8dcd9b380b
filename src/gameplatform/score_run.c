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
				       value_text_or_null(r->error),
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
