/* SPDX-License-Identifier: Apache-2.0 */
/* t_beacon.c - triggers that tell of changes: made once, heard by others, silent on beats. */
#include "fixture.h"
#include "tap.h"

#include "store/beacon.h"
#include "store/control.h"
#include "store/listen.h"

#include <poll.h>

/* The tables that are watched, as far as triggers need them. */
static const char *const tables[] = {
	"CREATE TABLE lockstep_schedules (name text PRIMARY KEY, version bigint NOT NULL, next_ms bigint "
	"NOT NULL, paused bigint NOT NULL, problem text NOT NULL, looked_ms bigint NOT NULL)",
	"CREATE TABLE lockstep_schedule_fires (schedule text, slot_ms bigint)",
	"CREATE TABLE lockstep_pauses (scope text PRIMARY KEY)",
	"CREATE TABLE lockstep_sessions (id bigint PRIMARY KEY, busy bigint NOT NULL, draining bigint NOT "
	"NULL, gone bigint NOT NULL, beat_ms bigint NOT NULL)",
	"CREATE TABLE lockstep_audit (number bigint PRIMARY KEY)",
};

static void run(struct db *d, const char *sql)
{
	must(db_exec(d, sql, NULL, 0, NULL, &oops));
}

/* A table into which an application writes. */
static const struct beacon_watch theirs[] = {
	{ "athletes", BEACON_COMPETITOR, NULL },
	{ .table = NULL },
};

static size_t plan(struct fixture *f, const struct beacon_watch *more)
{
	const struct beacon_watch *const watch[] = { beacon_own, more, NULL };
	struct str *statement;
	size_t n;

	must(beacon_plan(f->db, f->a, watch, &statement, &n, &oops));
	must(n == 0 || schema_apply(f->db, statement, n, &oops));
	return n;
}

/* What another connection hears of what `sql` does, as bits of kinds. */
struct ear {
	struct fixture *f;
	struct db *other;
	struct beacon_place place;
	struct listener *listener;
};

static unsigned hear(struct ear *x)
{
	int64_t until_ms = clock_steady_now() + 5000;
	unsigned told = 0;

	if (!x->listener) {
		must(beacon_look(x->f->db, &x->place, &told, &oops));
		return told;
	}
	/* What comes last is known: a channel of its own. */
	run(x->other, "SELECT pg_notify('lockstep_end', '')");
	while (!(told & 1u << BEACON_KINDS) && clock_steady_now() < until_ms) {
		struct pollfd fd = { .fd = listener_fd(x->listener),
				     .events = listener_events(x->listener) };

		poll(&fd, 1, 20);
		told |= listener_take(x->listener);
	}
	return told & ((1u << BEACON_KINDS) - 1);
}

static unsigned after(struct ear *x, const char *sql)
{
	run(x->other, sql);
	return hear(x);
}

static void open_ear(struct ear *x, struct fixture *f)
{
	const char *channel[BEACON_KINDS + 1];

	*x = (struct ear){ .f = f, .other = fixture_again(f) };
	for (size_t i = 0; i < BEACON_KINDS; i++)
		channel[i] = beacon_channel((enum beacon_kind)i);
	channel[BEACON_KINDS] = "lockstep_end";
	must(listener_open(f->url, channel, COUNT(channel), &x->listener, &oops));
	hear(x);
	if (x->listener)
		hear(x); /* the first says "look at everything" */
}

static void test_plan(struct fixture *f)
{
	size_t first;

	for (size_t i = 0; i < COUNT(tables); i++)
		run(f->db, tables[i]);
	first = plan(f, NULL);
	OK(first > 20 && plan(f, NULL) == 0, "triggers are made once");
	run(f->db, "CREATE TABLE lockstep_outbox (id bigint PRIMARY KEY, state text)");
	OK(plan(f, beacon_outbox) > 0 && plan(f, beacon_outbox) == 0,
	   "that of the outbox when there is one");
	run(f->db, "CREATE TABLE athletes (id bigint PRIMARY KEY, name text)");
	OK(plan(f, theirs) > 0 && plan(f, theirs) == 0, "and those of an application's table");
	run(f->db, "CREATE TABLE changed (id bigint PRIMARY KEY, name text, city text)");
	run(f->db, "DROP TABLE athletes");
	run(f->db, "ALTER TABLE changed RENAME TO athletes");
	OK(plan(f, theirs) > 0 && plan(f, theirs) == 0, "anew when the application made it anew");
}

static void test_told(struct fixture *f)
{
	struct ear x;

	open_ear(&x, f);
	OK(hear(&x) == 0, "where nothing happens nothing is heard");
	OK(after(&x, "INSERT INTO lockstep_pauses (scope) VALUES ('*')") == 1u << BEACON_QUEUE,
	   "an insert of any writer is heard, by its kind");
	OK(after(&x, "DELETE FROM lockstep_pauses") == 1u << BEACON_QUEUE, "a deletion is");
	OK(after(&x, "DELETE FROM lockstep_pauses") == 0, "one of nothing is not");
	OK(after(&x, "INSERT INTO lockstep_outbox (id, state) VALUES (1, 'pending')") ==
		   1u << BEACON_OUTBOX,
	   "the outbox is heard");
	OK(after(&x, "UPDATE lockstep_outbox SET state = 'failed'") == 1u << BEACON_OUTBOX,
	   "an update is heard");
	OK(after(&x, "INSERT INTO athletes (id, name) VALUES (1, 'a')") ==
			   1u << BEACON_COMPETITOR &&
		   after(&x, "UPDATE athletes SET name = 'b'") == 1u << BEACON_COMPETITOR &&
		   after(&x, "DELETE FROM athletes") == 1u << BEACON_COMPETITOR,
	   "whatever is done to an application's row is heard");
	OK(after(&x, "INSERT INTO lockstep_sessions VALUES (1, 0, 0, 0, 0)") ==
			   1u << BEACON_WORKER &&
		   after(&x, "UPDATE lockstep_sessions SET beat_ms = 1") == 0 &&
		   after(&x, "UPDATE lockstep_sessions SET busy = 1") == 1u << BEACON_WORKER,
	   "of a worker what it does is heard, not that it lives");
	OK(after(&x, "INSERT INTO lockstep_schedules VALUES ('a', 1, 1, 0, '', 0)") ==
			   1u << BEACON_SCHEDULE &&
		   after(&x, "UPDATE lockstep_schedules SET looked_ms = 5") == 0 &&
		   after(&x, "UPDATE lockstep_schedules SET paused = 1") == 1u << BEACON_SCHEDULE,
	   "of a schedule what changes, not that it was looked at");
	must(beacon_tell(x.other, 1u << BEACON_JOB | 1u << BEACON_PTI, &oops));
	OK(hear(&x) == (1u << BEACON_JOB | 1u << BEACON_PTI), "what has no trigger is told");
	OK(beacon_is_told(BEACON_RUN) && !beacon_is_told(BEACON_JOB),
	   "and is known not to have one");
	listener_close(x.listener);
	db_close(x.other);
}

int main(int argc, char **argv)
{
	struct fixture f;

	fixture_choose(argc, argv);
	f = fixture_open(NULL);
	make_control(&f);
	test_plan(&f);
	test_told(&f);
	fixture_close(&f);
	return tap_done();
}
