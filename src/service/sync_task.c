/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync_task.c - one run of a connection as a job.
 *
 * Always: what the run writes is fenced by the job's claim, so that a worker which lost it writes
 * nothing more.
 */
#include "service/sync_task.h"

#include "base/log.h"
#include "data/json.h"
#include "service/run_progress.h"
#include "service/service.h"

#define JSON_BYTES_MAX ((size_t)64 * 1024)
#define ONLY_MAX 64
#define WISHED_MAX 1000
#define SAYS_MAX 200

/* ---- asking for one ---- */

struct str sync_lane(struct arena *a, struct str connection)
{
	return str_printf(a, "connection:%.*s", STR_ARG(connection));
}

struct str sync_key(struct arena *a, struct str connection, enum run_mode mode,
		    const struct str *only, size_t onlys)
{
	struct buf b;

	buf_in(&b, a, JSON_BYTES_MAX);
	buf_printf(&b, "sync:%.*s:%s", STR_ARG(connection), run_mode_name(mode));
	for (size_t i = 0; i < onlys; i++)
		buf_printf(&b, "%c%.*s", i ? ',' : ':', STR_ARG(only[i]));
	return buf_str(&b);
}

static void set_text(struct arena *a, struct value map, const char *name, struct str s)
{
	if (s.len > 0)
		value_map_set(a, map, str_from(name), value_str(s));
}

static bool json_text(struct arena *a, struct value v, struct str *out, struct err *e)
{
	struct buf b;

	buf_in(&b, a, JSON_BYTES_MAX);
	if (!json_write(&b, v, e))
		return false;
	*out = buf_str(&b);
	return true;
}

static bool wish_args(struct arena *a, const struct sync_wish *w, struct str run, struct str *out,
		      struct err *e)
{
	struct value map = value_map_new(a), only = value_list_new(a), records = value_list_new(a);

	set_text(a, map, "connection", w->connection);
	set_text(a, map, "mode", str_from(run_mode_name(w->mode)));
	for (size_t i = 0; i < w->onlys; i++)
		value_list_add(a, only, value_str(w->only[i]));
	if (w->onlys > 0)
		value_map_set(a, map, STR("only"), only);
	for (size_t i = 0; i < w->select.records; i++)
		value_list_add(a, records, value_str(w->select.record[i]));
	if (w->select.records > 0)
		value_map_set(a, map, STR("records"), records);
	set_text(a, map, "since", w->select.since);
	set_text(a, map, "until", w->select.until);
	set_text(a, map, "where", w->select.where);
	set_text(a, map, "run", run);
	set_text(a, map, "trigger", w->trigger);
	set_text(a, map, "triggered_by", w->triggered_by);
	return json_text(a, map, out, e);
}

/* The run that a job which was there already will have or has; empty when nobody promised one. */
static bool promised_run(struct db *d, struct arena *a, int64_t job, struct str *run, struct err *e)
{
	struct job_filter f = { .id = job, .limit = 1 };
	struct job_row *row;
	struct value args;
	int64_t total;
	size_t n;

	*run = STR("");
	if (!queue_list(d, a, &f, &row, &n, &total, e))
		return false;
	if (n == 0 || row->args.len == 0)
		return true;
	if (!json_parse(a, row->args, &args, NULL, e))
		return err_wrap(e, "job %lld", (long long)job);
	*run = value_get_text(args, "run");
	return true;
}

bool sync_request(struct db *d, struct arena *a, const struct sync_wish *w, struct sync_ticket *out,
		  struct err *e)
{
	struct sync_ticket t = { .run = uuid_new(a) };
	struct job_draft draft = {
		.task = STR(SYNC_TASK),
		.lane = sync_lane(a, w->connection),
		.lane_max = 1,
		.priority = w->priority,
		.trigger = w->trigger,
		.actor = w->actor,
	};

	if (!select_any(&w->select)) {
		draft.unique = JOB_ONE;
		draft.key = sync_key(a, w->connection, w->mode, w->only, w->onlys);
	}
	if (!wish_args(a, w, t.run, &draft.args, e) || !queue_add(d, &draft, &t.job, e) ||
	    (t.job.coalesced && !promised_run(d, a, t.job.id, &t.run, e)))
		return err_wrap(e, "a sync of '%.*s'", STR_ARG(w->connection));
	*out = t;
	return true;
}

/* ---- carrying it out ---- */

struct sync {
	struct job_run *job;
	struct service *service;
	const struct connection *connection;
	struct run_options options;
	struct str only[ONLY_MAX];
	struct str record[WISHED_MAX];
	struct run_counts done;   /* of the tables that are over */
	struct run_counts counts; /* of the table under way */
	bool passing;             /* what was told last is over in a moment */
	int64_t total;            /* records of it that are expected; 0 unknown */
	struct str run;
	int64_t advanced_ms; /* wall: when it last came forward */
};

static bool read_texts(struct value args, const char *name, struct str *into, size_t max, size_t *n,
		       struct err *e)
{
	struct value item, list = value_get(args, str_from(name));
	struct value_iter it = value_iter(list);
	struct str key;

