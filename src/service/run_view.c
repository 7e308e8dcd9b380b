/* SPDX-License-Identifier: Apache-2.0 */
/* run_view.c - all that is known of one run. */
#include "service/run_view.h"

#include "data/json.h"
#include "data/moment.h"
#include "service/error_remedy.h"
#include "service/view.h"
#include "store/quarantine.h"
#include "work/queue.h"

#define PARTS_MAX 200
#define ATTEMPTS_LOOKED 200
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* A member as it stands there; null when it does not. */
static void take(struct arena *a, struct value map, const char *name, struct value from)
{
	struct value v = value_get(from, str_from(name));

	value_map_set(a, map, str_from(name), v.kind == VALUE_UNDEFINED ? NULL_VALUE : v);
}

/* What a person does about what ended it. */
static void take_remedy(struct arena *a, struct value map, const struct run_log *r)
{
	const struct remedy *remedy = r->error.len ? remedy_of(STR(""), r->error) : NULL;

	view_text(a, map, "next", remedy ? str_from(remedy->says) : STR(""));
}

/* ---- parts: a table each ---- */

static int64_t ended_ms(const struct call *c, const struct run_log *r)
{
	return r->completed_ms ? r->completed_ms : clock_wall_ms(c->clock);
}

/* What stood in quarantine when the run was over. */
static bool quarantined(const struct call *c, const struct run_log *r, struct str table, int64_t *n,
			struct err *e)
{
	struct quarantine_query q = { .connection = r->connection,
				      .table = table,
				      .from_ms = r->started_ms,
				      .to_ms = ended_ms(c, r),
				      .during = true,
				      .count_max = QUARANTINE_COUNT_MAX };

	return quarantine_total(c->db, &q, n, e);
}

static const char *const part_members[] = {
	"mode",           "timing",         "cursor",     "page_times",         "complete",
	"resumed",        "held",           "stopped_by", "error_kind",         "conflicts",
	"no_longer_seen", "unknown_values", "rotation",   "missing_references",
};

/* Which records were wished, and which are gone: keys may be people's. */
static void take_keys(const struct call *c, struct value map, struct value details)
{
	if (!(c->who.roles & ROLE_ADMIN))
		return;
	take(c->arena, map, "select", details);
	take(c->arena, map, "no_longer_seen_keys", details);
}

static bool part_value(const struct call *c, const struct run_log *r, struct value *out,
		       struct err *e)
{
	struct arena *a = c->arena;
	struct value d = json_value(a, r->details), map = view_run(a, r);
	struct str table = value_get_text(d, "table");
	int64_t n = 0;

	if (table.len && !quarantined(c, r, table, &n, e))
		return false;
	value_map_remove(map, STR("details"));
	view_text(a, map, "table", table);
	for (size_t i = 0; i < COUNT(part_members); i++)
		take(a, map, part_members[i], d);
	take_keys(c, map, d);
	take_remedy(a, map, r);
	view_int(a, map, "pages", r->counts.pages);
	view_int(a, map, "bytes", r->counts.bytes);
	view_int(a, map, "duration_ms", ended_ms(c, r) - r->started_ms);
	view_int(a, map, "quarantined", n);
	*out = map;
	return true;
}

static bool parts_value(const struct call *c, const struct run_log *r, struct value *out,
			struct err *e)
{
	struct run_filter f = { .parent = r->id, .sort = RUN_OLDEST, .limit = PARTS_MAX };
	struct run_log *part;
	struct value one;
	size_t n = 0;

	*out = value_list_new(c->arena);
	if (r->parent.len == 0 && !run_log_list(c->db, c->arena, &f, &part, &n, NULL, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!part_value(c, &part[i], &one, e))
			return false;
		value_list_add(c->arena, *out, one);
	}
	return true;
}

/* ---- attempts: runs of one promise ---- */

static bool is_attempt(struct value details, const struct run_log *r, struct str promised)
{
	return str_eq(r->id, promised) || str_eq(value_get_text(details, "retry_of"), promised);
}

static struct value attempt_value(struct arena *a, const struct run_log *r, struct value d)
{
	struct value map = value_map_new(a);
	int64_t job = value_get_int(d, "job"), worker = value_get_int(d, "worker");

