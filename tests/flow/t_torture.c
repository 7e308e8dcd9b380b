/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_torture.c - the n-th contact with vendor, database or clock fails, for every n.
 *
 * After each failure the stored cursor covers nothing that is not in the table; then another run
 * heals everything.  A contact fails in two ways: once, or as the last thing that the process ever
 * did.
 */
#include "world.h"

#include "tap.h"

struct ordeal {
	const char *name;
	const char *connection;
	enum run_mode mode;
	struct chaos chaos;
};

static const struct ordeal ordeals[] = {
#define EVERY(connection, mode, facet, kind, dies)            \
	{                                                     \
#facet " " #kind " " #dies, connection, mode, \
		{                                             \
			facet, 1, kind, dies, false, 0, 0, 0  \
		}                                             \
	}
#define BOTH(facet, kind, dies)                             \
	EVERY("tiny", MODE_INCREMENTAL, facet, kind, dies), \
		EVERY("tiny", MODE_FULL, facet, kind, dies)
	BOTH(FACET_CLIENT, ERR_TRANSIENT, false),
	BOTH(FACET_CLIENT, ERR_REMOTE, false),
	BOTH(FACET_CLIENT, ERR_CANCELLED, true),
	BOTH(FACET_STORE, ERR_STORE, false),
	BOTH(FACET_STORE, ERR_STORE, true),
	BOTH(FACET_STORE, ERR_TRANSIENT, false),
	BOTH(FACET_CLOCK, ERR_CANCELLED, false),
	BOTH(FACET_CLOCK, ERR_CANCELLED, true),
	EVERY("sliced", MODE_INCREMENTAL, FACET_STORE, ERR_STORE, true),
	EVERY("sliced", MODE_FULL, FACET_CLIENT, ERR_TRANSIENT, true),
	EVERY("turns", MODE_INCREMENTAL, FACET_STORE, ERR_STORE, true),
	EVERY("turns", MODE_INCREMENTAL, FACET_CLIENT, ERR_TRANSIENT, false),
	EVERY("turns", MODE_FULL, FACET_STORE, ERR_TRANSIENT, false),
	/* Whoever is not asked in the run that saw the news is asked in the next. */
	EVERY("watched", MODE_INCREMENTAL, FACET_STORE, ERR_STORE, true),
	EVERY("watched", MODE_INCREMENTAL, FACET_STORE, ERR_TRANSIENT, false),
	EVERY("watched", MODE_INCREMENTAL, FACET_CLIENT, ERR_REMOTE, false),
	EVERY("looked", MODE_INCREMENTAL, FACET_STORE, ERR_STORE, true),
	/* A single-use token must outlive a database that is away for a moment. */
	EVERY("guarded", MODE_FULL, FACET_STORE, ERR_TRANSIENT, false),
#undef BOTH
#undef EVERY
	/* The connection breaks after the database has committed, before it could say so. */
	{ "commit unheard",
	  "tiny",
	  MODE_INCREMENTAL,
	  { FACET_STORE, 1, ERR_TRANSIENT, false, true, 0, 0, 0 } },
	{ "commit unheard",
	  "tiny",
	  MODE_FULL,
	  { FACET_STORE, 1, ERR_TRANSIENT, false, true, 0, 0, 0 } },
};

/* A vendor that was read once and has changed since. */
static void world_prepare(struct world *w, const struct ordeal *o)
{
	struct run_result r = { 0 };

	world_open(w, o->connection, NULL);
	world_fill(w, 2, 16);
	if (plan_has_rotation(w->connection))
		world_own_shelves(w);
	if (o->mode == MODE_INCREMENTAL)
		must(world_run(w, MODE_INCREMENTAL, &r, &oops));
	test_clock_pass(&w->clock, 600000);
	for (size_t i = 3; i < 12; i += 2)
		world_change(w, &w->thing[i]);
	for (int i = 0; i < 5; i++)
		world_add(w, 1 + i % 2);
	test_clock_pass(&w->clock, 600000);
	/* Waits are worth a failure too. */
	canned_fault(&w->wire, (int64_t)w->wire.logged + 2, FAULT_LIMITED, 7);
}

static bool logged_as_success(struct world *w, struct str id)
{
	struct str sql =
		str_printf(w->arena, "SELECT status FROM sync_logs WHERE id = '%.*s'", STR_ARG(id));

	return strcmp(world_text(w, sql.at), "success") == 0;
}

static int still_running(struct world *w)
{
	return (int)world_int(w, "SELECT count(*) FROM sync_logs WHERE status = 'running'");
}

/* The plan behind OAuth stores no amounts: its rows are only counted. */
static int differences(struct world *w, const struct ordeal *o)
{
	if (strcmp(o->connection, "guarded") != 0)
		return world_differences(w, INT64_MAX);
	return world_int(w, "SELECT count(*) FROM things") != (int64_t)w->things - 2;
}

/* False when the contact was never made: the run was through. */
static bool suffer(const struct ordeal *o, int64_t n, int *bad)
{
	static struct world w;
	struct run_result r = { 0 };
	struct err e;
	bool fired;
	int lies;

	world_prepare(&w, o);
	w.chaos = o->chaos;
	w.chaos.at = n;
	if (!world_run(&w, o->mode, &r, &e))
		r.status = RUN_ERROR;
	fired = w.chaos.fired;
	if (fired && r.status == RUN_SUCCESS && !logged_as_success(&w, r.id)) {
		printf("# success that the log does not know\n");
		++*bad;
	}
	w.chaos = (struct chaos){ 0 };
	lies = world_cursor_lies(&w, 0);
	test_clock_pass(&w.clock, 2 * LEASE_TTL_MS);
	if (lies || !world_run_until_done(&w, o->mode, 3) || differences(&w, o) ||
	    still_running(&w)) {
		printf("# %s, contact %lld: %s\n", o->name, (long long)n,
		       lies ? "the cursor is ahead" : "not healed");
		++*bad;
	}
	world_close(&w);
	return fired;
}

int main(void)
{
	for (size_t i = 0; i < COUNT(ordeals); i++) {
		const struct ordeal *o = &ordeals[i];
		int64_t n = 1;
		int bad = 0;

		while (suffer(o, n, &bad))
			n++;
		OK(bad == 0 && n > 2, "%s, %s, %s: %lld contacts, each failed once", o->connection,
		   run_mode_name(o->mode), o->name, (long long)n - 1);
	}
	return tap_done();
}
