/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_schedule.c - schedules in a database: declared, changed, paused, fired once.
 *
 * Time passes when pass() moves a schedule's past nearer: on PostgreSQL the clock is the server's.
 */
#include "base/thread.h"
#include "store/fixture.h"
#include "tap.h"
#include "work/schedule.h"

#include <stdlib.h>

#define MINUTE ((int64_t)60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static void apply(struct fixture *f, bool (*plan)(struct db *d, struct arena *a,
						  struct str **statement, size_t *n, struct err *e))
{
	struct str *statement = NULL;
	size_t n = 0;

	must(plan(f->db, f->a, &statement, &n, &oops));
	must(schema_apply(f->db, statement, n, &oops));
}

static struct fixture open_all(void)
{
	struct fixture f = fixture_open(NULL);

	make_control(&f);
	apply(&f, queue_plan);
	apply(&f, schedule_plan);
	return f;
}

static struct schedule hourly(const char *name)
{
	return (struct schedule){ .name = str_from(name),
				  .task = STR("sync"),
				  .args = STR("{\"connection\":\"pp\"}"),
				  .every = STR("1h") };
}

static struct schedule get(struct fixture *f, const char *name)
{
	struct schedule s = { 0 };

	must(schedule_get(f->db, f->a, str_from(name), &s, &oops));
	return s;
}

/* `ms` pass for all schedules that count from an anchor. */
static void pass(struct fixture *f, int64_t ms)
{
	struct value param = value_int(ms);

	must(db_exec(f->db,
		     "UPDATE lockstep_schedules SET anchor_ms = anchor_ms - ?1, "
		     "next_ms = next_ms - ?1, due_ms = due_ms - ?1, last_ms = last_ms - ?1, "
		     "looked_ms = looked_ms - ?1",
		     &param, 1, NULL, &oops));
	/* By way of numbers that no slot has: each is unique. */
	run_sql(f->db, "UPDATE lockstep_schedule_fires SET slot_ms = slot_ms + 1000000000000000 "
		       "WHERE slot_ms >= 0");
	must(db_exec(f->db,
		     "UPDATE lockstep_schedule_fires SET fired_ms = fired_ms - ?1, slot_ms = CASE "
		     "WHEN slot_ms < 0 THEN slot_ms ELSE slot_ms - 1000000000000000 - ?1 END",
		     &param, 1, NULL, &oops));
}

static int64_t tick(struct fixture *f)
{
	int64_t fired = -1, wait_ms = -1;

	must(schedule_tick(f->db, &fired, &wait_ms, &oops));
	assert(wait_ms >= 0 && wait_ms <= MINUTE);
	return fired;
}

static const char *last_outcome(struct fixture *f, const char *name)
{
	struct fire *fire = NULL;
	size_t n = 0;

	must(schedule_fires(f->db, f->a, str_from(name), 1, &fire, &n, &oops));
	return n ? str_keep(f->a, fire[0].outcome).at : "(none)";
}

static int64_t jobs(struct fixture *f)
{
	return sql_int(f->db, "SELECT count(*) FROM lockstep_jobs");
}

static int64_t fires(struct fixture *f, const char *outcome)
{
	return sql_int(f->db, str_printf(f->a,
					 "SELECT count(*) FROM lockstep_schedule_fires "
					 "WHERE outcome = '%s'",
					 outcome)
				      .at);
}

/* ---- declaring and changing ---- */

static void the_plan_declares_once(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("pp:incremental"), got, *list;
	int64_t next;
	size_t n;

	must(schedule_declare(f.db, &s, &oops));
	got = get(&f, "pp:incremental");
	IS(got.origin.at, "plan", "of the plan");
	IS(got.args.at, "{\"connection\":\"pp\"}", "with its arguments");
	OK(got.next_ms > got.anchor_ms && got.next_ms - got.anchor_ms == HOUR && got.version == 1,
	   "the first slot is an interval away");
	next = got.next_ms;
	s.lane = STR("connection:pp");
	must(schedule_declare(f.db, &s, &oops));
	got = get(&f, "pp:incremental");
	OK(got.next_ms == next && got.version == 1, "said again it goes on");
	IS(got.lane.at, "connection:pp", "what the job is, is the plan's");
	must(schedule_list(f.db, f.a, &list, &n, &oops));
	OK(n == 1, "one");
	apply(&f, schedule_plan);
	OK(get(&f, "pp:incremental").next_ms == next, "the tables are made once");
	fixture_close(&f);
}

