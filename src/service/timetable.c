/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timetable.c - the schedules that the plan asks for, and the service's own.
 *
 * A full run and an incremental one have keys of their own: a full run must not be taken for done
 * because an incremental one is under way.  Their lane keeps them from running side by side.
 */
#include "service/timetable.h"

#include "service/alert_task.h"
#include "service/cleanup_task.h"
#include "service/sync_task.h"
#include "service/watch_task.h"
#include "work/schedule.h"

/* The service's own. */
#define OWN 2

_Static_assert((int)PLAN_OVERLAP_SKIP == OVERLAP_SKIP && (int)PLAN_OVERLAP_QUEUE == OVERLAP_QUEUE &&
		       (int)PLAN_OVERLAP_ALLOW == OVERLAP_ALLOW &&
		       (int)PLAN_CATCH_UP_ONE == CATCH_UP_ONE &&
		       (int)PLAN_CATCH_UP_ALL == CATCH_UP_ALL &&
		       (int)PLAN_CATCH_UP_NONE == CATCH_UP_NONE,
	       "the plan's words are those of schedule.h");

struct timetable {
	struct db *db;
	struct arena *arena;
	struct schedule *schedule;
	size_t n;
};

static void add(struct timetable *t, struct schedule s)
{
	s.origin = STR("plan");
	t->schedule[t->n++] = s;
}

void timetable_schedule(struct arena *a, const struct connection *c, enum run_mode mode,
			struct schedule *out)
{
	const char *word = run_mode_name(mode);

	/* Names of connections are letters, digits, - and _: they need no escaping. */
	*out = (struct schedule){
		.name = str_printf(a, "%.*s:%s", STR_ARG(c->name), word),
		.task = STR(SYNC_TASK),
		.args = str_printf(
			a, "{\"connection\":\"%.*s\",\"mode\":\"%s\",\"trigger\":\"schedule\"}",
			STR_ARG(c->name), word),
		.lane = sync_lane(a, c->name),
		.key = sync_key(a, c->name, mode, NULL, 0),
		.overlap = OVERLAP_SKIP,
		.catch_up = CATCH_UP_ONE,
	};
}

static void add_sync(struct timetable *t, const struct connection *c, enum run_mode mode,
		     const struct schedule_plan *when)
{
	struct schedule s;

	if (when->cron.len == 0 && when->every.len == 0)
		return;
	timetable_schedule(t->arena, c, mode, &s);
	s.cron = when->cron;
	s.every = when->every;
	s.zone = when->cron.len ? when->timezone : STR("");
	/* The plan's enums keep the order of the scheduler's. */
	s.overlap = (enum overlap)when->overlap;
	s.catch_up = (enum catch_up)when->catch_up;
	s.catch_up_ms = when->catch_up_ms;
	s.jitter_ms = when->jitter_ms;
	add(t, s);
}

/* Of one integration, when the plan has a connection of its kind. */
static void add_integration(struct timetable *t, const struct plan *p, const struct integration *i)
{
	bool wanted = false;

	for (size_t k = 0; k < p->connections; k++)
		wanted = wanted || integration_is(i, &p->connection[k]);
	for (const struct integration_schedule *s = i->schedule; wanted && s && s->name; s++)
		add(t, (struct schedule){ .name = str_from(s->name),
					  .task = str_from(s->task),
					  .args = str_from(s->args),
					  .key = str_from(s->name),
					  .lane = s->lane ? str_from(s->lane) : STR(""),
					  .cron = str_from(s->cron),
					  .zone = STR("UTC"),
					  .overlap = OVERLAP_SKIP,
					  .catch_up = CATCH_UP_ONE,
					  .attempts_max = s->attempts_max });
}

static size_t count_schedules(const struct integration *const *integrations)
{
	size_t n = 0;

	for (; integrations && *integrations; integrations++)
		for (const struct integration_schedule *s = (*integrations)->schedule; s && s->name;
		     s++)
			n++;
	return n;
}

static void fill(struct timetable *t, const struct plan *p,
		 const struct integration *const *integrations)
{
	t->schedule = arena_new_array(t->arena, struct schedule,
				      2 * p->connections + OWN + count_schedules(integrations));
	for (size_t i = 0; integrations && integrations[i]; i++)
		add_integration(t, p, integrations[i]);
	for (size_t i = 0; i < p->connections; i++) {
		const struct connection *c = &p->connection[i];

		add_sync(t, c, MODE_INCREMENTAL, &c->incremental);
		add_sync(t, c, MODE_FULL, &c->full);
	}
	add(t, (struct schedule){ .name = STR("cleanup"),
				  .task = STR(CLEANUP_TASK),
				  .key = STR("cleanup"),
				  .cron = STR("15 3 * * *"),
				  .zone = STR("UTC"),
				  .catch_up = CATCH_UP_ONE });
	add(t, (struct schedule){ .name = STR("watch"),
				  .task = STR(WATCH_TASK),
				  .key = STR("watch"),
				  .every = STR("1m"),
				  .catch_up = CATCH_UP_NONE,
				  .attempts_max = 1 });
}

static bool declare_body(void *arg, struct err *e)
{
	struct timetable *t = arg;
	struct str *name = arena_new_array(t->arena, struct str, t->n);

	for (size_t i = 0; i < t->n; i++) {
		name[i] = t->schedule[i].name;
		if (!schedule_declare(t->db, &t->schedule[i], e))
			return err_wrap(e, "schedule '%.*s'", STR_ARG(name[i]));
	}
	return schedule_forget_others(t->db, name, t->n, e);
}

bool timetable_declare(struct db *d, const struct plan *p,
		       const struct integration *const *integrations, struct err *e)
{
	AUTO_ARENA *a = arena_new("timetable", (size_t)16 * 1024 * 1024);
	struct timetable t = { .db = d, .arena = a };

	fill(&t, p, integrations);
	return db_transact(d, declare_body, &t, e);
}
