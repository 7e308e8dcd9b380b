/* SPDX-License-Identifier: Apache-2.0 */
/* t_listen.c - hints arrive, and a listener that has gone deaf notices. */
#include "fixture.h"

#include "base/clock.h"
#include "store/listen.h"

#include "tap.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static const char *const channel[] = { LISTEN_JOBS, "lockstep_run" };
#define JOBS 1u
#define EVENTS 2u

/* One wait for whatever the listener waits for; what it was told. */
static unsigned look(struct listener *l)
{
	struct pollfd p = { .fd = listener_fd(l), .events = listener_events(l) };
	int64_t wait_ms = listener_wait_ms(l);

	if (poll(&p, 1, (int)(wait_ms < 1000 ? wait_ms : 1000)) < 0)
		abort();
	return listener_take(l);
}

/* Until something is told, or patience ends. */
static unsigned wait_for_hint(struct listener *l)
{
	int64_t until = clock_steady_now() + PATIENCE_MS;
	unsigned told = 0;

	while (!told && clock_steady_now() < until)
		told = look(l);
	return told;
}

static struct listener *open_listener(struct str url)
{
	struct listener *l = NULL;

	must(listener_open(url, channel, COUNT(channel), &l, &oops));
	return l;
}

static void hints_come_with_the_commit(void)
{
	struct fixture f = fixture_open(NULL);
	struct listener *l = open_listener(f.url);

	OK(!listener_hears(l), "at first it hears nothing");
	OK(wait_for_hint(l) == (JOBS | EVENTS), "connected: look at everything");
	OK(listener_hears(l), "and hears");
	run_sql(f.db, "NOTIFY lockstep_run");
	OK(wait_for_hint(l) == EVENTS, "one channel is told apart from the other");
	must(db_begin(f.db, &oops));
	run_sql(f.db, "NOTIFY lockstep_run");
	db_rollback(f.db);
	run_sql(f.db, "NOTIFY lockstep_jobs, 'something'");
	OK(wait_for_hint(l) == JOBS, "what was rolled back is not told");
	listener_close(l);
	fixture_close(&f);
}

static int64_t listeners_pid(struct fixture *f)
{
	return sql_int(f->db, "SELECT CAST(max(pid) AS bigint) FROM pg_stat_activity WHERE "
			      "application_name = 'lockstep listener'");
}

static void a_lost_connection_is_made_anew(void)
{
	struct fixture f = fixture_open(NULL);
	struct listener *l = open_listener(f.url);

	OK(wait_for_hint(l) != 0, "connected");
	run_sql(f.db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
		      "application_name = 'lockstep listener'");
	OK(wait_for_hint(l) == (JOBS | EVENTS), "hints may have been lost: look at everything");
	run_sql(f.db, "NOTIFY lockstep_jobs");
	OK(wait_for_hint(l) == JOBS, "and it hears again");
	listener_close(l);
	fixture_close(&f);
}

/* The other end stands still, which no error ever tells. */
static void without_an_echo_it_is_made_anew(void)
{
	struct fixture f = fixture_open(NULL);
	struct listener *l = open_listener(f.url);
	pid_t pid;

	OK(wait_for_hint(l) != 0, "connected");
	pid = (pid_t)listeners_pid(&f);
	if (kill(pid, SIGSTOP) != 0)
		abort();
	run_sql(f.db, "NOTIFY lockstep_jobs");
	OK(wait_for_hint(l) == (JOBS | EVENTS), "no echo: a new connection, look at everything");
	OK(listeners_pid(&f) != 0 && listener_hears(l), "which hears");
	kill(pid, SIGCONT);
	listener_close(l);
	fixture_close(&f);
}

static void a_restarted_server_is_heard_again(void)
{
	const char *restart = getenv("LOCKSTEP_TEST_POSTGRES_RESTART");
	struct fixture f = fixture_open(NULL);
	struct listener *l = open_listener(f.url);
	struct err e;

	if (restart) {
		OK(wait_for_hint(l) != 0, "connected");
		OK(system(restart) == 0, "the server is killed and started");
		OK(wait_for_hint(l) == (JOBS | EVENTS), "look at everything");
		if (!db_begin(f.db, &e)) /* finds its connection lost */
			must(db_begin(f.db, &oops));
		must(db_commit(f.db, &oops));
		run_sql(f.db, "NOTIFY lockstep_jobs");
		OK(wait_for_hint(l) == JOBS, "and it hears again");
	}
	listener_close(l);
	fixture_close(&f);
}

static void nobody_there_costs_little(void)
{
	struct listener *l = open_listener(STR("postgresql://u:canary@127.0.0.1:1/x"));
	int64_t began_ms = clock_steady_now();
	unsigned told = 0;
	int looks = 0;

	for (; looks < 100 && clock_steady_now() < began_ms + 1500; looks++)
		told |= look(l);
	OK(told == 0 && !listener_hears(l), "nothing is told");
	/* 100, 200, 400 ms and so on apart, and up to three steps for each attempt. */
	OK(looks <= 24, "a dead server is no busy loop: %d looks", looks);
	listener_close(l);
}

static void what_has_no_listener(void)
{
	struct listener *l = (struct listener *)&l;
	struct err e;

	OK(listener_open(STR("sqlite:x.db"), channel, COUNT(channel), &l, &e) && !l,
	   "SQLite has none");
	OK(listener_fd(NULL) == -1 && listener_take(NULL) == 0 && !listener_hears(NULL) &&
		   listener_wait_ms(NULL) > PATIENCE_MS,
	   "which all calls take");
	listener_close(NULL);
	OK(!listener_open(STR("postgresql://u:canary@host/x?nonsense=1"), channel, COUNT(channel),
			  &l, &e) &&
		   e.kind == ERR_CONFIG && !strstr(e.text, "canary"),
	   "a bad URL is told, not shown: %s", e.text);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	what_has_no_listener();
	nobody_there_costs_little();
	hints_come_with_the_commit();
	a_lost_connection_is_made_anew();
	without_an_echo_it_is_made_anew();
	a_restarted_server_is_heard_again();
	return tap_done();
}
