/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron_routes.c - schedules under the names that pg_cron's users know: /api/admin/cron-jobs.
 *
 * Always: the same schedules as /api/schedules; only the words differ.
 */
#include "service/cron_routes.h"

#include "api/call.h"
#include "service/job_routes.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

#define RECENT_RUNS 50
#define FIELDS_TEXT "Invalid cron expression. Must have 5 fields: minute hour day month weekday"

/* ---- looking ---- */

static struct value cron_value(struct arena *a, const struct schedule *s)
{
	struct value map = value_map_new(a);
	bool cron = s->cron.len > 0;

	view_text(a, map, "jobname", s->name);
	view_text(a, map, "schedule", cron ? s->cron : s->every);
	view_text(a, map, "timezone", s->zone);
	view_text(a, map, "command", s->task);
	view_json(a, map, "payload", s->args);
	view_bool(a, map, "active", !s->paused);
	view_text(a, map, "words", schedule_words(a, s));
	view_time(a, map, "nextRun", s->paused ? 0 : s->next_ms);
	return map;
}

static bool list_cron_jobs(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), jobs = value_list_new(c->arena),
		     runs = value_list_new(c->arena);
	struct schedule *s;
	struct fire *fire;
	size_t n, fires;

	if (!schedule_list(c->db, c->arena, &s, &n, e) ||
	    !schedule_fires(c->db, c->arena, STR(""), RECENT_RUNS, &fire, &fires, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, jobs, cron_value(c->arena, &s[i]));
	for (size_t i = 0; i < fires; i++)
		value_list_add(c->arena, runs, view_fire(c->arena, &fire[i]));
	value_map_set(c->arena, map, STR("cronJobs"), jobs);
	value_map_set(c->arena, map, STR("recentRuns"), runs);
	return call_json(c, map, e);
}

/* ---- changing ---- */

