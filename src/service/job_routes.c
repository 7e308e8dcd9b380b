/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job_routes.c - the queue over HTTP: look, add, put off, retry, cancel, pause.
 *
 * Always: a deed is in the audit log before it is done or with it, so that none goes unrecorded.
 */
#include "service/job_routes.h"

#include "api/call.h"
#include "data/json.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

#define PAGE_MAX 200
#define BULK_MAX 10000
#define SNOOZE_SECONDS_MAX 31536000 /* a year; run_at goes further */
#define ARGS_BYTES_MAX JOB_ARGS_BYTES_MAX

/* ---- ids ---- */

static bool hex_digit(char c, int64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = memchr(digits, c | 0x20, 16);

	if (c >= '0' && c <= '9')
		*out = c - '0';
	else if (at)
		*out = at - digits;
	return (c >= '0' && c <= '9') || at;
}

/* The last 12 digits of a uuid whose others are all 0. */
static bool uuid_id(struct str text, int64_t *id)
{
	static const char zeros[] = "00000000-0000-0000-0000-";
	int64_t n = 0, digit;

	if (text.len != 36 || !str_starts(text, str_from(zeros)))
		return false;
	for (size_t i = sizeof(zeros) - 1; i < text.len; i++) {
		if (!hex_digit(text.at[i], &digit))
			return false;
		n = n * 16 + digit;
	}
	*id = n;
	return true;
}

bool job_id_parse(struct str text, int64_t *id, struct err *e)
{
	if (uuid_id(text, id) || (str_to_i64(text, id) && *id > 0))
		return true;
	return err_set(e, ERR_MISSING, "there is no such job");
}

static bool path_id(const struct call *c, int64_t *id, struct err *e)
{
	return job_id_parse(call_text(c, c->params, "id"), id, e);
}

static struct str job_target(const struct call *c, int64_t id)
{
	return str_printf(c->arena, "job:%lld", (long long)id);
}

/* ---- looking ---- */

static const struct field list_query[] = {
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .one_of = "pending|running|succeeded|failed|cancelled" },
	{ .name = "state",
	  .type = FIELD_TEXT,
	  .one_of = "ready|later|blocked|running|succeeded|failed|cancelled" },
	{ .name = "task", .type = FIELD_TEXT },
	{ .name = "lane", .type = FIELD_TEXT },
	{ .name = "text", .type = FIELD_TEXT, .says = "found in the error" },
	{ .name = "order", .type = FIELD_TEXT, .one_of = "newest|oldest", .otherwise = "newest" },
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = 1000000, .otherwise = "1" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = PAGE_MAX, .otherwise = "50" },
	{ .name = NULL },
};

static struct job_filter list_filter(const struct call *c)
{
	int64_t limit = call_int(c, c->query, "limit", 50);

	return (struct job_filter){
		.status = call_text(c, c->query, "status"),
		.state = call_text(c, c->query, "state"),
		.task = call_text(c, c->query, "task"),
		.lane = call_text(c, c->query, "lane"),
		.text = call_text(c, c->query, "text"),
		.oldest_first = str_eq(call_text(c, c->query, "order"), STR("oldest")),
		.limit = (size_t)limit,
		.offset = (size_t)((call_int(c, c->query, "page", 1) - 1) * limit),
	};
}

static bool list_jobs(struct call *c, struct err *e)
{
	struct job_filter f = list_filter(c);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!queue_list(c->db, c->arena, &f, &row, &n, &total, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, view_job(c->arena, &row[i]));
	value_map_set(c->arena, map, STR("jobs"), list);
	view_int(c->arena, map, "page", call_int(c, c->query, "page", 1));
	view_int(c->arena, map, "limit", (int64_t)f.limit);
	view_int(c->arena, map, "total", total);
	return call_json(c, map, e);
}

static bool find_job(const struct call *c, int64_t id, struct job_row *out, struct err *e)
{
	struct job_filter f = { .id = id, .limit = 1 };
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!queue_list(c->db, c->arena, &f, &row, &n, &total, e))
		return false;
	if (n == 0)
		return err_set(e, ERR_MISSING, "there is no job %lld", (long long)id);
	*out = row[0];
	return true;
}

static bool answer_job(struct call *c, int64_t id, struct err *e)
{
	struct job_row row;

	return find_job(c, id, &row, e) && call_json(c, view_job(c->arena, &row), e);
}

static bool show_job(struct call *c, struct err *e)
{
	int64_t id;

	return path_id(c, &id, e) && answer_job(c, id, e);
}

