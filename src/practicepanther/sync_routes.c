/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync_routes.c - status, trigger, test, logs, statistics, schedule, stop and restart of
 * PracticePanther's connection.
 *
 * Always: nothing of a record is in an answer, only ids, names of streams and counts.
 */
#include "practicepanther/sync_routes.h"

#include "flow/probe.h"
#include "practicepanther/completeness.h"
#include "practicepanther/firm.h"
#include "practicepanther/statistics.h"
#include "service/connection.h"
#include "service/hurry.h"
#include "service/timetable.h"
#include "service/trail.h"
#include "service/view.h"

#define RECENT_RUNS 10
#define LOGS_MAX 100
#define TEST_MS 10000
#define SYNC_TYPES "contacts, matters, tasks, full, incremental"

/* ---- GET /api/sync/status ---- */

/* `schedules` of the table, by the names that the original gave them. */
static const struct {
	const char *said, *suffix;
} scheduled[] = { { "incremental", "incremental" }, { "daily_full", "full" } };

static struct str schedule_name(const struct call *c, const struct connection *n,
				const char *suffix)
{
	return str_printf(c->arena, "%.*s:%s", STR_ARG(n->name), suffix);
}

static bool schedule_value(struct call *c, const struct connection *n, const char *suffix,
			   const struct run_log *running, struct value *out, struct err *e)
{
	struct schedule s;
	struct err why;

	*out = NULL_VALUE;
	if (!schedule_get(c->db, c->arena, schedule_name(c, n, suffix), &s, &why)) {
		if (why.kind == ERR_MISSING)
			return true;
		*e = why;
		return false;
	}
	*out = value_map_new(c->arena);
	view_bool(c->arena, *out, "isRunning", running && str_eq(running->type, str_from(suffix)));
	view_time(c->arena, *out, "nextRun", s.paused ? 0 : s.next_ms);
	view_text(c->arena, *out, "schedule", schedule_words(c->arena, &s));
	view_bool(c->arena, *out, "paused", s.paused);
	view_text(c->arena, *out, "every", s.every);
	view_text(c->arena, *out, "cron", s.cron);
	view_text(c->arena, *out, "timezone", s.zone);
	value_map_set(c->arena, *out, STR("nextRuns"),
		      value_get(view_schedule(c->arena, &s), STR("next_fires")));
	return true;
}

static bool scheduled_value(struct call *c, const struct connection *n,
			    const struct run_log *running, struct value *out, struct err *e)
{
	struct value jobs = value_map_new(c->arena), job;
	int64_t there = 0;

	*out = value_map_new(c->arena);
	for (size_t i = 0; i < COUNT(scheduled); i++) {
		if (!schedule_value(c, n, scheduled[i].suffix, running, &job, e))
			return false;
		there += job.kind == VALUE_MAP;
		value_map_set(c->arena, jobs, str_from(scheduled[i].said), job);
	}
	view_bool(c->arena, *out, "isInitialized", there > 0);
	value_map_set(c->arena, *out, STR("jobs"), jobs);
	view_int(c->arena, *out, "totalJobs", there);
	return true;
}

