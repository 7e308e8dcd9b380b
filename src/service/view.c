/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.c - how jobs, runs and schedules look as JSON.
 */
#include "service/view.h"

#include "data/json.h"
#include "data/moment.h"
#include "service/redact.h"

void view_text(struct arena *a, struct value map, const char *name, struct str s)
{
	value_map_set(a, map, str_from(name), value_text_or_null(s));
}

void view_time(struct arena *a, struct value map, const char *name, int64_t wall_ms)
{
	value_map_set(a, map, str_from(name), moment_or_null(a, wall_ms));
}

void view_int(struct arena *a, struct value map, const char *name, int64_t n)
{
	value_map_set(a, map, str_from(name), value_int(n));
}

void view_bool(struct arena *a, struct value map, const char *name, bool b)
{
	value_map_set(a, map, str_from(name), value_bool(b));
}

void view_json(struct arena *a, struct value map, const char *name, struct str json)
{
	struct value v = json_value(a, json);

	value_map_set(a, map, str_from(name), v.kind == VALUE_UNDEFINED ? NULL_VALUE : v);
}

struct str view_id(struct arena *a, int64_t id)
{
	return str_printf(a, "%lld", (long long)id);
}

/* ---- jobs ---- */

const struct field view_job_fields[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true },
	{ .name = "task", .type = FIELD_TEXT, .required = true },
	{ .name = "status", .type = FIELD_TEXT, .required = true, .one_of = VIEW_JOB_STATUSES },
	{ .name = "state",
	  .type = FIELD_TEXT,
	  .required = true,
	  .says = "finer than status: ready, later, blocked, running, or how it ended" },
	{ .name = "args", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "key", .type = FIELD_TEXT, .nullable = true },
	{ .name = "lane", .type = FIELD_TEXT, .nullable = true },
	{ .name = "priority", .type = FIELD_INTEGER },
	{ .name = "attempts", .type = FIELD_INTEGER },
	{ .name = "max_attempts", .type = FIELD_INTEGER },
	{ .name = "crashes", .type = FIELD_INTEGER },
	{ .name = "worker", .type = FIELD_TEXT, .nullable = true },
	{ .name = "trigger", .type = FIELD_TEXT, .nullable = true },
	{ .name = "actor", .type = FIELD_TEXT, .nullable = true },
	{ .name = "error", .type = FIELD_TEXT, .nullable = true },
	{ .name = "output", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "progress", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "cancel_asked", .type = FIELD_BOOLEAN },
	{ .name = "created_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "run_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "started_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "completed_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "history", .type = FIELD_LIST, .says = "of one job alone: its attempts" },
	{ .name = NULL },
};

struct value view_job(struct arena *a, const struct job_row *j)
{
	struct value map = value_map_new(a);

	view_text(a, map, "id", view_id(a, j->id));
	view_text(a, map, "task", j->task);
	view_text(a, map, "status", j->status);
	view_text(a, map, "state", j->state);
	view_json(a, map, "args", j->args);
	value_map_set(a, map, STR("args"), redact(a, value_get(map, STR("args"))));
	view_text(a, map, "key", j->key);
	view_text(a, map, "lane", j->lane);
	view_int(a, map, "priority", j->priority);
	view_int(a, map, "attempts", j->attempts);
	view_int(a, map, "max_attempts", j->attempts_max);
	view_int(a, map, "crashes", j->crashes);
	view_text(a, map, "worker", j->session ? view_id(a, j->session) : STR(""));
	view_text(a, map, "trigger", j->trigger);
	view_text(a, map, "actor", j->actor);
	view_text(a, map, "error", j->error);
	view_json(a, map, "output", j->output);
	view_json(a, map, "progress", j->progress);
	view_bool(a, map, "cancel_asked", j->cancel_asked);
	view_time(a, map, "created_at", j->added_ms);
	view_time(a, map, "run_at", j->run_at_ms);
	view_time(a, map, "started_at", j->claimed_ms);
	view_time(a, map, "completed_at", j->finished_ms);
	return map;
}

/* ---- runs: the names of the specification's columns ---- */

const struct field view_run_fields[] = {
	VIEW_RUN_FIELDS,
	{ .name = NULL },
};

/* Without what is only looked at one run at a time, for a list of runs would be megabytes of it,
 * and without the keys of records, which are not for every viewer. */
static struct value run_details(struct arena *a, const struct run_log *r)
{
	struct value v = json_value(a, r->details);