	if (list.kind == VALUE_UNDEFINED)
		return true;
	if (list.kind != VALUE_LIST)
		return err_set(e, ERR_USAGE, "the argument '%s' is not a list", name);
	while (value_next(&it, &key, &item)) {
		if (item.kind != VALUE_STR || *n == max)
			return err_set(e, ERR_USAGE,
				       "the argument '%s' is not a list of at most %zu texts", name,
				       max);
		into[(*n)++] = item.s;
	}
	return true;
}

static bool read_select(struct sync *s, struct value args, struct err *e)
{
	struct run_options *o = &s->options;

	o->only = s->only;
	o->select = (struct select_options){ .record = s->record,
					     .since = value_get_text(args, "since"),
					     .until = value_get_text(args, "until"),
					     .where = value_get_text(args, "where") };
	return read_texts(args, "only", s->only, ONLY_MAX, &o->onlys, e) &&
	       read_texts(args, "records", s->record, WISHED_MAX, &o->select.records, e);
}

static bool read_mode(struct str text, enum run_mode *out, struct err *e)
{
	if (text.len == 0 || str_eq(text, str_from(run_mode_name(MODE_INCREMENTAL))))
		*out = MODE_INCREMENTAL;
	else if (str_eq(text, str_from(run_mode_name(MODE_FULL))))
		*out = MODE_FULL;
	else
		return err_set(e, ERR_USAGE, "the argument 'mode' is full or incremental");
	return true;
}

static bool read_args(struct sync *s, const struct plan *plan, struct err *e)
{
	struct str name, trigger = s->job->job->trigger;
	struct value args;

	if (!json_parse(s->job->arena, s->job->job->args, &args, NULL, e))
		return err_set(e, ERR_USAGE, "the arguments are no JSON");
	name = value_get_text(args, "connection");
	s->connection = plan_connection(plan, name);
	if (!s->connection)
		return err_set(e, ERR_MISSING, "the plan has no connection '%.*s'", STR_ARG(name));
	s->run = value_get_text(args, "run");
	s->options.id = s->run;
	s->options.trigger = value_get_text(args, "trigger");
	if (s->options.trigger.len == 0)
		s->options.trigger = trigger;
	s->options.triggered_by = value_get_text(args, "triggered_by");
	return read_mode(value_get_text(args, "mode"), &s->options.mode, e) &&
	       read_select(s, args, e);
}

/* ---- telling where it stands ---- */

static void set_count(struct arena *a, struct value map, const char *name, int64_t n)
{
	value_map_set(a, map, str_from(name), value_int(n));
}

static void set_counts(struct arena *a, struct value map, const struct run_counts *c)
{
	set_count(a, map, "processed", c->processed);
	set_count(a, map, "created", c->created);
	set_count(a, map, "updated", c->updated);
	set_count(a, map, "unchanged", c->unchanged);
	set_count(a, map, "failed", c->failed);
	set_count(a, map, "requests", c->requests);
	set_count(a, map, "pages", c->pages);
}

static struct run_counts sum(const struct run_counts *a, const struct run_counts *b)
{
	return (struct run_counts){ .processed = a->processed + b->processed,
				    .created = a->created + b->created,
				    .updated = a->updated + b->updated,
				    .unchanged = a->unchanged + b->unchanged,
				    .failed = a->failed + b->failed,
				    .requests = a->requests + b->requests,
				    .pages = a->pages + b->pages };
}

static struct value progress_value(const struct sync *s, struct arena *a,
				   const struct watch_event *ev)
{
	struct run_counts all = sum(&s->done, &s->counts);
	struct value map = value_map_new(a);

	set_text(a, map, "connection", s->connection->name);
	set_text(a, map, "run", s->run);
	set_text(a, map, "mode", str_from(run_mode_name(s->options.mode)));
	set_text(a, map, "table", ev->table);
	set_counts(a, map, &all);
	set_text(a, map, "phase", str_from(run_phase(ev)));
	set_count(a, map, "table_processed", s->counts.processed);
	set_count(a, map, "table_pages", s->counts.pages);
	if (s->total > 0)
		set_count(a, map, "table_total", s->total);
	if (ev->calls_left >= 0)
		set_count(a, map, "calls_left", ev->calls_left);
	if (ev->kind == WATCH_WAIT) {
		set_text(a, map, "waiting", str_slice(ev->says, 0, SAYS_MAX));
		set_count(a, map, "waiting_ms", ev->wait_ms);
		set_count(a, map, "waiting_until_ms", clock_wall_ms(s->job->clock) + ev->wait_ms);
	}
	set_count(a, map, "advanced_ms", s->advanced_ms);
	return map;
}

/* Rows are made and written within moments: the word for it must not stand until the next second.
 */
