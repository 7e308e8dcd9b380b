/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job_routes.c - jobs over HTTP: look, add, put off, retry, cancel, run again.
 *
 * Always: a deed is in the audit log before it is done or with it, so that none goes unrecorded.
 */
#include "service/job_routes.h"

#include "api/call.h"
#include "data/json.h"
#include "service/redact.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

#define PAGE_MAX 200
#define PAGES_MAX 1000 /* `after` goes further */
/* Finding out that there are more than these tells a person nothing. */
#define COUNT_MAX 10000
#define BULK_MAX 10000
#define BULK_IDS_MAX 1000
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

/* Which jobs are meant, beside their status. */
#define MATCH_FIELDS                                                                            \
	{ .name = "state",                                                                      \
	  .type = FIELD_TEXT,                                                                   \
	  .one_of = "ready|later|blocked|running|succeeded|failed|cancelled" },                 \
		{ .name = "task", .type = FIELD_TEXT }, { .name = "lane", .type = FIELD_TEXT }, \
		{ .name = "text", .type = FIELD_TEXT, .says = "found in the error" },           \
		{ .name = "since", .type = FIELD_TIME, .says = "added from then on" },          \
	{                                                                                       \
		.name = "until", .type = FIELD_TIME, .says = "added before then"                \
	}

static const struct field list_query[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = VIEW_JOB_STATUSES },
	MATCH_FIELDS,
	{ .name = "order", .type = FIELD_TEXT, .one_of = "newest|oldest", .otherwise = "newest" },
	{ .name = "after",
	  .type = FIELD_TEXT,
	  .high = 40,
	  .says = "a job's id: only those behind it, as `next` of the page before says" },
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = PAGES_MAX, .otherwise = "1" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = PAGE_MAX, .otherwise = "50" },
	{ .name = NULL },
};

static bool list_filter(const struct call *c, struct job_filter *out, struct err *e)
{
	int64_t limit = call_int(c, c->query, "limit", 50);
	struct str after = call_text(c, c->query, "after");

	*out = (struct job_filter){
		.status = call_text(c, c->query, "status"),
		.state = call_text(c, c->query, "state"),
		.task = call_text(c, c->query, "task"),
		.lane = call_text(c, c->query, "lane"),
		.text = call_text(c, c->query, "text"),
		.oldest_first = str_eq(call_text(c, c->query, "order"), STR("oldest")),
		.limit = (size_t)limit,
		.offset = (size_t)((call_int(c, c->query, "page", 1) - 1) * limit),
		.since_ms = call_time(c, c->query, "since", 0),
		.until_ms = call_time(c, c->query, "until", 0),
		.count_max = COUNT_MAX,
	};
	return after.len == 0 || job_id_parse(after, &out->beyond, e);
}

/* A job as its viewer may see it: arguments and keys may name people, and so may what came of an
 * integration's. */
static struct value job_value(const struct call *c, const struct job_row *j)
{
	struct value map = view_job(c->arena, j);

	if (!(c->who.roles & ROLE_ADMIN)) {
		view_text(c->arena, map, "args", STR(""));
		view_text(c->arena, map, "key", STR(""));
		if (!service_owns_task(j->task))
			view_text(c->arena, map, "output", STR(""));
	}
	return map;
}

static bool list_jobs(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct job_filter f;
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!list_filter(c, &f, e) || !queue_list(c->db, c->arena, &f, &row, &n, &total, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, job_value(c, &row[i]));
	value_map_set(c->arena, map, STR("jobs"), list);
	view_int(c->arena, map, "page", call_int(c, c->query, "page", 1));
	view_int(c->arena, map, "limit", (int64_t)f.limit);
	view_int(c->arena, map, "total", total < COUNT_MAX ? total : COUNT_MAX);
	view_bool(c->arena, map, "more", total >= COUNT_MAX);
	view_text(c->arena, map, "next", n == f.limit ? view_id(c->arena, row[n - 1].id) : STR(""));
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

	return find_job(c, id, &row, e) && call_json(c, job_value(c, &row), e);
}

static struct value attempt_value(struct arena *a, const struct job_attempt *t)
{
	struct value map = value_map_new(a);

	view_int(a, map, "attempt", t->attempt);
	view_text(a, map, "session", t->session ? view_id(a, t->session) : STR(""));
	view_text(a, map, "worker", t->worker);
	view_text(a, map, "outcome", t->outcome);
	view_text(a, map, "error", t->error);
	view_time(a, map, "started_at", t->claimed_ms);
	view_time(a, map, "ended_at", t->ended_ms);
	return map;
}

