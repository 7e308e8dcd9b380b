/* SPDX-License-Identifier: Apache-2.0 */
/* t_shift.c - runs of a stream whose members take turns. */
#include "world.h"

#include "store/cycle.h"
#include "tap.h"

#define SHELVES 5
static struct world w;
static size_t seen; /* requests before this run */

static void sql(const char *text)
{
	must(db_exec(w.real, text, NULL, 0, NULL, &oops));
}

static void given(const char *plan, int things)
{
	world_open(&w, plan, NULL);
	world_fill(&w, SHELVES, things);
	world_own_shelves(&w);
	seen = 0;
}

static const struct run_result *run(enum run_mode mode)
{
	static struct run_result r;
	struct err e = { 0 };

	seen = w.wire.logged;
	r = (struct run_result){ .status = RUN_RUNNING };
	if (!world_run(&w, mode, &r, &e)) {
		r.status = RUN_RUNNING;
		r.error = e;
	}
	test_clock_pass(&w.clock, 30 * 60000);
	return &r;
}

/* The shelves that the last run asked for, in order: "01". */
static const char *asked(void)
{
	static char text[200];
	size_t n = 0;

	for (size_t i = seen; i < w.wire.logged; i++) {
		ptrdiff_t at = str_find(w.wire.log[i].url, STR("shelves/"));
		struct str id = str_slice(w.wire.log[i].url, (size_t)at + 8, w.wire.log[i].url.len);
		int64_t number;

		id = str_cut(&id, '/');
		for (int k = 0; at >= 0 && k < SHELVES && str_to_i64(id, &number); k++)
			if (w.thing[k].id == number && (!n || text[n - 1] != '0' + k))
				text[n++] = (char)('0' + k);
	}
	text[n] = 0;
	return text;
}

/* ---- batches ---- */

static void a_run_asks_a_batch(void)
{
	const struct run_result *r;

	given("turns", 40);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_SUCCESS, "%s", r->error.text);
	IS(asked(), "01", "two of five");
	run(MODE_INCREMENTAL);
	IS(asked(), "23", "the next two");
	sql("DELETE FROM own_shelves WHERE number = 2");
	run(MODE_INCREMENTAL);
	IS(asked(), "4", "the last");
	OK(world_differences(&w, INT64_MAX) == 0, "all as the vendor has it");
	IS(world_text(&w, "SELECT group_concat(batch || '/' || batches || ' ' || processed, ', ') "
			  "FROM lockstep_cycles"),
	   "0/3 2, 1/3 2, 1/2 1", "what the cycles were");
	world_change(&w, &w.thing[SHELVES + 1]);
	r = run(MODE_INCREMENTAL);
	IS(asked(), "01", "and from the beginning");
	OK(r->counts.updated == 1 && r->counts.created == 0, "what changed since");
	IS(world_text(&w, "SELECT json_extract(details, '$.rotation') FROM sync_logs WHERE "
			  "parent_id IS NOT NULL ORDER BY started_at DESC LIMIT 1"),
	   "{\"members\":4,\"due\":4,\"batch\":0,\"batches\":2,\"asked\":2,\"news\":1,\"failed\":0}",
	   "the log says so");
	world_close(&w);
}

static void a_full_run_asks_everybody(void)
{
	const struct run_result *r;

	given("turns", 40);
	run(MODE_INCREMENTAL);
	r = run(MODE_FULL);
	IS(asked(), "01234", "everybody");
	OK(r->table[0].result.absent.absent == 0, "nothing is gone");
	w.thing[SHELVES + 3].gone = true;
	r = run(MODE_FULL);
	OK(r->table[0].result.absent.absent == 1, "what is gone is told");
	run(MODE_INCREMENTAL);
	IS(asked(), "23", "the turn was not touched");
	world_close(&w);
}

