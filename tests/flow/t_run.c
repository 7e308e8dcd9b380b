/* SPDX-License-Identifier: Apache-2.0 */
/* t_run.c - whole runs against an invented vendor, with a clock that does not wait. */
#include "world.h"

#include "data/json.h"
#include "tap.h"

static struct world w;

static const struct run_result *run(enum run_mode mode)
{
	static struct run_result r;
	struct err e = { 0 };

	r = (struct run_result){ .status = RUN_ERROR };
	if (!world_run(&w, mode, &r, &e)) {
		r.error = e;
		printf("# %s\n", e.text);
	}
	return &r;
}

static void a_first_run_makes_every_row_and_a_second_changes_none(void)
{
	const struct run_result *r;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 3, 23);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_SUCCESS && r->counts.created == 26 && r->counts.updated == 0,
	   "26 created");
	OK(world_differences(&w, INT64_MAX) == 0, "all as the vendor has it");
	OK(world_int(&w, "SELECT count(*) FROM things WHERE shelf_id IS NULL") == 0,
	   "every thing knows its shelf");
	r = run(MODE_FULL);
	OK(r->status == RUN_SUCCESS && r->counts.unchanged == 26 && r->counts.created == 0 &&
		   r->counts.updated == 0,
	   "26 unchanged");
	world_change(&w, &w.thing[10]);
	world_add(&w, 1);
	r = run(MODE_FULL);
	OK(r->counts.created == 1 && r->counts.updated == 1 && r->counts.unchanged == 25,
	   "one of each");
	OK(world_differences(&w, INT64_MAX) == 0, "all as the vendor has it");
	world_close(&w);
}

int main(void)
{
	a_first_run_makes_every_row_and_a_second_changes_none();
	return tap_done();
}
