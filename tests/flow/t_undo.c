/* SPDX-License-Identifier: Apache-2.0 */
/* t_undo.c - a run is undone: rows are as they were, and what others changed since stays. */
#include "flow/undo.h"

#include "tap.h"
#include "world.h"

static struct world w;
static char conflicts[256];

static struct str sync(enum run_mode mode)
{
	struct run_result r = { 0 };

	must(world_run(&w, mode, &r, &oops));
	assert(r.status == RUN_SUCCESS);
	return r.id;
}

static void note(void *arg, const struct undo_event *event)
{
	size_t n = strlen(conflicts);

	(void)arg;
	if (event->outcome == UNDO_CONFLICT)
		snprintf(conflicts + n, sizeof(conflicts) - n, "%.*s %.*s: %.*s; ",
			 STR_ARG(event->table), STR_ARG(event->key), STR_ARG(event->says));
}

static struct undo_result undo(struct undo_options o)
{
	struct undo_result r = { 0 };

	conflicts[0] = 0;
	o.tell = note;
	must(undo_run(&w.engine, w.connection, &o, w.arena, &r, &oops));
	return r;
}

/* All content of both tables but the stamps, as one text. */
static const char *content(void)
{
	return world_text(&w, "SELECT (SELECT group_concat(ref || name || amount || shelf || "
			      "changed || coalesce(shelf_id, '-') || raw || id, x'0a') FROM "
			      "(SELECT * FROM things ORDER BY ref)) || (SELECT "
			      "group_concat(ref || name || id) FROM (SELECT * FROM shelves ORDER "
			      "BY ref))");
}

static void changed_rows_are_as_they_were(void)
{
	struct undo_result r;
	const char *before, *after;
	struct str run;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 2, 20);
	sync(MODE_FULL);
	before = content();
	for (size_t i = 0; i < 12; i++)
		world_change(&w, &w.thing[i]);
	run = sync(MODE_FULL);
	after = content();
	OK(strcmp(before, after) != 0, "a run changed rows");
	OK(world_int(&w, str_printf(w.arena,
				    "SELECT details ->> 'images' FROM sync_logs WHERE id = "
				    "'%.*s'",
				    STR_ARG(run))
				 .at) == 12,
	   "its log says how many images it kept");
	r = undo((struct undo_options){ .run = run, .dry_run = true });
	OK(r.count[UNDO_RESTORED] == 12 && r.id.len == 0, "a dry run tells");
	IS(content(), after, "and changes nothing");
	r = undo((struct undo_options){ .run = run });
	OK(r.status == RUN_SUCCESS && r.count[UNDO_RESTORED] == 12, "12 rows restored");
	IS(content(), before, "all is as it was");
	IS(world_text(&w, "SELECT sync_type || ' ' || status || ' ' || records_updated FROM "
			  "sync_logs WHERE details ->> 'undoes' IS NOT NULL"),
	   "undo success 12", "it is a run in the log");
	OK(undo((struct undo_options){ .run = run }).count[UNDO_ALREADY] == 12,
	   "once more there is nothing to do");
	OK(undo((struct undo_options){ .run = r.id }).count[UNDO_RESTORED] == 12,
	   "the undo is undone");
	IS(content(), after, "and all is as the run left it");
	world_close(&w);
}

static void what_was_changed_since_stays_unless_forced(void)
{
	struct undo_result r;
	struct str run;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 0, 6);
	sync(MODE_FULL);
	for (size_t i = 0; i < 6; i++)
		world_change(&w, &w.thing[i]);
	run = sync(MODE_FULL);
	world_change(&w, &w.thing[3]);
	sync(MODE_INCREMENTAL);
	must(db_exec(w.real, "UPDATE things SET name = 'by hand' WHERE ref = '2'", NULL, 0, NULL,
		     &oops));
	must(db_exec(w.real, "DELETE FROM things WHERE ref = '3'", NULL, 0, NULL, &oops));
	r = undo((struct undo_options){ .run = run });
	OK(r.status == RUN_PARTIAL && r.count[UNDO_CONFLICT] == 3 && r.count[UNDO_RESTORED] == 3,
	   "three are restored, three are conflicts");
	IS(conflicts,
	   "things 4: changed since; things 3: the row is gone; things 2: changed since; ",
	   "which and why");
	IS(world_text(&w, "SELECT name FROM things WHERE ref = '2'"), "by hand", "it stays");
	r = undo((struct undo_options){ .run = run, .force = true });
	OK(r.count[UNDO_RESTORED] == 2 && r.count[UNDO_CONFLICT] == 1, "force takes them");
	IS(world_text(&w, "SELECT name FROM things WHERE ref = '2'"), "Thing 2, version 1",
	   "back to what it was");
	world_close(&w);
}

