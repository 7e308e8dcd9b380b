/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overview_routes.c - how everything stands, over HTTP.
 *
 * Always: each part reads an index or a bounded window, so that months of runs and a million jobs
 * cost no more than a day of them.
 */
#include "service/overview_routes.h"

#include "data/moment.h"
#include "service/overview_part.h"
#include "service/service.h"

#include <stdlib.h>

#define FIRES 5
#define RUNS 8

/* ---- next fires ---- */

struct next_fire {
	const struct schedule *schedule;
	int64_t at_ms;
};

static int soonest_first(const void *left, const void *right)
{
	const struct next_fire *x = left, *y = right;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

/* One of each schedule: what runs every minute would be all there is to see. */
static bool fire_of(const struct schedule *s, struct next_fire *out)
{
	if (s->paused || !s->next_ms)
		return false;
	*out = (struct next_fire){ s, s->next_ms + schedule_jitter(s, s->next_ms) };
	return true;
}

static struct value fire_value(struct arena *a, const struct next_fire *f)
{
	struct value map = value_map_new(a);

	view_text(a, map, "schedule", f->schedule->name);
	view_time(a, map, "at", f->at_ms);
	view_text(a, map, "words", schedule_words(a, f->schedule));
	view_text(a, map, "task", f->schedule->task);
	return map;
}

static bool put_fires(const struct overview *o, struct value map, struct err *e)
{
	struct arena *a = o->call->arena;
	struct value list = value_list_new(a);
	struct next_fire *fire;
	struct schedule *s;
	size_t schedules, n = 0;

	if (!schedule_list(o->call->db, a, &s, &schedules, e))
		return false;
	fire = arena_new_array(a, struct next_fire, schedules + 1);
	for (size_t i = 0; i < schedules; i++)
		n += fire_of(&s[i], &fire[n]);
	qsort(fire, n, sizeof(*fire), soonest_first);
	for (size_t i = 0; i < n && i < FIRES; i++)
		value_list_add(a, list, fire_value(a, &fire[i]));
	value_map_set(a, map, STR("next_fires"), list);
	return true;
}

/* ---- the last runs ---- */

static bool put_runs(const struct overview *o, struct value map, struct err *e)
{
	struct run_filter f = { .whole_only = true, .limit = RUNS };
	struct arena *a = o->call->arena;
	struct value list = value_list_new(a);
	struct run_log *run;
	size_t n;

	if (!run_log_list(o->call->db, a, &f, &run, &n, NULL, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, view_run(a, &run[i]));
	value_map_set(a, map, STR("recent_runs"), list);
	view_bool(a, map, "fresh", n == 0);
	return true;
}

static bool show_overview(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct overview o = { c, setup_plan(setup), clock_wall_ms(c->clock) };
	struct value map = value_map_new(c->arena);

	if (!overview_attention(&o, map, e) || !overview_cards(&o, map, e) ||
	    !put_fires(&o, map, e) || !put_runs(&o, map, e))
		return false;
	view_int(c->arena, map, "connections", (int64_t)o.plan->connections);
	view_time(c->arena, map, "at", o.now_ms);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field health_fields[] = {
	{ .name = "state", .type = FIELD_TEXT, .required = true, .one_of = "ok|attention|failing" },
	{ .name = "sentence", .type = FIELD_TEXT, .required = true },
	{ .name = NULL },
};
static const struct field notice_item[] = {
	{ .name = "notice", .type = FIELD_OBJECT, .of = overview_notice_fields },
	{ .name = NULL },
};
static const struct field card_item[] = {
	{ .name = "card", .type = FIELD_OBJECT, .of = overview_card_fields },
	{ .name = NULL },
};
static const struct field overview_answer[] = {
	{ .name = "health", .type = FIELD_OBJECT, .of = health_fields },
	{ .name = "attention", .type = FIELD_LIST, .of = notice_item, .says = "the worst first" },
	{ .name = "cards", .type = FIELD_LIST, .of = card_item },
	{ .name = "next_fires",
	  .type = FIELD_LIST,
	  .says = "of five schedules: {schedule, at, words, task}" },
	{ .name = "recent_runs", .type = FIELD_LIST, .says = "the newest eight" },
	{ .name = "fresh", .type = FIELD_BOOLEAN, .says = "nothing has run yet" },
	{ .name = "connections", .type = FIELD_INTEGER, .says = "of the plan" },
	{ .name = "at", .type = FIELD_TIME },
	{ .name = NULL },
};

const struct route overview_routes[] = {
	{ .method = "GET",
	  .path = "/api/overview",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_overview,
	  .summary = "How everything stands: a sentence, what needs a person, five figures",
	  .tag = "overview",
	  .answer = overview_answer },
	{ .method = NULL },
};