static void tell(struct sync *s, const struct watch_event *ev, struct str text)
{
	bool told = true;

	if (s->passing)
		job_progress_now(s->job, text);
	else
		told = job_progress(s->job, text);
	if (told)
		s->passing = ev->kind == WATCH_READ || (ev->kind == WATCH_PAGE && ev->writes);
	if (ev->kind != WATCH_READ)
		service_publish(s->service, "run", text, ROLE_ADMIN | ROLE_VIEWER);
}

static void on_watch(void *arg, const struct watch_event *ev)
{
	AUTO_ARENA *a = arena_new("progress", (size_t)1024 * 1024);
	struct sync *s = arg;
	struct str text;
	struct err unsaid;

	if (ev->kind == WATCH_WARNING)
		return;
	if (ev->kind != WATCH_WAIT && ev->kind != WATCH_READ) {
		s->counts = ev->counts;
		s->total = ev->total;
		s->advanced_ms = clock_wall_ms(s->job->clock);
	}
	if (!json_text(a, progress_value(s, a, ev), &text, &unsaid))
		return;
	tell(s, ev, text);
	if (ev->kind == WATCH_TABLE_END) {
		s->done = sum(&s->done, &s->counts);
		s->counts = (struct run_counts){ 0 };
	}
}

int64_t sync_advanced_ms(struct arena *a, struct str progress, int64_t claimed_ms)
{
	int64_t advanced_ms = value_get_int(json_value(a, progress), "advanced_ms");

	return advanced_ms > claimed_ms ? advanced_ms : claimed_ms;
}

/* ---- what came of it ---- */

static struct value table_value(struct arena *a, const struct run_table *t)
{
	struct value map = value_map_new(a);

	set_text(a, map, "table", t->plan->name);
	set_text(a, map, "status",
		 t->ran ? str_from(run_status_name(t->result.status)) : STR("not_reached"));
	set_text(a, map, "stopped_by", t->result.stopped_by);
	set_counts(a, map, &t->result.counts);
	return map;
}

static bool output(const struct sync *s, const struct run_result *result, struct err *e)
{
	struct arena *a = s->job->arena;
	struct value map = value_map_new(a), tables = value_list_new(a);
	struct str text;

	set_text(a, map, "run", result->id);
	set_text(a, map, "connection", s->connection->name);
	set_text(a, map, "mode", str_from(run_mode_name(s->options.mode)));
	set_text(a, map, "status", str_from(run_status_name(result->status)));
	set_counts(a, map, &result->counts);
	set_count(a, map, "references_waiting", result->waiting);
	if (result->error.kind != ERR_NONE) {
		set_text(a, map, "error_kind", str_from(err_kind_name(result->error.kind)));
		value_map_set(a, map, STR("attention"),
			      value_bool(result->error.kind == ERR_AUTH ||
					 result->error.kind == ERR_CONFIG));
	}
	for (size_t i = 0; i < result->tables; i++)
		value_list_add(a, tables, table_value(a, &result->table[i]));
	value_map_set(a, map, STR("tables"), tables);
	if (!json_text(a, map, &text, e))
		return false;
	job_output(s->job, text);
	return true;
}

/*
 * A run that brought some of its tables up to date is done, and the schedule's next one goes on;
 * only what keeps every run from working ends in an error, whose kind the pool decides by.  When
 * the vendor wants to be left alone for longer, the job itself goes on then, and this was no
 * attempt.
 */
static bool judge(const struct sync *s, const struct run_result *r, struct err *e)
{
	bool hopeless = r->error.kind == ERR_AUTH || r->error.kind == ERR_FENCED ||
			r->error.kind == ERR_CANCELLED || r->error.kind == ERR_STORE;

	if (r->quiet_ms) {
		job_snooze(s->job, r->quiet_ms - clock_wall_ms(s->job->clock), r->error.text);
		return true;
	}
	if (r->status == RUN_SUCCESS || (r->status == RUN_PARTIAL && !hopeless))
		return true;
	if (r->error.kind == ERR_NONE)
		return err_set(e, ERR_TRANSIENT, "the run ended as %s", run_status_name(r->status));
	*e = r->error;
	return false;
}

static bool carry_out(struct sync *s, struct err *e)
{
	struct job_run *r = s->job;
	struct rng rng = { .state = (uint64_t)r->job->fence.job * 1000003u +
				    (uint64_t)clock_wall_ms(r->clock) };
	struct engine g = service_engine(s->service, r->db, &rng, r->stop);
	struct run_result result;

	g.fence = &r->job->fence;
	s->advanced_ms = clock_wall_ms(r->clock);
	s->options.watch = (struct watch){ on_watch, s };
	return run_connection(&g, s->connection, &s->options, r->arena, &result, e) &&
	       output(s, &result, e) && judge(s, &result, e);
}

bool sync_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct sync *s = arena_new_struct(r->arena, struct sync);
	bool ok;

	s->job = r;
	s->service = r->arg;
	log_set_context("job", str_printf(r->arena, "%lld", (long long)r->job->fence.job).at);
	ok = read_args(s, setup_plan(setup), e) && carry_out(s, e);
	log_set_context(NULL, NULL);
	return ok;
}
