/* SPDX-License-Identifier: Apache-2.0 */
/* connection_view.c - how connections stand, as JSON. */
#include "service/connection_view.h"

#include "flow/auth.h"
#include "service/timetable.h"
#include "service/view.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define RUNNING_MAX 1000
#define LOOK_CHUNK (RUN_LISTS_MAX / 2)

/* ---- looking ---- */

struct looking {
	const struct call *call;
	struct connection_sight *sight;
	size_t n;
	int64_t now_ms;
};

static struct connection_sight *sight_of(const struct looking *l, struct str connection)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->sight[i].connection->name, connection))
			return &l->sight[i];
	return NULL;
}

/* "connection:NAME" of a lane or the scope of its pause. */
static struct connection_sight *sight_of_lane(const struct looking *l, struct str lane)
{
	struct str name = lane, kind = str_cut(&name, ':');

	return str_eq(kind, STR("connection")) ? sight_of(l, name) : NULL;
}

static bool look_pauses(struct looking *l, struct err *e)
{
	struct pause *pause;
	size_t n;

	if (!queue_pauses(l->call->db, l->call->arena, &pause, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str lane = pause[i].scope, kind = str_cut(&lane, ':');
		struct connection_sight *s = sight_of_lane(l, lane);

		if (s && str_eq(kind, STR("lane")))
			s->stopped = &pause[i];
	}
	return true;
}

/* Whole runs and the tables under way; the newest comes first. */
static bool look_running(struct looking *l, struct err *e)
{
	struct run_filter f = { .status = STR("running"), .limit = RUNNING_MAX };
	struct run_log *run;
	size_t n;

	if (!run_log_list(l->call->db, l->call->arena, &f, &run, &n, NULL, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct connection_sight *s = sight_of(l, run[i].connection);

		if (s && run[i].parent.len == 0 && !s->running)
			s->running = &run[i];
		else if (s && run[i].parent.len && !s->part)
			s->part = &run[i];
	}
	return true;
}

static bool look_jobs(struct looking *l, struct err *e)
{
	struct arena *a = l->call->arena;
	struct job_filter f = { .task = STR(SYNC_TASK),
				.status = STR("running"),
				.limit = RUNNING_MAX };
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!queue_list(l->call->db, a, &f, &row, &n, &total, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct connection_sight *s = sight_of_lane(l, row[i].lane);

		if (!s || row[i].progress.len == 0)
			continue;
		s->progress = arena_new_struct(a, struct run_progress);
		run_progress_read(a, row[i].progress, s->progress);
	}
	return true;
}

/* Two lists each: the last runs, and the last success. */
static bool look_runs(struct looking *l, size_t from, size_t n, struct err *e)
{
	struct arena *a = l->call->arena;
	struct run_filter *f = arena_new_array(a, struct run_filter, 2 * n);
	struct run_list *list = arena_new_array(a, struct run_list, 2 * n);

	for (size_t i = 0; i < n; i++) {
		struct run_filter *one = &f[2 * i];

		one[0] = (struct run_filter){ .connection = l->sight[from + i].connection->name,
					      .whole_only = true,
					      .limit = CONNECTION_RUNS_SHOWN };
		one[1] = one[0];
		one[1].status = STR("success");
		one[1].limit = 1;
	}
	if (!run_log_lists(l->call->db, a, f, 2 * n, list, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		l->sight[from + i].runs = list[2 * i];
		l->sight[from + i].success = list[2 * i + 1].run;
	}
	return true;
}

static bool look_sums(struct looking *l, struct err *e)
{
	struct arena *a = l->call->arena;
	struct quarantine_sum *sum;
	struct run_written *written;
	size_t sums, writtens;

	if (!quarantine_sums(l->call->db, a, &sum, &sums, e) ||
	    !run_stats_written(l->call->db, a, l->now_ms - DAY_MS, &written, &writtens, e))
		return false;
	for (size_t i = 0; i < sums; i++) {
		struct connection_sight *s = sight_of(l, sum[i].connection);

		if (s)
			s->quarantined += sum[i].n;
	}
	for (size_t i = 0; i < writtens; i++) {
		struct connection_sight *s = sight_of(l, written[i].connection);

		if (s)
			s->written = written[i].n;
	}
	return true;
}

/* They come in the order of their connections. */
static bool look_holds(struct looking *l, struct err *e)
{
	struct hold_filter f = { .released = false };
	struct hold *h;
	size_t n;

	if (!hold_list(l->call->db, l->call->arena, &f, &h, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct connection_sight *s = sight_of(l, h[i].connection);

		if (s && s->holds++ == 0)
			s->hold = &h[i];
	}
	return true;
}

/* What an integration keeps of its own stands in place of the log, in which there is nothing. */
static bool look_reports(struct looking *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		struct connection_sight *s = &l->sight[i];
		const struct integration *of = service_integration(l->call->arg, s->connection);
		struct reporting r = { l->call->db, l->call->arena, s->connection, l->now_ms,
				       CONNECTION_RUNS_SHOWN };

		if (!of || !of->report || s->connection->tables)
			continue;
		if (!of->report(&r, &s->report, e))
			return false;
		s->integration = of;
		s->runs = s->report.runs;
		s->success = s->report.success;
		s->written = s->report.written;
		if (s->runs.runs && s->runs.run[0].status == RUN_RUNNING)
			s->running = &s->runs.run[0];
	}
	return true;
}

/* From one fire to the one after it; a paused schedule promises nothing. */
static int64_t interval_of(const struct looking *l, const struct schedule *s)
{
	struct cadence cadence;
	struct err unsaid;
	int64_t next_ms;

	if (!s || s->paused || !cadence_of(l->call->arena, s, &cadence, &unsaid))
		return 0;
	next_ms = cadence_next(&cadence, l->now_ms);
	return cadence_next(&cadence, next_ms) - next_ms;
}

/* Its promise is its first schedule; the one in the database is as people changed it. */
static void look_own(struct looking *l, struct connection_sight *of, struct schedule *s, size_t n)
{
	const struct integration_schedule *own = of->integration ? of->integration->schedule : NULL;

	for (; own && own->name && of->owns < COUNT(of->own); own++)
		for (size_t i = 0; i < n; i++)
			if (str_eq(s[i].name, str_from(own->name)))
				of->own[of->owns++] = &s[i];
	if (of->owns)
		of->due_every_ms = interval_of(l, of->own[0]);
}

static bool look_schedules(struct looking *l, struct err *e)
{
	struct schedule *s;
	size_t n;

	if (!schedule_list(l->call->db, l->call->arena, &s, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str kind = s[i].name, name = str_cut(&kind, ':');
		struct connection_sight *of = sight_of(l, name);

		if (of && str_eq(kind, str_from(run_mode_name(MODE_INCREMENTAL))))
			of->incremental = &s[i];
		else if (of && str_eq(kind, str_from(run_mode_name(MODE_FULL))))
			of->full = &s[i];
	}
	for (size_t i = 0; i < l->n; i++) {
		struct connection_sight *of = &l->sight[i];

		of->due_every_ms = interval_of(l, of->incremental);
		if (!of->due_every_ms)
			of->due_every_ms = interval_of(l, of->full);
		look_own(l, of, s, n);
	}
	return true;
}

/* What a person has to mend is known without opening the seal. */
static bool look_tokens(struct looking *l, struct connection_facts *facts, struct err *e)
{
	struct db_result r;

	if (!db_query(l->call->db, l->call->arena,
		      "SELECT connection, problem FROM lockstep_tokens WHERE problem <> ''", NULL,
		      0, &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++) {
		const struct connection_sight *s = sight_of(l, db_cell(&r, i, 0).s);

		if (s)
			facts[s - l->sight].token_problem = db_cell(&r, i, 1).s;
	}
	return true;
}

static const struct run_log *last_over(const struct connection_sight *s)
{
	for (size_t i = 0; i < s->runs.runs; i++)
		if (s->runs.run[i].status != RUN_RUNNING)
			return &s->runs.run[i];
	return NULL;
}

/* The job that tries again what went wrong, where one waits for its time. */
static bool look_again(const struct looking *l, const struct connection_sight *s,
		       struct connection_facts *f, struct err *e)
{
	struct job_filter waits = { .status = STR("pending"),
				    .lane = sync_lane(l->call->arena, s->connection->name),
				    .limit = 1 };
	struct job_row *row;
	int64_t total;
	size_t jobs;

	if (!f->last || (f->last->status != RUN_ERROR && f->last->status != RUN_PARTIAL))
		return true;
	if (!queue_list(l->call->db, l->call->arena, &waits, &row, &jobs, &total, e))
		return false;
	if (jobs) {
		f->again_job = row[0].id;
		f->again_ms = row[0].run_at_ms;
	}
	return true;
}

static bool judge(struct looking *l, struct err *e)
{
	struct connection_facts *f =
		arena_new_array(l->call->arena, struct connection_facts, l->n + 1);

	if (!look_tokens(l, f, e))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		struct connection_sight *s = &l->sight[i];

		f[i].name = s->connection->name;
		f[i].stopped = s->stopped;
		f[i].off = service_idle(l->call->arg, s->connection);
		f[i].trouble = s->report.trouble;
		f[i].trouble_next = s->report.next;
		f[i].running = s->running != NULL;
		f[i].held = s->hold;
		f[i].last = last_over(s);
		f[i].quarantined = s->quarantined;
		f[i].last_success_ms = s->success ? s->success->completed_ms : 0;
		f[i].due_every_ms = s->due_every_ms;
		f[i].now_ms = l->now_ms;
		if (!look_again(l, s, &f[i], e))
			return false;
		connection_judge(l->call->arena, &f[i], &s->verdict);
	}
	return true;
}

bool connection_look(const struct call *c, const struct connection *const *n, size_t count,
		     struct connection_sight **out, struct err *e)
{
	struct looking l = { .call = c,
			     .sight = arena_new_array(c->arena, struct connection_sight, count + 1),
			     .n = count,
			     .now_ms = clock_wall_ms(c->clock) };

	for (size_t i = 0; i < count; i++)
		l.sight[i].connection = n[i];
	for (size_t i = 0; i < count; i += LOOK_CHUNK)
		if (!look_runs(&l, i, count - i < LOOK_CHUNK ? count - i : LOOK_CHUNK, e))
			return false;
	*out = l.sight;
	return look_pauses(&l, e) && look_running(&l, e) && look_jobs(&l, e) && look_sums(&l, e) &&
	       look_holds(&l, e) && look_reports(&l, e) && look_schedules(&l, e) && judge(&l, e);
}

/* ---- as JSON ---- */

static struct value tables_value(struct arena *a, const struct connection *n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n->tables; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "table", n->table[i].name);
		view_text(a, map, "stream", n->table[i].stream->name);
		value_list_add(a, list, map);
	}
	return list;
}

static struct value run_value(struct arena *a, const struct run_log *r)
{
	struct value map = value_map_new(a);

	view_text(a, map, "id", r->id);
	view_text(a, map, "status", str_from(run_status_name(r->status)));
	view_text(a, map, "type", r->type);
	view_time(a, map, "started_at", r->started_ms);
	value_map_set(a, map, STR("duration_ms"),
		      r->completed_ms ? value_int(r->completed_ms - r->started_ms) : NULL_VALUE);
	view_text(a, map, "trigger", r->trigger);
	return map;
}

static struct value schedule_value(struct arena *a, const struct schedule *s)
{
	struct value map = value_map_new(a);

	view_text(a, map, "name", s->name);
	view_text(a, map, "words", schedule_words(a, s));
	view_bool(a, map, "paused", s->paused);
	view_time(a, map, "next_at",
		  s->paused || !s->next_ms ? 0 : s->next_ms + schedule_jitter(s, s->next_ms));
	return map;
}

static void put_times(const struct call *c, const struct connection_sight *s, struct value map)
{
	struct arena *a = c->arena;
	struct value schedules = value_list_new(a), fresh = NULL_VALUE;
	int64_t success_ms = s->success ? s->success->completed_ms : 0;

	if (success_ms && s->due_every_ms)
		fresh = value_int((success_ms + s->due_every_ms - clock_wall_ms(c->clock)) / 1000);
	view_time(a, map, "last_success_at", success_ms);
	value_map_set(a, map, STR("fresh_for_s"), fresh);
	value_map_set(a, map, STR("due_every_s"),
		      s->due_every_ms ? value_int(s->due_every_ms / 1000) : NULL_VALUE);
	if (s->incremental)
		value_list_add(a, schedules, schedule_value(a, s->incremental));
	if (s->full)
		value_list_add(a, schedules, schedule_value(a, s->full));
	for (size_t i = 0; i < s->owns; i++)
		value_list_add(a, schedules, schedule_value(a, s->own[i]));
	value_map_set(a, map, STR("schedules"), schedules);
}

static void put_runs(struct arena *a, const struct connection_sight *s, struct value map)
{
	struct value runs = value_list_new(a);
	const struct run_log *last = s->runs.run;

	for (size_t i = 0; i < s->runs.runs; i++)
		value_list_add(a, runs, run_value(a, &s->runs.run[i]));
	value_map_set(a, map, STR("last_run"), last ? view_run(a, last) : NULL_VALUE);
	value_map_set(a, map, STR("runs"), runs);
	value_map_set(a, map, STR("running"), s->running ? view_run(a, s->running) : NULL_VALUE);
	value_map_set(a, map, STR("progress"),
		      s->running && s->progress ? run_progress_view(a, s->progress) : NULL_VALUE);
}

static void put_report(struct arena *a, const struct connection_sight *s, struct value map)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < s->report.facts; i++) {
		const struct integration_fact *f = &s->report.fact[i];
		struct value one = value_map_new(a);

		view_text(a, one, "label", str_from(f->label));
		value_map_set(a, one, STR("value"), f->value);
		view_text(a, one, "href", f->href ? str_from(f->href) : STR(""));
		value_list_add(a, list, one);
	}
	value_map_set(a, map, STR("facts"), list);
	view_text(a, map, "page", s->integration ? str_from(s->integration->page) : STR(""));
}

