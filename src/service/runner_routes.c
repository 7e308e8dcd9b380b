/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner_routes.c - the job endpoints of the game platform's specification (its sections 9 to 11).
 *
 * Always: jobs run in the pool, never on a handler's thread; POST /api/jobs/run only asks for them
 * and waits.  A shared secret is compared in constant time, whatever its length.
 */
#include "service/runner_routes.h"

#include "api/call.h"
#include "data/json.h"
#include "service/census.h"
#include "service/errand.h"
#include "service/job_routes.h"
#include "service/queue_routes.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

#include <sodium.h>

#define RUN_LIMIT_DEFAULT 5
#define RUN_LIMIT_MAX 10
#define RUN_WAIT_MS 25000
#define RUN_LOOK_MS 100
#define UNHEALTHY_MS ((int64_t)10 * 60 * 1000)

/* ---- shared secrets ---- */

/* Hashes are compared, so that neither content nor length shows in the time it takes. */
static bool same_secret(struct str a, struct str b)
{
	unsigned char x[crypto_generichash_BYTES], y[crypto_generichash_BYTES];

	crypto_generichash(x, sizeof(x), (const unsigned char *)a.at, a.len, NULL, 0);
	crypto_generichash(y, sizeof(y), (const unsigned char *)b.at, b.len, NULL, 0);
	return sodium_memcmp(x, y, sizeof(x)) == 0;
}

static bool refuse(struct call *c, int status, const char *code, const char *detail)
{
	return call_problem(c, status, code, str_from(detail), UNDEFINED) && false;
}

/* False: the call was answered. */
static bool secret_ok(struct call *c, struct str secret, struct str given, const char *missing)
{
	if (secret.len == 0)
		return refuse(c, 500, "secret_not_configured",
			      "The shared secret of this endpoint is not configured.");
	if (given.len == 0)
		return refuse(c, 401, "secret_missing", missing);
	if (!same_secret(secret, given))
		return refuse(c, 401, "unauthorized", "Unauthorized");
	c->who = (struct identity){ .kind = IDENTITY_SECRET,
				    .roles = ROLE_ADMIN,
				    .subject = STR("secret"),
				    .name = STR("secret") };
	return true;
}

static struct str either_header(const struct call *c, const char *first, const char *second)
{
	struct str value = call_header(c, first);

	return value.len ? value : call_header(c, second);
}

/* ---- POST /api/jobs/run ---- */

static const struct field run_body[] = {
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = 1000 },
	{ .name = "force", .type = FIELD_BOOLEAN, .says = "also while processing is paused" },
	{ .name = NULL },
};

static bool answer_status(struct call *c, const char *status, struct str message, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "status", str_from(status));
	view_int(c->arena, map, "processed", 0);
	view_text(c->arena, map, "message", message);
	return call_json(c, map, e);
}