/* The attempt that runs, or was the last, stands in the job itself. */
static bool last_attempt(struct call *c, const struct job_row *j, struct value list, struct err *e)
{
	struct job_attempt last = { .attempt = j->attempts,
				    .session = j->session,
				    .outcome = j->state,
				    .error = j->error,
				    .claimed_ms = j->claimed_ms,
				    .ended_ms = j->finished_ms };

	if (!j->claimed_ms)
		return true;
	if (!queue_worker_name(c->db, c->arena, j->session, &last.worker, e))
		return false;
	if (!j->finished_ms)
		last.error = STR("");
	value_list_add(c->arena, list, attempt_value(c->arena, &last));
	return true;
}

static bool show_job(struct call *c, struct err *e)
{
	struct value list = value_list_new(c->arena), map;
	struct job_attempt *attempt;
	struct job_row row;
	int64_t id;
	size_t n;

	if (!path_id(c, &id, e) || !find_job(c, id, &row, e) ||
	    !queue_attempts(c->db, c->arena, id, &attempt, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, attempt_value(c->arena, &attempt[i]));
	if (!last_attempt(c, &row, list, e))
		return false;
	map = job_value(c, &row);
	value_map_set(c->arena, map, STR("history"), list);
	return call_json(c, map, e);
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
				   .unique = key.len ? JOB_ONE_WAITING : JOB_ANY,
				   .run_at_ms = call_time(c, c->body, "run_at", 0) };
	struct job_ticket ticket;

	return job_args_text(c->arena, value_get(c->body, STR("args")), &draft.args, e) &&
	       job_add(c, &draft, &ticket, e) && answer_job(c, ticket.id, e);
}

/* ---- again, with other arguments ---- */

static const struct field rerun_body[] = {
	{ .name = "args", .type = FIELD_OBJECT, .says = "in place of the job's" },
	{ .name = "run_at", .type = FIELD_TIME },
	{ .name = NULL },
};

struct rerunning {
	struct call *call;
	struct job_row row;
	struct job_draft draft;
	struct job_ticket ticket;
};

static bool rerun_args(struct rerunning *g, struct err *e)
{
	struct arena *a = g->call->arena;
	struct value edited = value_get(g->call->body, STR("args")), was;

	g->draft.args = g->row.args;
	if (edited.kind != VALUE_MAP)
		return true;
	return json_parse(a, g->row.args, &was, NULL, e) &&
	       job_args_text(a, redact_undo(a, edited, was), &g->draft.args, e);
}

static bool rerun_in_transaction(void *arg, struct err *e)
{
	struct rerunning *g = arg;
	struct call *c = g->call;
	struct value details = value_map_new(c->arena);

	view_text(c->arena, details, "job", view_id(c->arena, g->row.id));
	view_bool(c->arena, details, "edited", value_get(c->body, STR("args")).kind == VALUE_MAP);
	return queue_add(c->db, &g->draft, &g->ticket, e) &&
	       trail(c, "job.rerun", job_target(c, g->ticket.id), details, e);
}

/* A job of its own: the one before stays what it was. */
static bool rerun_job(struct call *c, struct err *e)
{
	struct rerunning g = { .call = c };
	int64_t id;

	if (!path_id(c, &id, e) || !find_job(c, id, &g.row, e) || !job_task_check(c, g.row.task, e))
		return false;
	g.draft = (struct job_draft){ .task = g.row.task,
				      .lane = g.row.lane,
				      .lane_max = (int)g.row.lane_max,
				      .priority = (int)g.row.priority,
				      .attempts_max = (int)g.row.attempts_max,
				      .run_at_ms = call_time(c, c->body, "run_at", 0),
				      .trigger = STR("api"),
				      .actor = c->who.name };
	if (!rerun_args(&g, e) || !db_transact(c->db, rerun_in_transaction, &g, e))
		return false;
	service_wake(c->arg);
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/jobs/%lld", (long long)g.ticket.id));
	return answer_job(c, g.ticket.id, e);
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
	*ms = call_time(c, c->body, "run_at", clock_wall_ms(c->clock) + seconds * 1000);
	return true;
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
	{ .name = "ids",
	  .type = FIELD_LIST,
	  .low = 1,
	  .high = BULK_IDS_MAX,
	  .says = "these jobs, whatever else is said" },
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .one_of = VIEW_JOB_STATUSES,
	  .says = "or all that match; needed then" },
	MATCH_FIELDS,
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

