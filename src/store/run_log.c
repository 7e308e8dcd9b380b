/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_log.c - sync_logs: what ran, when, and what came of it.
 *
 * The table may be the application's own, as the specification has it.  What it has no column for
 * stands in `details`, beside what the caller put there: relinked, pages, bytes.
 */
#include "store/cell.h"
#include "store/control.h"
#include "store/seal.h"

#include "data/column.h"
#include "data/json.h"

#define DETAILS_BYTES_MAX ((size_t)1 << 20)
#define WHERE_BYTES_MAX ((size_t)4096)
#define WHERE_PARAMS_MAX 16

static const char *const status_names[] = { [RUN_RUNNING] = "running",
					    [RUN_SUCCESS] = "success",
					    [RUN_PARTIAL] = "partial",
					    [RUN_ERROR] = "error",
					    [RUN_STOPPED] = "stopped" };

const char *run_status_name(enum run_status s)
{
	assert((size_t)s < COUNT(status_names));
	return status_names[s];
}

/* What an application wrote itself may be anything: "error" shows that it is not well. */
static enum run_status status_of(struct str name)
{
	for (size_t i = 0; i < COUNT(status_names); i++)
		if (str_eq(name, str_from(status_names[i])))
			return (enum run_status)i;
	return RUN_ERROR;
}

static struct value time_or_null(int64_t ms)
{
	return ms ? cell_from_ms(ms) : NULL_VALUE;
}

/* The caller's details with our own members, as JSON text. */
static bool details_text(struct arena *a, const struct run_log *r, struct value *out, struct err *e)
{
	struct value given = UNDEFINED, all;
	struct buf b;

	if (r->details.len && !json_parse(a, r->details, &given, NULL, e))
		return err_wrap(e, "details of a run");
	all = given.kind == VALUE_MAP ? value_map_copy(a, given) : value_map_new(a);
	value_map_set(a, all, STR("relinked"), value_int(r->counts.relinked));
	value_map_set(a, all, STR("pages"), value_int(r->counts.pages));
	value_map_set(a, all, STR("bytes"), value_int(r->counts.bytes));
	if (r->status == RUN_STOPPED)
		value_map_set(a, all, STR("stopped"), value_bool(true));
	buf_in(&b, a, DETAILS_BYTES_MAX);
	if (!json_write(&b, all, e))
		return err_wrap(e, "details of a run");
	*out = value_str(buf_str(&b));
	return true;
}

/* The application's own table may want a user of its own there, and whoever called us may be none.
 */
static bool insert(struct db *d, struct value param[7], struct err *e)
{
	return db_exec(d,
		       "INSERT INTO sync_logs (id, sync_type, status, started_at, details, "
		       "triggered_by, connection, parent_id) "
		       "VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6, ?7)",
		       param, 7, NULL, e);
}

static bool insert_by_somebody(struct db *d, struct value param[7], struct err *e)
{
	struct err refused;

	if (value_is_nothing(param[4]))
		return insert(d, param, e);
	if (!db_exec(d, "SAVEPOINT lockstep_user", NULL, 0, NULL, e))
		return false;
	if (insert(d, param, &refused))
		return db_exec(d, "RELEASE SAVEPOINT lockstep_user", NULL, 0, NULL, e);
	if (refused.kind != ERR_STORE) {
		*e = refused;
		return false;
	}
	param[4] = NULL_VALUE;
	return db_exec(d, "ROLLBACK TO SAVEPOINT lockstep_user", NULL, 0, NULL, e) &&
	       db_exec(d, "RELEASE SAVEPOINT lockstep_user", NULL, 0, NULL, e) &&
	       insert(d, param, e);
}

