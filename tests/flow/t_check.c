/* SPDX-License-Identifier: Apache-2.0 */
/* t_check.c - figures that look wrong hold a table until a person has looked. */
#include "flow/check.h"

#include "tap.h"
#include "world.h"

static struct world w;

static struct run_result run(enum run_mode mode)
{
	struct run_options o = { .mode = mode, .rows_per_commit = 50 };
	struct run_result r = { 0 };

	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	return r;
}

static int64_t release(bool once)
{
	struct hold_release r = { .connection = STR("checked"),
				  .by = STR("somebody"),
				  .once = once,
				  .now_ms = clock_wall_ms(&w.clock.clock) };
	int64_t n = -1;

	must(hold_release(w.real, &r, &n, &oops));
	return n;
}

static void figures_are_judged_by_enough_rows(void)
{
	const struct checks_plan c = { .failed_max = 500, .changed_max = 5000, .rows_drop_max = 0 };
	const struct checks_plan off = { SHARE_OFF, SHARE_OFF, SHARE_OFF };
	struct check_figures f = { .counts = { .processed = 199, .failed = 199 } };
	struct arena *a = arena_new("verdicts", 1 << 16);

	OK(!check_rows(&c, &f, a).check, "199 rows say nothing yet");
	f.read = true;
	IS(check_rows(&c, &f, a).check, "failed_max", "but at the end they do");
	OK(!check_rows(&off, &f, a).check, "where it is asked");
	f.counts = (struct run_counts){ .processed = 400, .failed = 20, .unchanged = 380 };
	OK(!check_rows(&c, &f, a).check, "the limit itself is allowed");
	f.counts = (struct run_counts){ .processed = 400, .updated = 201, .unchanged = 199 };
	OK(!check_rows(&c, &f, a).check, "an incremental run sees only what changed");
	f.full = true;
	IS(check_rows(&c, &f, a).check, "changed_max", "a full one does not");
	IS(str_keep(a, check_rows(&c, &f, a).seen).at, "50.25 % (201 of 400 rows would change)",
	   "in words");
	f.counts = (struct run_counts){ .processed = 400, .created = 400 };
	OK(!check_rows(&c, &f, a).check, "new rows are no changes");
	OK(!check_total(&c, STR(""), 19, 19, a).check && !check_total(&c, STR(""), 0, 0, a).check &&
		   !check_total(&c, STR(""), 5, 19, a).check,
	   "as many as before, never any before, or too few to tell");
	IS(check_total(&c, STR(""), 99, 100, a).check, "rows_drop_max", "one fewer is too few");
	OK(!check_total(&c, STR("rows_drop_max"), 99, 100, a).check, "unless let through");
	arena_free(a);
}

static void a_table_that_would_be_rewritten_is_held(void)
{
	struct run_result r;

	world_open(&w, "checked", NULL);
	world_fill(&w, 1, 400);
	OK(run(MODE_FULL).status == RUN_SUCCESS, "the first load is no change");
	for (size_t i = 0; i < w.things; i++)
		world_change(&w, &w.thing[i]);
	r = run(MODE_FULL);
	OK(r.status == RUN_PARTIAL && r.table[0].result.status == RUN_SUCCESS,
	   "the run is partial, the other table is not");
	IS(str_keep(w.arena, r.table[1].result.held.check).at, "changed_max", "held");
	OK(r.table[1].result.counts.updated < CHECK_SAMPLE_MIN &&
		   world_int(&w, "SELECT count(*) FROM things WHERE name LIKE '%version 2'") ==
			   r.table[1].result.counts.updated,
	   "what would pass the sample is not written: %lld",
	   (long long)r.table[1].result.counts.updated);
	IS(world_text(&w, "SELECT details ->> '$.held.check' FROM sync_logs WHERE sync_type = "
			  "'things' AND status = 'partial'"),
	   "changed_max", "the log says so");
	r = run(MODE_INCREMENTAL);
	OK(r.status == RUN_PARTIAL && r.table[1].result.held.check.len > 0 &&
		   r.table[1].result.counts.processed == 0,
	   "the table is refused: %s", r.table[1].result.error.text);
	OK(release(false) == 1, "released");
	r = run(MODE_FULL);
	OK(r.table[1].result.held.check.len > 0, "nothing was mended: held again");
	OK(release(true) == 1, "let through once");
	r = run(MODE_FULL);
	OK(r.status == RUN_SUCCESS && world_differences(&w, INT64_MAX) == 0, "all is written");
	for (size_t i = 0; i < w.things; i++)
		world_change(&w, &w.thing[i]);
	OK(run(MODE_FULL).table[1].result.held.check.len > 0, "once, not for ever");
	OK(release(false) == 1 && release(false) == 0, "what is free cannot be released");
	world_close(&w);
}

static void too_many_failures_hold(void)
{
	struct run_result r;

	world_open(&w, "checked", NULL);
	world_fill(&w, 0, 300);
	for (size_t i = 0; i < 30; i++)
		snprintf(w.thing[i * 10].amount, sizeof(w.thing[0].amount), "\"many\"");
	r = run(MODE_INCREMENTAL);
	IS(str_keep(w.arena, r.table[1].result.held.check).at, "failed_max", "a tenth is too much");
	OK(world_int(&w, "SELECT count(*) FROM things") + r.table[1].result.counts.failed ==
		   r.table[1].result.counts.processed,
	   "what was committed before stays");
	OK(world_cursor_lies(&w, 0) == 0, "the cursor did not move");
	world_close(&w);
}

static void a_vendor_that_lost_its_records_is_not_believed(void)
{
	struct run_result r;

	world_open(&w, "checked", NULL);
	world_fill(&w, 1, 100);
	run(MODE_FULL);
	for (size_t i = 1; i < 30; i++)
		w.thing[i].gone = true;
	r = run(MODE_FULL);
	IS(str_keep(w.arena, r.table[1].result.held.check).at, "rows_drop_max", "held");
	OK(r.status == RUN_PARTIAL && r.table[1].result.absent.absent == -1,
	   "nothing is told of as gone");
	run(MODE_FULL);
	release(true);
	r = run(MODE_FULL);
	OK(r.status == RUN_SUCCESS && r.table[1].result.absent.absent == 29,
	   "let through: 29 are gone");
	OK(run(MODE_FULL).status == RUN_SUCCESS, "and that is how many there are from now on");
	world_close(&w);
}

static void what_was_tried_again_is_no_sample(void)
{
	struct run_result r;

	world_open(&w, "checked", NULL);
	world_fill(&w, 0, 30);
	for (size_t i = 0; i < 30; i++)
		snprintf(w.thing[i].amount, sizeof(w.thing[0].amount), "\"many\"");
	(void)run(MODE_FULL); /* it is held; what it says is another test's */
	release(true);
	test_clock_pass(&w.clock, 3600000);
	r = run(MODE_FULL);
	OK(r.counts.failed == 30, "30 in quarantine, let through");
	test_clock_pass(&w.clock, 3600000);
	r = run(MODE_INCREMENTAL);
	OK(r.table[1].result.held.check.len == 0 && r.counts.failed == 30,
	   "trying them again holds nothing: %lld, %s", (long long)r.counts.failed,
	   r.table[1].result.error.text);
	world_close(&w);
}

int main(void)
{
	figures_are_judged_by_enough_rows();
	a_table_that_would_be_rewritten_is_held();
	too_many_failures_hold();
	a_vendor_that_lost_its_records_is_not_believed();
	what_was_tried_again_is_no_sample();
	return tap_done();
}
