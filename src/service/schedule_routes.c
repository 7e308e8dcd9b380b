/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_routes.c - schedules over HTTP: look, make, change, pause, run now.
 *
 * Always: a change and its audit entry are one transaction, and the scheduler looks again at once.
 */
#include "service/schedule_routes.h"

#include "api/call.h"
#include "data/json.h"
#include "service/job_routes.h"
#include "service/redact.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

#define FIRES_MAX 200
#define PREVIEW_FIRES 5
/* What a list shows of each schedule's past. */
#define LIST_FIRES 20
/* How far ahead a preview looks for a change of the clocks. */
#define CLOCKS_DAYS 200
/* A slot that is behind by less is on its way. */
#define LATE_MS 30000
#define DAY_US ((int64_t)24 * 3600 * 1000 * 1000)

static struct str schedule_target(const struct call *c, struct str name)
{
	return str_printf(c->arena, "schedule:%.*s", STR_ARG(name));
}

static struct str path_name(const struct call *c)
{
	return call_text(c, c->params, "name");
}

/* ---- looking ---- */

static bool fires_value(struct call *c, struct str name, size_t limit, struct value *out,
			struct err *e)
{
	struct fire *fire;
	size_t n;

	*out = value_list_new(c->arena);
	if (!schedule_fires(c->db, c->arena, name, limit, &fire, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, *out, view_fire(c->arena, &fire[i]));
	return true;
}

/* A schedule as its viewer may see it: arguments may name people. */
static struct value schedule_value(const struct call *c, const struct schedule *s)
{
	struct value map = view_schedule(c->arena, s);
	int64_t late_ms = clock_wall_ms(c->clock) - s->next_ms - s->jitter_ms;