bool connection_sight_view(const struct call *c, const struct connection_sight *s,
			   struct value *out, struct err *e)
{
	struct arena *a = c->arena;
	const struct connection *n = s->connection;
	struct value map = value_map_new(a);
	struct budget_use use;

	if (!connection_budget(c, n, &use, e))
		return false;
	view_text(a, map, "name", n->name);
	view_text(a, map, "connector", n->manifest->name);
	view_text(a, map, "state", str_from(connection_state_name(s->verdict.state)));
	view_text(a, map, "reason", s->verdict.reason);
	view_text(a, map, "next", s->verdict.next);
	view_bool(a, map, "enabled", !s->stopped);
	view_bool(a, map, "oauth", auth_of(n->manifest) != NULL);
	view_bool(a, map, "rotates", plan_has_rotation(n));
	value_map_set(a, map, STR("tables"), tables_value(a, n));
	put_times(c, s, map);
	put_runs(a, s, map);
	put_report(a, s, map);
	value_map_set(a, map, STR("stopped"), s->stopped ? view_pause(a, s->stopped) : NULL_VALUE);
	value_map_set(a, map, STR("rate_limit"), use.limit ? budget_view(a, &use) : NULL_VALUE);
	view_int(a, map, "quarantined", s->quarantined);
	view_int(a, map, "written_24h", s->written);
	value_map_set(a, map, STR("held"), view_holds(a, s->hold, s->holds));
	*out = map;
	return true;
}

