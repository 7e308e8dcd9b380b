/* SPDX-License-Identifier: Apache-2.0 */
/* t_selection.c - runs of some records only: what they write, and all that they leave alone. */
#include "flow/selection.h"

#include "data/json.h"
#include "flow/lookup.h"
#include "tap.h"
#include "world.h"

static struct world w;
static struct str things = { "things", 6 };

static struct run_result run_only(enum run_mode mode, struct select_options select)
{
	struct run_options o = { .mode = mode, .only = &things, .onlys = 1, .select = select };
	struct run_result r = { 0 };

	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	return r;
}

static const char *refs(void)
{
	return world_text(&w, "SELECT group_concat(ref, ' ') FROM (SELECT ref FROM things ORDER BY "
			      "CAST(ref AS integer))");
}

static const char *states(void)
{
	return world_text(&w, "SELECT coalesce(group_concat(stream || slice || state), '') FROM "
			      "(SELECT * FROM lockstep_state ORDER BY stream, slice)");
}

static void records_by_their_ids(void)
{
	const struct str id[] = { STR("3"), STR("5"), STR("77") };
	struct run_result r;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 0, 12);
	r = run_only(MODE_INCREMENTAL, (struct select_options){ .record = id, .records = 3 });
	OK(r.status == RUN_SUCCESS && r.counts.created == 2 && r.counts.processed == 2,
	   "two of 12");
	IS(refs(), "3 5", "those two");
	IS(states(), "", "no cursor, no pass");
	IS(world_text(&w, "SELECT details ->> 'select' FROM sync_logs WHERE sync_type = 'things'"),
	   "{\"records\":[\"3\",\"5\",\"77\"],\"not_found\":[\"77\"]}",
	   "what was not there is said");
	IS(world_text(&w,
		      "SELECT sync_type || (details ->> 'select') FROM sync_logs WHERE parent_id "
		      "IS NULL"),
	   "incremental{\"records\":[\"3\",\"5\",\"77\"]}", "the run says what was asked");
	w.wire.logged = 0;
	run_only(MODE_INCREMENTAL, (struct select_options){ .record = id, .records = 2 });
	OK(w.wire.logged == 2, "when all are found no third page is asked for: %zu", w.wire.logged);
	world_close(&w);
}

static void a_range_of_time_without_moving_the_cursor(void)
{
	struct run_options all = { .mode = MODE_INCREMENTAL,
				   .select = { .since = STR("2026-01-01T00:00:00Z") } };
	struct run_result r = { 0 };
	const char *before;
	struct err e = { 0 };

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 3); /* at 12:00 */
	must(world_run(&w, MODE_INCREMENTAL, &r, &oops));
	before = states();
	test_clock_pass(&w.clock, 3600000);
	world_change(&w, &w.thing[1]);
	test_clock_pass(&w.clock, 3600000);
	world_change(&w, &w.thing[2]);
	r = run_only(MODE_INCREMENTAL,
		     (struct select_options){ .since = STR("2026-03-01T12:30:00Z"),
					      .until = STR("2026-03-01T13:30:00Z") });
	OK(r.counts.updated == 1 && r.counts.processed == 1, "one changed in that hour");
	IS(states(), before, "the cursor stands where it stood");
	OK(!run_connection(&w.engine, w.connection, &all, w.arena, &r, &e) && e.kind == ERR_USAGE,
	   "shelves have no times: %s", e.text);
	all.only = &things;
	all.onlys = 1;
	all.select.since = STR("soon");
	OK(!run_connection(&w.engine, w.connection, &all, w.arena, &r, &e) && e.kind == ERR_USAGE,
	   "no time: %s", e.text);
	world_close(&w);
}

static void records_by_a_condition(void)
{
	struct run_options o = { .only = &things,
				 .onlys = 1,
				 .select = { .where = STR("record.") } };
	struct run_result r = { 0 };
	struct err e = { 0 };

	world_open(&w, "tiny", NULL);
	world_fill(&w, 0, 12);
	r = run_only(MODE_FULL, (struct select_options){ .where = STR("record.id > 9") });
	OK(r.status == RUN_SUCCESS && r.counts.created == 3, "three of 12");
	IS(refs(), "10 11 12", "those");
	OK(r.table[0].result.absent.absent == -1 &&
		   world_int(&w, "SELECT count(*) FROM lockstep_seen") == 0,
	   "nothing is told of as gone, though it is a full run");
	OK(!run_connection(&w.engine, w.connection, &o, w.arena, &r, &e) && e.kind == ERR_USAGE,
	   "no expression: %s", e.text);
	world_close(&w);
}

static void an_open_pass_is_left_open_and_tells_of_nothing_wrongly(void)
{
	struct str id = STR("24");
	struct run_result r = { 0 };

	world_open(&w, "capped", NULL);
	world_fill(&w, 0, 23);
	must(world_run(&w, MODE_FULL, &r, &oops));
	OK(r.status == RUN_PARTIAL && r.counts.created == 10, "a full pass is open");
	world_add(&w, 0);
	r = run_only(MODE_INCREMENTAL, (struct select_options){ .record = &id, .records = 1 });
	OK(r.status == RUN_SUCCESS && r.counts.created == 1, "one record, past any cap");
	w.thing[23].gone = true; /* later pages will not have it */
	for (int i = 0; i < 4 && r.table[0].result.absent.absent == -1; i++)
		must(world_run(&w, MODE_FULL, &r, &oops));
	OK(r.status == RUN_SUCCESS && r.table[0].result.absent.absent == 0,
	   "what came meanwhile is not told of as gone");
	world_close(&w);
}

static void one_record_is_asked_for_where_the_vendor_gives_it(void)
{
	const struct str id[] = { STR("3"), STR("../4"), STR(".."), STR("77") };
	struct run_result r;

	world_open(&w, "single", NULL);
	world_fill(&w, 0, 40);
	r = run_only(MODE_INCREMENTAL, (struct select_options){ .record = id, .records = 4 });
	OK(r.status == RUN_SUCCESS && r.counts.created == 1, "one is there: %s", r.error.text);
	IS(refs(), "3", "it");
	OK(w.wire.logged == 3, "one request each, none for what is no id");
	OK(str_find(w.wire.log[0].url, STR("/things/3")) > 0 &&
		   str_find(w.wire.log[1].url, STR("/things/..%2F4")) > 0,
	   "an id stays one segment of the path: %.*s", STR_ARG(w.wire.log[1].url));
	IS(world_text(&w,
		      "SELECT details ->> '$.select.not_found' FROM sync_logs WHERE sync_type = "
		      "'things'"),
	   "[\"../4\",\"..\",\"77\"]", "what the vendor does not have");
	world_close(&w);
}

int main(void)
{
	records_by_their_ids();
	a_range_of_time_without_moving_the_cursor();
	records_by_a_condition();
	an_open_pass_is_left_open_and_tells_of_nothing_wrongly();
	one_record_is_asked_for_where_the_vendor_gives_it();
	return tap_done();
}
