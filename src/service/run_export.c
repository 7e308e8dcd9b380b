/* SPDX-License-Identifier: Apache-2.0 */
/* run_export.c - runs as a file. */
#include "service/run_export.h"

#include "data/json.h"
#include "data/moment.h"
#include "service/csv.h"
#include "service/view.h"

#define PIECE 500
#define PIECE_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define EXPORT_BYTES_MAX ((size_t)60 * 1024 * 1024)

static const char *const columns[] = {
	"id",
	"parent_id",
	"connection",
	"sync_type",
	"trigger",
	"status",
	"started_at",
	"completed_at",
	"duration_ms",
	"records_processed",
	"records_created",
	"records_updated",
	"records_unchanged",
	"records_failed",
	"requests",
	"error_message",
};

static struct str cell_text(struct arena *a, struct value v)
{
	if (v.kind == VALUE_STR)
		return v.s;
	return v.kind == VALUE_INT ? str_printf(a, "%lld", (long long)v.i) : STR("");
}

/* view_run() with what a table has columns for and it has not. */
static struct value exported(struct arena *a, const struct run_log *r)
{
	struct value map = view_run(a, r), trigger;

	trigger = value_get(value_get(map, STR("details")), STR("trigger"));
	value_map_set(a, map, STR("trigger"), trigger.kind == VALUE_STR ? trigger : NULL_VALUE);
	value_map_set(a, map, STR("duration_ms"),
		      r->completed_ms ? value_int(r->completed_ms - r->started_ms) : NULL_VALUE);
	return map;
}

static bool add_run(struct arena *a, struct buf *b, const struct run_log *r, bool csv,
		    struct err *e)
{
	struct value map = exported(a, r);
	struct str cell[COUNT(columns)];

	if (!csv) {
		if (!json_write(b, map, e))
			return false;
		buf_char(b, '\n');
		return true;
	}
	for (size_t i = 0; i < COUNT(columns); i++)
		cell[i] = cell_text(a, value_get(map, str_from(columns[i])));
	csv_row(b, cell, COUNT(columns));
	return true;
}

static void add_head(struct buf *b)
{
	struct str cell[COUNT(columns)];

	for (size_t i = 0; i < COUNT(columns); i++)
		cell[i] = str_from(columns[i]);
	csv_row(b, cell, COUNT(columns));
}

/* Piece by piece, so that the memory is that of the file and of one piece. */
static bool collect(struct call *c, struct run_filter f, bool csv, struct buf *b, struct err *e)
{
	AUTO_ARENA *a = arena_new("run export", PIECE_BYTES_MAX);
	size_t left = f.limit, n = PIECE;
	struct run_log *run;

	while (left > 0 && n == PIECE) {
		arena_reset(a);
		f.limit = left < PIECE ? left : PIECE;
		if (!run_log_list(c->db, a, &f, &run, &n, NULL, e))
			return false;
		for (size_t i = 0; i < n; i++)
			if (!add_run(a, b, &run[i], csv, e))
				return false;
		left -= n;
		if (n > 0)
			f.after = str_keep(c->arena, run[n - 1].id);
	}
	if (left == 0)
		call_reply_header(c, "X-Next-After", f.after);
	return !b->failed ||
	       err_set(e, ERR_LIMIT, "the file would be larger than %zu bytes", EXPORT_BYTES_MAX);
}

bool run_export(struct call *c, struct run_filter f, bool csv, struct err *e)
{
	AUTO_BUF b = { 0 };
	struct str name =
		str_printf(c->arena, "attachment; filename=\"runs.%s\"", csv ? "csv" : "ndjson");

	buf_init(&b, EXPORT_BYTES_MAX);
	if (csv)
		add_head(&b);
	if (!collect(c, f, csv, &b, e))
		return false;
	call_reply_header(c, "Content-Disposition", name);
	return call_bytes(c, csv ? "text/csv; charset=utf-8" : "application/x-ndjson", buf_str(&b),
			  e);
}
