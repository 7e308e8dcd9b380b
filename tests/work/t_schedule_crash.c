/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_schedule_crash.c - a quarter of a year of schedules in a database, under a fake clock, with
 * looks that fail anywhere on their way and two who look at the same time: no slot fires twice,
 * none is lost, and what fires is what the oracle says (oracle_schedule.py, the first argument).
 *
 * The database is wrapped: the n-th contact of a look fails, sometimes after it was carried out,
 * which is how a lost connection looks from here.  The second argument is another seed than 1.
 */
#include "oracle.h"
#include "tap.h"

#include <inttypes.h>
#include <stdlib.h>

#define SCHEDULES 200
#define DAYS 89 /* no fire is cleaned away before it is compared */

#define must(call)                                                                      \
	do {                                                                            \
		struct err oops = { 0 };                                                \
		if (!(call)) {                                                          \
			printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__, oops.text); \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

/* ---- a clock that stands still until it is told ---- */

struct fake_clock {
	struct clock clock;
	int64_t ms;
};

static int64_t fake_now(struct clock *c)
{
	return CONTAINER(c, struct fake_clock, clock)->ms;
}

static bool fake_sleep(struct clock *c, int64_t wait_ms, const struct cancel *stop, struct err *e)
{
	(void)stop;
	(void)e;
	CONTAINER(c, struct fake_clock, clock)->ms += wait_ms;
	return true;
}

static const struct clock_ops fake_ops = { fake_now, fake_now, fake_sleep };

/* ---- a database that fails ---- */

static struct {
	const struct db_ops *real;
	int64_t left; /* contacts until one fails; below 0: none does */
	bool after;   /* it fails after it was carried out */
	int64_t failed;
} fault;

static bool fails(bool after)
{
	if (fault.after != after || fault.left < 0 || fault.left-- > 0)
		return false;
	fault.failed++;
	return true;
}

static bool faulty_begin(struct db *d, struct err *e)
{
	if (fails(false))
		return err_set(e, ERR_TRANSIENT, "the connection was lost");
	return fault.real->begin(d, e);
}

static bool faulty_commit(struct db *d, struct err *e)
{
	if (fails(false))
		return err_set(e, ERR_TRANSIENT, "the connection was lost");
	if (!fault.real->commit(d, e))
		return false;
	return !fails(true) || err_set(e, ERR_TRANSIENT, "the answer was lost");
}

static bool faulty_run(struct db *d, struct arena *a, struct str sql, const struct value *param,
		       size_t params, struct db_result *out, int64_t *changed, struct err *e)
{
	if (fails(false))
		return err_set(e, ERR_TRANSIENT, "the connection was lost");
	return fault.real->run(d, a, sql, param, params, out, changed, e);
}

static void wrap(struct db *d, struct db_ops *ops)
{
	fault.real = d->ops;
	fault.left = -1;
	*ops = *d->ops;
	ops->begin = faulty_begin;
	ops->commit = faulty_commit;
	ops->run = faulty_run;
	d->ops = ops;
}

/* ---- the run ---- */

struct sim {
	struct oracle *o;
	struct db *db;
	struct fake_clock clock;
	struct rng rng;
	bool made[SCHEDULES];
	int64_t fired; /* by what looks that did not fail said */
	int64_t looks;
};

static void apply(struct sim *s, bool (*plan)(struct db *d, struct arena *a, struct str **statement,
					      size_t *n, struct err *e))
{
	struct str *statement = NULL;
	size_t n = 0;

	must(plan(s->db, s->o->arena, &statement, &n, &oops));
	must(schema_apply(s->db, statement, n, &oops));
}

static int64_t number(struct sim *s, const char *sql, struct value param)
{
	AUTO_ARENA *a = arena_new("number", 1 << 20);
	struct db_result r;

	must(db_query(s->db, a, sql, &param, param.kind == VALUE_STR, &r, &oops));
	return r.rows && db_cell(&r, 0, 0).kind == VALUE_INT ? db_cell(&r, 0, 0).i : 0;
}

/* Makes what is to be made next, when that is before `until_ms`; jobs never end here, so none may
 * stand in the way of another. */
static bool make_next(struct sim *s, int64_t until_ms)
{
	struct schedule draft;
	int best = -1;

	for (int i = 0; i < SCHEDULES; i++)
		if (!s->made[i] && s->o->schedule[i].begin_ms <= until_ms) {
			best = i;
			until_ms = s->o->schedule[i].begin_ms;
		}
	if (best < 0)
		return false;
	s->clock.ms = until_ms;
	s->made[best] = true;
	draft = s->o->schedule[best].schedule;
	draft.task = STR("sync");
	draft.overlap = OVERLAP_ALLOW;
	must(schedule_create(s->db, &draft, &oops));
	return true;
}

static bool look(struct sim *s)
{
	int64_t fired, wait_ms;
	struct err e;

	s->looks++;
	if (!schedule_tick(s->db, &fired, &wait_ms, &e)) {
		assert(e.kind == ERR_TRANSIENT);
		return false;
	}
	s->fired += fired;
	return true;
}

/* Somebody looks, perhaps in vain; then one or two do. */
static void look_often(struct sim *s)
{
	while (rng_below(&s->rng, 4) == 0) {
		fault.after = rng_below(&s->rng, 4) == 0;
		fault.left = (int64_t)rng_below(&s->rng, fault.after ? 2 : 12);
		(void)look(s);
		fault.left = -1;
	}
	if (!look(s) || !look(s))
		OK(false, "a look that nothing disturbs");
}

/* When the next slot is due. */
static int64_t next_due(struct sim *s)
{
	int64_t ms = number(s, "SELECT min(due_ms) FROM lockstep_schedules", NULL_VALUE);

	return ms ? ms : INT64_MAX;
}

static void run(struct sim *s)
{
	for (;;) {
		int64_t at_ms = oracle_look(s->o, next_due(s));

		if (make_next(s, at_ms < s->o->end_ms ? at_ms : s->o->end_ms))
			continue;
		if (at_ms > s->o->end_ms)
			return;
		if (at_ms > s->clock.ms)
			s->clock.ms = at_ms;
		look_often(s);
	}
}

static bool agrees(struct sim *s, const struct oracle_schedule *want)
{
	AUTO_ARENA *a = arena_new("fires", (size_t)1 << 26);
	struct value name = value_str(want->schedule.name);
	struct db_result r;
	int64_t missed;
	size_t i = 0;

	must(db_query(s->db, a,
		      "SELECT slot_ms, fired_ms FROM lockstep_schedule_fires WHERE schedule = ?1 "
		      "AND outcome = 'fired' ORDER BY slot_ms",
		      &name, 1, &r, &oops));
	while (i < r.rows && i < want->fires && db_cell(&r, i, 0).i == want->fire[i].slot_ms &&
	       db_cell(&r, i, 1).i == want->fire[i].at_ms)
		i++;
	missed = number(s,
			"SELECT sum(slots) FROM lockstep_schedule_fires WHERE schedule = ?1 "
			"AND outcome = 'missed'",
			name);
	if (i == r.rows && i == want->fires && missed == want->missed)
		return true;
	printf("# %.*s: fire %zu of %zu differs (the oracle has %zu), %" PRId64
	       " missed of %" PRId64 "\n",
	       STR_ARG(want->schedule.name), i, r.rows, want->fires, missed, want->missed);
	return false;
}

static void check(struct sim *s)
{
	int64_t fires = 0, jobs, missed = 0;
	int good = 0;

	for (int i = 0; i < SCHEDULES; i++) {
		good += agrees(s, &s->o->schedule[i]);
		fires += (int64_t)s->o->schedule[i].fires;
		missed += s->o->schedule[i].missed;
	}
	OK(good == SCHEDULES, "%d of %d schedules fired as they should", good, SCHEDULES);
	jobs = number(s, "SELECT count(*) FROM lockstep_jobs", NULL_VALUE);
	OK(jobs == fires && fires > 1000, "%" PRId64 " fires are as many jobs", fires);
	OK(missed > 0, "%" PRId64 " were given up", missed);
	OK(fault.failed > 100, "%" PRId64 " of %" PRId64 " looks failed on their way", fault.failed,
	   s->looks);
}

int main(int argc, char **argv)
{
	struct sim s = { .clock = { .clock = { &fake_ops }, .ms = 1 }, .rng = { 1 } };
	struct db_options options = { .create = true, .clock = &s.clock.clock };
	struct db_ops ops;
	int64_t seed = 1;

	assert(argc == 2 || (argc == 3 && str_to_i64(str_from(argv[2]), &seed)));
	s.rng.state = (uint64_t)seed;
	s.o = oracle_open(argv[1], SCHEDULES, DAYS, (int)seed);
	must(db_open(STR("sqlite::memory:"), &options, &s.db, &oops));
	apply(&s, control_plan);
	apply(&s, queue_plan);
	apply(&s, schedule_plan);
	wrap(s.db, &ops);
	run(&s);
	check(&s);
	s.db->ops = fault.real;
	db_close(s.db);
	oracle_close(s.o);
	return tap_done();
}