/* ---- adding ---- */

static const struct field add_body[] = {
	{ .name = "task", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	{ .name = "args", .type = FIELD_OBJECT },
	{ .name = "priority",
	  .type = FIELD_INTEGER,
	  .low = JOB_PRIORITY_MIN,
	  .high = JOB_PRIORITY_MAX,
	  .says = "smaller goes first" },
	{ .name = "run_at", .type = FIELD_TIME },
	{ .name = "max_attempts", .type = FIELD_INTEGER, .low = 1, .high = 100 },
	{ .name = "key", .type = FIELD_TEXT, .high = 200, .says = "one waiting job of a key" },
	{ .name = NULL },
};

static bool time_ms(struct str text, int64_t *out, struct err *e)
{
	struct value at;

	if (text.len == 0)
		return true;
	if (!moment_parse(text, &at, e))
		return false;
	*out = at.us / 1000;
	return true;
}

bool job_task_check(const struct call *c, struct str task, struct err *e)
{
	if (service_task_check(c->arg, task, e))
		return true;
	e->kind = ERR_CONFIG;
	return false;
}

bool job_args_text(struct arena *a, struct value args, struct str *out, struct err *e)
{
	struct buf b;

	*out = STR("{}");
	if (args.kind != VALUE_MAP)
		return true;
	buf_in(&b, a, ARGS_BYTES_MAX);
	if (!json_write(&b, args, e))
		return err_wrap(e, "args");
	*out = buf_str(&b);
	return true;
}

struct adding {
	struct call *call;
	struct job_draft *draft;
	struct job_ticket ticket;
};

static bool add_in_transaction(void *arg, struct err *e)
{
	struct adding *g = arg;
	struct value details = value_map_new(g->call->arena);

	view_text(g->call->arena, details, "task", g->draft->task);
	return queue_add(g->call->db, g->draft, &g->ticket, e) &&
	       trail(g->call, "job.add", job_target(g->call, g->ticket.id), details, e);
}

bool job_add(struct call *c, struct job_draft *draft, struct job_ticket *out, struct err *e)
{
	struct adding g = { .call = c, .draft = draft };

	draft->trigger = STR("api");
	draft->actor = c->who.name;
	if (!job_task_check(c, draft->task, e) || !db_transact(c->db, add_in_transaction, &g, e))
		return false;
	service_wake(c->arg);
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/jobs/%lld", (long long)g.ticket.id));
	*out = g.ticket;
	return true;
}

static bool add_job(struct call *c, struct err *e)
{
	struct str key = call_text(c, c->body, "key");
	struct job_draft draft = { .task = call_text(c, c->body, "task"),
				   .priority = (int)call_int(c, c->body, "priority", 0),
				   .attempts_max = (int)call_int(c, c->body, "max_attempts", 0),
				   .key = key,
				   .unique = key.len ? JOB_ONE_WAITING : JOB_ANY };
	struct job_ticket ticket;

	return job_args_text(c->arena, value_get(c->body, STR("args")), &draft.args, e) &&
	       time_ms(call_text(c, c->body, "run_at"), &draft.run_at_ms, e) &&
	       job_add(c, &draft, &ticket, e) && answer_job(c, ticket.id, e);
}

/* ---- deeds on one job ---- */

static bool deed(struct call *c, const char *action,
		 bool (*act)(struct db *d, int64_t id, struct err *e), struct err *e)
{
	struct job_row row;
	int64_t id;

	if (!path_id(c, &id, e) || !find_job(c, id, &row, e) ||
	    !trail(c, action, job_target(c, id), UNDEFINED, e) || !act(c->db, id, e))
		return false;
	service_wake(c->arg);
	return true;
}

static bool cancel_by_person(struct db *d, int64_t id, struct err *e)
{
	return queue_cancel(d, id, STR("cancelled by a person"), e);
}

static bool cancel_job(struct call *c, struct err *e)
{
	int64_t id;

	return deed(c, "job.cancel", cancel_by_person, e) && path_id(c, &id, e) &&
	       answer_job(c, id, e);
}

static bool retry_job(struct call *c, struct err *e)
{
	int64_t id;

	return deed(c, "job.retry", queue_retry, e) && path_id(c, &id, e) && answer_job(c, id, e);
}

static const struct field snooze_body[] = {
	{ .name = "run_at", .type = FIELD_TIME, .says = "wait until then" },
	{ .name = "seconds",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = SNOOZE_SECONDS_MAX,
	  .says = "or so long from now" },
	{ .name = NULL },
};

static bool snooze_end(const struct call *c, int64_t *ms, struct err *e)
{
	struct str text = call_text(c, c->body, "run_at");
	int64_t seconds = call_int(c, c->body, "seconds", 0);

	if ((text.len > 0) == (seconds > 0))
		return err_set(e, ERR_USAGE, "until when? give run_at or seconds");
	*ms = clock_wall_ms(c->clock) + seconds * 1000;
	return time_ms(text, ms, e);
}

struct snoozing {
	struct call *call;
	int64_t id, until_ms;
};

static bool snooze_in_transaction(void *arg, struct err *e)
{
	const struct snoozing *s = arg;
	struct value details = value_map_new(s->call->arena);

	view_time(s->call->arena, details, "run_at", s->until_ms);
	return queue_snooze(s->call->db, s->id, s->until_ms, e) &&
	       trail(s->call, "job.snooze", job_target(s->call, s->id), details, e);
}

static bool snooze_job(struct call *c, struct err *e)
{
	struct snoozing s = { .call = c };

	if (!path_id(c, &s.id, e) || !snooze_end(c, &s.until_ms, e) ||
	    !db_transact(c->db, snooze_in_transaction, &s, e))
		return false;
	service_wake(c->arg);
	return answer_job(c, s.id, e);
}

static bool delete_job(struct call *c, struct err *e)
{
	return deed(c, "job.delete", queue_delete, e) && call_empty(c, 204, e);
}

/* ---- deeds on many ---- */

static const struct field bulk_body[] = {
	{ .name = "action", .type = FIELD_TEXT, .required = true, .one_of = "retry|cancel|delete" },
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = "pending|running|succeeded|failed|cancelled" },
	{ .name = "task", .type = FIELD_TEXT },
	{ .name = "lane", .type = FIELD_TEXT },
	{ .name = "text", .type = FIELD_TEXT, .says = "found in the error" },
	{ .name = "dry_run", .type = FIELD_BOOLEAN, .says = "only count (the default)" },
	{ .name = NULL },
};