bool run_log_start(struct db *d, struct arena *a, struct run_log *r, struct err *e)
{
	struct str id = r->id.len ? r->id : uuid_new(a);
	struct value details;

	if (!details_text(a, r, &details, e))
		return false;

	struct value param[] = { value_str(id),
				 value_str(r->type),
				 cell_from_ms(r->started_ms),
				 details,
				 value_text_or_null(r->triggered_by),
				 value_str(r->connection),
				 value_text_or_null(r->parent) };

	if (!insert_by_somebody(d, param, e))
		return err_wrap(e, "table 'sync_logs'");
	r->id = id;
	r->status = RUN_RUNNING;
	return true;
}

bool run_log_any(struct db *d, struct str id, bool *any, struct err *e)
{
	const struct value param = value_str(id);

	return db_any(d, "SELECT 1 FROM sync_logs WHERE id = ?1", &param, 1, any, e);
}

static bool update(struct db *d, struct arena *a, const struct run_log *r, const char *status,
		   struct err *e)
{
	const struct run_counts *c = &r->counts;
	struct value details;

	if (!details_text(a, r, &details, e))
		return false;

	struct value param[] = { value_str(r->id),
				 value_str(str_from(status)),
				 time_or_null(r->completed_ms),
				 value_int(c->processed),
				 value_int(c->created),
				 value_int(c->updated),
				 value_int(c->unchanged),
				 value_int(c->failed),
				 value_int(c->requests),
				 value_text_or_null(r->error),
				 details };

	if (!db_exec(d,
		     "UPDATE sync_logs SET status = ?2, completed_at = ?3, records_processed = ?4, "
		     "records_created = ?5, records_updated = ?6, records_unchanged = ?7, "
		     "records_failed = ?8, requests = ?9, error_message = ?10, details = ?11 "
		     "WHERE id = ?1",
		     param, COUNT(param), NULL, e))
		return err_wrap(e, "table 'sync_logs'");
	return true;
}

/* An application's sync_logs may have a CHECK that knows no "stopped": then it was "partial", with
 * "stopped" in the details. */
static bool update_stopped(struct db *d, struct arena *a, const struct run_log *r, struct err *e)
{
	struct err refused;

	if (!db_exec(d, "SAVEPOINT lockstep_status", NULL, 0, NULL, e))
		return false;
	if (update(d, a, r, run_status_name(RUN_STOPPED), &refused))
		return db_exec(d, "RELEASE SAVEPOINT lockstep_status", NULL, 0, NULL, e);
	if (refused.kind != ERR_STORE) {
		*e = refused;
		return false;
	}
	return db_exec(d, "ROLLBACK TO SAVEPOINT lockstep_status", NULL, 0, NULL, e) &&
	       db_exec(d, "RELEASE SAVEPOINT lockstep_status", NULL, 0, NULL, e) &&
	       update(d, a, r, run_status_name(RUN_PARTIAL), e);
}

bool run_log_update(struct db *d, const struct run_log *r, struct err *e)
{
	AUTO_ARENA *a = arena_new("run log", 16 * DETAILS_BYTES_MAX);

	if (r->status == RUN_STOPPED)
		return update_stopped(d, a, r, e);
	return update(d, a, r, run_status_name(r->status), e);
}

bool run_log_close_stale(struct db *d, struct str connection, int64_t now_ms, int64_t *closed,
			 struct err *e)
{
	struct value param[] = { value_str(connection), cell_from_ms(now_ms) };

	return db_exec(d,
		       "UPDATE sync_logs SET status = 'error', completed_at = ?2, error_message = "
		       "'interrupted: the process that ran it ended before it was done' "
		       "WHERE connection = ?1 AND status = 'running'",
		       param, COUNT(param), closed, e);
}

bool run_log_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value before = cell_from_ms(before_ms);

	return db_exec(d, "DELETE FROM sync_logs WHERE started_at < ?1 AND status <> 'running'",
		       &before, 1, deleted, e) ||
	       err_wrap(e, "table 'sync_logs'");
}

/* What is asked for as SQL.  Only what is: a condition that may be off keeps an index from use. */
struct run_where {
	struct buf sql;
	struct value *param;
	size_t params, cap;
};

