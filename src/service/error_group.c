/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_group.c - what went wrong lately, and how often the same thing did.
 *
 * Always: a run and its job that failed with the same words are one event, the run's.
 */
#include "service/error_group.h"

#include "service/error_remedy.h"
#include "store/cell.h"

#include <stdlib.h>

#define TITLE_BYTES 1024
#define GROUPS_MAX 500
#define LIMIT "3000" /* ERROR_EVENTS_MAX, as SQL */

const char *error_source_name(enum error_source s)
{
	static const char *const name[] = { "run", "job", "record" };

	assert((size_t)s < COUNT(name));
	return name[s];
}

/* ---- fingerprints ---- */

static uint64_t hash_of(struct str kind, struct str code, struct str text)
{
	AUTO_BUF b;

	buf_init(&b, TITLE_BYTES);
	error_title(&b, text);
	return error_hash(kind, code, buf_str(&b));
}

uint64_t error_hash_of(struct str text)
{
	return hash_of(STR("work"), STR(""), text);
}

static uint64_t hash_event(const struct error_event *ev)
{
	return ev->source == ERROR_RECORD ? hash_of(ev->column, ev->code, ev->text)
					  : error_hash_of(ev->text);
}

/* ---- reading ---- */

struct harvest {
	struct db *db;
	struct arena *a;
	const struct error_filter *f;
	struct error_event *event;
	size_t n;
	bool cut;
};

static void add(struct harvest *h, struct error_event ev)
{
	/* The same words mostly come in a row. */
	const struct error_event *last = h->n ? &h->event[h->n - 1] : NULL;

	if (last && last->source == ev.source && str_eq(last->text, ev.text) &&
	    str_eq(last->code, ev.code) && str_eq(last->column, ev.column))
		ev.hash = last->hash;
	else
		ev.hash = hash_event(&ev);
	h->event[h->n] = ev;
	h->n++;
}

static bool read_runs(struct harvest *h, struct err *e)
{
	struct value param[] = { cell_from_ms(h->f->since_ms), value_str(h->f->connection) };
	struct db_result r;

	/* Both statuses by the index on them; an OR of the two would not be. */
	if (!db_query(h->db, h->a,
		      "SELECT * FROM (SELECT CAST(id AS text) AS id, connection, sync_type, "
		      "started_at, error_message FROM sync_logs WHERE status = 'error' AND "
		      "started_at >= ?1 AND parent_id IS NULL AND (?2 = '' OR connection = ?2) "
		      "ORDER BY started_at DESC LIMIT " LIMIT ") x UNION ALL SELECT * FROM ("
		      "SELECT CAST(id AS text) AS id, connection, sync_type, started_at, "
		      "error_message FROM sync_logs WHERE status = 'partial' AND started_at >= ?1 "
		      "AND parent_id IS NULL AND error_message IS NOT NULL AND (?2 = '' OR "
		      "connection = ?2) ORDER BY started_at DESC LIMIT " LIMIT ") y "
		      "ORDER BY started_at DESC LIMIT " LIMIT,
		      param, COUNT(param), &r, e))
		return err_wrap(e, "table 'sync_logs'");
	for (size_t i = 0; i < r.rows; i++) {
		int64_t at_ms = cell_time_ms(db_cell(&r, i, 3));
		struct str text = value_text(db_cell(&r, i, 4));

		add(h, (struct error_event){ .source = ERROR_RUN,
					     .at_ms = at_ms,
					     .first_ms = at_ms,
					     .id = value_text(db_cell(&r, i, 0)),
					     .connection = value_text(db_cell(&r, i, 1)),
					     .task = value_text(db_cell(&r, i, 2)),
					     .text = text.len ? text : STR("it says no more") });
	}
	h->cut |= r.rows == ERROR_EVENTS_MAX;
	return true;
}

/* "connection:pp" */
static struct str connection_of(struct str lane)
{
	struct str kind = str_cut(&lane, ':');

	return str_eq(kind, STR("connection")) ? lane : STR("");
}

#define JOB_COLUMNS                                                                          \
	"id, task, lane, error, CASE WHEN task = 'sync' AND output IS NOT NULL THEN 1 ELSE " \
	"0 END"

static bool read_jobs(struct harvest *h, bool waiting, struct err *e)
{
	/* Who waits has no moment of its failure: it is that of the attempt. */
	const char *sql =
		waiting ? "SELECT id, task, lane, error, CASE WHEN task = 'sync' THEN 1 ELSE 0 END, "
			  "coalesce(claimed_ms, run_at_ms) FROM lockstep_jobs WHERE state = 2 AND "
			  "error IS NOT NULL AND error <> '' AND attempt > 0 AND "
			  "coalesce(claimed_ms, run_at_ms) >= ?1 AND (?2 = '' OR lane = ?2) "
			  "ORDER BY run_at_ms DESC LIMIT " LIMIT
			: "SELECT " JOB_COLUMNS ", finished_ms FROM lockstep_job_history WHERE "
			  "outcome = 1 AND finished_ms >= ?1 AND (?2 = '' OR lane = ?2) "
			  "ORDER BY finished_ms DESC LIMIT " LIMIT;
	struct str lane = h->f->connection.len
				  ? str_printf(h->a, "connection:%.*s", STR_ARG(h->f->connection))
				  : STR("");
	struct value param[] = { value_int(h->f->since_ms), value_str(lane) };
	struct db_result r;

	if (!db_query(h->db, h->a, sql, param, COUNT(param), &r, e))
		return err_wrap(e, "the queue");
	for (size_t i = 0; i < r.rows; i++) {
		int64_t at_ms = db_cell(&r, i, 5).i;

		if (at_ms > h->f->now_ms)
			at_ms = h->f->now_ms;
		add(h, (struct error_event){
			       .source = ERROR_JOB,
			       .at_ms = at_ms,
			       .first_ms = at_ms,
			       .id = str_printf(h->a, "%lld", (long long)db_cell(&r, i, 0).i),
			       .task = db_cell(&r, i, 1).s,
			       .connection = connection_of(value_text(db_cell(&r, i, 2))),
			       .text = value_text(db_cell(&r, i, 3)),
			       .told = db_cell(&r, i, 4).i != 0,
			       .waiting = waiting });
	}
	h->cut |= r.rows == ERROR_EVENTS_MAX;
	return true;
}