static const struct field bulk_answer[] = {
	{ .name = "matched", .type = FIELD_INTEGER },
	{ .name = "done", .type = FIELD_INTEGER },
	{ .name = "refused", .type = FIELD_INTEGER, .says = "their state had changed meanwhile" },
	{ .name = "dry_run", .type = FIELD_BOOLEAN },
	{ .name = NULL },
};

static const struct bulk_action {
	const char *name, *audit;
	bool (*act)(struct db *d, int64_t id, struct err *e);
} bulk_actions[] = {
	{ "retry", "job.retry", queue_retry },
	{ "cancel", "job.cancel", cancel_by_person },
	{ "delete", "job.delete", queue_delete },
};

static const struct bulk_action *bulk_action(struct str name)
{
	for (size_t i = 0; i < COUNT(bulk_actions); i++)
		if (str_eq(name, str_from(bulk_actions[i].name)))
			return &bulk_actions[i];
	return NULL;
}

/* A job whose state changed under our eyes is refused, not a failure of all. */
static bool bulk_apply(struct call *c, const struct bulk_action *b, const struct job_row *row,
		       size_t n, int64_t *done, struct err *e)
{
	*done = 0;
	for (size_t i = 0; i < n; i++) {
		if (b->act(c->db, row[i].id, e))
			++*done;
		else if (e->kind != ERR_MISSING && e->kind != ERR_BUSY)
			return false;
	}
	return true;
}

static bool bulk(struct call *c, struct err *e)
{
	struct job_filter f = { .status = call_text(c, c->body, "status"),
				.task = call_text(c, c->body, "task"),
				.lane = call_text(c, c->body, "lane"),
				.text = call_text(c, c->body, "text"),
				.limit = BULK_MAX };
	const struct bulk_action *b = bulk_action(call_text(c, c->body, "action"));
	bool dry_run = call_bool(c, c->body, "dry_run", true);
	struct value map = value_map_new(c->arena);
	int64_t total, done = 0;
	struct job_row *row;
	size_t n;

	if (!queue_list(c->db, c->arena, &f, &row, &n, &total, e))
		return false;
	view_int(c->arena, map, "matched", total);
	if (!dry_run &&
	    (!trail(c, b->audit, STR("jobs"), c->body, e) || !bulk_apply(c, b, row, n, &done, e)))
		return false;
	if (!dry_run)
		service_wake(c->arg);
	view_int(c->arena, map, "done", done);
	view_int(c->arena, map, "refused", dry_run ? 0 : (int64_t)n - done);
	view_bool(c->arena, map, "dry_run", dry_run);
	return call_json(c, map, e);
}