static void a_person_s_cadence_stays_until_the_plan_changes(void)
{
	struct fixture f = open_all();
	struct schedule plan = hourly("x"), own;

	must(schedule_declare(f.db, &plan, &oops));
	own = get(&f, "x");
	own.every = STR("");
	own.cron = STR("0 2 * * *");
	own.zone = STR("America/New_York");
	must(schedule_change(f.db, &own, own.version, &oops));
	must(schedule_pause(f.db, plan.name, true, STR("maintenance"), STR("ann"), &oops));
	must(schedule_declare(f.db, &plan, &oops));
	own = get(&f, "x");
	IS(own.cron.at, "0 2 * * *", "the plan says what it said: the change stays");
	IS(own.every.at, "", "whole");
	plan.every = STR("2h");
	must(schedule_declare(f.db, &plan, &oops));
	own = get(&f, "x");
	IS(own.every.at, "2h", "the plan says something else: it counts");
	OK(own.cron.len == 0 && own.next_ms - own.anchor_ms == 2 * HOUR, "from now on");
	OK(own.paused, "a pause stays");
	IS(own.pause_reason.at, "maintenance", "why");
	IS(own.pause_actor.at, "ann", "who");
	OK(own.version == 4, "each is a version");
	fixture_close(&f);
}

static void what_the_plan_no_longer_has_goes(void)
{
	struct fixture f = open_all();
	struct schedule a = hourly("a"), b = hourly("b"), mine = hourly("mine"), *list;
	size_t n;

	must(schedule_declare(f.db, &a, &oops));
	must(schedule_declare(f.db, &b, &oops));
	must(schedule_create(f.db, &mine, &oops));
	pass(&f, HOUR);
	OK(tick(&f) == 3, "all fire");
	must(schedule_forget_others(f.db, &b.name, 1, &oops));
	must(schedule_list(f.db, f.a, &list, &n, &oops));
	OK(n == 2, "two are left");
	IS(list[0].name.at, "b", "the plan's");
	IS(list[1].name.at, "mine", "and a person's");
	OK(fires(&f, "fired") == 2, "its fires went too");
	fixture_close(&f);
}

#define REFUSED(call, wanted, part)                                                              \
	do {                                                                                     \
		struct err e = { 0 };                                                            \
		bool good = (call);                                                              \
		OK(!good && e.kind == (wanted) && strstr(e.text, part), "%s: %s", part, e.text); \
	} while (0)

static void what_cannot_be_is_refused(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x"), plan = hourly("plan"), bad;
	struct job_ticket t;

	must(schedule_create(f.db, &s, &oops));
	must(schedule_declare(f.db, &plan, &oops));
	REFUSED(schedule_create(f.db, &s, &e), ERR_BUSY, "Cron job already exists: x");
	REFUSED(schedule_get(f.db, f.a, STR("y"), &bad, &e), ERR_MISSING, "Cron job not found: y");
	bad = hourly("y");
	REFUSED(schedule_change(f.db, &bad, 0, &e), ERR_MISSING, "Cron job not found: y");
	REFUSED(schedule_pause(f.db, bad.name, true, STR(""), STR(""), &e), ERR_MISSING,
		"Cron job not found: y");
	REFUSED(schedule_run_now(f.db, bad.name, STR(""), &t, &e), ERR_MISSING,
		"Cron job not found: y");
	REFUSED(schedule_delete(f.db, bad.name, &e), ERR_MISSING, "Cron job not found: y");
	REFUSED(schedule_change(f.db, &s, 7, &e), ERR_BUSY, "was changed meanwhile");
	REFUSED(schedule_delete(f.db, plan.name, &e), ERR_BUSY, "is in the plan");
	bad.every = STR("1s");
	REFUSED(schedule_create(f.db, &bad, &e), ERR_CONFIG, "at least 1m");
	bad = hourly("");
	REFUSED(schedule_create(f.db, &bad, &e), ERR_USAGE, "a schedule's name");
	bad = hourly("y");
	bad.args = STR("[1]");
	REFUSED(schedule_create(f.db, &bad, &e), ERR_USAGE, "not a JSON object");
	bad.task = STR("");
	REFUSED(schedule_create(f.db, &bad, &e), ERR_USAGE, "needs a task");
	bad = hourly("y");
	bad.catch_up_ms = 32 * DAY;
	REFUSED(schedule_create(f.db, &bad, &e), ERR_USAGE, "the catch-up window");
	bad = hourly("y");
	bad.priority = 101;
	REFUSED(schedule_create(f.db, &bad, &e), ERR_USAGE, "the priority is from -100 to 100");
	must(schedule_delete(f.db, s.name, &oops));
	REFUSED(schedule_get(f.db, f.a, s.name, &bad, &e), ERR_MISSING, "Cron job not found: x");
	fixture_close(&f);
}

