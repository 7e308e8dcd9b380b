/* SPDX-License-Identifier: Apache-2.0 */
/* stream_view.c - how the streams of a connection stand, as JSON. */
#include "service/stream_view.h"

#include "data/moment.h"
#include "flow/place.h"
#include "service/cursor_edit.h"
#include "service/view.h"
#include "store/sql.h"

#define CURSORS_SHOWN 20
#define LISTS 2 /* of a table: the last runs, the last success */

struct viewing {
	const struct call *call;
	const struct connection *connection;
	const struct connection_sight *sight;
	struct quarantine_sum *sum;
	size_t sums;
};

/* ---- rows ---- */

/* What PostgreSQL's planner takes it for; -1: nobody knows. */
static bool rows_estimate(const struct call *c, struct str name, int64_t *rows, struct err *e)
{
	struct value param = value_str(name);
	struct db_result r;

	*rows = -1;
	if (c->db->ops->dialect != DB_POSTGRES)
		return true;
	if (!db_query(c->db, c->arena,
		      "SELECT CAST(reltuples AS bigint) FROM pg_class WHERE oid = "
		      "to_regclass(?1)",
		      &param, 1, &r, e))
		return false;
	*rows = r.rows ? db_cell(&r, 0, 0).i : -1;
	return true;
}

/* A table that is not there yet has no rows that could be told. */
static bool put_rows(const struct call *c, const struct plan_table *t, struct value map,
		     struct err *e)
{
	int64_t rows, estimate;
	struct db_result r;
	struct buf name;
	struct err why;

	buf_in(&name, c->arena, SQL_BYTES_MAX);
	sql_table(&name, t->name);
	value_map_set(c->arena, map, STR("rows"), NULL_VALUE);
	value_map_set(c->arena, map, STR("rows_kind"), NULL_VALUE);
	if (!db_query(c->db, c->arena,
		      str_printf(c->arena,
				 "SELECT count(*) FROM (SELECT 1 FROM %.*s LIMIT %d) AS counted",
				 STR_ARG(buf_str(&name)), STREAM_ROWS_COUNTED + 1)
			      .at,
		      NULL, 0, &r, &why)) {
		*e = why;
		return why.kind != ERR_TRANSIENT;
	}
	rows = db_cell(&r, 0, 0).i;
	if (rows <= STREAM_ROWS_COUNTED) {
		view_int(c->arena, map, "rows", rows);
		view_text(c->arena, map, "rows_kind", STR("exact"));
		return true;
	}
	if (!rows_estimate(c, buf_str(&name), &estimate, e))
		return false;
	view_int(c->arena, map, "rows", estimate > rows ? estimate : STREAM_ROWS_COUNTED);
	view_text(c->arena, map, "rows_kind", estimate > rows ? STR("estimate") : STR("at_least"));
	return true;
}

/* ---- cursors ---- */

static struct value time_or_null(struct arena *a, int64_t us)
{
	return us == NO_TIME ? NULL_VALUE : value_str(moment_text(a, us));
}

static void put_pass(struct arena *a, const struct pass_state *p, struct value map)
{
	struct value open = value_map_new(a);

	view_text(a, open, "mode", str_from(run_mode_name(p->mode)));
	view_time(a, open, "began_at", p->began_ms);
	view_int(a, open, "records", p->records);
	view_time(a, map, "committed_at", p->committed_ms);
	view_time(a, map, "full_at", p->full_ms);
	value_map_set(a, map, STR("expected"), p->total ? value_int(p->total) : NULL_VALUE);
	value_map_set(a, map, STR("open_pass"), p->open ? open : NULL_VALUE);
}

/* The oldest of the partitions' cursors counts: all that is older is there. */
static bool put_cursors(const struct call *c, const struct plan_table *t,
			const struct cursor_states *s, struct value map, struct err *e)
{
	struct arena *a = c->arena;
	struct value list = value_list_new(a);
	struct pass_state pass = { 0 };
	int64_t oldest_us = NO_TIME;
	size_t partitions = 0;

	for (size_t i = 0; i < s->rows; i++) {
		struct str partition = s->row[i].partition;
		struct value one = value_map_new(a);
		struct partition_state at;

		if (str_eq(partition, PASS_PARTITION)) {
			if (!pass_state_read(a, t->name, s->row[i].json, &pass, e))
				return false;
			continue;
		}
		if (!partition_state_read(a, t->name, s->row[i].json, &at, e))
			return false;
		if (partitions++ == 0 || at.cursor_us < oldest_us)
			oldest_us = at.cursor_us;
		view_text(a, one, "partition", partition);
		value_map_set(a, one, STR("cursor"), time_or_null(a, at.cursor_us));
		if (partitions <= CURSORS_SHOWN)
			value_list_add(a, list, one);
	}
	value_map_set(a, map, STR("cursor"), time_or_null(a, oldest_us));
	value_map_set(a, map, STR("cursors"), list);
	view_int(a, map, "partitions", (int64_t)partitions);
	view_text(a, map, "version", view_id(a, s->version));
	put_pass(a, &pass, map);
	return true;
}

