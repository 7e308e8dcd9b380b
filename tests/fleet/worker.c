/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - one process of a fleet: its jobs ("visit") each ask the vendor something and write a
 * row.
 *
 * Usage: fleet-worker PLAN CONNECTION THREADS [nap]
 *
 * The row goes into fleet_effects in a transaction that holds the job's fence, with the session,
 * the attempt and the time of the claim that wrote it.  What was refused is told on standard
 * output, a line each: "refused" for a write, "fenced" for an acknowledgement, "lost" for a
 * session.  SIGTERM drains.  With "nap" the process stands still before its first row, when it has
 * told "asleep", until it gets a SIGCONT.
 */
#include "base/file.h"
#include "base/log.h"
#include "connector/plan.h"
#include "flow/probe.h"
#include "work/pool.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DRAIN_MS 20000

struct fleet {
	const struct connection *connection;
	struct client *client;
	struct seal *seal;
	atomic_bool nap;
};

static void tell_line(const char *word)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "%s\n", word);

	if (n > 0 && write(STDOUT_FILENO, line, (size_t)n) < 0)
		exit(1);
}

struct effect {
	struct job_run *run;
};

static bool write_effect(void *arg, struct err *e)
{
	const struct effect *w = arg;
	const struct fence *f = &w->run->job->fence;
	struct value param[] = { value_int(f->job), value_int(f->session), value_int(f->attempt),
				 value_int(w->run->job->claimed_ms) };

	return fence_hold(w->run->db, f, e) &&
	       db_exec(w->run->db,
		       "INSERT INTO fleet_effects (job, session, attempt, claimed_ms) "
		       "VALUES (?1, ?2, ?3, ?4)",
		       param, COUNT(param), NULL, e);
}

/* A signal stops all threads, but not at once the one that sends it: that one waits. */
static void stand_still(void)
{
	sigset_t set;
	int woken;

	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	tell_line("asleep");
	kill(getpid(), SIGSTOP);
	sigwait(&set, &woken);
}

static bool visit(struct job_run *r, struct err *e)
{
	struct fleet *fleet = r->arg;
	struct rng rng = { .state = (uint64_t)r->job->fence.job * 7919u +
				    (uint64_t)clock_steady_ms(r->clock) };
	struct engine engine = { .client = fleet->client,
				 .db = r->db,
				 .clock = r->clock,
				 .seal = fleet->seal,
				 .rng = &rng,
				 .stop = r->stop,
				 .fence = &r->job->fence };
	struct effect effect = { .run = r };
	struct probe_result *probe;
	size_t n;

	if (probe_connection(&engine, fleet->connection, r->arena, &probe, &n, e)) {
		if (atomic_exchange(&fleet->nap, false))
			stand_still();
		if (db_transact(r->db, write_effect, &effect, e))
			return true;
	}
	if (e->kind == ERR_FENCED)
		tell_line("refused");
	return false;
}

static void on_event(void *arg, const struct pool_event *ev)
{
	(void)arg;
	if (ev->kind == POOL_FENCED)
		tell_line("fenced");
	if (ev->kind == POOL_SESSION_LOST)
		tell_line("lost");
}

static int wait_for_signal(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 1;
	close(fd);
	return 0;
}

static bool work(struct fleet *fleet, const struct plan *plan, size_t threads, struct err *e)
{
	static const struct task tasks[] = {
		{ .name = "visit",
		  .says = "asks the vendor and writes a row",
		  .run = visit,
		  .attempts_max = 100,
		  .base_ms = 50,
		  .cap_ms = 500 },
	};
	struct pool_options o = { .database = plan->database,
				  .task = tasks,
				  .tasks = COUNT(tasks),
				  .task_arg = fleet,
				  .threads = threads,
				  .version = STR("test"),
				  .tell = on_event };
	struct pool *pool;

	if (!pool_open(&o, &pool, e))
		return false;
	tell_line("ready");
	wait_for_signal();
	pool_drain(pool, DRAIN_MS);
	pool_close(pool);
	return true;
}

static bool open_fleet(struct fleet *fleet, const struct plan *plan, const char *connection,
		       struct err *e)
{
	struct client_options o = { .user_agent = STR("lockstep-fleet") };

	fleet->connection = plan_connection(plan, str_from(connection));
	if (!fleet->connection)
		return err_set(e, ERR_MISSING, "no connection '%s'", connection);
	return seal_open(plan->key_file, &fleet->seal, e) && client_open(&o, &fleet->client, e);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCONT); /* it goes on nevertheless; see stand_still() */
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	AUTO_ARENA *a = arena_new("fleet", (size_t)64 * 1024 * 1024);
	struct str dir[2];
	struct plan_options o = { .connector_dir = dir, .connector_dirs = COUNT(dir) };
	const char *connectors = getenv("LOCKSTEP_CONNECTORS");
	const struct plan *plan;
	struct fleet fleet = { 0 };
	struct err e;
	int64_t threads;
	bool ok;

	if (argc < 4 || argc > 5 || !connectors || !str_to_i64(str_from(argv[3]), &threads) ||
	    threads < 1)
		return 2;
	atomic_init(&fleet.nap, argc == 5 && strcmp(argv[4], "nap") == 0);
	block_signals();
	o.file = str_from(argv[1]);
	dir[0] = file_join(a, file_dir(a, o.file), STR("connectors"));
	dir[1] = str_from(connectors);
	ok = plan_load(a, &o, &plan, NULL, &e) && open_fleet(&fleet, plan, argv[2], &e) &&
	     work(&fleet, plan, (size_t)threads, &e);
	if (!ok)
		log_error("%s", e.text);
	client_close(fleet.client);
	seal_close(fleet.seal);
	return !ok;
}
