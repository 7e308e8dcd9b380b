/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_scheduler.c - the thread that looks: one leads, another takes over, a lost database comes back.
 *
 * Waits are for what is to happen, and end the program when it does not.
 */
#include "base/thread.h"
#include "store/fixture.h"
#include "tap.h"
#include "work/schedule.h"

#include <stdlib.h>

#define HOUR ((int64_t)3600000)
#define PATIENCE_MS 30000

static struct {
	struct mutex lock;
	struct condition told;
	int fired;
} seen;

static void fired(void *arg)
{
	(void)arg;
	mutex_lock(&seen.lock);
	seen.fired++;
	condition_broadcast(&seen.told);
	mutex_unlock(&seen.lock);
}

static void wait_for_fired(int n)
{
	bool told = true;

	mutex_lock(&seen.lock);
	while (seen.fired < n && told)
		told = condition_wait_for(&seen.told, &seen.lock, PATIENCE_MS);
	OK(seen.fired >= n, "it fired, %d times by now", seen.fired);
	mutex_unlock(&seen.lock);
}

static void wait_for_lead(struct scheduler *s, const char *says)
{
	int64_t until_ms = clock_steady_now() + PATIENCE_MS;
	struct err e;

	while (!scheduler_leads(s) && clock_steady_now() < until_ms)
		if (!clock_sleep(clock_system(), 10, NULL, &e))
			abort();
	OK(scheduler_leads(s), "%s", says);
}

static void apply(struct fixture *f, bool (*plan)(struct db *d, struct arena *a,
						  struct str **statement, size_t *n, struct err *e))
{
	struct str *statement = NULL;
	size_t n = 0;

	must(plan(f->db, f->a, &statement, &n, &oops));
	must(schema_apply(f->db, statement, n, &oops));
}

static struct scheduler *begin(struct fixture *f)
{
	struct scheduler *s = NULL;

	must(scheduler_open(f->url, fired, NULL, &s, &oops));
	return s;
}

/* A new schedule whose slot is due. */
static void make_due(struct fixture *f, const char *name)
{
	struct schedule s = { .name = str_from(name), .task = STR("sync"), .every = STR("1h") };

	must(schedule_create(f->db, &s, &oops));
	run_sql(f->db, str_printf(f->a,
				  "UPDATE lockstep_schedules SET anchor_ms = anchor_ms - 3600000, "
				  "next_ms = next_ms - 3600000, due_ms = due_ms - 3600000 "
				  "WHERE name = '%s'",
				  name)
			       .at);
}

static void it_fires_what_is_due(struct fixture *f, struct scheduler *s)
{
	int64_t before_ms = scheduler_ticked_ms(s);

	make_due(f, "a");
	scheduler_wake(s);
	wait_for_fired(1);
	OK(sql_int(f->db, "SELECT count(*) FROM lockstep_jobs") == 1, "a job");
	OK(scheduler_ticked_ms(s) >= before_ms, "its rounds can be watched");
}

static void another_takes_over(struct fixture *f, struct scheduler *s)
{
	struct scheduler *other = begin(f);

	scheduler_wake(other);
	make_due(f, "b");
	scheduler_wake(s);
	wait_for_fired(2);
	OK(scheduler_leads(s) && !scheduler_leads(other), "one leads");
	scheduler_close(s);
	wait_for_lead(other, "then the other");
	make_due(f, "c");
	scheduler_wake(other);
	wait_for_fired(3);
	scheduler_close(other);
	OK(sql_int(f->db, "SELECT count(*) FROM lockstep_leases WHERE holder <> ''") == 0,
	   "who goes gives the lease back");
}

/* Only a server can drop a connection. */
static void it_survives_a_lost_connection(struct fixture *f)
{
	struct scheduler *s = begin(f);

	wait_for_lead(s, "it leads");
	run_sql(f->db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		       "WHERE pid <> pg_backend_pid() AND datname = current_database()");
	make_due(f, "d");
	scheduler_wake(s);
	wait_for_fired(4);
	wait_for_lead(s, "and leads");
	scheduler_close(s);
}

static void a_database_that_is_none_is_told(void)
{
	struct scheduler *s = NULL;
	struct err e = { 0 };

	OK(!scheduler_open(STR("nowhere"), fired, NULL, &s, &e) && e.kind == ERR_CONFIG && !s, "%s",
	   e.text);
	scheduler_close(NULL);
}

int main(int argc, char **argv)
{
	struct fixture f;
	struct scheduler *s;

	fixture_choose(argc, argv);
	mutex_init(&seen.lock);
	condition_init(&seen.told);
	f = fixture_open(NULL);
	make_control(&f);
	apply(&f, queue_plan);
	apply(&f, schedule_plan);
	s = begin(&f);
	wait_for_lead(s, "the only one leads");
	it_fires_what_is_due(&f, s);
	another_takes_over(&f, s);
	if (on_postgres())
		it_survives_a_lost_connection(&f);
	a_database_that_is_none_is_told();
	fixture_close(&f);
	return tap_done();
}