static void some_records_are_looked_for_everywhere(void)
{
	struct str record = STR("12");
	struct run_options o = { .mode = MODE_INCREMENTAL,
				 .select = { .record = &record, .records = 1 } };
	struct run_result r = { 0 };

	given("turns", 40);
	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	OK(r.status == RUN_SUCCESS && world_int(&w, "SELECT count(*) FROM things") == 1,
	   "one record, whoever has it");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_members") == 0, "nobody's turn");
	world_close(&w);
}

static void a_dry_run_is_nobodys_turn(void)
{
	struct run_options o = { .mode = MODE_INCREMENTAL, .dry_run = true };
	struct run_result r = { 0 };

	given("turns", 40);
	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	IS(asked(), "01", "it reads the turn");
	OK(r.status == RUN_SUCCESS && r.counts.created > 0 &&
		   world_int(&w, "SELECT count(*) FROM lockstep_members") == 0 &&
		   world_int(&w, "SELECT count(*) FROM lockstep_cycles") == 0 &&
		   world_int(&w, "SELECT count(*) FROM lockstep_jobs") == 0,
	   "and writes nothing");
	run(MODE_INCREMENTAL);
	IS(asked(), "01", "whose turn it still is");
	world_close(&w);
}

/* ---- what goes wrong ---- */

static void (*vendor)(void *arg, const struct request *r, struct canned_reply *out);
static bool all_refused;

/* Shelf 1 is refused, or all are. */
static void refuse(void *arg, const struct request *r, struct canned_reply *out)
{
	char path[40];

	snprintf(path, sizeof path, "shelves/%lld/", (long long)w.thing[1].id);
	if (all_refused || str_find(r->url, str_from(path)) >= 0)
		out->status = 422;
	else
		vendor(arg, r, out);
}

static void one_that_fails_does_not_stop_the_others(void)
{
	const struct run_result *r;

	given("turns", 40);
	vendor = w.wire.answer;
	w.wire.answer = refuse;
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_PARTIAL && r->table[0].result.counts.processed > 0, "partial");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_members WHERE failures = 1") == 1 &&
		   world_int(&w, "SELECT count(*) FROM lockstep_members WHERE done_ms > 0") == 1,
	   "it is noted");
	run(MODE_INCREMENTAL);
	IS(asked(), "23", "the turn goes on");
	r = run(MODE_FULL);
	OK(r->status == RUN_PARTIAL && r->table[0].result.absent.absent == -1 &&
		   !r->table[0].result.complete,
	   "a full run without one is no enumeration");
	IS(asked(), "01234", "but it asked everybody");
	run(MODE_INCREMENTAL);
	IS(asked(), "4", "and is not gone on with");
	w.wire.answer = vendor;
	run(MODE_INCREMENTAL);
	OK(world_int(&w, "SELECT count(*) FROM lockstep_members WHERE failures = 0") == 5 &&
		   world_differences(&w, INT64_MAX) == 0,
	   "it heals");
	world_close(&w);
}

static void when_all_fail_so_does_the_run(void)
{
	const struct run_result *r;

	given("turns", 10);
	vendor = w.wire.answer;
	w.wire.answer = refuse;
	all_refused = true;
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_ERROR && r->error.kind == ERR_REMOTE, "%s", r->error.text);
	world_close(&w);
}

static void stop_at_request_3(struct world *x, size_t n)
{
	if (n == 3)
		cancel_fire(x->stop);
}

static void a_turn_that_was_cut_short_is_gone_on_with(void)
{
	const struct run_result *r;

	given("turns", 10);
	w.meanwhile = stop_at_request_3;
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_STOPPED, "stopped after one of two");
	w.meanwhile = NULL;
	cancel_free(w.stop);
	w.engine.stop = w.stop = cancel_new();
	run(MODE_INCREMENTAL);
	IS(asked(), "1", "the other one only");
	run(MODE_INCREMENTAL);
	IS(asked(), "23", "then the next");
	world_close(&w);
}