static struct str cursor_field(const struct stream *st)
{
	return st->cursor && st->cursor->cursor_field.template
		       ? template_source(st->cursor->cursor_field.template)
		       : STR("");
}

static const char *mode_word(const struct connection *n, const struct stream *st)
{
	if (plan_rotation(n, st))
		return "rotation";
	return st->cursor ? "incremental" : "full";
}

/* ---- runs ---- */

static struct value part_value(struct arena *a, const struct run_log *r)
{
	struct value map = value_map_new(a);

	view_text(a, map, "id", r->id);
	view_text(a, map, "run", r->parent);
	view_text(a, map, "status", str_from(run_status_name(r->status)));
	view_time(a, map, "started_at", r->started_ms);
	view_time(a, map, "completed_at", r->completed_ms);
	view_int(a, map, "processed", r->counts.processed);
	view_int(a, map, "created", r->counts.created);
	view_int(a, map, "updated", r->counts.updated);
	view_int(a, map, "unchanged", r->counts.unchanged);
	view_int(a, map, "failed", r->counts.failed);
	view_int(a, map, "requests", r->counts.requests);
	view_text(a, map, "error", r->error);
	return map;
}

/* What its worker told; the rows of the log, which every commit brings up to date, where a run has
 * no job. */
static struct value progress_value(const struct viewing *v, const struct plan_table *t)
{
	const struct run_log *part = v->sight->part;
	const struct run_progress *p = v->sight->progress;
	struct arena *a = v->call->arena;
	struct value map;
	bool told = p && str_eq(p->table, t->name);

	if (!v->sight->running || !part || !str_eq(part->type, t->log_type))
		return NULL_VALUE;
	map = value_map_new(a);
	view_text(a, map, "run", part->parent);
	view_time(a, map, "started_at", part->started_ms);
	view_text(a, map, "phase", told ? p->phase : STR("fetch"));
	view_int(a, map, "pages", told ? p->table_pages : part->counts.pages);
	view_int(a, map, "records",
		 told && p->table_processed > part->counts.processed ? p->table_processed
								     : part->counts.processed);
	value_map_set(a, map, STR("expected"),
		      told && p->table_total ? value_int(p->table_total) : NULL_VALUE);
	view_text(a, map, "waiting", told ? p->waiting : STR(""));
	view_time(a, map, "waiting_until", told ? p->waiting_until_ms : 0);
	return map;
}

static void put_runs(const struct viewing *v, const struct plan_table *t,
		     const struct run_list *list, struct value map)
{
	const struct run_log *last = NULL, *success = list[1].run;
	struct arena *a = v->call->arena;
	int64_t due_ms = v->sight->due_every_ms, now_ms = clock_wall_ms(v->call->clock);
	struct value fresh = NULL_VALUE;

	for (size_t i = 0; i < list[0].runs && !last; i++)
		if (list[0].run[i].status != RUN_RUNNING)
			last = &list[0].run[i];
	if (success && due_ms)
		fresh = value_int((success->completed_ms + due_ms - now_ms) / 1000);
	value_map_set(a, map, STR("last_run"), last ? part_value(a, last) : NULL_VALUE);
	view_time(a, map, "last_success_at", success ? success->completed_ms : 0);
	value_map_set(a, map, STR("fresh_for_s"), fresh);
	value_map_set(a, map, STR("due_every_s"), due_ms ? value_int(due_ms / 1000) : NULL_VALUE);
	value_map_set(a, map, STR("progress"), progress_value(v, t));
}

/* ---- all of it ---- */

static void put_troubles(const struct viewing *v, const struct plan_table *t, struct value map)
{
	struct value held = view_holds(v->call->arena, NULL, 0);
	int64_t quarantined = 0;

	for (size_t i = 0; i < v->sums; i++)
		if (str_eq(v->sum[i].connection, v->connection->name) &&
		    str_eq(v->sum[i].table, t->name))
			quarantined += v->sum[i].n;
	for (size_t i = 0; i < v->sight->holds; i++)
		if (str_eq(v->sight->hold[i].table, t->name))
			held = view_holds(v->call->arena, &v->sight->hold[i], 1);
	view_int(v->call->arena, map, "quarantined", quarantined);
	value_map_set(v->call->arena, map, STR("held"), held);
}

static bool view_one(const struct viewing *v, const struct plan_table *t,
		     const struct run_list *list, struct value *out, struct err *e)
{
	struct arena *a = v->call->arena;
	struct value map = value_map_new(a);
	struct cursor_states s;

	view_text(a, map, "table", t->name);
	view_text(a, map, "stream", t->stream->name);
	view_text(a, map, "mode", str_from(mode_word(v->connection, t->stream)));
	view_text(a, map, "cursor_field", cursor_field(t->stream));
	put_runs(v, t, list, map);
	put_troubles(v, t, map);
	*out = map;
	return cursor_states(v->call, v->connection, t, &s, e) &&
	       put_cursors(v->call, t, &s, map, e) && put_rows(v->call, t, map, e);
}

