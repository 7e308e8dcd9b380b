/* SPDX-License-Identifier: Apache-2.0 */
/* t_ledger.c - no vendor sees more calls in any window than its limit allows. */
#include "base/rng.h"
#include "fixture.h"
#include "store/ledger_use.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- a clock of our own ---- */

struct fake_clock {
	struct clock clock;
	int64_t now_ms;
};

static int64_t fake_now(struct clock *c)
{
	return CONTAINER(c, struct fake_clock, clock)->now_ms;
}

static bool fake_sleep(struct clock *c, int64_t wait_ms, const struct cancel *stop, struct err *e)
{
	(void)stop;
	(void)e;
	CONTAINER(c, struct fake_clock, clock)->now_ms += wait_ms;
	return true;
}

static const struct clock_ops fake_ops = { fake_now, fake_now, fake_sleep };

/* ---- the model: workers that send when they may, and a vendor that counts ---- */

#define WORKERS 6
#define HOLD_MS 3000

struct worker {
	int64_t ask_ms;   /* when it asks next, or is done with its call */
	int64_t ticket;   /* of the call that is on its way, or 0 */
	int64_t lands_ms; /* when that reaches the vendor */
};

struct model {
	struct fixture *f;
	struct fake_clock *clock;
	struct rng rng;
	const struct ledger_rate *rate;
	size_t rates;
	struct worker worker[WORKERS];
	int64_t *landed;
	size_t calls, calls_max;
};

/* A call takes up to the deadline, lands somewhere on the way, and sometimes its process dies. */
static void step(struct model *m, struct worker *w)
{
	struct ledger_answer r = { 0 };
	int64_t now = m->clock->now_ms;

	if (w->ticket) {
		if (rng_below(&m->rng, 10))
			must(ledger_sent(m->f->db, w->ticket, &oops));
		w->ticket = 0;
		w->ask_ms = now + (int64_t)rng_below(&m->rng, 20);
		return;
	}
	must(ledger_take(m->f->db, STR("key"), m->rate, m->rates, HOLD_MS, &r, &oops));
	if (r.wait_ms) {
		w->ask_ms = now + r.wait_ms;
		return;
	}
	w->ticket = r.ticket;
	w->ask_ms = now + (int64_t)rng_below(&m->rng, rng_below(&m->rng, 4) ? 80 : HOLD_MS);
	w->lands_ms = now + (int64_t)rng_below(&m->rng, (uint64_t)(w->ask_ms - now) + 1);
	m->landed[m->calls++] = w->lands_ms;
}

static struct worker *next_worker(struct model *m)
{
	struct worker *next = &m->worker[0];

	for (size_t i = 1; i < WORKERS; i++)
		if (m->worker[i].ask_ms < next->ask_ms)
			next = &m->worker[i];
	return next;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The most that the vendor saw within `interval_ms`, both ends included. */
static int64_t most_in_window(const struct model *m, int64_t interval_ms)
{
	int64_t most = 0;

	for (size_t i = 0, from = 0; i < m->calls; i++) {
		while (m->landed[i] - m->landed[from] > interval_ms)
			from++;
		if ((int64_t)(i - from) + 1 > most)
			most = (int64_t)(i - from) + 1;
	}
	return most;
}

static void simulate(uint64_t seed, const struct ledger_rate *rate, size_t rates, size_t calls)
{
	struct fake_clock clock = { { &fake_ops }, 1000000 };
	struct fixture f = fixture_open(&clock.clock);
	struct model m = { .f = &f,
			   .clock = &clock,
			   .rng = { seed },
			   .rate = rate,
			   .rates = rates,
			   .calls_max = calls };
	int64_t begun = clock.now_ms;

	make_control(&f);
	run_sql(f.db, "PRAGMA synchronous=OFF");
	m.landed = arena_new_array(f.a, int64_t, calls + 1);
	while (m.calls < calls) {
		struct worker *w = next_worker(&m);

		if (w->ask_ms > clock.now_ms)
			clock.now_ms = w->ask_ms;
		step(&m, w);
	}
	qsort(m.landed, m.calls, sizeof(*m.landed), by_time);
	for (size_t i = 0; i < rates; i++)
		OK(most_in_window(&m, rate[i].interval_ms) <= rate[i].limit,
		   "seed %d: at most %d of %d in any %d ms", (int)seed,
		   (int)most_in_window(&m, rate[i].interval_ms), (int)rate[i].limit,
		   (int)rate[i].interval_ms);
	OK(clock.now_ms - begun < 100 * 3600 * 1000, "and it comes to an end");
	fixture_close(&f);
}

static void the_limit_holds_in_every_window(void)
{
	static const struct ledger_rate one[] = { { 30, 10000 } };
	static const struct ledger_rate two[] = { { 5, 1000 }, { 40, 30000 } };
	static const struct ledger_rate single[] = { { 1, 500 } };

	for (uint64_t seed = 1; seed <= 6; seed++) {
		simulate(seed, one, 1, 400);
		simulate(seed, two, 2, 300);
		simulate(seed, single, 1, 100);
	}
}

/* ---- single promises, on every store ---- */

static struct ledger_answer take(struct db *d, const char *key, const struct ledger_rate *rate)
{
	struct ledger_answer r = { 0 };