/* ---- sentinels ---- */

static void a_sentinels_rows_are_news(void)
{
	given("watched", 20);
	run(MODE_INCREMENTAL);
	IS(asked(), "01234", "at first everybody");
	run(MODE_INCREMENTAL);
	IS(asked(), "0", "then the sentinel alone");
	world_add(&w, w.thing[2].id);
	world_change(&w, &w.thing[SHELVES]);
	run(MODE_INCREMENTAL);
	IS(asked(), "0", "who has no new row has no news");
	world_add(&w, w.thing[0].id);
	run(MODE_INCREMENTAL);
	IS(asked(), "01234", "everybody when it has one");
	OK(world_differences(&w, INT64_MAX) == 0, "all as the vendor has it");
	OK(world_int(&w, "SELECT alarm FROM lockstep_cycles ORDER BY began_ms DESC LIMIT 1") == 1,
	   "the cycle says so");
	run(MODE_INCREMENTAL);
	IS(asked(), "0", "quiet again");
	test_clock_pass(&w.clock, 24 * 3600000);
	run(MODE_INCREMENTAL);
	IS(asked(), "01234", "everybody once a day");
	world_close(&w);
}

static void what_nobody_had_is_news(void)
{
	given("looked", 20);
	run(MODE_INCREMENTAL);
	/* What the others brought was new, too. */
	run(MODE_INCREMENTAL);
	run(MODE_INCREMENTAL);
	IS(asked(), "0", "the sentinel alone");
	world_change(&w, &w.thing[SHELVES]);
	run(MODE_INCREMENTAL);
	IS(asked(), "04123", "a name that is not in the table; who waits longest comes first");
	OK(world_differences(&w, INT64_MAX) == 0, "all as the vendor has it");
	run(MODE_INCREMENTAL);
	IS(asked(), "0", "now it is");
	world_close(&w);
}

/* The first one may have missed what came up between them. */
static void of_two_sentinels_the_first_is_asked_again(void)
{
	given("paired", 20);
	run(MODE_INCREMENTAL);
	run(MODE_INCREMENTAL);
	IS(asked(), "01", "two sentinels");
	test_clock_pass(&w.clock, 60000);
	world_add(&w, w.thing[1].id);
	w.wire.latency_ms = 5;
	run(MODE_INCREMENTAL);
	IS(asked(), "010234", "news of the second one");
	world_close(&w);
}

/* ---- what follows ---- */

static void a_job_follows_new_rows(void)
{
	given("turns", 40);
	run(MODE_INCREMENTAL);
	run(MODE_INCREMENTAL);
	IS(world_text(&w, "SELECT group_concat(task || ' ' || args || ' ' || job_key) "
			  "FROM lockstep_jobs"),
	   "recount {\"what\":\"things\"} follow_up:turns:things", "one job for all commits");
	sql("UPDATE lockstep_jobs SET state = 1");
	run(MODE_INCREMENTAL);
	OK(world_int(&w, "SELECT count(*) FROM lockstep_jobs") == 2,
	   "another beside one that runs");
	sql("DELETE FROM lockstep_jobs");
	world_change(&w, &w.thing[SHELVES + 1]);
	run(MODE_FULL);
	OK(world_int(&w, "SELECT count(*) FROM lockstep_jobs") == 0, "a change is no new row");
	world_close(&w);
}

int main(void)
{
	a_run_asks_a_batch();
	a_full_run_asks_everybody();
	some_records_are_looked_for_everywhere();
	a_dry_run_is_nobodys_turn();
	one_that_fails_does_not_stop_the_others();
	when_all_fail_so_does_the_run();
	a_turn_that_was_cut_short_is_gone_on_with();
	a_sentinels_rows_are_news();
	what_nobody_had_is_news();
	of_two_sentinels_the_first_is_asked_again();
	a_job_follows_new_rows();
	return tap_done();
}