/* ---- the queue as a whole ---- */

static struct value counts_value(struct arena *a, const struct job_count *count, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "status", count[i].status);
		view_text(a, map, "task", count[i].task);
		view_int(a, map, "count", count[i].n);
		value_list_add(a, list, map);
	}
	return list;
}

static struct value pauses_value(struct arena *a, const struct pause *pause, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, view_pause(a, &pause[i]));
	return list;
}

static bool show_queue(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena);
	struct job_count *count;
	struct pause *pause;
	size_t counts, pauses;
	int64_t age_ms;

	if (!queue_counts(c->db, c->arena, &count, &counts, e) ||
	    !queue_pauses(c->db, c->arena, &pause, &pauses, e) ||
	    !queue_oldest_ready(c->db, &age_ms, e))
		return false;
	value_map_set(c->arena, map, STR("counts"), counts_value(c->arena, count, counts));
	value_map_set(c->arena, map, STR("pauses"), pauses_value(c->arena, pause, pauses));
	value_map_set(c->arena, map, STR("oldest_ready_seconds"),
		      value_float((double)age_ms / 1000));
	return call_json(c, map, e);
}

static const struct field pause_body[] = {
	{ .name = "scope",
	  .type = FIELD_TEXT,
	  .high = 200,
	  .says = "\"*\" (the default), \"task:NAME\" or \"lane:NAME\"" },
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

struct pausing {
	struct call *call;
	const struct pause *pause;
};

static bool pause_in_transaction(void *arg, struct err *e)
{
	const struct pausing *p = arg;

	return queue_pause(p->call->db, p->pause, e) &&
	       trail(p->call, "queue.pause", p->pause->scope, UNDEFINED, e);
}

static bool resume_in_transaction(void *arg, struct err *e)
{
	const struct pausing *p = arg;
	bool was;

	return queue_resume(p->call->db, p->pause->scope, &was, e) &&
	       trail(p->call, "queue.resume", p->pause->scope, UNDEFINED, e);
}

bool job_pause(struct call *c, const struct pause *p, bool paused, struct err *e)
{
	struct pausing g = { c, p };

	if (!db_transact(c->db, paused ? pause_in_transaction : resume_in_transaction, &g, e))
		return false;
	service_wake(c->arg);
	return true;
}

static bool check_scope(struct str scope, struct err *e)
{
	if (str_eq(scope, STR("*")) || (str_starts(scope, STR("task:")) && scope.len > 5) ||
	    (str_starts(scope, STR("lane:")) && scope.len > 5))
		return true;
	return err_set(e, ERR_USAGE, "a scope is \"*\", \"task:NAME\" or \"lane:NAME\"");
}

static bool change_pause(struct call *c, bool paused, struct err *e)
{
	struct str scope = call_text(c, c->body, "scope");
	struct pause p = { .scope = scope.len ? scope : STR("*"),
			   .reason = call_text(c, c->body, "reason"),
			   .actor = c->who.name };

	return check_scope(p.scope, e) && job_pause(c, &p, paused, e) && show_queue(c, e);
}

static bool pause_queue(struct call *c, struct err *e)
{
	return change_pause(c, true, e);
}

static bool resume_queue(struct call *c, struct err *e)
{
	return change_pause(c, false, e);
}

/* ---- workers ---- */

static struct value worker_value(struct arena *a, const struct session_row *s)
{
	struct value map = value_map_new(a);

	view_text(a, map, "id", view_id(a, s->id));
	view_text(a, map, "host", s->host);
	view_int(a, map, "pid", s->pid);
	view_text(a, map, "version", s->version);
	view_int(a, map, "slots", s->slots);
	view_int(a, map, "busy", s->busy);
	view_bool(a, map, "draining", s->draining);
	view_time(a, map, "started_at", s->started_ms);
	view_time(a, map, "beat_at", s->beat_ms);
	return map;
}

static bool list_workers(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct session_row *row;
	size_t n;

	if (!session_list(c->db, c->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, worker_value(c->arena, &row[i]));
	value_map_set(c->arena, map, STR("workers"), list);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field job_item[] = {
	{ .name = "job", .type = FIELD_OBJECT, .of = view_job_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "jobs", .type = FIELD_LIST, .of = job_item },
	{ .name = "page", .type = FIELD_INTEGER },
	{ .name = "limit", .type = FIELD_INTEGER },
	{ .name = "total", .type = FIELD_INTEGER },
	{ .name = NULL },
};
static const struct field queue_answer[] = {
	{ .name = "counts", .type = FIELD_LIST },
	{ .name = "pauses", .type = FIELD_LIST },
	{ .name = "oldest_ready_seconds", .type = FIELD_NUMBER },
	{ .name = NULL },
};
static const struct field workers_answer[] = {
	{ .name = "workers", .type = FIELD_LIST },
	{ .name = NULL },
};

#define JOB_PROBLEMS "not_found:404,conflict:409"

const struct route job_routes[] = {
	{ .method = "GET",
	  .path = "/api/jobs",
	  .roles = ROLE_ADMIN,
	  .handle = list_jobs,
	  .summary = "Jobs, filtered and paged",
	  .tag = "jobs",
	  .query = list_query,
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/jobs",
	  .roles = ROLE_ADMIN,
	  .handle = add_job,
	  .summary = "Add a job",
	  .tag = "jobs",
	  .body_kind = BODY_JSON,
	  .body = add_body,
	  .answer = view_job_fields,
	  .status = 201,
	  .body_bytes_max = 2 * ARGS_BYTES_MAX,
	  .problems = "unknown_task:422" },
	{ .method = "POST",
	  .path = "/api/jobs/bulk",
	  .roles = ROLE_ADMIN,
	  .handle = bulk,
	  .summary = "Retry, cancel or delete all that match; counts only, unless dry_run is false",
	  .tag = "jobs",
	  .body_kind = BODY_JSON,
	  .body = bulk_body,
	  .answer = bulk_answer },
	{ .method = "GET",
	  .path = "/api/jobs/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = show_job,
	  .summary = "One job",
	  .tag = "jobs",
	  .answer = view_job_fields,
	  .problems = JOB_PROBLEMS },
	{ .method = "DELETE",
	  .path = "/api/jobs/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = delete_job,
	  .summary = "Forget a job that is not running",
	  .tag = "jobs",
	  .status = 204,
	  .problems = JOB_PROBLEMS },
	{ .method = "POST",
	  .path = "/api/jobs/{id}/retry",
	  .roles = ROLE_ADMIN,
	  .handle = retry_job,
	  .summary = "Make a waiting job due now, or redrive a finished one",
	  .tag = "jobs",
	  .answer = view_job_fields,
	  .problems = JOB_PROBLEMS },
	{ .method = "POST",
	  .path = "/api/jobs/{id}/snooze",
	  .roles = ROLE_ADMIN,
	  .handle = snooze_job,
	  .summary = "Put a waiting job off",
	  .tag = "jobs",
	  .body_kind = BODY_JSON,
	  .body = snooze_body,
	  .answer = view_job_fields,
	  .problems = JOB_PROBLEMS },
	{ .method = "POST",
	  .path = "/api/jobs/{id}/cancel",
	  .roles = ROLE_ADMIN,
	  .handle = cancel_job,
	  .summary = "Cancel a waiting job, or ask a running one to stop",
	  .tag = "jobs",
	  .answer = view_job_fields,
	  .problems = JOB_PROBLEMS },
	{ .method = "GET",
	  .path = "/api/queue",
	  .roles = ROLE_ADMIN,
	  .handle = show_queue,
	  .summary = "Counts by status and task, pauses, and the age of the oldest ready job",
	  .tag = "jobs",
	  .answer = queue_answer },
	{ .method = "POST",
	  .path = "/api/queue/pause",
	  .roles = ROLE_ADMIN,
	  .handle = pause_queue,
	  .summary = "Start no more jobs of a scope",
	  .tag = "jobs",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = pause_body,
	  .answer = queue_answer },
	{ .method = "POST",
	  .path = "/api/queue/resume",
	  .roles = ROLE_ADMIN,
	  .handle = resume_queue,
	  .summary = "Start jobs of a scope again",
	  .tag = "jobs",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = pause_body,
	  .answer = queue_answer },
	{ .method = "GET",
	  .path = "/api/workers",
	  .roles = ROLE_ADMIN,
	  .handle = list_workers,
	  .summary = "The processes that run jobs",
	  .tag = "jobs",
	  .answer = workers_answer },
	{ .method = NULL },
};