	if (v.kind != VALUE_MAP)
		return NULL_VALUE;
	v = value_map_copy(a, v);
	value_map_remove(v, STR("page_times"));
	value_map_remove(v, STR("log"));
	value_map_remove(v, STR("no_longer_seen_keys"));
	value_map_remove(v, STR("select"));
	return v;
}

struct value view_run(struct arena *a, const struct run_log *r)
{
	const struct run_counts *c = &r->counts;
	struct value map = value_map_new(a);

	view_text(a, map, "id", r->id);
	view_text(a, map, "parent_id", r->parent);
	view_text(a, map, "connection", r->connection);
	view_text(a, map, "sync_type", r->type);
	view_text(a, map, "status", str_from(run_status_name(r->status)));
	view_time(a, map, "started_at", r->started_ms);
	view_time(a, map, "completed_at", r->completed_ms);
	view_int(a, map, "records_processed", c->processed);
	view_int(a, map, "records_created", c->created);
	view_int(a, map, "records_updated", c->updated);
	view_int(a, map, "records_unchanged", c->unchanged);
	view_int(a, map, "records_failed", c->failed);
	view_int(a, map, "requests", c->requests);
	view_text(a, map, "error_message", r->error);
	value_map_set(a, map, STR("details"), run_details(a, r));
	view_text(a, map, "triggered_by", r->triggered_by);
	return map;
}

/* ---- schedules ---- */

