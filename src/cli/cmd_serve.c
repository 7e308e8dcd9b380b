/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_serve.c - `lockstep serve` and `lockstep work`: the service, its signals, its manager.
 *
 * Always: signals are blocked in every thread and taken one at a time by the main loop, so that
 * nothing of ours runs inside a handler.
 */
#include "base/log.h"
#include "base/thread.h"
#include "cli/app.h"
#include "cli/integrations.h"
#include "service/service.h"
#include "service/systemd.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define TOLD_BYTES_MAX ((size_t)64 * 1024)
#define WORKERS_MAX 256
#define TICK_MS 1000
#define DRAIN_MS 30000
#define EXTEND_MS 10000
#define STATUS_EVERY_MS 10000
/* timeout(1) and some managers send a signal twice: within this time it is the same wish. */
#define SIGNAL_TWICE_MS 1000

struct serving {
	struct service *service;
	struct arena *arena;
	sigset_t signals;
	int64_t watchdog_ms, alive_ms, status_ms;
	atomic_bool drained;
};

static void log_lines(const struct buf *told, bool bad)
{
	struct str rest = buf_str(told);

	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');

		if (bad)
			log_error("%.*s", STR_ARG(line));
		else
			log_warn("%.*s", STR_ARG(line));
	}
}

/* The next signal, or 0 when none came within a tick. */
static int next_signal(const struct serving *v)
{
	struct timespec wait = { TICK_MS / 1000, TICK_MS % 1000 * 1000000 };
	int number = sigtimedwait(&v->signals, NULL, &wait);

	return number > 0 ? number : 0;
}

/* ---- while it runs ---- */

static void tick(struct serving *v)
{
	AUTO_ARENA *a = arena_new("tick", (size_t)64 * 1024);
	int64_t now_ms = clock_steady_now();

	if (v->watchdog_ms > 0 && now_ms - v->alive_ms >= v->watchdog_ms - TICK_MS &&
	    service_live(v->service)) {
		v->alive_ms = now_ms;
		systemd_alive();
	}
	if (now_ms - v->status_ms >= STATUS_EVERY_MS) {
		v->status_ms = now_ms;
		systemd_status(service_says(v->service, a));
	}
}

static void set_log_format(struct service *s)
{
	AUTO_SETUP *setup = service_setup(s);

	log_set_format(setup_plan(setup)->server.log_format);
}

static void reload(struct serving *v)
{
	AUTO_BUF told;
	struct err e;

	buf_init(&told, TOLD_BYTES_MAX);
	systemd_reloading();
	log_info("reading the plan again");
	if (service_reload(v->service, &told, &e)) {
		set_log_format(v->service);
		log_lines(&told, false);
		log_info("the new plan is in force");
		systemd_ready(STR("the new plan is in force"));
		return;
	}
	log_lines(&told, true);
	log_error("the plan stays as it was");
	systemd_ready(STR("a new plan was refused; the one before stays in force"));
}

static void run(struct serving *v)
{
	int number;

	do {
		tick(v);
		number = next_signal(v);
		if (number == SIGHUP)
			reload(v);
	} while (number == 0 || number == SIGHUP);
	log_info("ending: what runs is brought to a good place first; another signal ends at once");
}

/* ---- the end ---- */

static void *drain(void *arg)
{
	struct serving *v = arg;

	service_drain(v->service, DRAIN_MS);
	atomic_store(&v->drained, true);
	kill(getpid(), SIGALRM);
	return NULL;
}

/* Waits for the drain, tells the manager that it goes on, and ends at once when asked again. */
static void end(struct serving *v)
{
	int64_t began_ms = clock_steady_now();
	pthread_t thread;
	int number;

	systemd_stopping(STR("ending what runs"));
	thread = thread_start(drain, v);
	do {
		systemd_extend(EXTEND_MS);
		tick(v);
		number = next_signal(v);
		if ((number == SIGTERM || number == SIGINT) &&
		    clock_steady_now() - began_ms > SIGNAL_TWICE_MS)
			_exit(128 + number);
	} while (!atomic_load(&v->drained));
	thread_join(thread);
}

static void announce(struct serving *v)
{
	struct str address = service_address(v->service, v->arena);
	struct pool_stats stats;

	service_pool_stats(v->service, &stats);
	if (address.len > 0)
		printf("lockstep %s serves %.*s with %zu workers\n", VERSION, STR_ARG(address),
		       stats.threads);
	else
		printf("lockstep %s works with %zu workers\n", VERSION, stats.threads);
	fflush(stdout);
	systemd_ready(service_says(v->service, v->arena));
}

