/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_run.c - lockstep_pti_runs: one row a run.
 *
 * Runs never overlap, so a row that is still `running` is that of a process that died: a young one
 * goes on, with its counts, and an old one is closed.
 */
#include "data/json.h"
#include "pti/weekly_part.h"
#include "store/cell.h"
#include "store/seal.h"

#define SUMMARY_BYTES_MAX ((size_t)64 * 1024)

static int64_t int_of(struct value v)
{
	return v.kind == VALUE_INT ? v.i : 0;
}

static bool go_on(struct weekly *w, const struct db_result *r)
{
	struct weekly_result *out = w->result;
	struct weekly_counts *c = &w->counts;

	out->run = str_keep(w->arena, db_cell(r, 0, 0).s);
	out->started_ms = cell_time_ms(db_cell(r, 0, 1));
	out->resumed = true;
	c->success = int_of(db_cell(r, 0, 2));
	c->failed = int_of(db_cell(r, 0, 3));
	c->updated = int_of(db_cell(r, 0, 4));
	c->no_pti = int_of(db_cell(r, 0, 5));
	c->pages = int_of(db_cell(r, 0, 6));
	c->credits = int_of(db_cell(r, 0, 7));
	c->requests = int_of(db_cell(r, 0, 8));
	return true;
}

static bool begin_anew(struct weekly *w, struct err *e)
{
	struct weekly_result *out = w->result;

	out->run = uuid_new(w->arena);
	return db_exec(w->g->db,
		       "INSERT INTO lockstep_pti_runs (id, started_at, status) "
		       "VALUES (?1, ?2, 'running')",
		       (struct value[]){ value_str(out->run), cell_from_ms(out->started_ms) }, 2,
		       NULL, e);
}

bool weekly_run_start(struct weekly *w, struct err *e)
{
	int64_t now_ms = w->result->started_ms;
	struct value young = cell_from_ms(now_ms - WEEKLY_RESUME_MS);
	struct db_result r;

	if (!db_exec(w->g->db,
		     "UPDATE lockstep_pti_runs SET status = 'failed', completed_at = ?1, "
		     "error = 'interrupted' WHERE status = 'running' AND started_at < ?2",
		     (struct value[]){ cell_from_ms(now_ms), young }, 2, NULL, e) ||
	    !db_query(w->g->db, w->one,
		      "SELECT id, started_at, succeeded, failed, updated, no_pti, pages, credits, "
		      "requests FROM lockstep_pti_runs WHERE status = 'running' "
		      "ORDER BY started_at DESC LIMIT 1",
		      NULL, 0, &r, e))
		return err_wrap(e, "table 'lockstep_pti_runs'");
	/* For one player a run of its own; what was left goes on some other time. */
	if (r.rows > 0 && !w->options->player.len)
		return go_on(w, &r);
	return begin_anew(w, e) || err_wrap(e, "table 'lockstep_pti_runs'");
}

bool weekly_run_note(struct weekly *w, struct err *e)
{
	const struct weekly_counts *c = &w->counts;

	return db_exec(w->g->db,
		       "UPDATE lockstep_pti_runs SET found = ?2, succeeded = ?3, failed = ?4, "
		       "updated = ?5, no_pti = ?6, pages = ?7, credits = ?8, requests = ?9 "
		       "WHERE id = ?1",
		       (struct value[]){ value_str(w->result->run), value_int(c->found),
					 value_int(c->success), value_int(c->failed),
					 value_int(c->updated), value_int(c->no_pti),
					 value_int(c->pages), value_int(c->credits),
					 value_int(c->requests) },
		       9, NULL, e) ||
	       err_wrap(e, "table 'lockstep_pti_runs'");
}

bool weekly_run_end(struct weekly *w, struct err *e)
{
	struct weekly_result *out = w->result;
	struct value summary;
	struct buf b;

	out->counts = w->counts;
	summary = weekly_value(w->one, out);
	buf_in(&b, w->one, SUMMARY_BYTES_MAX);
	if (!weekly_hold(w, e) || !weekly_run_note(w, e) || !json_write(&b, summary, e))
		return false;
	return db_exec(w->g->db,
		       "UPDATE lockstep_pti_runs SET status = ?2, completed_at = ?3, error = ?4, "
		       "summary = ?5 WHERE id = ?1",
		       (struct value[]){ value_str(out->run),
					 value_str(str_from(weekly_status_name(out->status))),
					 cell_from_ms(out->completed_ms),
					 out->stop_code ? value_str(str_from(out->stop_code))
							: NULL_VALUE,
					 value_str(buf_str(&b)) },
		       5, NULL, e) ||
	       err_wrap(e, "table 'lockstep_pti_runs'");
}
