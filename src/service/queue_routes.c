/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_routes.c - the queue as a whole over HTTP: counts, pauses, the processes that work.
 */
#include "service/queue_routes.h"

#include "service/census.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

/* ---- the queue as a whole ---- */

static struct value pauses_value(struct arena *a, const struct pause *pause, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, view_pause(a, &pause[i]));
	return list;
}

/* How many jobs run, of how many that could. */
static struct value workers_value(struct arena *a, const struct session_row *row, size_t n)
{
	struct value map = value_map_new(a);
	int64_t busy = 0, slots = 0;

	for (size_t i = 0; i < n; i++) {
		busy += row[i].busy;
		slots += row[i].draining ? row[i].busy : row[i].slots;
	}
	view_int(a, map, "processes", (int64_t)n);
	view_int(a, map, "busy", busy);
	view_int(a, map, "slots", slots);
	return map;
}

static bool show_queue(struct call *c, struct err *e)
{
	struct session_row *session;
	struct pause *pause;
	size_t sessions, pauses;
	struct value map;
	int64_t age_ms;

	if (!census_take(service_census(c->arg), c->db, c->arena, &map, e) ||
	    !queue_pauses(c->db, c->arena, &pause, &pauses, e) ||
	    !session_list(c->db, c->arena, &session, &sessions, e) ||
	    !queue_oldest_ready(c->db, &age_ms, e))
		return false;
	value_map_set(c->arena, map, STR("pauses"), pauses_value(c->arena, pause, pauses));
	value_map_set(c->arena, map, STR("workers"), workers_value(c->arena, session, sessions));
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
	struct value details = value_map_new(p->call->arena);

	view_text(p->call->arena, details, "reason", p->pause->reason);
	return queue_pause(p->call->db, p->pause, e) &&
	       trail(p->call, "queue.pause", p->pause->scope, details, e);
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

/* ---- the table ---- */

static const struct field queue_answer[] = {
	{ .name = "states",
	  .type = FIELD_LIST,
	  .says = "how many, by task and state: ready, later, blocked, running, or how it ended" },
	{ .name = "counts", .type = FIELD_LIST, .says = "the same by the coarser status" },
	{ .name = "lanes", .type = FIELD_LIST, .says = "the 50 with the most unfinished jobs" },
	{ .name = "minutes",
	  .type = FIELD_LIST,
	  .says = "what ended in each of the last 60, the oldest first" },
	{ .name = "counted_at",
	  .type = FIELD_TIME,
	  .says = "a count that takes long stands for a while" },
	{ .name = "pauses", .type = FIELD_LIST },
	{ .name = "workers", .type = FIELD_OBJECT, .says = "processes, busy, slots" },
	{ .name = "oldest_ready_seconds", .type = FIELD_NUMBER },
	{ .name = NULL },
};

const struct route queue_routes[] = {
	{ .method = "GET",
	  .path = "/api/queue",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_queue,
	  .summary = "Counts, throughput, pauses, and the age of the oldest ready job",
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
	{ .method = NULL },
};