static bool view_chunk(const struct viewing *v, const struct plan_table *t, size_t n,
		       struct value list, struct err *e)
{
	struct arena *a = v->call->arena;
	struct run_filter *f = arena_new_array(a, struct run_filter, LISTS * n);
	struct run_list *runs = arena_new_array(a, struct run_list, LISTS * n);
	struct value one;

	for (size_t i = 0; i < n; i++) {
		/* The newest may be under way. */
		f[LISTS * i] = (struct run_filter){ .connection = v->connection->name,
						    .type = t[i].log_type,
						    .limit = 2 };
		f[LISTS * i + 1] = f[LISTS * i];
		f[LISTS * i + 1].status = STR("success");
		f[LISTS * i + 1].limit = 1;
	}
	if (!run_log_lists(v->call->db, a, f, LISTS * n, runs, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!view_one(v, &t[i], &runs[LISTS * i], &one, e))
			return false;
		value_list_add(a, list, one);
	}
	return true;
}

bool stream_views(const struct call *c, const struct connection *n, const struct plan_table *only,
		  struct value *list, struct err *e)
{
	struct viewing v = { .call = c, .connection = n };
	struct connection_sight *sight;
	size_t chunk = RUN_LISTS_MAX / LISTS;

	if (!connection_look(c, &n, 1, &sight, e) ||
	    !quarantine_sums(c->db, c->arena, &v.sum, &v.sums, e))
		return false;
	v.sight = sight;
	*list = value_list_new(c->arena);
	if (only)
		return view_chunk(&v, only, 1, *list, e);
	for (size_t i = 0; i < n->tables; i += chunk)
		if (!view_chunk(&v, &n->table[i], n->tables - i < chunk ? n->tables - i : chunk,
				*list, e))
			return false;
	return true;
}

/* ---- for the OpenAPI document ---- */

static const struct field cursor_fields[] = {
	{ .name = "partition", .type = FIELD_TEXT, .nullable = true },
	{ .name = "cursor", .type = FIELD_TIME, .nullable = true },
	{ .name = NULL },
};
static const struct field cursor_item[] = {
	{ .name = "cursor", .type = FIELD_OBJECT, .of = cursor_fields },
	{ .name = NULL },
};
static const struct field progress_fields[] = {
	{ .name = "run", .type = FIELD_UUID, .nullable = true },
	{ .name = "started_at", .type = FIELD_TIME },
	{ .name = "phase", .type = FIELD_TEXT, .one_of = "fetch|transform|commit|wait" },
	{ .name = "pages", .type = FIELD_INTEGER },
	{ .name = "records", .type = FIELD_INTEGER },
	{ .name = "expected", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "waiting", .type = FIELD_TEXT, .nullable = true },
	{ .name = "waiting_until", .type = FIELD_TIME, .nullable = true },
	{ .name = NULL },
};
const struct field stream_view_fields[] = {
	{ .name = "table", .type = FIELD_TEXT },
	{ .name = "stream", .type = FIELD_TEXT },
	{ .name = "mode", .type = FIELD_TEXT, .one_of = "incremental|full|rotation" },
	{ .name = "cursor_field", .type = FIELD_TEXT, .nullable = true },
	{ .name = "cursor",
	  .type = FIELD_TIME,
	  .nullable = true,
	  .says = "the next pass reads what changed since; of several partitions the oldest" },
	{ .name = "cursors",
	  .type = FIELD_LIST,
	  .of = cursor_item,
	  .says = "of the first 20 partitions" },
	{ .name = "partitions", .type = FIELD_INTEGER },
	{ .name = "version",
	  .type = FIELD_TEXT,
	  .says = "what If-Match wants, without its quotes" },
	{ .name = "committed_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "full_at",
	  .type = FIELD_TIME,
	  .nullable = true,
	  .says = "when the last full pass ended" },
	{ .name = "expected",
	  .type = FIELD_INTEGER,
	  .nullable = true,
	  .says = "records of the last complete enumeration" },
	{ .name = "open_pass", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "rows", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "rows_kind",
	  .type = FIELD_TEXT,
	  .one_of = "exact|estimate|at_least",
	  .nullable = true },
	{ .name = "last_run", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "last_success_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "fresh_for_s", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "due_every_s", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "quarantined", .type = FIELD_INTEGER },
	{ .name = "held", .type = FIELD_LIST, .of = view_holds_item },
	{ .name = "progress", .type = FIELD_OBJECT, .of = progress_fields, .nullable = true },
	{ .name = NULL },
};
const struct field stream_view_item[] = {
	{ .name = "stream", .type = FIELD_OBJECT, .of = stream_view_fields },
	{ .name = NULL },
};