	view_text(a, map, "run", r->id);
	view_text(a, map, "job", job ? view_id(a, job) : STR(""));
	take(a, map, "attempt", d);
	view_text(a, map, "worker", worker ? view_id(a, worker) : STR(""));
	take(a, map, "holder", d);
	take(a, map, "fence", d);
	take(a, map, "took_over", d);
	view_text(a, map, "status", str_from(run_status_name(r->status)));
	view_time(a, map, "started_at", r->started_ms);
	view_time(a, map, "completed_at", r->completed_ms);
	view_text(a, map, "error_message", r->error);
	return map;
}

/* When the run that was promised began: no attempt began before. */
static bool promised_ms(const struct call *c, struct str id, int64_t *ms, struct err *e)
{
	struct run_filter f = { .id = id, .limit = 1 };
	struct run_log *run;
	size_t n;

	if (!run_log_list(c->db, c->arena, &f, &run, &n, NULL, e))
		return false;
	if (n)
		*ms = run[0].started_ms;
	return true;
}

static bool attempts_value(const struct call *c, const struct run_log *r, struct value details,
			   struct value *out, struct err *e)
{
	struct str again = value_get_text(details, "retry_of");
	struct str promised = again.len ? again : r->id;
	struct run_filter f = { .connection = r->connection,
				.whole_only = true,
				.from_ms = r->started_ms,
				.sort = RUN_OLDEST,
				.limit = ATTEMPTS_LOOKED };
	struct run_log *run;
	size_t n;

	*out = value_list_new(c->arena);
	if ((again.len && !promised_ms(c, again, &f.from_ms, e)) ||
	    !run_log_list(c->db, c->arena, &f, &run, &n, NULL, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct value d = json_value(c->arena, run[i].details);

		if (is_attempt(d, &run[i], promised))
			value_list_add(c->arena, *out, attempt_value(c->arena, &run[i], d));
	}
	return true;
}

/* ---- the job that carries it out ---- */

static bool job_value(const struct call *c, struct value details, struct value *job,
		      struct value *actor, struct err *e)
{
	struct job_filter f = { .id = value_get_int(details, "job"), .limit = 1 };
	struct job_row *row;
	int64_t total;
	size_t n;

	*job = *actor = NULL_VALUE;
	if (f.id == 0)
		return true;
	if (!queue_list(c->db, c->arena, &f, &row, &n, &total, e))
		return false;
	if (n == 0)
		return true;
	*job = value_map_new(c->arena);
	view_text(c->arena, *job, "id", view_id(c->arena, row[0].id));
	view_text(c->arena, *job, "state", row[0].state);
	view_int(c->arena, *job, "attempts", row[0].attempts);
	view_int(c->arena, *job, "max_attempts", row[0].attempts_max);
	view_bool(c->arena, *job, "cancel_asked", row[0].cancel_asked);
	view_time(c->arena, *job, "run_at", row[0].run_at_ms);
	view_json(c->arena, *job, "progress", row[0].progress);
	if (row[0].actor.len)
		*actor = value_str(row[0].actor);
	return true;
}

/* ---- whether it can be undone ---- */

/* Why not, in words; NULL: it can. */
static const char *undo_refusal(const struct connection *n, const struct run_log *r, int64_t rows)
{
	if (r->status == RUN_RUNNING)
		return "The run is still under way.";
	if (!n)
		return "The plan has no such connection any more.";
	if (rows > 0)
		return NULL;
	if (n->undo == UNDO_OFF)
		return "The plan keeps nothing to undo by: set `undo: full` for the connection.";
	if (n->undo == UNDO_FULL && !str_eq(r->type, STR("full")))
		return "Only full runs keep what rows held before: `undo: all` in the plan keeps "
		       "it of every run.";
	return "The run changed no row, or what rows held before it is not kept any more.";
}

static bool undo_value(const struct call *c, const struct run_log *r, struct value *out,
		       struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n = plan_connection(setup_plan(setup), r->connection);
	struct value map = value_map_new(c->arena);
	const char *why;
	int64_t rows;

	*out = NULL_VALUE;
	if (r->parent.len)
		return true;
	if (!before_count(c->db, r->id, &rows, e))
		return false;
	why = undo_refusal(n, r, rows);
	view_bool(c->arena, map, "possible", why == NULL);
	view_text(c->arena, map, "why", why ? str_from(why) : STR(""));
	view_int(c->arena, map, "rows", rows);
	view_time(c->arena, map, "until", why ? 0 : r->started_ms + n->undo_days * DAY_MS);
	*out = map;
	return true;
}

/* ---- the whole ---- */

static struct value log_value(struct arena *a, struct value details)
{
	struct value lines = value_get(details, STR("log")), line;
	struct value list = value_list_new(a);
	struct value_iter it = value_iter(lines);
	struct str unused;