static const struct field create_body[] = {
	{ .name = "jobName", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	{ .name = "schedule", .type = FIELD_TEXT, .required = true, .low = 1, .high = 200 },
	{ .name = "taskType", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	{ .name = "payload", .type = FIELD_OBJECT },
	{ .name = "maxAttempts", .type = FIELD_INTEGER, .low = 1, .high = 100 },
	{ .name = "timezone", .type = FIELD_TEXT, .high = 100, .says = "UTC when it is not given" },
	{ .name = NULL },
};
static const struct field toggle_body[] = {
	{ .name = "jobName", .type = FIELD_TEXT, .required = true },
	{ .name = "active", .type = FIELD_BOOLEAN, .required = true },
	{ .name = NULL },
};
static const struct field schedule_body[] = {
	{ .name = "jobName", .type = FIELD_TEXT, .required = true },
	{ .name = "schedule", .type = FIELD_TEXT, .required = true, .low = 1, .high = 200 },
	{ .name = NULL },
};

struct change {
	struct call *call;
	struct schedule schedule;
	const char *audit;
	bool (*act)(struct change *g, struct err *e);
	bool active;
};

static bool change_in_transaction(void *arg, struct err *e)
{
	struct change *g = arg;
	struct str target = str_printf(g->call->arena, "schedule:%.*s", STR_ARG(g->schedule.name));

	return g->act(g, e) && trail(g->call, g->audit, target, UNDEFINED, e);
}

static bool answer(struct call *c, struct change *g, struct err *e)
{
	struct value map = value_map_new(c->arena);

	if (!db_transact(c->db, change_in_transaction, g, e))
		return false;
	service_wake(c->arg);
	view_bool(c->arena, map, "success", true);
	view_text(c->arena, map, "jobName", g->schedule.name);
	return call_json(c, map, e);
}

/* False: answered with the specification's text. */
static bool cron_ok(struct call *c, const struct schedule *s)
{
	struct cadence unused;
	struct err e;
	struct str rest = str_trim(s->cron);
	size_t fields = 0;

	while (rest.len > 0) {
		fields += str_cut(&rest, ' ').len > 0;
		rest = str_trim(rest);
	}
	if (fields != 5 && !str_starts(s->cron, STR("@")))
		return call_problem(c, 400, "invalid_cron", STR(FIELDS_TEXT), UNDEFINED) && false;
	if (cadence_of(c->arena, s, &unused, &e))
		return true;
	return call_problem(c, 400, "invalid_cron", str_from(e.text), UNDEFINED) && false;
}

static bool act_create(struct change *g, struct err *e)
{
	return schedule_create(g->call->db, &g->schedule, e);
}

static bool create_cron_job(struct call *c, struct err *e)
{
	struct str zone = call_text(c, c->body, "timezone");
	struct change g = { .call = c,
			    .audit = "schedule.create",
			    .act = act_create,
			    .schedule = {
				    .name = call_text(c, c->body, "jobName"),
				    .cron = call_text(c, c->body, "schedule"),
				    .zone = zone.len ? zone : STR("UTC"),
				    .task = call_text(c, c->body, "taskType"),
				    .attempts_max = (int)call_int(c, c->body, "maxAttempts", 3),
				    .overlap = OVERLAP_ALLOW,
				    .origin = STR("person"),
			    } };

	if (!cron_ok(c, &g.schedule))
		return true;
	return job_task_check(c, g.schedule.task, e) &&
	       job_args_text(c->arena, value_get(c->body, STR("payload")), &g.schedule.args, e) &&
	       answer(c, &g, e);
}

static bool act_toggle(struct change *g, struct err *e)
{
	return schedule_pause(g->call->db, g->schedule.name, !g->active, STR(""), g->call->who.name,
			      e);
}

static bool toggle_cron_job(struct call *c, struct err *e)
{
	struct change g = { .call = c, .act = act_toggle };

	g.active = call_bool(c, c->body, "active", true);
	g.audit = g.active ? "schedule.resume" : "schedule.pause";
	g.schedule.name = call_text(c, c->body, "jobName");
	return answer(c, &g, e);
}

static bool act_change(struct change *g, struct err *e)
{
	return schedule_change(g->call->db, &g->schedule, 0, e);
}

static bool change_cron_job(struct call *c, struct err *e)
{
	struct change g = { .call = c, .audit = "schedule.change", .act = act_change };

	if (!schedule_get(c->db, c->arena, call_text(c, c->body, "jobName"), &g.schedule, e))
		return false;
	g.schedule.cron = call_text(c, c->body, "schedule");
	g.schedule.every = STR("");
	if (g.schedule.zone.len == 0)
		g.schedule.zone = STR("UTC");
	if (!cron_ok(c, &g.schedule))
		return true;
	return answer(c, &g, e);
}

/* ---- the table ---- */

static const struct field list_answer[] = {
	{ .name = "cronJobs", .type = FIELD_LIST },
	{ .name = "recentRuns", .type = FIELD_LIST },
	{ .name = NULL },
};
static const struct field changed_answer[] = {
	{ .name = "success", .type = FIELD_BOOLEAN },
	{ .name = "jobName", .type = FIELD_TEXT },
	{ .name = NULL },
};

const struct route cron_routes[] = {
	{ .method = "GET",
	  .path = "/api/admin/cron-jobs",
	  .roles = ROLE_ADMIN,
	  .handle = list_cron_jobs,
	  .summary = "Schedules and their last 50 fires",
	  .tag = "cron jobs",
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/admin/cron-jobs/create",
	  .roles = ROLE_ADMIN,
	  .handle = create_cron_job,
	  .summary = "Make a schedule",
	  .tag = "cron jobs",
	  .body_kind = BODY_JSON,
	  .body = create_body,
	  .answer = changed_answer,
	  .problems = "invalid_cron:400,conflict:409,unknown_task:422" },
	{ .method = "POST",
	  .path = "/api/admin/cron-jobs/toggle",
	  .roles = ROLE_ADMIN,
	  .handle = toggle_cron_job,
	  .summary = "Pause or resume a schedule",
	  .tag = "cron jobs",
	  .body_kind = BODY_JSON,
	  .body = toggle_body,
	  .answer = changed_answer,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/admin/cron-jobs/schedule",
	  .roles = ROLE_ADMIN,
	  .handle = change_cron_job,
	  .summary = "Change when a schedule fires",
	  .tag = "cron jobs",
	  .body_kind = BODY_JSON,
	  .body = schedule_body,
	  .answer = changed_answer,
	  .problems = "invalid_cron:400,not_found:404" },
	{ .method = NULL },
};
