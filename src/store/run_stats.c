/* SPDX-License-Identifier: Apache-2.0 */
/* run_stats.c - what the run log says over a span of time. */
#include "store/run_stats.h"

#include "store/cell.h"

static const char *const seconds_taken[] = {
	[DB_SQLITE] = "(julianday(completed_at) - julianday(started_at)) * 86400.0",
	[DB_POSTGRES] = "CAST(extract(epoch FROM completed_at - started_at) AS double precision)",
};

static const char *const day_text[] = {
	[DB_SQLITE] = "substr(started_at, 1, 10)",
	[DB_POSTGRES] = "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
};

#define COUNTED(status) "CAST(sum(CASE WHEN status = '" status "' THEN 1 ELSE 0 END) AS bigint)"
#define SUMMED(column) "CAST(coalesce(sum(" column "), 0) AS bigint)"

#define SUMS_SQL                                                                                                                                                                                                                              \
	"SELECT %s, count(*), " COUNTED("success") ", " COUNTED("partial") ", " COUNTED("error") ", " COUNTED("stopped") ", " COUNTED("running") ", " SUMMED(                                                                                 \
		"records_processed") ", " SUMMED("records_created") ", " SUMMED("records_updated") ", " SUMMED("records_failed") ", " SUMMED("requests") ", coalesce(avg(%s), 0.0), max(CASE WHEN status = 'success' THEN completed_at END) " \
																			 "FROM sync_logs WHERE (?1 = '' OR connection = ?1) AND started_at >= ?2%s"

static void sums_of(const struct db_result *r, size_t row, struct run_sums *out)
{
	int64_t *const number[] = { &out->total,   &out->success, &out->partial,   &out->error,
				    &out->stopped, &out->running, &out->processed, &out->created,
				    &out->updated, &out->failed,  &out->requests };
	struct value last = db_cell(r, row, COUNT(number) + 2);

	*out = (struct run_sums){ .type = value_text(db_cell(r, row, 0)) };
	for (size_t i = 0; i < COUNT(number); i++)
		*number[i] = value_whole(db_cell(r, row, 1 + i));
	out->seconds = value_to_double(db_cell(r, row, COUNT(number) + 1));
	out->last_success = value_is_nothing(last) ? 0 : cell_time_ms(last);
}

bool run_stats(struct db *d, struct arena *a, struct str connection, int64_t since_ms,
	       struct run_sums *all, struct run_sums **type, size_t *types, struct err *e)
{
	const char *seconds = seconds_taken[d->ops->dialect];
	struct str whole = str_printf(a, SUMS_SQL, "''", seconds, " AND parent_id IS NULL");
	struct str each =
		str_printf(a, SUMS_SQL, "sync_type", seconds, " GROUP BY sync_type ORDER BY 1");
	struct value param[] = { value_str(connection), cell_from_ms(since_ms) };
	struct db_result r, by_type;

	if (!db_query(d, a, whole.at, param, COUNT(param), &r, e) ||
	    !db_query(d, a, each.at, param, COUNT(param), &by_type, e))
		return err_wrap(e, "table 'sync_logs'");
	sums_of(&r, 0, all);
	*type = arena_new_array(a, struct run_sums, by_type.rows + 1);
	for (size_t i = 0; i < by_type.rows; i++)
		sums_of(&by_type, i, &(*type)[i]);
	*types = by_type.rows;
	return true;
}

bool run_stats_between(struct db *d, struct arena *a, struct str connection, int64_t from_ms,
		       int64_t to_ms, struct run_sums *out, struct err *e)
{
	struct str sql = str_printf(a, SUMS_SQL, "''", seconds_taken[d->ops->dialect],
				    " AND started_at < ?3 AND parent_id IS NULL");
	struct value param[] = { value_str(connection), cell_from_ms(from_ms),
				 cell_from_ms(to_ms) };
	struct db_result r;

	if (!db_query(d, a, sql.at, param, COUNT(param), &r, e))
		return err_wrap(e, "table 'sync_logs'");
	sums_of(&r, 0, out);
	return true;
}

bool run_stats_old(struct db *d, struct str connection, int64_t before_ms, int64_t *n,
		   struct err *e)
{
	AUTO_ARENA *a = arena_new("run statistics", (size_t)1 << 20);
	struct value param[] = { value_str(connection), cell_from_ms(before_ms) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT count(*) FROM sync_logs WHERE (?1 = '' OR connection = ?1) "
		      "AND status = 'running' AND parent_id IS NULL AND started_at < ?2",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "table 'sync_logs'");
	*n = value_whole(db_cell(&r, 0, 0));
	return true;
}

bool run_stats_days(struct db *d, struct arena *a, struct str connection, int64_t since_ms,
		    struct run_day **out, size_t *n, struct err *e)
{
	struct str sql = str_printf(
		a,
		"SELECT %s, count(*), " COUNTED("success") ", " SUMMED("records_processed") ", " SUMMED("records_created") ", " SUMMED(
			"records_updated") ", " SUMMED("records_failed") ", " SUMMED("requests") " FROM sync_logs WHERE (?1 = '' OR connection = ?1) AND started_at >= ?2 "
												 "AND parent_id IS NULL GROUP BY 1 ORDER BY 1",
		day_text[d->ops->dialect]);
	struct value param[] = { value_str(connection), cell_from_ms(since_ms) };
	struct db_result r;

	if (!db_query(d, a, sql.at, param, COUNT(param), &r, e))
		return err_wrap(e, "table 'sync_logs'");
	*out = arena_new_array(a, struct run_day, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		struct run_day *day = &(*out)[i];
		int64_t *const number[] = { &day->total,   &day->success, &day->processed,
					    &day->created, &day->updated, &day->failed,
					    &day->requests };

		day->day = db_cell(&r, i, 0).s;
		for (size_t k = 0; k < COUNT(number); k++)
			*number[k] = value_whole(db_cell(&r, i, 1 + k));
	}
	*n = r.rows;
	return true;
}

bool run_stats_written(struct db *d, struct arena *a, int64_t since_ms, struct run_written **out,
		       size_t *n, struct err *e)
{
	struct value since = cell_from_ms(since_ms);
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT connection, CAST(sum(coalesce(records_created, 0) + "
		      "coalesce(records_updated, 0)) AS bigint) FROM sync_logs "
		      "WHERE started_at >= ?1 AND parent_id IS NULL AND connection IS NOT NULL "
		      "GROUP BY connection",
		      &since, 1, &r, e))
		return err_wrap(e, "table 'sync_logs'");
	*out = arena_new_array(a, struct run_written, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] =
			(struct run_written){ db_cell(&r, i, 0).s, value_whole(db_cell(&r, i, 1)) };
	*n = r.rows;
	return true;
}