static void changes_belong_to_the_caller_s_transaction(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x"), *list;
	struct job_ticket t;
	size_t n;

	must(db_begin(f.db, &oops));
	must(schedule_create(f.db, &s, &oops));
	must(schedule_run_now(f.db, s.name, STR("ann"), &t, &oops));
	db_rollback(f.db);
	must(schedule_list(f.db, f.a, &list, &n, &oops));
	OK(n == 0 && jobs(&f) == 0, "undone with it");
	fixture_close(&f);
}

/* ---- firing ---- */

static void a_slot_fires_once(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");
	struct fire *fire;
	size_t n;

	must(schedule_create(f.db, &s, &oops));
	OK(tick(&f) == 0 && jobs(&f) == 0, "nothing is due");
	pass(&f, HOUR + 5);
	s = get(&f, "x");
	OK(tick(&f) == 1 && jobs(&f) == 1, "a slot is");
	OK(tick(&f) == 0 && jobs(&f) == 1, "once");
	must(schedule_fires(f.db, f.a, s.name, 10, &fire, &n, &oops));
	OK(n == 1 && fire[0].slot_ms == s.next_ms && fire[0].fired_ms >= s.next_ms &&
		   fire[0].job > 0 && fire[0].slots == 1,
	   "it is written down");
	IS(fire[0].job_status.at, "pending", "with what its job does");
	OK(get(&f, "x").next_ms == s.next_ms + HOUR && get(&f, "x").last_ms == s.next_ms,
	   "and the next");
	IS(sql_text(&f, "SELECT task || ' ' || args || ' ' || origin FROM lockstep_jobs"),
	   "sync {\"connection\":\"pp\"} schedule", "its job");
	fixture_close(&f);
}

static void a_pause_misses_nothing(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");

	must(schedule_create(f.db, &s, &oops));
	must(schedule_pause(f.db, s.name, true, STR("why"), STR("ann"), &oops));
	pass(&f, 5 * HOUR);
	OK(tick(&f) == 0 && jobs(&f) == 0, "nothing runs in it");
	must(schedule_pause(f.db, s.name, false, STR(""), STR(""), &oops));
	OK(tick(&f) == 0 && jobs(&f) == 0, "nor after it for what was in it");
	OK(fires(&f, "missed") == 0, "which was not missed");
	IS(get(&f, "x").pause_reason.at, "", "the reason is gone");
	pass(&f, HOUR);
	OK(tick(&f) == 1, "and it goes on");
	fixture_close(&f);
}

/* The waiting job of the queue begins. */
static void begin_jobs(struct fixture *f, int64_t *session)
{
	struct worker_info w = { .host = STR("test"), .version = STR("0"), .pid = 1, .slots = 9 };
	struct claim c = { .max = 9 };
	struct job *job;
	size_t n;

	if (*session == 0)
		must(session_begin(f->db, &w, session, &oops));
	c.session = *session;
	must(queue_claim(f->db, f->a, &c, &job, &n, &oops));
}

static void overlap_is_skipped(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");
	int64_t session = 0;

	must(schedule_create(f.db, &s, &oops));
	pass(&f, HOUR);
	OK(tick(&f) == 1, "the first runs");
	pass(&f, HOUR);
	OK(tick(&f) == 0 && jobs(&f) == 1, "the second does not while it waits");
	IS(last_outcome(&f, "x"), "skipped: overlap", "and says so");
	begin_jobs(&f, &session);
	pass(&f, HOUR);
	OK(tick(&f) == 0 && jobs(&f) == 1, "nor while it runs");
	OK(fires(&f, "skipped: overlap") == 2, "twice");
	fixture_close(&f);
}

