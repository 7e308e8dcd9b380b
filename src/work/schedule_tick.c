/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_tick.c - one look at the schedules: what is due fires.
 *
 * Always: "due?" and "next" are asked of one captured time.  A schedule's fires, their jobs and its
 * next slot are written in one transaction that holds its row, so that whoever looks at the same
 * time finds the slot either not begun or done.  One schedule that cannot run stops no other.
 */
#include "work/schedule_part.h"

#define WAIT_MAX_MS ((int64_t)60 * 1000)
#define FIRES_KEPT_MS ((int64_t)90 * 24 * 60 * 60 * 1000)
/* Schedules seen to in one look; more are due at once only after a long absence. */
#define LOOK_MAX 500
/* A last look so far ahead says that the clock was set back since. */
#define BACK_MS ((int64_t)60 * 1000)
#define PROBLEM_WAIT_MS ((int64_t)60 * 1000)

struct look {
	struct db *d;
	struct arena *a;
	struct str name;
	int64_t now_ms;
	int64_t fired; /* jobs of this schedule */
};

/* The job of the slot before, when it is not finished yet; else 0. */
static bool job_before(struct look *l, const struct schedule *s, int64_t slot_ms, int64_t *job,
		       struct err *e)
{
	struct value param[] = { value_str(s->name), value_int(slot_ms) };
	struct db_result r;

	if (!db_query(l->d, l->a,
		      "SELECT id FROM lockstep_jobs WHERE id = (SELECT job "
		      "FROM lockstep_schedule_fires WHERE schedule = ?1 AND slot_ms < ?2 "
		      "AND job > 0 ORDER BY slot_ms DESC LIMIT 1)",
		      param, COUNT(param), &r, e))
		return false;
	*job = r.rows > 0 ? db_cell(&r, 0, 0).i : 0;
	return true;
}

static struct str outcome_of(const struct schedule *s, const struct job_ticket *t)
{
	if (!t->coalesced)
		return STR("fired");
	return s->overlap == OVERLAP_SKIP ? STR("skipped: overlap") : STR("coalesced");
}

static bool fire_slot(struct look *l, const struct schedule *s, int64_t slot_ms, struct err *e)
{
	struct fire f = { .schedule = s->name,
			  .outcome = STR("fired"),
			  .slot_ms = slot_ms,
			  .fired_ms = l->now_ms,
			  .slots = 1 };
	struct job_ticket t;
	int64_t before = 0;
	bool written;

	if (!fire_put(l->d, &f, &written, e))
		return false;
	if (!written)
		return true; /* before the clock was set back */
	if (s->overlap == OVERLAP_SKIP && !job_before(l, s, slot_ms, &before, e))
		return false;
	if (before)
		t = (struct job_ticket){ .id = before, .coalesced = true };
	else if (!schedule_add_job(l->d, s, s->name, &t, e))
		return false;
	f.job = t.id;
	f.outcome = outcome_of(s, &t);
	l->fired += !t.coalesced;
	return fire_update(l->d, &f, e);
}

static bool fire_missed(struct look *l, const struct schedule *s, int64_t missed, struct err *e)
{
	struct fire f = { .schedule = s->name,
			  .outcome = STR("missed"),
			  .slot_ms = s->next_ms,
			  .fired_ms = l->now_ms,
			  .slots = missed };
	bool unsaid;

	return fire_put(l->d, &f, &unsaid, e);
}

static bool fire_due(struct look *l, struct schedule_row *row, const struct due *due, struct err *e)
{
	if (due->missed > 0 && !fire_missed(l, &row->s, due->missed, e))
		return false;
	for (size_t i = 0; i < due->slots; i++)
		if (!fire_slot(l, &row->s, due->slot[i], e))
			return false;
	if (due->slots > 0)
		row->s.last_ms = due->slot[due->slots - 1];
	return (due->missed == 0 && due->slots == 0) ||
	       fire_clean(l->d, row->s.name, l->now_ms - FIRES_KEPT_MS, e);
}