static void created_rows_are_deleted_only_when_asked(void)
{
	const char *before;
	struct undo_result r;
	struct str run;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 2, 5);
	sync(MODE_FULL);
	before = content();
	world_fill(&w, 0, 3);
	run = sync(MODE_FULL);
	r = undo((struct undo_options){ .run = run });
	OK(r.count[UNDO_KEPT] == 3 && r.status == RUN_SUCCESS, "three stay");
	must(db_exec(w.real, "UPDATE things SET name = 'dear' WHERE ref = '9'", NULL, 0, NULL,
		     &oops));
	r = undo((struct undo_options){ .run = run, .delete_created = true });
	OK(r.count[UNDO_DELETED] == 2 && r.count[UNDO_CONFLICT] == 1, "two are deleted");
	IS(conflicts, "things 9: changed since it was created; ", "not what somebody changed");
	OK(undo((struct undo_options){ .run = r.id }).count[UNDO_RECREATED] == 2,
	   "they are made again");
	r = undo((struct undo_options){ .run = run, .delete_created = true, .force = true });
	OK(r.count[UNDO_DELETED] == 3, "forced: all");
	IS(content(), before, "as before");
	world_close(&w);
}

static void rows_that_were_linked_late_are_undone_whole(void)
{
	struct undo_result r;
	struct str run;

	world_open(&w, "backwards", NULL);
	world_fill(&w, 0, 4);
	w.thing[0].on = 4; /* its parent comes after it in the list */
	run = sync(MODE_FULL);
	OK(world_int(&w, "SELECT count(*) FROM links WHERE shelf_id IS NOT NULL") == 1, "linked");
	r = undo((struct undo_options){ .run = run, .delete_created = true });
	OK(r.count[UNDO_CONFLICT] == 0 && r.count[UNDO_DELETED] == 4 && r.count[UNDO_RESTORED] == 1,
	   "the link is taken back, then all rows: %s", conflicts);
	OK(world_int(&w, "SELECT count(*) FROM links") == 0, "none is left");
	world_close(&w);
}

static void fire(void *arg, int64_t done, int64_t images)
{
	(void)arg;
	(void)images;
	if (done > 0)
		cancel_fire(w.stop);
}

static void an_undo_can_be_stopped_and_repeated(void)
{
	struct undo_options o = { .progress = fire };
	struct undo_result r;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 0, 505);
	o.run = sync(MODE_FULL);
	o.delete_created = true;
	r = undo(o);
	OK(r.status == RUN_STOPPED && r.count[UNDO_DELETED] == 500, "stopped after a batch");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_leases WHERE holder <> ''") == 0,
	   "the lease is given back");
	cancel_free(w.stop);
	w.stop = cancel_new();
	w.engine.stop = w.stop;
	o.progress = NULL;
	r = undo(o);
	OK(r.count[UNDO_DELETED] == 5 && r.count[UNDO_ALREADY] == 500, "the rest");
	world_close(&w);
}

static void what_cannot_be_undone_is_said(void)
{
	struct undo_options o = { .run = STR("11111111-2222-4333-8444-555555555555") };
	struct run_options run = { .mode = MODE_INCREMENTAL };
	struct undo_result r = { 0 };
	struct run *other = NULL;
	struct run_result end;
	struct err e = { 0 };
	int64_t runs = 0;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 0, 3);
	OK(!undo_run(&w.engine, w.connection, &o, w.arena, &r, &e) && e.kind == ERR_MISSING,
	   "no such run: %s", e.text);
	o.run = sync(MODE_INCREMENTAL);
	OK(!undo_run(&w.engine, w.connection, &o, w.arena, &r, &e) && e.kind == ERR_MISSING,
	   "an incremental run keeps nothing by default: %s", e.text);
	world_change(&w, &w.thing[1]);
	o.run = sync(MODE_FULL);
	must(run_open(&w.engine, w.connection, &run, w.arena, &other, &oops));
	OK(!undo_run(&w.engine, w.connection, &o, w.arena, &r, &e) && e.kind == ERR_BUSY,
	   "not beside a run: %s", e.text);
	must(run_close(other, NULL, &end, &oops));
	must(before_cleanup(w.real, w.connection->name, clock_wall_ms(&w.clock.clock), &runs,
			    &oops));
	OK(runs == 0 && world_int(&w, "SELECT count(*) FROM lockstep_before") == 1,
	   "what is young stays");
	must(before_cleanup(w.real, w.connection->name, clock_wall_ms(&w.clock.clock) + 1, &runs,
			    &oops));
	OK(runs == 1 && world_int(&w, "SELECT count(*) FROM lockstep_before") == 0,
	   "what is old goes");
	world_change(&w, &w.thing[1]);
	o.run = sync(MODE_FULL);
	OK(world_int(&w, "SELECT count(*) FROM lockstep_before") == 1, "kept again");
	test_clock_pass(&w.clock, (int64_t)15 * 24 * 3600 * 1000);
	sync(MODE_FULL);
	OK(world_int(&w, "SELECT count(*) FROM lockstep_before") == 0,
	   "a full run forgets what is older than undo_days");
	world_close(&w);
}

int main(void)
{
	changed_rows_are_as_they_were();
	what_was_changed_since_stays_unless_forced();
	created_rows_are_deleted_only_when_asked();
	rows_that_were_linked_late_are_undone_whole();
	an_undo_can_be_stopped_and_repeated();
	what_cannot_be_undone_is_said();
	return tap_done();
}