static void overlap_waits_in_a_queue_of_one(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");
	int64_t session = 0;

	s.overlap = OVERLAP_QUEUE;
	must(schedule_create(f.db, &s, &oops));
	pass(&f, HOUR);
	OK(tick(&f) == 1, "the first runs");
	begin_jobs(&f, &session);
	pass(&f, HOUR);
	OK(tick(&f) == 1 && jobs(&f) == 2, "the second waits");
	begin_jobs(&f, &session);
	pass(&f, HOUR);
	OK(tick(&f) == 0 && jobs(&f) == 2, "the third is the second");
	IS(last_outcome(&f, "x"), "coalesced", "and says so");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs WHERE state = 1") == 1, "one runs");
	fixture_close(&f);
}

static void overlap_is_allowed(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");
	int64_t session = 0;

	s.overlap = OVERLAP_ALLOW;
	must(schedule_create(f.db, &s, &oops));
	for (int i = 0; i < 3; i++) {
		pass(&f, HOUR);
		OK(tick(&f) == 1, "each runs");
	}
	begin_jobs(&f, &session);
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs WHERE state = 1") == 3,
	   "side by side");
	fixture_close(&f);
}

static void what_was_missed_is_made_up_for(void)
{
	struct fixture f = open_all();
	struct schedule one = hourly("one"), all = hourly("all"), none = hourly("none");

	all.overlap = OVERLAP_ALLOW;
	all.catch_up = CATCH_UP_ALL;
	all.catch_up_ms = 2 * DAY;
	none.catch_up = CATCH_UP_NONE;
	must(schedule_create(f.db, &one, &oops));
	must(schedule_create(f.db, &all, &oops));
	must(schedule_create(f.db, &none, &oops));
	pass(&f, 30 * HOUR + 5 * MINUTE);
	OK(tick(&f) == 1 + 16, "one of one, and so many of all at a time");
	OK(tick(&f) == 14, "then the rest");
	OK(tick(&f) == 0, "that was all");
	OK(sql_int(f.db, "SELECT CAST(sum(slots) AS bigint) FROM lockstep_schedule_fires "
			 "WHERE schedule = 'one' AND outcome = 'missed'") == 29,
	   "the others were missed");
	OK(sql_int(f.db, "SELECT CAST(sum(slots) AS bigint) FROM lockstep_schedule_fires "
			 "WHERE schedule = 'none' AND outcome = 'missed'") == 30,
	   "all of none");
	fixture_close(&f);
}

static void a_person_runs_it_now(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");
	struct job_ticket t = { 0 }, again = { 0 };
	int64_t next;

	must(schedule_create(f.db, &s, &oops));
	next = get(&f, "x").next_ms;
	must(schedule_run_now(f.db, s.name, STR("ann"), &t, &oops));
	OK(t.id > 0 && !t.coalesced && jobs(&f) == 1, "a job");
	must(schedule_run_now(f.db, s.name, STR("ann"), &again, &oops));
	OK(again.id == t.id && again.coalesced, "which stands for another");
	IS(last_outcome(&f, "x"), "manual", "by hand");
	OK(get(&f, "x").next_ms == next, "its slots stay");
	pass(&f, HOUR);
	OK(tick(&f) == 0, "its overlap counts");
	IS(last_outcome(&f, "x"), "skipped: overlap", "as any");
	fixture_close(&f);
}

static void one_that_cannot_run_stops_no_other(void)
{
	struct fixture f = open_all();
	struct schedule bad = hourly("a"), good = hourly("b");

	must(schedule_create(f.db, &bad, &oops));
	must(schedule_create(f.db, &good, &oops));
	pass(&f, HOUR);
	run_sql(f.db, "UPDATE lockstep_schedules SET every = 'soon' WHERE name = 'a'");
	OK(tick(&f) == 1, "the other runs");
	OK(strstr(get(&f, "a").problem.at, "every 'soon'"), "it says why: %s",
	   get(&f, "a").problem.at);
	run_sql(f.db, "UPDATE lockstep_schedules SET every = '1h', due_ms = next_ms "
		      "WHERE name = 'a'");
	OK(tick(&f) == 1, "mended, it runs the slot that waited");
	IS(get(&f, "a").problem.at, "", "and nothing is wrong");
	fixture_close(&f);
}