static bool runs_value(struct call *c, const struct run_filter *f, struct value *out,
		       int64_t *total, struct err *e)
{
	struct run_log *run;
	size_t n;

	*out = value_list_new(c->arena);
	if (!run_log_list(c->db, c->arena, f, &run, &n, total, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, *out, view_run(c->arena, &run[i]));
	return true;
}

static bool status(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value data = value_map_new(c->arena), plan, recent, budget, token, held;
	struct run_filter f = { .limit = RECENT_RUNS };
	const struct connection *n;
	struct run_log running;
	struct pause pause;
	bool runs, stopped;

	if (!firm_connection(setup, &n, e) || !connection_running(c, n, &running, &runs, e) ||
	    !connection_stopped(c, n, &stopped, &pause, e) ||
	    !scheduled_value(c, n, runs ? &running : NULL, &plan, e) ||
	    !firm_budget(c, n, &budget, e) || !firm_token(c, n, &token, e) ||
	    !connection_holds(c, n, &held, e))
		return false;
	f.connection = n->name;
	if (!runs_value(c, &f, &recent, NULL, e))
		return false;
	view_text(c->arena, data, "connection", n->name);
	value_map_set(c->arena, data, STR("scheduled"), plan);
	value_map_set(c->arena, data, STR("running"),
		      runs ? view_run(c->arena, &running) : NULL_VALUE);
	value_map_set(c->arena, data, STR("stopped"),
		      stopped ? view_pause(c->arena, &pause) : NULL_VALUE);
	value_map_set(c->arena, data, STR("rateLimit"), budget);
	value_map_set(c->arena, data, STR("token"), token);
	value_map_set(c->arena, data, STR("held"), held);
	value_map_set(c->arena, data, STR("recent"), recent);
	return firm_answer(c, data, e);
}

/* ---- POST /api/sync/trigger ---- */

static const struct field trigger_body[] = {
	{ .name = "syncType", .type = FIELD_TEXT, .high = 50, .says = "one of " SYNC_TYPES },
	{ .name = NULL },
};

static const struct sync_type {
	const char *name, *only;
	enum run_mode mode;
} sync_types[] = {
	{ "contacts", "contacts", MODE_INCREMENTAL }, { "matters", "matters", MODE_INCREMENTAL },
	{ "tasks", "tasks", MODE_INCREMENTAL },       { "full", NULL, MODE_FULL },
	{ "incremental", NULL, MODE_INCREMENTAL },
};

static const struct sync_type *sync_type(struct str name)
{
	for (size_t i = 0; i < COUNT(sync_types); i++)
		if (str_eq(name, str_from(sync_types[i].name)))
			return &sync_types[i];
	return NULL;
}

static bool answer_started(struct call *c, const struct sync_ticket *t, const char *type,
			   struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "status", STR("success"));
	view_text(c->arena, map, "message",
		  str_printf(c->arena, "%s sync initiated successfully", type));
	view_text(c->arena, map, "syncType", str_from(type));
	view_text(c->arena, map, "run", t->run);
	view_text(c->arena, map, "job", view_id(c->arena, t->job.id));
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/jobs/%lld", (long long)t->job.id));
	return call_json(c, map, e);
}

static bool trigger(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct str said = call_text(c, c->body, "syncType");
	const struct sync_type *type = sync_type(said.len ? said : STR("contacts"));
	struct sync_wish wish = { 0 };
	const struct connection *n;
	struct sync_ticket ticket;
	bool answered;
	struct str only;

	if (!type)
		return call_problem(c, 400, "invalid_sync_type",
				    STR("Invalid sync type. Must be one of: " SYNC_TYPES),
				    UNDEFINED);
	if (!firm_connection(setup, &n, e))
		return false;
	wish.mode = type->mode;
	if (type->only) {
		only = str_from(type->only);
		wish.only = &only;
		wish.onlys = 1;
	}
	if (!connection_trigger(c, n, &wish, &ticket, &answered, e))
		return false;
	return answered || answer_started(c, &ticket, type->name, e);
}

/* ---- GET /api/sync/test-connection ---- */

static struct value probe_value(struct arena *a, const struct probe_result *p, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "stream", p[i].stream);
		view_int(a, map, "records", (int64_t)p[i].records);
		view_int(a, map, "milliseconds", p[i].took_ms);
		value_list_add(a, list, map);
	}
	return list;
}

/* A vendor that does not answer is a result here, not a failure of ours. */
static bool test_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct rng rng;
	struct value data = value_map_new(c->arena);
	struct engine engine = connection_engine(c, &rng);
	struct probe_result *probe = NULL;
	struct hurry hurry;
	const struct connection *n;
	struct err why = { 0 };
	size_t probes = 0;
	bool ok;

	if (!firm_connection(setup, &n, e) ||
	    !trail(c, "sync.test", sync_lane(c->arena, n->name), UNDEFINED, e))
		return false;
	hurry_init(&hurry, c->clock, TEST_MS);
	engine.clock = &hurry.clock;
	ok = probe_connection(&engine, n, c->arena, &probe, &probes, &why);
	view_bool(c->arena, data, "connected", ok);
	view_text(c->arena, data, "message",
		  ok ? STR("PracticePanther answered.") : str_keep(c->arena, str_from(why.text)));
	value_map_set(c->arena, data, STR("streams"),
		      probe_value(c->arena, probe, ok ? probes : 0));
	return firm_answer(c, data, e);
}

/* ---- GET /api/sync/logs ---- */