	while (lines.kind == VALUE_LIST && value_next(&it, &unused, &line)) {
		struct value map = value_map_new(a);

		if (line.kind != VALUE_LIST || value_len(line) != 2)
			continue;
		view_time(a, map, "at", value_at(line, 0).i);
		view_text(a, map, "text", value_at(line, 1).s);
		value_list_add(a, list, map);
	}
	return list;
}

bool run_view(const struct call *c, const struct run_log *r, struct value *out, struct err *e)
{
	struct arena *a = c->arena;
	struct value d = json_value(a, r->details), map = view_run(a, r), parts, attempts, job,
		     actor, undo;
	int64_t n;

	if (!parts_value(c, r, &parts, e) || !attempts_value(c, r, d, &attempts, e) ||
	    !job_value(c, d, &job, &actor, e) || !undo_value(c, r, &undo, e) ||
	    !quarantined(c, r, value_get_text(d, "table"), &n, e))
		return false;
	take_remedy(a, map, r);
	take(a, map, "trigger", d);
	take(a, map, "mode", d);
	take(a, map, "timing", d);
	take(a, map, "undoes", d);
	take_keys(c, map, d);
	view_int(a, map, "pages", r->counts.pages);
	view_int(a, map, "bytes", r->counts.bytes);
	view_int(a, map, "relinked", r->counts.relinked);
	view_int(a, map, "duration_ms", ended_ms(c, r) - r->started_ms);
	view_int(a, map, "quarantined", n);
	value_map_set(a, map, STR("parts"), parts);
	value_map_set(a, map, STR("attempts"), attempts);
	value_map_set(a, map, STR("job"), job);
	value_map_set(a, map, STR("actor"), actor);
	value_map_set(a, map, STR("undo"), undo);
	value_map_set(a, map, STR("log"), log_value(a, d));
	*out = map;
	return true;
}

/* ---- its members, for the OpenAPI document ---- */

static const struct field undo_fields[] = {
	{ .name = "possible", .type = FIELD_BOOLEAN },
	{ .name = "why", .type = FIELD_TEXT, .nullable = true, .says = "not, in words" },
	{ .name = "rows", .type = FIELD_INTEGER },
	{ .name = "until", .type = FIELD_TIME, .nullable = true },
	{ .name = NULL },
};

const struct field run_view_fields[] = {
	VIEW_RUN_FIELDS,
	{ .name = "duration_ms", .type = FIELD_INTEGER },
	{ .name = "timing",
	  .type = FIELD_OBJECT,
	  .nullable = true,
	  .says = "fetch_ms, transform_ms, commit_ms, and waits by their reasons" },
	{ .name = "parts",
	  .type = FIELD_LIST,
	  .says = "a table each: counts, timing, page_times, cursor before and after" },
	{ .name = "attempts",
	  .type = FIELD_LIST,
	  .says = "runs of one promise, with job, worker "
		  "and fencing token" },
	{ .name = "job", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "actor", .type = FIELD_TEXT, .nullable = true, .says = "who asked for it" },
	{ .name = "next",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "what a person does about what ended it" },
	{ .name = "quarantined", .type = FIELD_INTEGER },
	{ .name = "undo", .type = FIELD_OBJECT, .of = undo_fields, .nullable = true },
	{ .name = "log", .type = FIELD_LIST, .says = "the last lines, {at, text}" },
	{ .name = NULL },
};