static void a_clock_that_is_set_back_stalls_nothing(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");
	int64_t next;

	s.overlap = OVERLAP_ALLOW;
	must(schedule_create(f.db, &s, &oops));
	next = get(&f, "x").next_ms;
	pass(&f, HOUR);
	OK(tick(&f) == 1, "it ran");
	pass(&f, -DAY); /* that was tomorrow */
	OK(tick(&f) == 0, "not now");
	OK(get(&f, "x").next_ms <= next, "but within the hour, not tomorrow");
	pass(&f, HOUR);
	OK(tick(&f) == 1, "then");
	pass(&f, -2 * HOUR);
	OK(tick(&f) == 0, "again");
	pass(&f, HOUR);
	OK(tick(&f) == 1 && jobs(&f) == 3, "an hour on a slot that had not been");
	pass(&f, HOUR);
	OK(tick(&f) == 0 && jobs(&f) == 3, "then the one that has fired: not twice");
	pass(&f, HOUR);
	OK(tick(&f) == 1 && jobs(&f) == 4, "and on");
	must(schedule_change(f.db, &s, 0, &oops));
	pass(&f, -DAY);
	OK(tick(&f) == 0 && get(&f, "x").next_ms - next < DAY, "also one that was only changed");
	fixture_close(&f);
}

static void old_fires_go(void)
{
	struct fixture f = open_all();
	struct schedule s = hourly("x");

	must(schedule_create(f.db, &s, &oops));
	must(schedule_run_now(f.db, s.name, STR("ann"), &(struct job_ticket){ 0 }, &oops));
	pass(&f, HOUR);
	tick(&f);
	pass(&f, 89 * DAY);
	tick(&f);
	OK(fires(&f, "manual") == 1, "not before");
	pass(&f, 2 * DAY);
	tick(&f);
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_schedule_fires") == 4,
	   "missed and run, twice; no older ones");
	fixture_close(&f);
}

/* ---- two at once ---- */

#define SCHEDULES 40

struct looker {
	struct db *db;
	pthread_t thread;
	int64_t fired;
};

static void *look(void *arg)
{
	struct looker *l = arg;
	struct err e = { 0 };
	int64_t fired, wait_ms;

	for (int i = 0; i < 20; i++)
		if (schedule_tick(l->db, &fired, &wait_ms, &e))
			l->fired += fired;
		else if (e.kind != ERR_TRANSIENT)
			printf("# %s\n", e.text);
	return NULL;
}

static void two_who_look_at_once_fire_each_slot_once(void)
{
	struct fixture f = open_all();
	struct looker l[2] = { { .db = fixture_again(&f) }, { .db = fixture_again(&f) } };

	for (int i = 0; i < SCHEDULES; i++) {
		struct schedule s = hourly(str_printf(f.a, "s%d", i).at);

		s.overlap = OVERLAP_ALLOW;
		must(schedule_create(f.db, &s, &oops));
	}
	pass(&f, HOUR);
	for (size_t i = 0; i < COUNT(l); i++)
		l[i].thread = thread_start(look, &l[i]);
	for (size_t i = 0; i < COUNT(l); i++)
		thread_join(l[i].thread);
	OK(l[0].fired + l[1].fired == SCHEDULES, "%lld and %lld", (long long)l[0].fired,
	   (long long)l[1].fired);
	OK(jobs(&f) == SCHEDULES && fires(&f, "fired") == SCHEDULES, "each once");
	for (size_t i = 0; i < COUNT(l); i++)
		db_close(l[i].db);
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	the_plan_declares_once();
	a_person_s_cadence_stays_until_the_plan_changes();
	what_the_plan_no_longer_has_goes();
	what_cannot_be_is_refused();
	changes_belong_to_the_caller_s_transaction();
	a_slot_fires_once();
	a_pause_misses_nothing();
	overlap_is_skipped();
	overlap_waits_in_a_queue_of_one();
	overlap_is_allowed();
	what_was_missed_is_made_up_for();
	a_person_runs_it_now();
	one_that_cannot_run_stops_no_other();
	a_clock_that_is_set_back_stalls_nothing();
	old_fires_go();
	two_who_look_at_once_fire_each_slot_once();
	return tap_done();
}