static bool read_records(struct harvest *h, struct err *e)
{
	struct value param[] = { cell_from_ms(h->f->since_ms), value_str(h->f->connection) };
	struct db_result r;

	if (!db_query(h->db, h->a,
		      "SELECT connection, table_name, record_key, column_name, code, says, "
		      "first_at, last_at FROM lockstep_quarantine WHERE last_at >= ?1 AND "
		      "(?2 = '' OR connection = ?2) ORDER BY last_at DESC LIMIT " LIMIT,
		      param, COUNT(param), &r, e))
		return err_wrap(e, "table 'lockstep_quarantine'");
	for (size_t i = 0; i < r.rows; i++)
		add(h, (struct error_event){ .source = ERROR_RECORD,
					     .connection = db_cell(&r, i, 0).s,
					     .task = db_cell(&r, i, 1).s,
					     .id = db_cell(&r, i, 2).s,
					     .column = db_cell(&r, i, 3).s,
					     .code = db_cell(&r, i, 4).s,
					     .text = db_cell(&r, i, 5).s,
					     .first_ms = cell_time_ms(db_cell(&r, i, 6)),
					     .at_ms = cell_time_ms(db_cell(&r, i, 7)) });
	h->cut |= r.rows == ERROR_EVENTS_MAX;
	return true;
}

bool error_events(struct db *d, struct arena *a, const struct error_filter *f,
		  struct error_event **out, size_t *n, bool *cut, struct err *e)
{
	struct harvest h = { .db = d, .a = a, .f = f };

	h.event = arena_new_array(a, struct error_event, 4 * ERROR_EVENTS_MAX);
	if (!read_runs(&h, e) || !read_jobs(&h, false, e) || !read_jobs(&h, true, e) ||
	    !read_records(&h, e))
		return false;
	*out = h.event;
	*n = h.n;
	*cut = h.cut;
	return true;
}

/* ---- grouping ---- */

static struct str title_of(struct arena *a, const struct error_event *ev)
{
	struct buf b;

	buf_in(&b, a, TITLE_BYTES);
	if (ev->column.len > 0)
		buf_printf(&b, "%.*s: ", STR_ARG(ev->column));
	error_title(&b, ev->text);
	return buf_str(&b);
}

static struct error_group *group_of(struct arena *a, struct error_group *g, size_t *n,
				    const struct error_event *ev)
{
	for (size_t i = 0; i < *n; i++)
		if (g[i].hash == ev->hash)
			return &g[i];
	if (*n == GROUPS_MAX)
		return NULL;
	g[*n] = (struct error_group){
		.hash = ev->hash,
		.source = ev->source,
		.title = title_of(a, ev),
		.code = str_from(remedy_of(ev->code, ev->text)->code),
		.first_ms = ev->first_ms,
		.last_ms = ev->at_ms,
	};
	g[*n].sample = ev->source == ERROR_RECORD ? g[*n].title : ev->text;
	return &g[(*n)++];
}

static void note_name(struct str *name, size_t *n, struct str one)
{
	if (one.len == 0 || *n == ERROR_NAMES_MAX)
		return;
	for (size_t i = 0; i < *n; i++)
		if (str_eq(name[i], one))
			return;
	name[(*n)++] = one;
}

static size_t spark_of(const struct error_filter *f, int64_t at_ms)
{
	int64_t span_ms = f->now_ms - f->since_ms;
	int64_t part = span_ms > 0 ? (at_ms - f->since_ms) * ERROR_SPARK / span_ms : 0;

	if (part < 0)
		return 0;
	return part < ERROR_SPARK ? (size_t)part : ERROR_SPARK - 1;
}

static void count(struct error_group *g, const struct error_filter *f, const struct error_event *ev)
{
	note_name(g->connection, &g->connections, ev->connection);
	note_name(g->task, &g->tasks, ev->task);
	g->waiting += ev->waiting;
	if (ev->first_ms < g->first_ms)
		g->first_ms = ev->first_ms;
	if (ev->at_ms > g->last_ms)
		g->last_ms = ev->at_ms;
	/* Runs come before their jobs. */
	if (ev->told && g->source == ERROR_RUN)
		return;
	g->count++;
	g->spark[spark_of(f, ev->at_ms)]++;
}

static int last_first(const void *left, const void *right)
{
	const struct error_group *x = left, *y = right;

	return (x->last_ms < y->last_ms) - (x->last_ms > y->last_ms);
}

void error_groups(struct arena *a, const struct error_filter *f, const struct error_event *event,
		  size_t n, struct error_group **out, size_t *groups)
{
	struct error_group *g = arena_new_array(a, struct error_group, GROUPS_MAX);
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		struct error_group *one = group_of(a, g, &found, &event[i]);

		if (one)
			count(one, f, &event[i]);
	}
	qsort(g, found, sizeof(*g), last_first);
	*out = g;
	*groups = found;
}