/* Around the parameter.  SQLite: as json_write() has it, for to read the JSON of every row takes
 * its time. */
static const struct {
	const char *before, *after;
} trigger_is[] = {
	[DB_SQLITE] = { " AND instr(details, '\"trigger\":\"' || ", " || '\"') > 0" },
	[DB_POSTGRES] = { " AND CAST(details AS jsonb) ->> 'trigger' = ", "" },
};

static const char *const seconds_taken[] = {
	[DB_SQLITE] = "coalesce(julianday(completed_at) - julianday(started_at), -1)",
	[DB_POSTGRES] = "coalesce(completed_at - started_at, interval '-1 second')",
};

/* `before` the parameter. */
static void where(struct run_where *w, const char *before, struct value v)
{
	assert(w->params < w->cap);
	w->param[w->params++] = v;
	buf_printf(&w->sql, "%s?%zu", before, w->params);
}

static void where_text(struct run_where *w, const char *before, struct str text)
{
	if (text.len)
		where(w, before, value_str(text));
}

/* By the primary key, in the form in which the databases keep a uuid; what is none names no run. */
static void where_id(struct run_where *w, struct arena *a, const char *before, struct str id)
{
	bool repaired;
	struct value cell;
	struct err unsaid;

	if (id.len == 0)
		return;
	if (column_cast(a, COLUMN_UUID, NULL, value_str(id), &cell, &repaired, &unsaid) &&
	    cell.kind == VALUE_STR)
		where(w, before, cell);
	else
		buf_add(&w->sql, STR(" AND 1 = 0"));
}

static void where_init(struct run_where *w, struct arena *a, size_t filters)
{
	*w = (struct run_where){ .cap = filters * WHERE_PARAMS_MAX };
	w->param = arena_new_array(a, struct value, w->cap);
	buf_in(&w->sql, a, filters * WHERE_BYTES_MAX);
}

static void where_filter(struct run_where *w, struct db *d, struct arena *a,
			 const struct run_filter *f)
{
	buf_add(&w->sql, STR("FROM sync_logs WHERE 1 = 1"));
	where_text(w, " AND connection = ", f->connection);
	where_text(w, " AND sync_type = ", f->type);
	where_text(w, " AND status = ", f->status);
	where_id(w, a, " AND id = ", f->id);
	where_id(w, a, " AND parent_id = ", f->parent);
	if (f->whole_only)
		buf_add(&w->sql, STR(" AND parent_id IS NULL"));
	if (f->from_ms)
		where(w, " AND started_at >= ", cell_from_ms(f->from_ms));
	if (f->to_ms)
		where(w, " AND started_at < ", cell_from_ms(f->to_ms));
	if (f->trigger.len) {
		where(w, trigger_is[d->ops->dialect].before, value_str(f->trigger));
		buf_add(&w->sql, str_from(trigger_is[d->ops->dialect].after));
	}
}

/* Where the run `after` stands, in the database's own digits: a row that an application wrote may
 * have microseconds. */