/* Processing as a whole is paused; *reason lives in the call's arena. */
static bool paused(struct call *c, bool *is, struct pause *out, struct err *e)
{
	struct pause *pause;
	size_t n;

	*is = false;
	if (!queue_pauses(c->db, c->arena, &pause, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(pause[i].scope, STR("*"))) {
			*out = pause[i];
			*is = true;
		}
	return true;
}

static struct value result_value(struct arena *a, const struct job_row *row)
{
	struct value map = value_map_new(a);

	view_text(a, map, "id", view_id(a, row->id));
	view_text(a, map, "status", row->status);
	view_int(a, map, "attempts", row->attempts);
	view_text(a, map, "lastError", row->error);
	return map;
}

/* The attempt that was asked for is over: finished, or waiting for another one. */
static bool is_over(const struct job_row *before, const struct job_row *now)
{
	bool same = now->attempts == before->attempts;

	return !str_eq(now->status, STR("running")) &&
	       !(same && str_eq(now->status, STR("pending")));
}

static bool look_again(struct call *c, const struct job_row *asked, struct job_row *now, size_t n,
		       size_t *over, struct err *e)
{
	*over = 0;
	for (size_t i = 0; i < n; i++) {
		struct job_filter f = { .id = asked[i].id, .limit = 1 };
		struct job_row *row;
		int64_t total;
		size_t found;

		if (!queue_list(c->db, c->arena, &f, &row, &found, &total, e))
			return false;
		if (found)
			now[i] = row[0];
		*over += !found || is_over(&asked[i], &now[i]);
	}
	return true;
}

static bool answer_results(struct call *c, const struct job_row *row, size_t n, struct err *e)
{
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	int64_t succeeded = 0;

	for (size_t i = 0; i < n; i++) {
		value_list_add(c->arena, list, result_value(c->arena, &row[i]));
		succeeded += row[i].error.len == 0;
	}
	view_text(c->arena, map, "status", STR("ok"));
	view_int(c->arena, map, "processed", (int64_t)n);
	view_int(c->arena, map, "succeeded", succeeded);
	view_int(c->arena, map, "failed", (int64_t)n - succeeded);
	value_map_set(c->arena, map, STR("results"), list);
	return call_json(c, map, e);
}

static bool await_all(struct call *c, const struct job_row *asked, struct job_row *now, size_t n,
		      struct err *e)
{
	int64_t until_ms = clock_steady_ms(c->clock) + errand_wait_begin(RUN_WAIT_MS);
	size_t over = 0;
	bool ok = true;

	while (ok && over < n && clock_steady_ms(c->clock) < until_ms)
		ok = clock_sleep(c->clock, RUN_LOOK_MS, NULL, e) &&
		     look_again(c, asked, now, n, &over, e);
	errand_wait_end();
	return ok;
}

static bool run_and_wait(struct call *c, const struct job_row *asked, size_t n, struct err *e)
{
	struct job_row now[RUN_LIMIT_MAX];
	int64_t id[RUN_LIMIT_MAX] = { 0 };

	for (size_t i = 0; i < n; i++) {
		id[i] = asked[i].id;
		now[i] = asked[i];
	}
	service_force(c->arg, id, n);
	return await_all(c, asked, now, n, e) && answer_results(c, now, n, e);
}

static bool run_due(struct call *c, struct err *e)
{
	int64_t limit = call_int(c, c->body, "limit", RUN_LIMIT_DEFAULT), total;
	struct job_filter f = { .state = STR("ready"), .oldest_first = true };
	struct job_row *row;
	struct pause pause;
	bool is;
	size_t n;

	if (!paused(c, &is, &pause, e))
		return false;
	if (is && !call_bool(c, c->body, "force", false))
		return answer_status(c, "paused",
				     pause.reason.len
					     ? pause.reason
					     : STR("Job processing is paused by an administrator."),
				     e);
	f.limit = (size_t)(limit > RUN_LIMIT_MAX ? RUN_LIMIT_MAX : limit);
	if (!queue_list(c->db, c->arena, &f, &row, &n, &total, e))
		return false;
	if (n == 0)
		return answer_status(c, "ok", STR("no jobs available"), e);
	return trail(c, "queue.run", STR("jobs"), UNDEFINED, e) && run_and_wait(c, row, n, e);
}

static bool run_jobs(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct str given = either_header(c, "x-job-runner-secret", "x-job-runner-key");

	if (!secret_ok(c, setup_plan(setup)->server.job_runner_secret, given,
		       "Missing job runner secret header"))
		return true;
	return run_due(c, e);
}

/* ---- adding jobs by hand ---- */

static bool answer_added(struct call *c, const struct job_ticket *t, const char *message,
			 struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_bool(c->arena, map, "success", true);
	view_text(c->arena, map, "jobId", view_id(c->arena, t->id));
	view_text(c->arena, map, "message", str_from(message));
	return call_json(c, map, e);
}

static bool trigger(struct call *c, const char *task, const char *message, struct err *e)
{
	struct job_draft draft = { .task = str_from(task), .attempts_max = 3 };
	struct job_ticket ticket;

	return job_args_text(c->arena, c->body, &draft.args, e) && job_add(c, &draft, &ticket, e) &&
	       answer_added(c, &ticket, message, e);
}

static bool trigger_sync(struct call *c, struct err *e)
{
	return trigger(c, "game_platform_sync", "Game platform sync job enqueued", e);
}

static bool trigger_sweep(struct call *c, struct err *e)
{
	return trigger(c, "game_platform_totals_sweep", "Totals sweep job enqueued", e);
}

static const struct field create_body[] = {
	{ .name = "task_type", .type = FIELD_TEXT, .high = 100 },
	{ .name = "payload", .type = FIELD_OBJECT },
	{ .name = "run_at", .type = FIELD_TIME },
	{ .name = "max_attempts", .type = FIELD_INTEGER, .low = 1, .high = 100 },
	{ .name = NULL },
};

static bool create_job(struct call *c, struct err *e)
{
	struct job_draft draft = { .task = call_text(c, c->body, "task_type"),
				   .attempts_max = (int)call_int(c, c->body, "max_attempts", 0),
				   .run_at_ms = call_time(c, c->body, "run_at", 0) };
	struct job_ticket ticket;

	if (draft.task.len == 0)
		return call_problem(c, 400, "invalid_request", STR("Missing task_type"), UNDEFINED);
	return job_args_text(c->arena, value_get(c->body, STR("payload")), &draft.args, e) &&
	       job_add(c, &draft, &ticket, e) && answer_added(c, &ticket, "Job created", e);
}

static bool run_worker(struct call *c, struct err *e)
{
	return run_due(c, e);
}

/* ---- the queue's page ---- */

static const struct field action_body[] = {
	{ .name = "jobId", .type = FIELD_TEXT, .required = true },
	{ .name = "action", .type = FIELD_TEXT, .required = true, .one_of = "retry|cancel|delete" },
	{ .name = NULL },
};

static bool act(struct call *c, int64_t id, struct str action, struct err *e)
{
	if (str_eq(action, STR("retry")))
		return queue_retry(c->db, id, e);
	if (str_eq(action, STR("cancel")))
		return queue_cancel(c->db, id, STR("cancelled by a person"), e);
	return queue_delete(c->db, id, e);
}

/* A form of the admin page goes back to the page; a script gets JSON. */
static bool queue_action(struct call *c, struct err *e)
{
	struct str action = call_text(c, c->body, "action"), back = call_header(c, "referer");
	struct value map = value_map_new(c->arena);
	struct str audit = str_printf(c->arena, "job.%.*s", STR_ARG(action));
	bool form = str_starts(call_header(c, "content-type"),
			       STR("application/x-www-form-urlencoded"));
	int64_t id;

	if (!job_id_parse(call_text(c, c->body, "jobId"), &id, e) ||
	    !trail(c, audit.at, str_printf(c->arena, "job:%lld", (long long)id), UNDEFINED, e) ||
	    !act(c, id, action, e))
		return false;
	service_wake(c->arg);
	if (form)
		return call_redirect(c, back.len ? back : STR("/"), e);
	view_bool(c->arena, map, "success", true);
	return call_json(c, map, e);
}

static const struct field toggle_body[] = {
	{ .name = "enabled", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

static bool toggle(struct call *c, struct err *e)
{
	struct str reason = call_text(c, c->body, "reason");
	struct pause p = { .scope = STR("*"),
			   .reason = reason.len ? reason : STR("Paused via admin console."),
			   .actor = c->who.name };
	bool enabled = call_bool(c, c->body, "enabled", true);
	struct value map = value_map_new(c->arena);

	if (!job_pause(c, &p, !enabled, e))
		return false;
	view_bool(c->arena, map, "processingEnabled", enabled);
	view_text(c->arena, map, "pausedReason", enabled ? STR("") : p.reason);
	view_time(c->arena, map, "updatedAt", clock_wall_ms(c->clock));
	return call_json(c, map, e);
}

static const char *const statuses[] = { "pending", "running", "succeeded", "failed", "cancelled" };

static bool status_counts(struct call *c, struct value *out, struct err *e)
{
	struct value census, counts;

	*out = value_list_new(c->arena);
	if (!census_take(service_census(c->arg), c->db, c->arena, &census, e))
		return false;
	counts = value_get(census, STR("counts"));
	for (size_t i = 0; i < COUNT(statuses); i++) {
		struct value map = value_map_new(c->arena);
		int64_t sum = 0;

		for (size_t k = 0; k < value_len(counts); k++)
			if (str_eq(value_get(value_at(counts, k), STR("status")).s,
				   str_from(statuses[i])))
				sum += value_get(value_at(counts, k), STR("count")).i;
		view_text(c->arena, map, "status", str_from(statuses[i]));
		view_int(c->arena, map, "count", sum);
		value_list_add(c->arena, *out, map);
	}
	return true;
}

static bool worker_value(struct call *c, struct value *out, struct err *e)
{
	struct pause pause = { 0 };
	int64_t age_ms;
	bool is;

	*out = value_map_new(c->arena);
	if (!paused(c, &is, &pause, e) || !queue_oldest_ready(c->db, &age_ms, e))
		return false;
	view_bool(c->arena, *out, "healthy", age_ms < UNHEALTHY_MS);
	view_bool(c->arena, *out, "processingEnabled", !is);
	view_text(c->arena, *out, "pausedReason", is ? pause.reason : STR(""));
	view_int(c->arena, *out, "oldestPendingAge", age_ms / 60000);
	return true;
}

static bool health(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), recent = value_list_new(c->arena);
	struct job_filter f = { .limit = 10 };
	struct value counts, worker;
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!status_counts(c, &counts, e) || !worker_value(c, &worker, e) ||
	    !queue_list(c->db, c->arena, &f, &row, &n, &total, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, recent, view_job(c->arena, &row[i]));
	value_map_set(c->arena, map, STR("queueCounts"), counts);
	value_map_set(c->arena, map, STR("recentJobs"), recent);
	value_map_set(c->arena, map, STR("worker"), worker);
	return call_json(c, map, e);
}

/* ---- /api/internal: the application's own server, by a shared secret ---- */

/* "Bearer X" is X. */
static struct str bearer(const struct call *c)
{
	struct str value = call_header(c, "authorization");

	return str_starts(value, STR("Bearer ")) ? str_slice(value, 7, value.len) : STR("");
}

static bool internal(struct call *c, const char *task, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct str given = call_header(c, "x-internal-sync-secret");
	struct job_draft draft = { .task = str_from(task), .attempts_max = 3 };
	struct value map = value_map_new(c->arena);
	struct job_ticket ticket;

	if (!(c->who.roles & ROLE_ADMIN) &&
	    !secret_ok(c, setup_plan(setup)->server.internal_sync_secret,
		       given.len ? given : bearer(c), "Missing internal sync secret header"))
		return true;
	if (!job_args_text(c->arena, c->body, &draft.args, e) || !job_add(c, &draft, &ticket, e))
		return false;
	view_bool(c->arena, map, "dryRun", call_bool(c, c->body, "dryRun", false));
	view_text(c->arena, map, "jobId", view_id(c->arena, ticket.id));
	return call_json(c, map, e);
}

static bool internal_sync(struct call *c, struct err *e)
{
	return internal(c, "game_platform_sync", e);
}

static bool internal_totals(struct call *c, struct err *e)
{
	return internal(c, "game_platform_totals_sweep", e);
}

/* ---- the table ---- */

static const struct field run_answer[] = {
	{ .name = "status", .type = FIELD_TEXT, .one_of = "ok|paused" },
	{ .name = "processed", .type = FIELD_INTEGER },
	{ .name = "succeeded", .type = FIELD_INTEGER },
	{ .name = "failed", .type = FIELD_INTEGER },
	{ .name = "results", .type = FIELD_LIST },
	{ .name = "message", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field added_answer[] = {
	{ .name = "success", .type = FIELD_BOOLEAN },
	{ .name = "jobId", .type = FIELD_TEXT },
	{ .name = "message", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field sync_body[] = {
	{ .name = "dryRun", .type = FIELD_BOOLEAN },
	{ .name = "coachId", .type = FIELD_TEXT },
	{ .name = "forceFullSync", .type = FIELD_BOOLEAN },
	{ .name = NULL },
};
static const struct field sweep_body[] = {
	{ .name = "dryRun", .type = FIELD_BOOLEAN },
	{ .name = "coachId", .type = FIELD_TEXT },
	{ .name = "batchSize", .type = FIELD_INTEGER, .low = 1, .high = 10000 },
	{ .name = NULL },
};
static const struct field toggle_answer[] = {
	{ .name = "processingEnabled", .type = FIELD_BOOLEAN },
	{ .name = "pausedReason", .type = FIELD_TEXT, .nullable = true },
	{ .name = "updatedAt", .type = FIELD_TIME },
	{ .name = NULL },
};
static const struct field health_answer[] = {
	{ .name = "queueCounts", .type = FIELD_LIST },
	{ .name = "recentJobs", .type = FIELD_LIST },
	{ .name = "worker", .type = FIELD_OBJECT },
	{ .name = NULL },
};
static const struct field internal_answer[] = {
	{ .name = "dryRun", .type = FIELD_BOOLEAN },
	{ .name = "jobId", .type = FIELD_TEXT },
	{ .name = NULL },
};

#define SECRET_PROBLEMS "secret_missing:401,unauthorized:401,secret_not_configured:500"

const struct route runner_routes[] = {
	{ .method = "POST",
	  .path = "/api/jobs/run",
	  .roles = ROLE_ANYBODY,
	  .secret = true,
	  .handle = run_jobs,
	  .summary =
		  "Run due jobs now and wait for them; by a shared secret in x-job-runner-secret",
	  .tag = "job runner",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = run_body,
	  .answer = run_answer,
	  .rate = RATE_EXPENSIVE,
	  .problems = SECRET_PROBLEMS },
	{ .method = "POST",
	  .path = "/api/admin/jobs/trigger-sync",
	  .roles = ROLE_ADMIN,
	  .handle = trigger_sync,
	  .summary = "Enqueue a sync of the game platform",
	  .tag = "job runner",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sync_body,
	  .answer = added_answer,
	  .rate = RATE_EXPENSIVE,
	  .problems = "unknown_task:422" },
	{ .method = "POST",
	  .path = "/api/admin/jobs/trigger-totals-sweep",
	  .roles = ROLE_ADMIN,
	  .handle = trigger_sweep,
	  .summary = "Enqueue a totals sweep of the game platform",
	  .tag = "job runner",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sweep_body,
	  .answer = added_answer,
	  .rate = RATE_EXPENSIVE,
	  .problems = "unknown_task:422" },
	{ .method = "POST",
	  .path = "/api/admin/jobs/create",
	  .roles = ROLE_ADMIN,
	  .handle = create_job,
	  .summary = "Enqueue any job",
	  .tag = "job runner",
	  .body_kind = BODY_JSON,
	  .body = create_body,
	  .answer = added_answer,
	  .problems = "unknown_task:422" },
	{ .method = "POST",
	  .path = "/api/admin/jobs/run-worker",
	  .roles = ROLE_ADMIN,
	  .handle = run_worker,
	  .summary = "Run due jobs now and wait for them",
	  .tag = "job runner",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = run_body,
	  .answer = run_answer,
	  .rate = RATE_EXPENSIVE },
	{ .method = "POST",
	  .path = "/api/admin/job-queue/actions",
	  .roles = ROLE_ADMIN,
	  .handle = queue_action,
	  .summary = "Retry, cancel or delete one job; a form is sent back to its page",
	  .tag = "job runner",
	  .body_kind = BODY_FORM,
	  .body = action_body,
	  .problems = "not_found:404,conflict:409" },
	{ .method = "POST",
	  .path = "/api/admin/job-queue/toggle",
	  .roles = ROLE_ADMIN,
	  .handle = toggle,
	  .summary = "Pause or resume all processing",
	  .tag = "job runner",
	  .body_kind = BODY_JSON,
	  .body = toggle_body,
	  .answer = toggle_answer },
	{ .method = "GET",
	  .path = "/api/admin/job-queue/health",
	  .roles = ROLE_ADMIN,
	  .handle = health,
	  .summary = "Counts, recent jobs and whether the workers keep up",
	  .tag = "job runner",
	  .answer = health_answer },
	{ .method = "POST",
	  .path = "/api/internal/sync",
	  .roles = ROLE_ANYBODY,
	  .secret = true,
	  .handle = internal_sync,
	  .summary = "Enqueue a sync of the game platform, by a shared secret",
	  .tag = "job runner",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sync_body,
	  .answer = internal_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = SECRET_PROBLEMS ",unknown_task:422" },
	{ .method = "POST",
	  .path = "/api/internal/sync-totals",
	  .roles = ROLE_ANYBODY,
	  .secret = true,
	  .handle = internal_totals,
	  .summary = "Enqueue a totals sweep of the game platform, by a shared secret",
	  .tag = "job runner",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sweep_body,
	  .answer = internal_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = SECRET_PROBLEMS ",unknown_task:422" },
	{ .method = NULL },
};