static void next_set(struct schedule_row *row, const struct cadence *c, const struct due *due,
		     int64_t now_ms)
{
	int64_t next = due->next_ms, soonest = cadence_next(c, now_ms);

	/* Slots that come a second time are known by their fires. */
	if (row->looked_ms > now_ms + BACK_MS && soonest < next)
		next = soonest;
	row->looked_ms = now_ms;
	row->s.next_ms = next;
	row->due_ms = next < INT64_MAX ? next + schedule_jitter(&row->s, next) : INT64_MAX;
	row->s.problem = STR("");
}

static bool see_to(void *arg, struct err *e)
{
	struct look *l = arg;
	struct schedule_row row;
	struct cadence c;
	struct due due;
	bool found;

	l->fired = 0;
	if (!schedule_lock(l->d, l->a, l->name, &row, &found, e))
		return false;
	if (!found || row.s.paused)
		return true;
	if (!cadence_of(l->a, &row.s, &c, e))
		return false;
	schedule_due(&row.s, &c, l->now_ms, &due);
	if (!fire_due(l, &row, &due, e))
		return false;
	next_set(&row, &c, &due, l->now_ms);
	return schedule_update(l->d, &row, e);
}

/* Its slots are not lost: they are due as soon as it is mended. */
static bool tell_problem(const struct look *l, const char *says, struct err *e)
{
	struct value param[] = { value_str(l->name), value_str(str_from(says)),
				 value_int(l->now_ms + PROBLEM_WAIT_MS) };

	return db_exec(l->d,
		       "UPDATE lockstep_schedules SET problem = ?2, due_ms = ?3 WHERE name = ?1",
		       param, COUNT(param), NULL, e);
}

static bool is_its_own_fault(enum err_kind kind)
{
	return kind == ERR_CONFIG || kind == ERR_USAGE || kind == ERR_LIMIT;
}

static bool see_to_all(struct look *l, const struct db_result *r, int64_t *fired, struct err *e)
{
	AUTO_ARENA *a = arena_new("look", SCHEDULE_ROW_BYTES_MAX);
	struct err why;

	l->a = a;
	for (size_t i = 0; i < r->rows; i++) {
		l->name = db_cell(r, i, 0).s;
		if (db_transact(l->d, see_to, l, &why)) {
			*fired += l->fired;
		} else if (!is_its_own_fault(why.kind)) {
			*e = why;
			return err_wrap(e, "schedule '%.*s'", STR_ARG(l->name));
		} else if (!tell_problem(l, why.text, e)) {
			return false;
		}
		arena_reset(a);
	}
	return true;
}

static bool wait_of(struct db *d, struct arena *a, int64_t now_ms, int64_t *wait_ms, struct err *e)
{
	struct db_result r;
	int64_t wait = WAIT_MAX_MS;

	if (!db_query(d, a,
		      "SELECT due_ms FROM lockstep_schedules WHERE paused = 0 "
		      "ORDER BY due_ms LIMIT 1",
		      NULL, 0, &r, e))
		return false;
	if (r.rows > 0 && db_cell(&r, 0, 0).i < now_ms + WAIT_MAX_MS)
		wait = db_cell(&r, 0, 0).i - now_ms;
	*wait_ms = wait > 0 ? wait : 0;
	return true;
}

bool schedule_tick(struct db *d, int64_t *fired, int64_t *wait_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("tick", SCHEDULE_ROW_BYTES_MAX);
	struct look l = { .d = d };
	struct value param[3];
	struct db_result r;
	int64_t jobs = 0;

	if (!schedule_now(d, &l.now_ms, e))
		return false;
	param[0] = value_int(l.now_ms);
	param[1] = value_int(l.now_ms + BACK_MS);
	param[2] = value_int(LOOK_MAX);
	if (!db_query(d, a,
		      "SELECT name FROM lockstep_schedules WHERE paused = 0 "
		      "AND (due_ms <= ?1 OR looked_ms > ?2) ORDER BY due_ms, name LIMIT ?3",
		      param, COUNT(param), &r, e) ||
	    !see_to_all(&l, &r, &jobs, e) || !wait_of(d, a, l.now_ms, wait_ms, e))
		return false;
	*fired = jobs;
	return true;
}