static bool where_after(struct run_where *w, struct db *d, struct arena *a,
			const struct run_filter *f, struct err *e)
{
	bool oldest = f->sort == RUN_OLDEST;
	struct run_where one;
	struct db_result r;

	if (f->after.len == 0)
		return true;
	where_init(&one, a, 1);
	buf_add(&one.sql,
		STR("SELECT CAST(started_at AS text), CAST(id AS text) FROM sync_logs WHERE 1 = 1"));
	where_id(&one, a, " AND id = ", f->after);
	buf_char(&one.sql, 0);
	if (!db_query(d, a, buf_str(&one.sql).at, one.param, one.params, &r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, "the run that the page begins after is gone");
	where(w, oldest ? " AND (started_at, id) > (" : " AND (started_at, id) < (",
	      db_cell(&r, 0, 0));
	where(w, ", ", db_cell(&r, 0, 1));
	buf_char(&w->sql, ')');
	return true;
}

static void where_limit(struct run_where *w, const struct run_filter *f)
{
	where(w, " LIMIT ", value_int((int64_t)f->limit));
	where(w, " OFFSET ", value_int((int64_t)f->offset));
}

static const char *sort_text(const struct db *d, enum run_sort sort)
{
	static const char *const column[] = {
		[RUN_MOST] = "records_processed", [RUN_MOST_FAILED] = "records_failed"
	};

	return sort == RUN_LONGEST ? seconds_taken[d->ops->dialect] : column[sort];
}

/* The ids are picked among narrow rows, and only those of the page are read whole. */
static void where_picked(struct run_where *w, const struct db *d, struct arena *a,
			 const struct run_filter *f)
{
	struct str all = str_keep(a, buf_str(&w->sql));
	const char *by = sort_text(d, f->sort);

	buf_reset(&w->sql);
	buf_printf(&w->sql,
		   "FROM sync_logs WHERE id IN (SELECT id FROM (SELECT id, started_at, "
		   "completed_at, records_processed, records_failed %.*s "
		   "ORDER BY started_at DESC, id DESC LIMIT %d) p "
		   "ORDER BY %s DESC, started_at DESC, id DESC",
		   STR_ARG(all), RUN_SORT_MAX, by);
	where_limit(w, f);
	buf_printf(&w->sql, ") ORDER BY %s DESC, started_at DESC, id DESC", by);
}

static bool where_page(struct run_where *w, struct db *d, struct arena *a,
		       const struct run_filter *f, struct err *e)
{
	if (f->sort > RUN_OLDEST) {
		where_picked(w, d, a, f);
		return true;
	}
	if (!where_after(w, d, a, f, e))
		return false;
	buf_add(&w->sql, f->sort == RUN_OLDEST ? STR(" ORDER BY started_at, id")
					       : STR(" ORDER BY started_at DESC, id DESC"));
	where_limit(w, f);
	return true;
}

/* What details_text() put in. */
static void read_details(struct arena *a, struct run_log *r)
{
	struct value v = json_value(a, r->details);

	r->counts.relinked = value_get_int(v, "relinked");
	r->counts.pages = value_get_int(v, "pages");
	r->counts.bytes = value_get_int(v, "bytes");
	if (value_get_bool(v, "stopped"))
		r->status = RUN_STOPPED;
}

static void read_row(struct arena *a, const struct db_result *rows, size_t i, struct run_log *r)
{
	struct str *const text[] = { &r->id,    &r->parent,  &r->connection,  &r->type,
				     &r->error, &r->details, &r->triggered_by };
	int64_t *const count[] = { &r->counts.processed, &r->counts.created, &r->counts.updated,
				   &r->counts.unchanged, &r->counts.failed,  &r->counts.requests };

	for (size_t j = 0; j < COUNT(text); j++)
		*text[j] = value_text(db_cell(rows, i, j));
	for (size_t j = 0; j < COUNT(count); j++)
		*count[j] = value_whole(db_cell(rows, i, COUNT(text) + j));
	r->status = status_of(value_text(db_cell(rows, i, 13)));
	r->started_ms = cell_time_ms(db_cell(rows, i, 14));
	r->completed_ms = cell_time_ms(db_cell(rows, i, 15));
	read_details(a, r);
}

static bool count_rows(struct db *d, struct arena *a, const struct run_where *w, int64_t most,
		       int64_t *total, struct err *e)
{
	struct str from = buf_str(&w->sql), sql;
	struct db_result r;

	sql = most ? str_printf(a, "SELECT count(*) FROM (SELECT 1 %.*s LIMIT %lld) c",
				STR_ARG(from), (long long)most)
		   : str_printf(a, "SELECT count(*) %.*s", STR_ARG(from));
	if (!db_query(d, a, sql.at, w->param, w->params, &r, e))
		return false;
	*total = db_cell(&r, 0, 0).i;
	return true;
}

#define COLUMNS                                                                \
	"id, parent_id, connection, sync_type, error_message, %s AS details, " \
	"triggered_by, records_processed, records_created, records_updated, "  \
	"records_unchanged, records_failed, requests, status, started_at, completed_at"

static bool select_rows(struct db *d, struct arena *a, const struct run_where *w,
			struct db_result *r, struct err *e)
{
	struct str sql = str_printf(a, "SELECT " COLUMNS " %.*s", "CAST(details AS text)",
				    STR_ARG(buf_str(&w->sql)));

	return db_query(d, a, sql.at, w->param, w->params, r, e);
}

bool run_log_list(struct db *d, struct arena *a, const struct run_filter *f, struct run_log **out,
		  size_t *n, int64_t *total, struct err *e)
{
	struct run_where w;
	struct run_log *log;
	struct db_result r;
	int64_t all = 0;

	where_init(&w, a, 1);
	where_filter(&w, d, a, f);
	if (total && !count_rows(d, a, &w, f->count_max, &all, e))
		return err_wrap(e, "table 'sync_logs'");
	if (!where_page(&w, d, a, f, e) || !select_rows(d, a, &w, &r, e))
		return err_wrap(e, "table 'sync_logs'");
	log = arena_new_array(a, struct run_log, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		read_row(a, &r, i, &log[i]);
	*out = log;
	*n = r.rows;
	if (total)
		*total = all;
	return true;
}

/* ---- several lists at once ---- */

/* Of the details, which may be long, a list of [trigger, stopped]. */
static const char *const short_details[] = {
	[DB_SQLITE] = "CASE WHEN json_valid(details) THEN "
		      "json_extract(details, '$.trigger', '$.stopped') END",
	[DB_POSTGRES] = "CAST(jsonb_build_array(CAST(details AS jsonb) -> 'trigger', "
			"CAST(details AS jsonb) -> 'stopped') AS text)",
};

static void read_short(struct arena *a, struct run_log *r)
{
	struct value list = json_value(a, r->details), stopped;

	r->details = STR("");
	if (value_len(list) != 2)
		return;
	r->trigger = value_text(value_at(list, 0));
	stopped = value_at(list, 1);
	if (stopped.kind == VALUE_BOOL && stopped.b)
		r->status = RUN_STOPPED;
}

/* Each list is a query of its own with its own limit, so that each can go by an index. */
static bool select_lists(struct db *d, struct arena *a, const struct run_filter *f, size_t n,
			 struct db_result *r, struct err *e)
{
	struct run_where w;

	where_init(&w, a, n);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&w.sql, "%sSELECT * FROM (SELECT " COLUMNS ", %zu AS list ",
			   i ? " UNION ALL " : "", short_details[d->ops->dialect], i);
		where_filter(&w, d, a, &f[i]);
		buf_add(&w.sql, STR(" ORDER BY started_at DESC, id DESC"));
		where_limit(&w, &f[i]);
		buf_printf(&w.sql, ") AS list_%zu", i);
	}
	buf_add(&w.sql, STR(" ORDER BY list, started_at DESC, id DESC"));
	return db_query(d, a, str_keep(a, buf_str(&w.sql)).at, w.param, w.params, r, e);
}

bool run_log_lists(struct db *d, struct arena *a, const struct run_filter *f, size_t n,
		   struct run_list *out, struct err *e)
{
	struct db_result r;
	struct run_log *log;

	assert(n <= RUN_LISTS_MAX);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct run_list){ 0 };
	if (n == 0)
		return true;
	if (!select_lists(d, a, f, n, &r, e))
		return err_wrap(e, "table 'sync_logs'");
	log = arena_new_array(a, struct run_log, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		struct run_list *l = &out[db_cell(&r, i, r.columns - 1).i];

		read_row(a, &r, i, &log[i]);
		read_short(a, &log[i]);
		if (l->runs++ == 0)
			l->run = &log[i];
	}
	return true;
}
