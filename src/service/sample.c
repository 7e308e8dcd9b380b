/* SPDX-License-Identifier: Apache-2.0 */
/* sample.c - what the watch measures each minute, as the peak of each hour. */
#include "service/sample.h"

#include "store/ddl.h"
#include "store/sql.h"

bool sample_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		 struct err *e)
{
	struct str key = str_printf(a, "%s NOT NULL", sql_words(d)->text_type);
	const struct ddl_column column[] = {
		{ STR("name"), key },
		{ STR("hour_ms"), STR("bigint NOT NULL") },
		{ STR("peak"), STR("bigint NOT NULL") },
	};
	struct table_shape shape;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!table_shape(d, a, STR("lockstep_samples"), &shape, e))
		return false;
	if (!shape.exists)
		ddl_create(&l, STR("lockstep_samples"), column, COUNT(column),
			   STR(", PRIMARY KEY (name, hour_ms)"));
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

static int64_t hour_of(int64_t wall_ms)
{
	return wall_ms - wall_ms % SAMPLE_HOUR_MS;
}

bool sample_put(struct db *d, const char *name, int64_t now_ms, int64_t value, struct err *e)
{
	struct value param[] = { value_str(str_from(name)), value_int(hour_of(now_ms)),
				 value_int(value) };

	return db_exec(d,
		       "INSERT INTO lockstep_samples AS t (name, hour_ms, peak) VALUES (?1, ?2, ?3) "
		       "ON CONFLICT (name, hour_ms) DO UPDATE SET peak = excluded.peak "
		       "WHERE excluded.peak > t.peak",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "table 'lockstep_samples'");
}

bool sample_peaks(struct db *d, const char *name, int64_t now_ms, int64_t *peak, size_t n,
		  struct err *e)
{
	AUTO_ARENA *a = arena_new("samples", (size_t)1 << 20);
	int64_t first_ms = hour_of(now_ms) - ((int64_t)n - 1) * SAMPLE_HOUR_MS;
	struct value param[] = { value_str(str_from(name)), value_int(first_ms) };
	struct db_result r;

	if (!db_query(
		    d, a,
		    "SELECT hour_ms, peak FROM lockstep_samples WHERE name = ?1 AND hour_ms >= ?2",
		    param, COUNT(param), &r, e))
		return err_wrap(e, "table 'lockstep_samples'");
	memset(peak, 0, n * sizeof(*peak));
	for (size_t i = 0; i < r.rows; i++) {
		int64_t hour = (db_cell(&r, i, 0).i - first_ms) / SAMPLE_HOUR_MS;

		if (hour < (int64_t)n)
			peak[hour] = db_cell(&r, i, 1).i;
	}
	return true;
}

bool sample_cleanup(struct db *d, int64_t now_ms, int64_t *deleted, struct err *e)
{
	struct value param = value_int(now_ms - SAMPLE_KEPT_HOURS * SAMPLE_HOUR_MS);

	return db_exec(d, "DELETE FROM lockstep_samples WHERE hour_ms < ?1", &param, 1, deleted,
		       e) ||
	       err_wrap(e, "table 'lockstep_samples'");
}