static const struct field logs_query[] = {
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = 1000000, .otherwise = "1" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = LOGS_MAX, .otherwise = "20" },
	{ .name = "syncType", .type = FIELD_TEXT, .high = 50 },
	{ .name = "status", .type = FIELD_TEXT, .one_of = VIEW_RUN_STATUSES },
	{ .name = NULL },
};

static bool logs(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	int64_t limit = call_int(c, c->query, "limit", 20), page = call_int(c, c->query, "page", 1);
	struct run_filter f = { .type = call_text(c, c->query, "syncType"),
				.status = call_text(c, c->query, "status"),
				.limit = (size_t)limit,
				.offset = (size_t)((page - 1) * limit) };
	struct value data = value_map_new(c->arena), pages = value_map_new(c->arena), list;
	const struct connection *n;
	int64_t total;

	if (!firm_connection(setup, &n, e))
		return false;
	f.connection = n->name;
	if (!runs_value(c, &f, &list, &total, e))
		return false;
	view_int(c->arena, pages, "page", page);
	view_int(c->arena, pages, "limit", limit);
	view_int(c->arena, pages, "total", total);
	view_int(c->arena, pages, "pages", (total + limit - 1) / limit);
	value_map_set(c->arena, data, STR("logs"), list);
	value_map_set(c->arena, data, STR("pagination"), pages);
	return firm_answer(c, data, e);
}

/* ---- PUT /api/sync/schedule ---- */

static const struct field schedule_body[] = {
	{ .name = "incrementalInterval",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = 1440,
	  .says = "minutes; 15 when it is not given" },
	{ .name = "fullSyncHour", .type = FIELD_INTEGER, .low = 0, .high = 23 },
	{ .name = "fullSyncMinute", .type = FIELD_INTEGER, .low = 0, .high = 59 },
	{ .name = NULL },
};

struct rescheduling {
	struct call *call;
	const struct connection *connection;
	int64_t interval, hour, minute;
};

/* The named schedule at another time; made when the plan has none. */
static bool reschedule(const struct rescheduling *r, const char *suffix, struct str every,
		       struct str cron, struct err *e)
{
	struct call *c = r->call;
	struct schedule s = { 0 };
	struct err why;

	if (schedule_get(c->db, c->arena, schedule_name(c, r->connection, suffix), &s, &why)) {
		s.every = every;
		s.cron = cron;
		if (cron.len && !s.zone.len)
			s.zone = STR("America/New_York");
		return schedule_change(c->db, &s, 0, e);
	}
	if (why.kind != ERR_MISSING) {
		*e = why;
		return false;
	}
	timetable_schedule(c->arena, r->connection,
			   str_eq(str_from(suffix), STR("full")) ? MODE_FULL : MODE_INCREMENTAL,
			   &s);
	s.every = every;
	s.cron = cron;
	s.zone = cron.len ? STR("America/New_York") : STR("");
	s.origin = STR("person");
	return schedule_create(c->db, &s, e);
}

static bool reschedule_in_transaction(void *arg, struct err *e)
{
	const struct rescheduling *r = arg;
	struct arena *a = r->call->arena;

	return reschedule(r, "incremental", str_printf(a, "%lldm", (long long)r->interval), STR(""),
			  e) &&
	       reschedule(
		       r, "full", STR(""),
		       str_printf(a, "%lld %lld * * *", (long long)r->minute, (long long)r->hour),
		       e) &&
	       trail(r->call, "sync.schedule", sync_lane(a, r->connection->name), r->call->body, e);
}

static bool put_schedule(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct rescheduling r = { .call = c,
				  .interval = call_int(c, c->body, "incrementalInterval", 15),
				  .hour = call_int(c, c->body, "fullSyncHour", 2),
				  .minute = call_int(c, c->body, "fullSyncMinute", 0) };
	struct value map = value_map_new(c->arena), data = value_map_new(c->arena);

	if (!firm_connection(setup, &r.connection, e) ||
	    !db_transact(c->db, reschedule_in_transaction, &r, e))
		return false;
	service_wake(c->arg);
	service_publish(
		c->arg, "schedule",
		str_printf(c->arena, "{\"connection\":\"%.*s\"}", STR_ARG(r.connection->name)),
		ROLE_ADMIN | ROLE_VIEWER);
	view_int(c->arena, data, "incrementalInterval", r.interval);
	view_int(c->arena, data, "fullSyncHour", r.hour);
	view_int(c->arena, data, "fullSyncMinute", r.minute);
	view_text(c->arena, map, "status", STR("success"));
	view_text(c->arena, map, "message", STR("Sync schedule updated successfully"));
	value_map_set(c->arena, map, STR("data"), data);
	return call_json(c, map, e);
}