bool connection_view(const struct call *c, const struct connection *n, struct value *out,
		     struct err *e)
{
	struct connection_sight *s;

	return connection_look(c, &n, 1, &s, e) && connection_sight_view(c, s, out, e);
}

/* ---- for the OpenAPI document ---- */

const struct field connection_view_fields[] = {
	{ .name = "name", .type = FIELD_TEXT },
	{ .name = "connector", .type = FIELD_TEXT },
	{ .name = "state",
	  .type = FIELD_TEXT,
	  .one_of = "ok|running|attention|stopped|failing|off" },
	{ .name = "reason", .type = FIELD_TEXT, .nullable = true, .says = "why it is not ok" },
	{ .name = "next", .type = FIELD_TEXT, .nullable = true, .says = "what to do about it" },
	{ .name = "enabled", .type = FIELD_BOOLEAN, .says = "false: stopped" },
	{ .name = "oauth", .type = FIELD_BOOLEAN, .says = "a person signs in at the vendor" },
	{ .name = "rotates", .type = FIELD_BOOLEAN, .says = "members of a stream take turns" },
	{ .name = "tables", .type = FIELD_LIST },
	{ .name = "last_success_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "fresh_for_s",
	  .type = FIELD_INTEGER,
	  .nullable = true,
	  .says = "until the next success is due by the schedule; negative: late by so much" },
	{ .name = "due_every_s",
	  .type = FIELD_INTEGER,
	  .nullable = true,
	  .says = "how far apart its schedule's runs are" },
	{ .name = "schedules", .type = FIELD_LIST, .says = "in words, each with its next run" },
	{ .name = "last_run", .type = FIELD_OBJECT, .of = view_run_fields, .nullable = true },
	{ .name = "runs", .type = FIELD_LIST, .says = "the last 14, the newest first" },
	{ .name = "running", .type = FIELD_OBJECT, .of = view_run_fields, .nullable = true },
	{ .name = "facts",
	  .type = FIELD_LIST,
	  .says = "of an integration whose schedules are its own: {label, value, href}" },
	{ .name = "page",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "of the console, where such an integration's runs are; null: in the run log" },
	{ .name = "progress",
	  .type = FIELD_OBJECT,
	  .nullable = true,
	  .says = "of the run under way, as its worker told it within the last second" },
	{ .name = "stopped", .type = FIELD_OBJECT, .of = view_pause_fields, .nullable = true },
	{ .name = "rate_limit", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "quarantined", .type = FIELD_INTEGER },
	{ .name = "written_24h", .type = FIELD_INTEGER, .says = "rows created or updated" },
	{ .name = "held",
	  .type = FIELD_LIST,
	  .of = view_holds_item,
	  .says = "tables that a check stopped" },
	{ .name = NULL },
};
const struct field connection_view_item[] = {
	{ .name = "connection", .type = FIELD_OBJECT, .of = connection_view_fields },
	{ .name = NULL },
};
