/* SPDX-License-Identifier: Apache-2.0 */
/*
 * game_day.c - one cycle, or one totals sweep, at a time that the caller says: a process of a day.
 *
 * Usage: game-day PLAN UNIX migrate|cycle|full|sweep [DEATH N]
 *
 * The clock stands at UNIX and moves by waiting alone, which takes no time.  DEATH is where the
 * process kills itself (SIGKILL), the N-th time it comes there: `answered` (an answer has come and
 * nothing of it is written yet) or `written` (a competitor's transaction is committed).  Prints
 * what came of it as JSON, with the process's own CPU time and peak memory.
 */
#include "base/file.h"
#include "base/log.h"
#include "gameplatform/schema.h"
#include "gameplatform/score_cycle.h"
#include "gameplatform/totals.h"
#include "hand_clock.h"
#include "http/client.h"
#include "store/control.h"
#include "store/table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define SWEEP_BATCH 100

struct day {
	struct arena *arena;
	const struct plan *plan;
	const struct connection *connection;
	struct hand_clock clock;
	struct client client, *wire;
	struct db *db;
	struct seal *seal;
	struct rng rng;
	int64_t answered, written; /* dies there; 0: never */
};

static void die_at(int64_t *left)
{
	if (*left > 0 && --*left == 0)
		raise(SIGKILL);
}

/* ---- the wire, with a place to die at ---- */

static bool wire_start(struct client *c, const struct request *r, struct transfer **out,
		       struct err *e)
{
	struct day *d = CONTAINER(c, struct day, client);

	return d->wire->ops->start(d->wire, r, out, e);
}

static bool wire_wait(struct client *c, struct transfer *t, struct arena *a, int64_t wait_ms,
		      const struct cancel *stop, bool *done, struct response *out, struct err *e)
{
	struct day *d = CONTAINER(c, struct day, client);
	bool ok = d->wire->ops->wait(d->wire, t, a, wait_ms, stop, done, out, e);

	if (ok && *done)
		die_at(&d->answered);
	return ok;
}

static void wire_abandon(struct client *c, struct transfer *t)
{
	struct day *d = CONTAINER(c, struct day, client);

	d->wire->ops->abandon(d->wire, t);
}

static bool after_one(void *arg, const struct score_counts *c, size_t left, struct err *e)
{
	struct day *d = arg;

	(void)c;
	(void)left;
	(void)e;
	die_at(&d->written);
	return true;
}

/* ---- what is done ---- */

static struct engine engine_of(struct day *d)
{
	return (struct engine){ .client = &d->client,
				.db = d->db,
				.clock = &d->clock.clock,
				.seal = d->seal,
				.rng = &d->rng };
}

static bool apply(struct day *d,
		  bool (*plan)(struct db *d, struct arena *a, struct str **statement, size_t *n,
			       struct err *e),
		  struct err *e)
{
	struct str *statement;
	size_t n;

	return plan(d->db, d->arena, &statement, &n, e) && schema_apply(d->db, statement, n, e);
}

static bool game_plan(struct db *d, struct arena *a, struct str **statement, size_t *n,
		      struct err *e)
{
	return game_schema_plan(d, a, NULL, statement, n, e);
}

static bool migrate(struct day *d, struct err *e)
{
	return apply(d, control_plan, e) && apply(d, game_plan, e);
}

static void tell_usage(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("\"cpu_ms\":%lld,\"peak_kib\":%ld}\n",
	       (long long)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
		       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000,
	       u.ru_maxrss);
}

static bool run_cycle(struct day *d, bool full, struct err *e)
{
	struct engine g = engine_of(d);
	struct score_options o = { .force_full = full, .step = after_one, .arg = d };
	struct score_result r;

	if (!score_cycle(&g, d->connection, &o, d->arena, &r, e))
		return false;
	printf("{\"total\":%lld,\"synced\":%lld,\"skipped\":%lld,\"failed\":%lld,\"calls\":%lld,"
	       "\"events\":%lld,\"alarm\":%s,",
	       (long long)r.counts.total, (long long)r.counts.synced, (long long)r.counts.skipped,
	       (long long)r.counts.failed, (long long)r.counts.calls, (long long)r.counts.flash,
	       r.alarm ? "true" : "false");
	return true;
}

static bool run_sweep(struct day *d, struct err *e)
{
	struct engine g = engine_of(d);
	struct totals_wish w = { .batch = SWEEP_BATCH };
	struct totals_result r;

	if (!totals_sweep(&g, d->connection, &w, d->arena, &r, e))
		return false;
	printf("{\"total\":%lld,\"refreshed\":%lld,\"failed\":%lld,\"calls\":%lld,",
	       (long long)r.total, (long long)r.refreshed, (long long)r.failed, (long long)r.calls);
	return true;
}

static bool do_it(struct day *d, const char *what, struct err *e)
{
	if (strcmp(what, "migrate") == 0)
		return migrate(d, e) && printf("{") > 0;
	if (strcmp(what, "sweep") == 0)
		return run_sweep(d, e);
	return run_cycle(d, strcmp(what, "full") == 0, e);
}

/* ---- the process ---- */

static bool day_open(struct day *d, const char *file, struct err *e)
{
	static const struct client_ops ops = { "day", wire_start, wire_wait, wire_abandon, NULL };
	struct client_options wire = { .user_agent = STR("lockstep-day") };
	struct db_options store = { .create = true, .clock = &d->clock.clock };
	struct plan_options o = { .file = str_from(file), .connector_dirs = 1 };
	const char *connectors = getenv("LOCKSTEP_CONNECTORS");
	struct str dir = str_from(connectors ? connectors : "connectors");

	o.connector_dir = &dir;
	d->client.ops = &ops;
	if (!plan_load(d->arena, &o, &d->plan, NULL, e))
		return false;
	d->connection = &d->plan->connection[0];
	return seal_open(d->plan->key_file, &d->seal, e) && client_open(&wire, &d->wire, e) &&
	       db_open(d->plan->database, &store, &d->db, e);
}

int main(int argc, char **argv)
{
	AUTO_ARENA *a = arena_new("day", (size_t)1 << 30);
	struct day d = { .arena = a };
	int64_t unix_s, n = 0;
	struct err e;
	bool ok;

	if (argc < 4 || !str_to_i64(str_from(argv[2]), &unix_s) ||
	    (argc > 4 && (argc < 6 || !str_to_i64(str_from(argv[5]), &n))))
		return 2;
	if (n > 0)
		*(strcmp(argv[4], "written") == 0 ? &d.written : &d.answered) = n;
	hand_clock_init(&d.clock, unix_s * 1000);
	d.clock.steady_ms = unix_s * 1000;
	d.rng.state = (uint64_t)unix_s;
	signal(SIGPIPE, SIG_IGN);
	ok = day_open(&d, argv[1], &e) && do_it(&d, argv[3], &e);
	if (ok)
		tell_usage();
	else
		log_error("%s", e.text);
	db_close(d.db);
	seal_close(d.seal);
	client_close(d.wire);
	return !ok;
}