/* ---- POST /api/sync/stop, /restart ---- */

static const struct field stop_body[] = {
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

static bool stop(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;
	int64_t cancelled;

	if (!firm_connection(setup, &n, e) ||
	    !connection_stop(c, n, call_text(c, c->body, "reason"), &cancelled, e))
		return false;
	view_text(c->arena, map, "status", STR("success"));
	view_text(c->arena, map, "message", STR("All syncs stopped"));
	view_int(c->arena, map, "cancelled", cancelled);
	return call_json(c, map, e);
}

static bool restart(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;
	struct sync_ticket ticket;
	bool was;

	if (!firm_connection(setup, &n, e) || !connection_restart(c, n, &was, &ticket, e))
		return false;
	view_text(c->arena, map, "status", STR("success"));
	view_text(c->arena, map, "message", STR("Sync service restarted"));
	view_bool(c->arena, map, "wasStopped", was);
	view_text(c->arena, map, "job", view_id(c->arena, ticket.job.id));
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field data_answer[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = "success" },
	{ .name = "data", .type = FIELD_OBJECT },
	{ .name = NULL },
};
static const struct field trigger_answer[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = "success" },
	{ .name = "message", .type = FIELD_TEXT },
	{ .name = "syncType", .type = FIELD_TEXT },
	{ .name = "run", .type = FIELD_UUID },
	{ .name = "job", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field message_answer[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = "success" },
	{ .name = "message", .type = FIELD_TEXT },
	{ .name = NULL },
};

const struct route practicepanther_sync_routes[] = {
	{ .method = "GET",
	  .path = "/api/sync/status",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = status,
	  .summary = "What runs, when the next runs come, the last ten runs, the token",
	  .tag = "practicepanther",
	  .answer = data_answer },
	{ .method = "POST",
	  .path = "/api/sync/trigger",
	  .roles = ROLE_ADMIN,
	  .handle = trigger,
	  .summary = "Start a sync of contacts, matters, tasks, or of everything",
	  .tag = "practicepanther",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = trigger_body,
	  .answer = trigger_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "invalid_sync_type:400,sync_running:409,sync_stopped:409" },
	{ .method = "GET",
	  .path = "/api/sync/test-connection",
	  .roles = ROLE_ADMIN,
	  .handle = test_connection,
	  .summary = "Whether PracticePanther answers; counts, nobody's data",
	  .tag = "practicepanther",
	  .answer = data_answer,
	  .rate = RATE_EXPENSIVE },
	{ .method = "GET",
	  .path = "/api/sync/logs",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = logs,
	  .summary = "Runs and their parts, newest first",
	  .tag = "practicepanther",
	  .query = logs_query,
	  .answer = data_answer },
	{ .method = "GET",
	  .path = "/api/sync/statistics",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = firm_statistics,
	  .summary =
		  "The last 30 days and those before: totals, days, durations, errors, checklist",
	  .tag = "practicepanther",
	  .answer = data_answer },
	{ .method = "GET",
	  .path = "/api/sync/completeness",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = firm_completeness,
	  .summary = "Rows of each table against the vendor's count, and references linked or not",
	  .tag = "practicepanther",
	  .answer = data_answer },
	{ .method = "PUT",
	  .path = "/api/sync/schedule",
	  .roles = ROLE_ADMIN,
	  .handle = put_schedule,
	  .summary = "When incremental and full syncs run; effective at once, and durable",
	  .tag = "practicepanther",
	  .body_kind = BODY_JSON,
	  .body = schedule_body,
	  .answer = data_answer },
	{ .method = "POST",
	  .path = "/api/sync/stop",
	  .roles = ROLE_ADMIN,
	  .handle = stop,
	  .summary = "Stop the running sync between two pages, and start none until restarted",
	  .tag = "practicepanther",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = stop_body,
	  .answer = message_answer },
	{ .method = "POST",
	  .path = "/api/sync/restart",
	  .roles = ROLE_ADMIN,
	  .handle = restart,
	  .summary = "End a stop, and sync what changed meanwhile",
	  .tag = "practicepanther",
	  .answer = message_answer,
	  .rate = RATE_EXPENSIVE },
	{ .method = NULL },
};