	value_map_set(c->arena, map, STR("late_seconds"),
		      value_float(s->paused || !s->next_ms || late_ms < LATE_MS
					  ? 0
					  : (double)late_ms / 1000));
	if (!(c->who.roles & ROLE_ADMIN))
		view_text(c->arena, map, "args", STR(""));
	return map;
}

static bool list_schedules(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct schedule *s;
	size_t n;

	if (!schedule_list(c->db, c->arena, &s, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct value one = schedule_value(c, &s[i]), fires;

		if (!fires_value(c, s[i].name, LIST_FIRES, &fires, e))
			return false;
		value_map_set(c->arena, one, STR("fires"), fires);
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, map, STR("schedules"), list);
	return call_json(c, map, e);
}

static bool answer_schedule(struct call *c, struct str name, bool matched, struct err *e)
{
	struct schedule s;
	bool go_on = true;

	if (!schedule_get(c->db, c->arena, name, &s, e))
		return false;
	if (matched)
		call_match(c, s.version, false, &go_on);
	return !go_on || call_json(c, schedule_value(c, &s), e);
}

static bool show_schedule(struct call *c, struct err *e)
{
	return answer_schedule(c, path_name(c), true, e);
}

static bool list_fires(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), list;
	struct schedule s;

	if (!schedule_get(c->db, c->arena, path_name(c), &s, e) ||
	    !fires_value(c, path_name(c), (size_t)call_int(c, c->query, "limit", LIST_FIRES), &list,
			 e))
		return false;
	value_map_set(c->arena, map, STR("fires"), list);
	return call_json(c, map, e);
}

/* ---- what a person may say ---- */

#define CADENCE_FIELDS                                                                   \
	{ .name = "cron", .type = FIELD_TEXT, .high = 200 },                             \
		{ .name = "every", .type = FIELD_TEXT, .high = 50, .says = "\"15m\"" },  \
		{ .name = "timezone", .type = FIELD_TEXT, .high = 100 },                 \
		{ .name = "args", .type = FIELD_OBJECT },                                \
		{ .name = "overlap", .type = FIELD_TEXT, .one_of = "skip|queue|allow" }, \
		{ .name = "catch_up", .type = FIELD_TEXT, .one_of = "one|all|none" },    \
	{                                                                                \
		.name = "jitter_seconds", .type = FIELD_INTEGER, .low = 0, .high = 86400 \
	}

static const struct field change_body[] = { CADENCE_FIELDS, { .name = NULL } };

static const struct field create_body[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	{ .name = "task", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	CADENCE_FIELDS,
	{ .name = NULL },
};

static const struct field pause_body[] = {
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

static enum overlap overlap_of(struct str word, enum overlap otherwise)
{
	if (str_eq(word, STR("skip")))
		return OVERLAP_SKIP;
	if (str_eq(word, STR("queue")))
		return OVERLAP_QUEUE;
	return str_eq(word, STR("allow")) ? OVERLAP_ALLOW : otherwise;
}

static enum catch_up catch_up_of(struct str word, enum catch_up otherwise)
{
	if (str_eq(word, STR("one")))
		return CATCH_UP_ONE;
	if (str_eq(word, STR("all")))
		return CATCH_UP_ALL;
	return str_eq(word, STR("none")) ? CATCH_UP_NONE : otherwise;
}

/* What the body says over what the schedule was. */
static bool apply(struct call *c, struct schedule *s, struct err *e)
{
	struct str cron = call_text(c, c->body, "cron"), every = call_text(c, c->body, "every");
	struct str zone = call_text(c, c->body, "timezone");
	struct value args = value_get(c->body, STR("args")), was;
	struct cadence unused;

	if (cron.len && every.len)
		return err_set(e, ERR_USAGE, "a schedule has either cron or every, not both");
	if (cron.len) {
		s->cron = cron;
		s->every = STR("");
	}
	if (every.len) {
		s->every = every;
		s->cron = s->zone = STR("");
	}
	if (zone.len)
		s->zone = zone;
	s->overlap = overlap_of(call_text(c, c->body, "overlap"), s->overlap);
	s->catch_up = catch_up_of(call_text(c, c->body, "catch_up"), s->catch_up);
	s->jitter_ms = call_int(c, c->body, "jitter_seconds", s->jitter_ms / 1000) * 1000;
	if (args.kind == VALUE_MAP &&
	    (!json_parse(c->arena, s->args, &was, NULL, e) ||
	     !job_args_text(c->arena, redact_undo(c->arena, args, was), &s->args, e)))
		return false;
	if (cadence_of(c->arena, s, &unused, e))
		return true;
	e->kind = ERR_USAGE;
	return false;
}

/* ---- deeds, each one transaction with its audit entry ---- */

struct deed {
	struct call *call;
	struct schedule schedule;
	int64_t version;
	struct job_ticket ticket;
	struct str reason;
	bool paused;
};

static bool deed(struct deed *g, bool (*body)(void *arg, struct err *e), struct err *e)
{
	if (!db_transact(g->call->db, body, g, e))
		return false;
	service_wake(g->call->arg);
	return true;
}

static bool create_in_transaction(void *arg, struct err *e)
{
	struct deed *g = arg;

	return schedule_create(g->call->db, &g->schedule, e) &&
	       trail(g->call, "schedule.create", schedule_target(g->call, g->schedule.name),
		     UNDEFINED, e);
}

static bool create_schedule(struct call *c, struct err *e)
{
	struct deed g = { .call = c,
			  .schedule = { .name = call_text(c, c->body, "name"),
					.task = call_text(c, c->body, "task"),
					.args = STR("{}"),
					.origin = STR("person") } };

	if (!job_task_check(c, g.schedule.task, e) || !apply(c, &g.schedule, e) ||
	    !deed(&g, create_in_transaction, e))
		return false;
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/schedules/%.*s", STR_ARG(g.schedule.name)));
	return answer_schedule(c, g.schedule.name, false, e);
}

static bool change_in_transaction(void *arg, struct err *e)
{
	struct deed *g = arg;

	return schedule_change(g->call->db, &g->schedule, g->version, e) &&
	       trail(g->call, "schedule.change", schedule_target(g->call, g->schedule.name),
		     g->call->body, e);
}

static bool change_schedule(struct call *c, struct err *e)
{
	struct deed g = { .call = c };
	bool go_on;

	if (!schedule_get(c->db, c->arena, path_name(c), &g.schedule, e))
		return false;
	call_match(c, g.schedule.version, false, &go_on);
	if (!go_on)
		return true;
	g.version = g.schedule.version;
	return apply(c, &g.schedule, e) && deed(&g, change_in_transaction, e) &&
	       answer_schedule(c, path_name(c), false, e);
}

static bool delete_in_transaction(void *arg, struct err *e)
{
	struct deed *g = arg;

	return schedule_delete(g->call->db, path_name(g->call), e) &&
	       trail(g->call, "schedule.delete", schedule_target(g->call, path_name(g->call)),
		     UNDEFINED, e);
}

static bool delete_schedule(struct call *c, struct err *e)
{
	struct deed g = { .call = c };
	bool go_on;

	if (!schedule_get(c->db, c->arena, path_name(c), &g.schedule, e))
		return false;
	call_match(c, g.schedule.version, false, &go_on);
	return !go_on || (deed(&g, delete_in_transaction, e) && call_empty(c, 204, e));
}

static bool pause_in_transaction(void *arg, struct err *e)
{
	struct deed *g = arg;

	return schedule_pause(g->call->db, path_name(g->call), g->paused, g->reason,
			      g->call->who.name, e) &&
	       trail(g->call, g->paused ? "schedule.pause" : "schedule.resume",
		     schedule_target(g->call, path_name(g->call)), UNDEFINED, e);
}

static bool pause_schedule(struct call *c, struct err *e)
{
	struct deed g = { .call = c, .paused = true, .reason = call_text(c, c->body, "reason") };

	return deed(&g, pause_in_transaction, e) && answer_schedule(c, path_name(c), false, e);
}

static bool resume_schedule(struct call *c, struct err *e)
{
	struct deed g = { .call = c };

	return deed(&g, pause_in_transaction, e) && answer_schedule(c, path_name(c), false, e);
}

static bool run_in_transaction(void *arg, struct err *e)
{
	struct deed *g = arg;

	return schedule_run_now(g->call->db, path_name(g->call), g->call->who.name, &g->ticket,
				e) &&
	       trail(g->call, "schedule.run", schedule_target(g->call, path_name(g->call)),
		     UNDEFINED, e);
}

static bool run_schedule(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena);
	struct deed g = { .call = c };

	if (!deed(&g, run_in_transaction, e))
		return false;
	view_text(c->arena, map, "job", view_id(c->arena, g.ticket.id));
	view_bool(c->arena, map, "coalesced", g.ticket.coalesced);
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/jobs/%lld", (long long)g.ticket.id));
	return call_json(c, map, e);
}

/* ---- what a cadence would mean ---- */

static const struct field preview_query[] = {
	{ .name = "cron", .type = FIELD_TEXT, .high = 200 },
	{ .name = "every", .type = FIELD_TEXT, .high = 50 },
	{ .name = "timezone", .type = FIELD_TEXT, .high = 100 },
	{ .name = NULL },
};

/* "2026-03-08 03:30:00 -04:00": the clock of the schedule's zone. */
static struct str local_text(struct arena *a, const struct zone *z, int64_t us)
{
	struct civil c = zone_civil(z, us);
	int offset = (int)(zone_offset_s(z, us) / 60);
	int minutes = offset < 0 ? -offset : offset;

	return str_printf(a, "%04d-%02d-%02d %02d:%02d:%02d %c%02d:%02d", (int)c.year, c.month,
			  c.day, c.hour, c.minute, c.second, offset < 0 ? '-' : '+', minutes / 60,
			  minutes % 60);
}

/* The next change of the zone's clocks: the day in which it lies is found first. */
static bool next_change(const struct zone *z, int64_t us, int64_t *at)
{
	int64_t low = us, high;

	while (zone_offset_s(z, low + DAY_US) == zone_offset_s(z, low)) {
		low += DAY_US;
		if (low - us > CLOCKS_DAYS * DAY_US)
			return false;
	}
	high = low + DAY_US;
	while (high - low > 1000000) {
		int64_t middle = low + (high - low) / 2;

		if (zone_offset_s(z, middle) == zone_offset_s(z, low))
			low = middle;
		else
			high = middle;
	}
	*at = high - high % 1000000;
	return true;
}

static void clocks_value(struct arena *a, struct value map, const struct zone *z, int64_t us)
{
	struct value change = value_map_new(a);
	int64_t at;

	value_map_set(a, map, STR("clocks_change"), NULL_VALUE);
	if (!next_change(z, us, &at))
		return;
	view_time(a, change, "at", at / 1000);
	view_int(a, change, "minutes",
		 (zone_offset_s(z, at + DAY_US) - zone_offset_s(z, at - DAY_US)) / 60);
	value_map_set(a, map, STR("clocks_change"), change);
}

/* Each fire by the zone's own clock, and when that clock is next put forward or back. */
static void local_value(struct call *c, struct value map, const struct cadence *cadence,
			const int64_t *fire_ms, size_t n)
{
	struct value list = value_list_new(c->arena);

	for (size_t i = 0; cadence->zone && i < n; i++)
		value_list_add(c->arena, list,
			       value_str(local_text(c->arena, cadence->zone, fire_ms[i] * 1000)));
	value_map_set(c->arena, map, STR("local"), list);
	if (cadence->zone)
		clocks_value(c->arena, map, cadence->zone, clock_wall_ms(c->clock) * 1000);
}

static bool preview(struct call *c, struct err *e)
{
	struct schedule s = { .name = STR("preview"),
			      .cron = call_text(c, c->query, "cron"),
			      .every = call_text(c, c->query, "every"),
			      .zone = call_text(c, c->query, "timezone") };
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	int64_t at_ms = clock_wall_ms(c->clock), fire_ms[PREVIEW_FIRES];
	struct cadence cadence;

	s.anchor_ms = at_ms;
	if (!cadence_of(c->arena, &s, &cadence, e)) {
		e->kind = ERR_USAGE;
		return false;
	}
	for (int i = 0; i < PREVIEW_FIRES; i++) {
		fire_ms[i] = at_ms = cadence_next(&cadence, at_ms);
		value_list_add(c->arena, list, value_str(moment_text(c->arena, at_ms * 1000)));
	}
	view_text(c->arena, map, "words", schedule_words(c->arena, &s));
	value_map_set(c->arena, map, STR("next_fires"), list);
	local_value(c, map, &cadence, fire_ms, COUNT(fire_ms));
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field list_answer[] = {
	{ .name = "schedules", .type = FIELD_LIST },
	{ .name = NULL },
};
static const struct field fires_answer[] = {
	{ .name = "fires", .type = FIELD_LIST },
	{ .name = NULL },
};
static const struct field fires_query[] = {
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = FIRES_MAX, .otherwise = "20" },
	{ .name = NULL },
};
static const struct field run_answer[] = {
	{ .name = "job", .type = FIELD_TEXT },
	{ .name = "coalesced", .type = FIELD_BOOLEAN },
	{ .name = NULL },
};
static const struct field preview_answer[] = {
	{ .name = "words", .type = FIELD_TEXT },
	{ .name = "next_fires", .type = FIELD_LIST },
	{ .name = "local",
	  .type = FIELD_LIST,
	  .says = "the same by the clock of the zone; empty without one" },
	{ .name = "clocks_change",
	  .type = FIELD_OBJECT,
	  .nullable = true,
	  .says = "when that clock is next put forward (or, below 0, back) by `minutes`" },
	{ .name = NULL },
};

#define PROBLEMS "not_found:404,conflict:409"

const struct route schedule_routes[] = {
	{ .method = "GET",
	  .path = "/api/schedules",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_schedules,
	  .summary = "What runs by itself, and when next",
	  .tag = "schedules",
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/schedules",
	  .roles = ROLE_ADMIN,
	  .handle = create_schedule,
	  .summary = "Make a schedule",
	  .tag = "schedules",
	  .body_kind = BODY_JSON,
	  .body = create_body,
	  .answer = view_schedule_fields,
	  .status = 201,
	  .problems = "conflict:409" },
	{ .method = "GET",
	  .path = "/api/schedule-preview",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = preview,
	  .summary = "What a cadence means, in words and as its next five fires",
	  .tag = "schedules",
	  .query = preview_query,
	  .answer = preview_answer },
	{ .method = "GET",
	  .path = "/api/schedules/{name}",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_schedule,
	  .summary = "One schedule",
	  .tag = "schedules",
	  .answer = view_schedule_fields,
	  .problems = PROBLEMS },
	{ .method = "PATCH",
	  .path = "/api/schedules/{name}",
	  .roles = ROLE_ADMIN,
	  .handle = change_schedule,
	  .summary = "Change when and how it runs; If-Match guards against a change by another",
	  .tag = "schedules",
	  .body_kind = BODY_JSON,
	  .body = change_body,
	  .answer = view_schedule_fields,
	  .problems = PROBLEMS },
	{ .method = "DELETE",
	  .path = "/api/schedules/{name}",
	  .roles = ROLE_ADMIN,
	  .handle = delete_schedule,
	  .summary = "Delete a schedule that a person made",
	  .tag = "schedules",
	  .status = 204,
	  .problems = PROBLEMS },
	{ .method = "POST",
	  .path = "/api/schedules/{name}/pause",
	  .roles = ROLE_ADMIN,
	  .handle = pause_schedule,
	  .summary = "Let it fire no more",
	  .tag = "schedules",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = pause_body,
	  .answer = view_schedule_fields,
	  .problems = PROBLEMS },
	{ .method = "POST",
	  .path = "/api/schedules/{name}/resume",
	  .roles = ROLE_ADMIN,
	  .handle = resume_schedule,
	  .summary = "Let it fire again",
	  .tag = "schedules",
	  .answer = view_schedule_fields,
	  .problems = PROBLEMS },
	{ .method = "POST",
	  .path = "/api/schedules/{name}/run",
	  .roles = ROLE_ADMIN,
	  .handle = run_schedule,
	  .summary = "Run its job now, beside its slots",
	  .tag = "schedules",
	  .answer = run_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = PROBLEMS },
	{ .method = "GET",
	  .path = "/api/schedules/{name}/fires",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_fires,
	  .summary = "What its last slots came to",
	  .tag = "schedules",
	  .query = fires_query,
	  .answer = fires_answer,
	  .problems = PROBLEMS },
	{ .method = NULL },
};