const struct field view_schedule_fields[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "task", .type = FIELD_TEXT, .required = true },
	{ .name = "args", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "cron", .type = FIELD_TEXT, .nullable = true },
	{ .name = "every", .type = FIELD_TEXT, .nullable = true },
	{ .name = "timezone", .type = FIELD_TEXT, .nullable = true },
	{ .name = "words", .type = FIELD_TEXT, .says = "when it runs, in words" },
	{ .name = "overlap", .type = FIELD_TEXT, .one_of = "skip|queue|allow" },
	{ .name = "catch_up", .type = FIELD_TEXT, .one_of = "one|all|none" },
	{ .name = "catch_up_seconds",
	  .type = FIELD_INTEGER,
	  .says = "how old a slot may be that is caught up; 0: one interval" },
	{ .name = "jitter_seconds", .type = FIELD_NUMBER },
	{ .name = "paused", .type = FIELD_BOOLEAN },
	{ .name = "pause_reason", .type = FIELD_TEXT, .nullable = true },
	{ .name = "paused_by", .type = FIELD_TEXT, .nullable = true },
	{ .name = "origin", .type = FIELD_TEXT, .one_of = "plan|person" },
	{ .name = "next_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "next_fires", .type = FIELD_LIST },
	{ .name = "last_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "version", .type = FIELD_INTEGER },
	{ .name = "problem", .type = FIELD_TEXT, .nullable = true, .says = "why it cannot run" },
	{ .name = "late_seconds", .type = FIELD_NUMBER, .says = "how long its next slot is due" },
	{ .name = "fires", .type = FIELD_LIST, .says = "of a list alone: its last 20" },
	{ .name = NULL },
};

#define FIRES_SHOWN 5

static const char *overlap_word(enum overlap o)
{
	static const char *const word[] = {
		[OVERLAP_SKIP] = "skip", [OVERLAP_QUEUE] = "queue", [OVERLAP_ALLOW] = "allow"
	};

	return word[o];
}

static const char *catch_up_word(enum catch_up c)
{
	static const char *const word[] = {
		[CATCH_UP_ONE] = "one", [CATCH_UP_ALL] = "all", [CATCH_UP_NONE] = "none"
	};

	return word[c];
}

/* The next fires, or none of a paused schedule: nothing would fire then. */
static struct value next_fires(struct arena *a, const struct schedule *s)
{
	struct value list = value_list_new(a);
	struct cadence cadence;
	struct err unsaid;
	int64_t at_ms = s->next_ms;

	if (s->paused || !at_ms || !cadence_of(a, s, &cadence, &unsaid))
		return list;
	for (int i = 0; i < FIRES_SHOWN; i++) {
		int64_t fire_ms = at_ms + schedule_jitter(s, at_ms);

		value_list_add(a, list, value_str(moment_text(a, fire_ms * 1000)));
		at_ms = cadence_next(&cadence, at_ms);
	}
	return list;
}

struct value view_schedule(struct arena *a, const struct schedule *s)
{
	struct value map = value_map_new(a);

	view_text(a, map, "name", s->name);
	view_text(a, map, "task", s->task);
	view_json(a, map, "args", s->args);
	value_map_set(a, map, STR("args"), redact(a, value_get(map, STR("args"))));
	view_text(a, map, "cron", s->cron);
	view_text(a, map, "every", s->every);
	view_text(a, map, "timezone", s->zone);
	view_text(a, map, "words", schedule_words(a, s));
	view_text(a, map, "overlap", str_from(overlap_word(s->overlap)));
	view_text(a, map, "catch_up", str_from(catch_up_word(s->catch_up)));
	view_int(a, map, "catch_up_seconds", s->catch_up_ms / 1000);
	value_map_set(a, map, STR("jitter_seconds"), value_float((double)s->jitter_ms / 1000));
	view_bool(a, map, "paused", s->paused);
	view_text(a, map, "pause_reason", s->pause_reason);
	view_text(a, map, "paused_by", s->pause_actor);
	view_text(a, map, "origin", s->origin);
	view_time(a, map, "next_at", s->paused ? 0 : s->next_ms);
	value_map_set(a, map, STR("next_fires"), next_fires(a, s));
	view_time(a, map, "last_at", s->last_ms);
	view_int(a, map, "version", s->version);
	view_text(a, map, "problem", s->problem);
	return map;
}

struct value view_fire(struct arena *a, const struct fire *f)
{
	struct value map = value_map_new(a);

	view_text(a, map, "schedule", f->schedule);
	view_text(a, map, "outcome", f->outcome);
	/* A run by hand has no slot. */
	view_time(a, map, "slot_at", f->slot_ms > 0 ? f->slot_ms : 0);
	view_time(a, map, "fired_at", f->fired_ms);
	view_text(a, map, "job", f->job ? view_id(a, f->job) : STR(""));
	view_text(a, map, "job_status", f->job_status);
	view_int(a, map, "slots", f->slots);
	return map;
}

/* ---- pauses ---- */

const struct field view_pause_fields[] = {
	{ .name = "scope", .type = FIELD_TEXT, .required = true },
	{ .name = "reason", .type = FIELD_TEXT, .nullable = true },
	{ .name = "actor", .type = FIELD_TEXT, .nullable = true },
	{ .name = "since", .type = FIELD_TIME, .nullable = true },
	{ .name = NULL },
};

struct value view_pause(struct arena *a, const struct pause *p)
{
	struct value map = value_map_new(a);

	view_text(a, map, "scope", p->scope);
	view_text(a, map, "reason", p->reason);
	view_text(a, map, "actor", p->actor);
	view_time(a, map, "since", p->since_ms);
	return map;
}

/* ---- holds ---- */

static const struct field hold_fields[] = {
	{ .name = "connection", .type = FIELD_TEXT, .required = true },
	{ .name = "table", .type = FIELD_TEXT, .required = true },
	{ .name = "check", .type = FIELD_TEXT, .says = "the plan's key" },
	{ .name = "seen", .type = FIELD_TEXT, .nullable = true, .says = "in words" },
	{ .name = "expected", .type = FIELD_TEXT, .nullable = true },
	{ .name = "run", .type = FIELD_TEXT, .nullable = true, .says = "that was held" },
	{ .name = "since", .type = FIELD_TIME },
	{ .name = "next", .type = FIELD_TEXT, .says = "what to do about it" },
	{ .name = NULL },
};
const struct field view_holds_item[] = {
	{ .name = "hold", .type = FIELD_OBJECT, .of = hold_fields },
	{ .name = NULL },
};

struct str view_hold_next(struct arena *a, const struct hold *h)
{
	return str_printf(a, "look at it, then `lockstep hold release %.*s %.*s`",
			  STR_ARG(h->connection), STR_ARG(h->table));
}

struct value view_holds(struct arena *a, const struct hold *h, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "connection", h[i].connection);
		view_text(a, map, "table", h[i].table);
		view_text(a, map, "check", h[i].check);
		view_text(a, map, "seen", h[i].seen);
		view_text(a, map, "expected", h[i].expected);
		view_text(a, map, "run", h[i].run);
		view_time(a, map, "since", h[i].since_ms);
		view_text(a, map, "next", view_hold_next(a, &h[i]));
		value_list_add(a, list, map);
	}
	return list;
}
