/* SPDX-License-Identifier: Apache-2.0 */
/* t_conflict.c - columns that both sides edit: whose word counts, and a person's decision. */
#include "flow/conflict.h"

#include "flow/decide.h"
#include "tap.h"
#include "world.h"

static struct world w;

static enum run_status run(enum run_mode mode)
{
	struct run_result r = { 0 };

	must(world_run(&w, mode, &r, &oops));
	return r.status;
}

static void sql(const char *text)
{
	must(db_exec(w.real, text, NULL, 0, NULL, &oops));
}

static void one_sides_change_stands_and_two_are_a_conflict(void)
{
	const struct value a = value_str(STR("a")), b = value_str(STR("b")),
			   c = value_str(STR("c"));
	const struct {
		const char *says;
		enum conflict_policy policy;
		struct value base, local, vendor;
		bool known, recorded, moved;
		int64_t local_us, vendor_us;
		enum conflict_verdict expected;
	} row[] = {
		{ "nobody changed it", CONFLICT_HOLD, a, a, a, true, true, false, 0, 0,
		  CONFLICT_WRITE },
		{ "the vendor did", CONFLICT_LOCAL, a, a, b, true, true, true, 0, 0,
		  CONFLICT_WRITE },
		{ "a person did", CONFLICT_VENDOR, a, b, a, true, true, false, 0, 0,
		  CONFLICT_KEEP },
		{ "both, to the same", CONFLICT_HOLD, a, b, b, true, true, true, 0, 0,
		  CONFLICT_WRITE },
		{ "both: vendor", CONFLICT_VENDOR, a, b, c, true, true, true, 0, 0,
		  CONFLICT_WRITE },
		{ "both: local", CONFLICT_LOCAL, a, b, c, true, true, true, 0, 0, CONFLICT_KEEP },
		{ "both: hold", CONFLICT_HOLD, a, b, c, true, true, true, 0, 0, CONFLICT_RECORD },
		{ "the local one is newer", CONFLICT_NEWEST, a, b, c, true, true, true, 2, 1,
		  CONFLICT_KEEP },
		{ "the vendor's is newer", CONFLICT_NEWEST, a, b, c, true, true, true, 1, 2,
		  CONFLICT_WRITE },
		{ "nobody knows when", CONFLICT_NEWEST, a, b, c, true, true, true, NO_TIME, 2,
		  CONFLICT_RECORD },
		{ "what was written cannot be told", CONFLICT_HOLD, NULL_VALUE, b, c, false, true,
		  true, 0, 0, CONFLICT_RECORD },
		{ "there before us, empty", CONFLICT_HOLD, NULL_VALUE, NULL_VALUE, c, false, false,
		  false, 0, 0, CONFLICT_WRITE },
		{ "there before us", CONFLICT_HOLD, NULL_VALUE, b, c, false, false, false, 0, 0,
		  CONFLICT_KEEP },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct conflict_sides s = { .type = COLUMN_TEXT,
					    .policy = row[i].policy,
					    .local = row[i].local,
					    .vendor = row[i].vendor,
					    .base_known = row[i].known,
					    .base = row[i].base,
					    .recorded = row[i].recorded,
					    .vendor_moved = row[i].moved,
					    .local_us = row[i].local_us,
					    .vendor_us = row[i].vendor_us };

		OK(conflict_judge(&s) == row[i].expected, "%s", row[i].says);
	}
}

static void given_an_edit_on_both_sides(void)
{
	world_open(&w, "edited", NULL);
	sql("ALTER TABLE things ADD COLUMN edited_at TEXT");
	world_fill(&w, 0, 5);
	OK(run(MODE_FULL) == RUN_SUCCESS, "a first load");
	sql("UPDATE things SET name = 'mine', theirs = 'mine', ours = 'mine', newest = 'mine', "
	    "edited_at = '2030-01-01T00:00:00Z' WHERE ref IN ('2', '3')");
	OK(run(MODE_FULL) == RUN_SUCCESS &&
		   world_int(&w, "SELECT count(*) FROM things WHERE 'mine' IN (name, theirs, ours, "
				 "newest)") == 2,
	   "a person's change alone stands");
	world_change(&w, &w.thing[1]);
	sql("UPDATE things SET edited_at = '2000-01-01T00:00:00Z' WHERE ref = '3'");
	world_change(&w, &w.thing[2]);
	OK(run(MODE_FULL) == RUN_SUCCESS, "both sides changed");
}

static void each_column_goes_by_its_policy(void)
{
	given_an_edit_on_both_sides();
	IS(world_text(&w, "SELECT name || ', ' || theirs || ', ' || ours || ', ' || newest FROM "
			  "things WHERE ref = '2'"),
	   "mine, Thing 2, version 2, mine, mine", "hold, vendor, local, newest");
	IS(world_text(&w, "SELECT newest FROM things WHERE ref = '3'"), "Thing 3, version 2",
	   "the vendor's is newer");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_conflicts") == 2, "two wait");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_conflicts WHERE sealed LIKE '%version%'") ==
		   0,
	   "sealed");
	OK(world_int(&w, "SELECT details ->> '$.conflicts.name' FROM sync_logs WHERE details ->> "
			 "'conflicts' IS NOT NULL") == 2,
	   "counted in the run");
	OK(run(MODE_FULL) == RUN_SUCCESS &&
		   world_int(&w, "SELECT count(*) FROM lockstep_conflicts") == 2 &&
		   world_int(&w, "SELECT count(*) FROM things WHERE name = 'mine'") == 2,
	   "they still wait after another run");
	world_close(&w);
}

static void a_person_decides(void)
{
	struct decision d = {
		.table = STR("things"), .key = STR("2"), .column = STR("name"), .vendor = true
	};
	struct err e = { 0 };

	given_an_edit_on_both_sides();
	must(conflict_decide(&w.engine, w.connection, &d, &oops));
	IS(world_text(&w, "SELECT name || amount FROM things WHERE ref = '2'"),
	   "Thing 2, version 214.02", "the vendor's value, and no other, goes in");
	d.key = STR("3");
	d.vendor = false;
	must(conflict_decide(&w.engine, w.connection, &d, &oops));
	IS(world_text(&w, "SELECT name FROM things WHERE ref = '3'"), "mine", "or the local stays");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_conflicts") == 0, "nothing waits");
	OK(!conflict_decide(&w.engine, w.connection, &d, &e) && e.kind == ERR_MISSING, "%s",
	   e.text);
	world_change(&w, &w.thing[1]);
	run(MODE_FULL);
	IS(world_text(&w, "SELECT name FROM things WHERE ref = '2'"), "Thing 2, version 3",
	   "the vendor's next change goes in");
	world_close(&w);
}

static void a_conflict_ends_when_the_sides_agree(void)
{
	given_an_edit_on_both_sides();
	sql("UPDATE things SET name = 'Thing 2, version 2' WHERE ref = '2'");
	run(MODE_FULL);
	OK(world_int(&w, "SELECT count(*) FROM lockstep_conflicts") == 1, "one is left");
	world_close(&w);
}

int main(void)
{
	one_sides_change_stands_and_two_are_a_conflict();
	each_column_goes_by_its_policy();
	a_person_decides();
	a_conflict_ends_when_the_sides_agree();
	return tap_done();
}
