/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pti_week.c - the weekly job at a time that the caller says: a process of an evening.
 *
 * Usage: pti-week PLAN UNIX_MS migrate|sync [answered|written N]
 *
 * The clock stands at UNIX_MS and moves by waiting and by half a second for each answer; the
 * stand-in's clock is moved along before each request, so that its limits a minute count.  N: the
 * process kills itself (SIGKILL) when the N-th answer has come and nothing of it is written yet, or
 * when the N-th page is committed.  Prints the summary as JSON, with the time at its end.
 */
#include "base/log.h"
#include "data/json.h"
#include "hand_clock.h"
#include "http/client.h"
#include "pti/schema.h"
#include "pti/weekly.h"
#include "pti/weekly_task.h"
#include "store/control.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MS 500

struct week {
	struct arena *arena;
	const struct plan *plan;
	const struct connection *connection;
	struct hand_clock clock;
	struct client client, *wire;
	struct db *db;
	struct rng rng;
	struct str vendor;         /* the stand-in */
	int64_t told_ms;           /* what the stand-in's clock says */
	int64_t answered, written; /* dies there; 0: never */
};

static void die_at(int64_t *left)
{
	if (*left > 0 && --*left == 0)
		raise(SIGKILL);
}

/* ---- the wire ---- */

static bool move_vendor(struct week *w, const struct url_policy *policy, struct err *e)
{
	AUTO_ARENA *a = arena_new("clock", (size_t)1 << 20);
	int64_t ms = w->clock.wall_ms - w->told_ms;
	struct request r = { .method = "POST", .policy = policy };
	struct response answer;

	if (ms <= 0)
		return true;
	r.url = str_printf(a, "%.*s/sandbox/clock/advance", STR_ARG(w->vendor));
	r.body = str_printf(a, "{\"ms\":%lld}", (long long)ms);
	w->told_ms = w->clock.wall_ms;
	return client_send(w->wire, &r, a, NULL, &answer, e);
}

static bool wire_start(struct client *c, const struct request *r, struct transfer **out,
		       struct err *e)
{
	struct week *w = CONTAINER(c, struct week, client);

	return move_vendor(w, r->policy, e) && w->wire->ops->start(w->wire, r, out, e);
}

static bool wire_wait(struct client *c, struct transfer *t, struct arena *a, int64_t wait_ms,
		      const struct cancel *stop, bool *done, struct response *out, struct err *e)
{
	struct week *w = CONTAINER(c, struct week, client);
	bool ok = w->wire->ops->wait(w->wire, t, a, wait_ms, stop, done, out, e);

	if (!ok || *done)
		hand_clock_pass(&w->clock, ANSWER_MS);
	if (ok && *done)
		die_at(&w->answered);
	return ok;
}

static void wire_abandon(struct client *c, struct transfer *t)
{
	struct week *w = CONTAINER(c, struct week, client);

	w->wire->ops->abandon(w->wire, t);
}

/* ---- what is done ---- */

static bool apply(struct week *w, struct str *statement, size_t n, struct err *e)
{
	return schema_apply(w->db, statement, n, e);
}

static bool migrate(struct week *w, struct err *e)
{
	struct str *statement;
	size_t n;

	return control_plan(w->db, w->arena, &statement, &n, e) && apply(w, statement, n, e) &&
	       pti_schema_plan(w->db, w->arena, w->connection, &statement, &n, e) &&
	       apply(w, statement, n, e) && printf("{}\n") > 0;
}

static void on_event(void *arg, const struct weekly_event *ev)
{
	struct week *w = arg;

	if (ev->kind == WEEKLY_STEP)
		die_at(&w->written);
}

static bool tell(struct week *w, const struct weekly_result *r, struct err *e)
{
	struct value map = weekly_value(w->arena, r);
	struct buf b;

	value_map_set(w->arena, map, STR("now_ms"), value_int(w->clock.wall_ms));
	buf_in(&b, w->arena, 1 << 20);
	if (!json_write(&b, map, e))
		return false;
	printf("%.*s\n", STR_ARG(buf_str(&b)));
	return true;
}

static bool run_sync(struct week *w, struct err *e)
{
	struct engine g = {
		.client = &w->client, .db = w->db, .clock = &w->clock.clock, .rng = &w->rng
	};
	struct lease lease = { .name = weekly_lease(w->arena, w->connection),
			       .ttl_ms = LEASE_TTL_MS };
	struct weekly_options o = { .lease = &lease, .tell = on_event, .arg = w };
	struct weekly_result r;
	bool over;

	return lease_take(w->db, w->arena, &lease, &over, e) &&
	       weekly_sync(&g, w->connection, &o, w->arena, &r, e) &&
	       lease_release(w->db, &lease, e) && tell(w, &r, e);
}

/* ---- the process ---- */

static bool week_open(struct week *w, const char *file, struct err *e)
{
	static const struct client_ops ops = { "week", wire_start, wire_wait, wire_abandon, NULL };
	struct client_options wire = { .user_agent = STR("lockstep-week") };
	struct db_options store = { .create = true, .clock = &w->clock.clock };
	struct plan_options o = { .file = str_from(file), .connector_dirs = 1 };
	const char *connectors = getenv("LOCKSTEP_CONNECTORS");
	const char *vendor = getenv("FIRECRAWL_URL");
	struct str dir = str_from(connectors ? connectors : "connectors");

	o.connector_dir = &dir;
	w->client.ops = &ops;
	w->vendor = str_from(vendor ? vendor : "");
	if (!plan_load(w->arena, &o, &w->plan, NULL, e))
		return false;
	w->connection = &w->plan->connection[0];
	return client_open(&wire, &w->wire, e) && db_open(w->plan->database, &store, &w->db, e);
}

int main(int argc, char **argv)
{
	AUTO_ARENA *a = arena_new("week", (size_t)1 << 30);
	struct week w = { .arena = a };
	int64_t now_ms, n = 0;
	struct err e;
	bool ok;

	if (argc < 4 || !str_to_i64(str_from(argv[2]), &now_ms) ||
	    (argc > 4 && (argc < 6 || !str_to_i64(str_from(argv[5]), &n))))
		return 2;
	if (n > 0)
		*(strcmp(argv[4], "written") == 0 ? &w.written : &w.answered) = n;
	hand_clock_init(&w.clock, now_ms);
	w.clock.steady_ms = w.told_ms = now_ms;
	w.rng.state = (uint64_t)now_ms;
	signal(SIGPIPE, SIG_IGN);
	ok = week_open(&w, argv[1], &e) &&
	     (strcmp(argv[3], "migrate") == 0 ? migrate(&w, &e) : run_sync(&w, &e));
	if (!ok)
		log_error("%s", e.text);
	db_close(w.db);
	client_close(w.wire);
	return !ok;
}