	must(ledger_take(d, str_from(key), rate, rate != NULL, 60000, &r, &oops));
	return r;
}

static void calls_are_counted(void)
{
	static const struct ledger_rate rate = { 3, 3600000 };
	struct fixture f = fixture_open(NULL);
	struct ledger_answer r;
	int64_t used = 0;

	make_control(&f);
	for (int i = 0; i < 3; i++) {
		r = take(f.db, "key", &rate);
		OK(r.wait_ms == 0 && r.ticket > 0 && r.left == 2 - i, "call %d may go", i + 1);
	}
	r = take(f.db, "key", &rate);
	OK(r.wait_ms > 0 && r.wait_ms <= 1000 && r.left == 0,
	   "the next waits, a little while one is "
	   "under way");
	must(ledger_used(f.db, STR("key"), &used, &oops));
	OK(used == 3, "three count");
	must(ledger_used(f.db, STR("other"), &used, &oops));
	OK(used == 0, "each key for itself");
	run_sql(f.db, "UPDATE lockstep_ledger SET sent = 1");
	r = take(f.db, "key", &rate);
	OK(r.wait_ms > 3500000, "and long when all have landed");
	r = take(f.db, "other", &rate);
	OK(r.wait_ms == 0, "another key is free");
	must(ledger_sent(f.db, r.ticket, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_ledger WHERE ledger_key = 'other' AND "
			 "sent = 1") == 1,
	   "a call that has landed");
	fixture_close(&f);
}

static void a_block_is_for_everybody(void)
{
	static const struct ledger_rate rate = { 3, 1000 };
	struct fixture f = fixture_open(NULL);
	struct db *other;
	struct ledger_answer r;

	make_control(&f);
	must(ledger_block(f.db, STR("key"), 50000, &oops));
	must(ledger_block(f.db, STR("key"), 10, &oops));
	other = fixture_again(&f);
	r = take(other, "key", &rate);
	OK(r.wait_ms > 40000 && r.wait_ms <= 50000, "another connection waits too; a shorter block "
						    "takes nothing away");
	r = take(other, "key", NULL);
	OK(r.wait_ms > 40000, "also without any rate");
	db_close(other);
	fixture_close(&f);
}

static void a_reboot_makes_nobody_faster(void)
{
	static const struct ledger_rate rate = { 2, 1000000 };
	struct fixture f = fixture_open(NULL);
	struct ledger_answer r;

	make_control(&f);
	(void)take(f.db, "key", &rate);
	(void)take(f.db, "key", &rate);
	run_sql(f.db, "UPDATE lockstep_ledger_keys SET epoch = 'an earlier boot';\n"
		      "UPDATE lockstep_ledger SET arrives_ms = 5");
	r = take(f.db, "key", &rate);
	OK(r.wait_ms > 990000, "calls of an earlier boot count as if they were new");
	fixture_close(&f);
}

static void people_see_how_it_stands(void)
{
	static const struct ledger_rate rate = { 3, 3600000 };
	struct fixture f = fixture_open(NULL);
	struct ledger_hour *hour;
	struct ledger_use use;
	int64_t deleted;
	size_t n;

	make_control(&f);
	must(ledger_use(f.db, STR("key"), rate.interval_ms, &use, &oops));
	OK(use.used == 0 && use.flying == 0 && use.next_ms == 0 && use.blocked_ms == 0,
	   "nothing was sent yet");
	must(ledger_sent(f.db, take(f.db, "key", &rate).ticket, &oops));
	(void)take(f.db, "key", &rate);
	must(ledger_use(f.db, STR("key"), rate.interval_ms, &use, &oops));
	OK(use.used == 2 && use.flying == 1, "two count, one is on its way");
	OK(use.next_ms > 3500000 && use.next_ms <= 3600001, "the first counts for an hour");
	(void)take(f.db, "key", &rate);
	run_sql(f.db, "UPDATE lockstep_ledger SET sent = 1");
	(void)take(f.db, "key", &rate);
	must(ledger_block(f.db, STR("key"), 50000, &oops));
	must(ledger_use(f.db, STR("key"), rate.interval_ms, &use, &oops));
	OK(use.blocked_ms > 40000 && use.blocked_ms <= 50000, "the vendor wants to be left alone");
	must(ledger_hours(f.db, f.a, STR("key"), 0, &hour, &n, &oops));
	OK(n > 0 && hour[0].calls + (n > 1 ? hour[1].calls : 0) == 3, "calls by the hour");
	OK(hour[n - 1].wait_max_ms > 3500000, "the longest wait");
	must(ledger_hours_cleanup(f.db, hour[n - 1].hour_ms + 1, &deleted, &oops));
	OK(deleted == (int64_t)n, "old hours go");
	fixture_close(&f);
}

static int hammer(struct fixture *f)
{
	static const struct ledger_rate rate = { 20, 3600000 };
	int admitted = 0;

	for (int i = 0; i < 30; i++) {
		admitted += take(f->db, "shared", &rate).wait_ms == 0;
	}
	return admitted;
}

static void processes_share_one_budget(void)
{
	struct fixture f = fixture_open(NULL);
	int pid[3], admitted = 0;

	make_control(&f);
	for (size_t i = 0; i < COUNT(pid); i++)
		pid[i] = fixture_fork(&f, hammer);
	for (size_t i = 0; i < COUNT(pid); i++)
		admitted += fixture_wait(pid[i]);
	OK(admitted == 20, "three processes were admitted 20 times together, not %d", admitted);
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	calls_are_counted();
	a_block_is_for_everybody();
	people_see_how_it_stands();
	if (!on_postgres()) {
		a_reboot_makes_nobody_faster();
		the_limit_holds_in_every_window();
	}
	processes_share_one_budget();
	return tap_done();
}