/* Before any thread is made, for they inherit it. */
static void block_signals(struct serving *v)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM };

	sigemptyset(&v->signals);
	for (size_t i = 0; i < COUNT(wanted); i++)
		sigaddset(&v->signals, wanted[i]);
	pthread_sigmask(SIG_BLOCK, &v->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int serve(const struct args *a, struct service_options *o, struct arena *arena)
{
	struct serving v = { .arena = arena, .watchdog_ms = systemd_watchdog_ms() };
	struct str *dir = arena_new_array(arena, struct str, 4);
	struct err e;
	AUTO_BUF told;

	buf_init(&told, TOLD_BYTES_MAX);
	atomic_init(&v.drained, false);
	block_signals(&v);
	o->version = STR(VERSION);
	o->integrations = integrations;
	o->console = &console_assets;
	o->plan.file = app_plan_file(a);
	o->plan.connector_dir = dir;
	o->plan.connector_dirs = app_connector_dirs(arena, o->plan.file, dir);
	if (!service_open(o, &told, &v.service, &e)) {
		log_lines(&told, true);
		return told.len ? EXIT_USAGE : command_fail(a, &e);
	}
	set_log_format(v.service);
	announce(&v);
	run(&v);
	end(&v);
	service_close(v.service);
	log_info("ended");
	return EXIT_DONE;
}

static int serve_run(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("command", (size_t)1024 * 1024);
	const char *listen = args_value(a, "listen");
	struct service_options o = { .listen = listen ? str_from(listen) : STR(""),
				     .no_api = args_flag(a, "no-api"),
				     .no_scheduler = args_flag(a, "no-scheduler") };
	struct err e;

	if (!args_number(a, "workers", 0, WORKERS_MAX, -1, &o.workers, &e))
		return command_fail(a, &e);
	return serve(a, &o, arena);
}

/* A file belongs to one machine, and there `lockstep serve` has workers already. */
static bool check_shared(const struct args *a, struct arena *arena, struct err *e)
{
	struct str dir[4], file = app_plan_file(a);
	struct plan_options o = { .file = file,
				  .connector_dir = dir,
				  .connector_dirs = app_connector_dirs(arena, file, dir) };
	struct setup *setup;
	bool sqlite;
	AUTO_BUF told;

	buf_init(&told, TOLD_BYTES_MAX);
	if (!setup_load(&o, &told, &setup, e)) {
		log_lines(&told, true);
		return false;
	}
	sqlite = str_starts(setup_plan(setup)->database, STR("sqlite:"));
	setup_unref(setup);
	if (sqlite)
		return err_set(e, ERR_USAGE,
			       "the plan's database is an SQLite file, whose jobs `lockstep serve` "
			       "does itself; more workers elsewhere need PostgreSQL");
	return true;
}

static int work_run(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("command", (size_t)1024 * 1024);
	struct service_options o = { .no_api = true, .no_scheduler = args_flag(a, "no-scheduler") };
	struct err e = { .kind = ERR_NONE };

	if (!args_number(a, "workers", 1, WORKERS_MAX, -1, &o.workers, &e))
		return command_fail(a, &e);
	if (!check_shared(a, arena, &e))
		return e.kind == ERR_USAGE ? command_fail(a, &e) : EXIT_USAGE;
	return serve(a, &o, arena);
}

const struct command command_serve = {
	.name = "serve",
	.usage = "[options]",
	.summary = "run as a service: schedules, jobs, the HTTP API and the web console",
	.details =
		"Makes what the database lacks, then runs until it is told to end. SIGTERM and SIGINT let what\n"
		"runs come to a good place first (a second one ends at once; nothing is lost either way), SIGHUP\n"
		"reads the plan again. The console is at / of where it answers (http://127.0.0.1:8080), for\n"
		"whoever `lockstep user add` made; docs/console.md shows it. docs/server.md tells the rest: the\n"
		"plan's `server`, systemd, alerts.",
	.examples = "lockstep serve\n"
		    "lockstep serve --listen 127.0.0.1:9000 --workers 2\n"
		    "lockstep serve --workers 0        only the API, the console and the schedules",
	.option = {
		OPTION_PLAN,
		{ "listen", 'l', "ADDRESS", "where to answer, in place of the plan's server.listen" },
		{ "workers", 'w', "N", "jobs to run at once, in place of the plan's; 0: none" },
		{ "no-api", 0, NULL, "no HTTP API and no console" },
		{ "no-scheduler", 0, NULL, "leave the schedules to other processes" },
	},
	.run = serve_run,
};

const struct command command_work = {
	.name = "work",
	.usage = "[options]",
	.summary = "run jobs for a service on another machine (PostgreSQL)",
	.details =
		"Workers without an API, on as many machines as you like; the database is all they share. One of\n"
		"all processes looks after the schedules, another takes over when it ends.",
	.examples = "lockstep work --workers 16",
	.option = {
		OPTION_PLAN,
		{ "workers", 'w', "N", "jobs to run at once, in place of the plan's" },
		{ "no-scheduler", 0, NULL, "leave the schedules to other processes" },
	},
	.run = work_run,
};