/* The jobs that are meant: those that were named, or those that match; *matched may be more. */
static bool bulk_find(struct call *c, int64_t **id, size_t *n, int64_t *matched, struct err *e)
{
	struct value ids = value_get(c->body, STR("ids")), item;
	struct job_filter f = { .status = call_text(c, c->body, "status"),
				.state = call_text(c, c->body, "state"),
				.task = call_text(c, c->body, "task"),
				.lane = call_text(c, c->body, "lane"),
				.text = call_text(c, c->body, "text"),
				.limit = BULK_MAX };
	struct value_iter it = value_iter(ids);
	struct str unsaid;

	*n = 0;
	if (ids.kind == VALUE_LIST) {
		*id = arena_new_array(c->arena, int64_t, value_len(ids) + 1);
		while (value_next(&it, &unsaid, &item))
			if (!job_id_parse(value_text(item), &(*id)[(*n)++], e))
				return false;
		*matched = (int64_t)*n;
		return true;
	}
	if (!f.status.len)
		return err_set(e, ERR_USAGE, "which jobs? give ids, or a status");
	f.since_ms = call_time(c, c->body, "since", 0);
	f.until_ms = call_time(c, c->body, "until", 0);
	return queue_ids(c->db, c->arena, &f, id, n, matched, e);
}

/* A job whose state changed under our eyes is refused, not a failure of all. */
static bool bulk_apply(struct call *c, const struct bulk_action *b, const int64_t *id, size_t n,
		       int64_t *done, struct err *e)
{
	*done = 0;
	for (size_t i = 0; i < n; i++) {
		if (b->act(c->db, id[i], e))
			++*done;
		else if (e->kind != ERR_MISSING && e->kind != ERR_BUSY)
			return false;
	}
	return true;
}

/* A thousand ids are no entry of a log. */
static struct value bulk_details(const struct call *c)
{
	struct value map = value_map_copy(c->arena, c->body);
	struct value ids = value_get(map, STR("ids"));

	if (ids.kind == VALUE_LIST)
		value_map_set(c->arena, map, STR("ids"), value_int((int64_t)value_len(ids)));
	return map;
}

static bool bulk(struct call *c, struct err *e)
{
	const struct bulk_action *b = bulk_action(call_text(c, c->body, "action"));
	bool dry_run = call_bool(c, c->body, "dry_run", true);
	struct value map = value_map_new(c->arena);
	int64_t total, done = 0, *id = NULL;
	size_t n;

	if (!bulk_find(c, &id, &n, &total, e))
		return false;
	view_int(c->arena, map, "matched", total);
	if (!dry_run && (!trail(c, b->audit, STR("jobs"), bulk_details(c), e) ||
			 !bulk_apply(c, b, id, n, &done, e)))
		return false;
	if (!dry_run)
		service_wake(c->arg);
	view_int(c->arena, map, "done", done);
	view_int(c->arena, map, "refused", dry_run ? 0 : (int64_t)n - done);
	view_bool(c->arena, map, "dry_run", dry_run);
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
	{ .name = "total",
	  .type = FIELD_INTEGER,
	  .says = "how many there are (with `after`: from there on), counted to 10000" },
	{ .name = "more", .type = FIELD_BOOLEAN, .says = "there are more than `total`" },
	{ .name = "next",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "`after` of the next page" },
	{ .name = NULL },
};
#define JOB_PROBLEMS "not_found:404,conflict:409"

const struct route job_routes[] = {
	{ .method = "GET",
	  .path = "/api/jobs",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
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
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_job,
	  .summary = "One job, with what became of each of its attempts (`history`)",
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
	  .path = "/api/jobs/{id}/rerun",
	  .roles = ROLE_ADMIN,
	  .handle = rerun_job,
	  .summary = "Add a job like this one, with other arguments if they are given",
	  .tag = "jobs",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = rerun_body,
	  .answer = view_job_fields,
	  .status = 201,
	  .body_bytes_max = 2 * ARGS_BYTES_MAX,
	  .problems = JOB_PROBLEMS ",unknown_task:422" },
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
	{ .method = NULL },
};
