/* SPDX-License-Identifier: Apache-2.0 */
/* t_run.c - whole runs against an invented vendor, with a clock that does not wait. */
#include "world.h"

#include "tap.h"

static struct world w;

static const struct run_result *run(enum run_mode mode)
{
	static struct run_result r;
	struct err e = { 0 };

	r = (struct run_result){ .status = RUN_RUNNING };
	if (!world_run(&w, mode, &r, &e)) {
		r.status = RUN_RUNNING;
		r.error = e;
	}
	return &r;
}

static int64_t param_of(size_t request, const char *name, int64_t otherwise)
{
	struct str text;
	int64_t n;

	assert(request < w.wire.logged);
	return url_query_get(w.arena, w.wire.log[request].url, str_from(name), &text) &&
			       str_to_i64(text, &n)
		       ? n
		       : otherwise;
}

static const char *text_of(size_t request, const char *name)
{
	struct str text;

	assert(request < w.wire.logged);
	return url_query_get(w.arena, w.wire.log[request].url, str_from(name), &text)
		       ? str_keep(w.arena, text).at
		       : "(none)";
}

/* ---- what comes of rows ---- */

static void rows_are_created_updated_and_unchanged_as_they_are(void)
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
	OK(world_int(&w, "SELECT count(*) FROM sync_logs WHERE status = 'success'") == 9,
	   "three runs and their parts are in the log");
	world_close(&w);
}

static void a_dry_run_tells_and_writes_nothing(void)
{
	struct run_options o = { .mode = MODE_INCREMENTAL, .dry_run = true };
	struct run_result r = { 0 };

	world_open(&w, "tiny", NULL);
	world_fill(&w, 2, 9);
	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	OK(r.status == RUN_SUCCESS && r.counts.created == 11, "it tells of 11");
	OK(world_int(&w, "SELECT (SELECT count(*) FROM things) + (SELECT count(*) FROM shelves) + "
			 "(SELECT count(*) FROM sync_logs) + (SELECT count(*) FROM "
			 "lockstep_state) + (SELECT count(*) FROM lockstep_leases)") == 0,
	   "no row, no log, no cursor, no lease");
	world_close(&w);
}

static void late_parents_are_linked_at_the_end(void)
{
	const struct run_result *r;

	world_open(&w, "backwards", NULL);
	world_fill(&w, 0, 4);
	w.thing[0].on = 4; /* its parent comes after it in the list */
	r = run(MODE_FULL);
	OK(r->status == RUN_SUCCESS && r->relinked + r->counts.relinked > 0, "linked");
	OK(world_int(&w, "SELECT count(*) FROM links c JOIN links p ON c.shelf_id = p.id "
			 "WHERE c.ref = '1' AND p.ref = '4'") == 1,
	   "the child knows its parent");
	w.thing[1].on = 9;
	r = run(MODE_FULL);
	OK(r->waiting == 1, "one waits");
	world_fill(&w, 0, 5);
	r = run(MODE_FULL);
	OK(r->waiting == 0, "none waits");
	world_close(&w);
}

static void what_the_vendor_lost_is_reported_and_kept(void)
{
	const struct run_result *r;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 12);
	run(MODE_FULL);
	w.thing[5].gone = true;
	test_clock_pass(&w.clock, 60000);
	r = run(MODE_FULL);
	OK(r->table[1].result.absent.absent == 1 && r->table[1].result.absent.examples == 1,
	   "one is absent");
	OK(str_eq(r->table[1].result.absent.example[0], STR("6")), "and named");
	OK(world_int(&w, "SELECT count(*) FROM things") == 12, "its row stays");
	r = run(MODE_INCREMENTAL);
	OK(r->table[1].result.absent.absent == -1, "an incremental run cannot know");
	world_close(&w);
}

static void a_bad_record_waits_in_quarantine_until_it_is_mended(void)
{
	const struct run_result *r;
	int64_t n = 0;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 12);
	snprintf(w.thing[7].amount, sizeof(w.thing[7].amount), "\"many\"");
	test_clock_pass(&w.clock, 600000);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_PARTIAL && r->counts.failed == 1 && r->counts.created == 12,
	   "the others are stored");
	must(quarantine_count(w.real, STR("tiny"), &n, &oops));
	OK(n == 1, "one in quarantine");
	IS(world_text(&w, "SELECT column_name || ' ' || code FROM lockstep_quarantine"),
	   "amount type", "where and why");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_quarantine WHERE sealed LIKE '%many%'") ==
		   0,
	   "the record is sealed");
	test_clock_pass(&w.clock, 600000);
	r = run(MODE_INCREMENTAL);
	OK(r->counts.failed == 1 && world_int(&w, "SELECT tries FROM lockstep_quarantine") == 2,
	   "it is tried again");
	snprintf(w.thing[7].amount, sizeof(w.thing[7].amount), "12.5");
	world_change(&w, &w.thing[7]);
	OK(run(MODE_INCREMENTAL)->counts.failed == 0, "nothing fails any more");
	must(quarantine_count(w.real, STR("tiny"), &n, &oops));
	OK(n == 0 && world_differences(&w, INT64_MAX) == 0, "mended at the vendor, stored here");
	world_close(&w);
}

/* ---- where a run begins and goes on ---- */

static void the_watermark_is_the_vendors_clock_less_the_overlap(void)
{
	size_t first;

	world_open(&w, "tiny", NULL);
	w.wire.skew_ms = -3600000;
	world_fill(&w, 0, 7);
	run(MODE_INCREMENTAL);
	IS(text_of(1, "updated_since"), "(none)", "shelves have no cursor");
	/* Requests: shelves twice (an empty list is asked again), things twice. */
	IS(text_of(2, "updated_since"), "2000-01-01T00:00:00Z", "the first time: from the start");
	test_clock_pass(&w.clock, 86400000);
	first = w.wire.logged;
	run(MODE_INCREMENTAL);
	/* It was 12:00 here and 11:00 there. */
	IS(text_of(first + 2, "updated_since"), "2026-03-01T10:58:00Z",
	   "the vendor's time, less two minutes");
	first = w.wire.logged;
	run(MODE_FULL);
	IS(text_of(first + 2, "updated_since"), "2000-01-01T00:00:00Z", "full: from the start");
	world_close(&w);
}

static void a_cap_makes_a_run_partial_and_the_next_goes_on_exactly_there(void)
{
	const struct run_result *r;

	world_open(&w, "capped", NULL);
	world_fill(&w, 0, 23);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_PARTIAL && r->counts.created == 10, "two pages");
	IS(str_keep(w.arena, r->table[0].result.stopped_by).at, "pages_max 2", "why");
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_PARTIAL && r->counts.created == 10 && r->table[0].result.resumed,
	   "two more");
	OK(param_of(2, "$skip", -1) == 10, "the third request begins where the second ended");
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_SUCCESS && r->counts.created == 3 && w.wire.logged == 6,
	   "the rest, nothing twice, and a look behind a first page that is short");
	OK(world_differences(&w, INT64_MAX) == 0, "all there");
	world_close(&w);
}

static void stop_at_commit(void *arg, const struct watch_event *event)
{
	(void)arg;
	if (event->kind == WATCH_PAGE && event->counts.pages == 3)
		cancel_fire(w.stop);
}

static void a_run_that_is_stopped_says_so_and_is_gone_on_with(void)
{
	struct run_options o = { .mode = MODE_INCREMENTAL, .watch = { stop_at_commit, NULL } };
	const struct run_result *again;
	struct run_result r = { 0 };

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 30);
	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	OK(r.status == RUN_STOPPED, "stopped");
	OK(world_int(&w, "SELECT count(*) FROM things") == 15, "what was read is stored");
	IS(world_text(&w, "SELECT status FROM sync_logs WHERE parent_id IS NULL"), "stopped",
	   "the log says so");
	IS(world_text(&w, "SELECT status || records_created FROM sync_logs WHERE "
			  "sync_type = 'things'"),
	   "stopped15", "and counts what was committed");
	OK(world_cursor_lies(&w, 0) == 0, "the cursor is where it was");
	cancel_free(w.stop);
	w.stop = cancel_new();
	w.engine.stop = w.stop;
	again = run(MODE_INCREMENTAL);
	OK(again->status == RUN_SUCCESS && again->table[1].result.resumed &&
		   again->table[1].result.counts.processed == 15,
	   "the other half");
	OK(world_differences(&w, INT64_MAX) == 0, "all there");
	world_close(&w);
}

static void attempts_that_are_used_up_cost_a_run_but_no_record(void)
{
	const struct run_result *r;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 30);
	for (int i = 4; i < 8; i++)
		canned_fault(&w.wire, i, FAULT_STATUS, 503);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_PARTIAL && r->error.kind == ERR_TRANSIENT && w.wire.logged == 7,
	   "three retries, as the manifest says: %zu requests", w.wire.logged);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_SUCCESS && world_differences(&w, INT64_MAX) == 0, "the next heals");
	world_close(&w);
}

/* ---- started by others ---- */

#define PROMISED "0b4c0f6e-5a3a-4d27-9d3c-5b1c2a7e9f10"

static void a_promised_id_is_used_once_and_a_second_attempt_names_it(void)
{
	struct run_options o = { .mode = MODE_INCREMENTAL,
				 .id = STR("0B4C0F6E-5A3A-4D27-9D3C-5B1C2A7E9F10"),
				 .trigger = STR("api"),
				 .triggered_by = STR("11111111-2222-4333-8444-555555555555") };
	struct run_result r = { 0 };
	struct err e = { 0 };

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 3);
	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	IS(str_keep(w.arena, r.id).at, PROMISED, "the run has the id that was promised");
	IS(world_text(&w, "SELECT details ->> 'trigger' FROM sync_logs WHERE id = '" PROMISED "'"),
	   "api", "who began it");
	IS(world_text(&w, "SELECT triggered_by FROM sync_logs WHERE id = '" PROMISED "'"),
	   "11111111-2222-4333-8444-555555555555", "and for whom");
	must(run_connection(&w.engine, w.connection, &o, w.arena, &r, &oops));
	OK(r.status == RUN_SUCCESS && !str_eq(r.id, STR(PROMISED)), "the second has another");
	OK(world_int(&w, "SELECT count(*) FROM sync_logs WHERE details ->> 'retry_of' = '" PROMISED
			 "' AND parent_id IS NULL") == 1,
	   "and names the first");
	o.id = STR("not a uuid");
	OK(!run_connection(&w.engine, w.connection, &o, w.arena, &r, &e) && e.kind == ERR_USAGE,
	   "what is no uuid is refused: %s", e.text);
	world_close(&w);
}

/* ---- one at a time ---- */

static void a_connection_has_one_run_at_a_time(void)
{
	struct run_options o = { .mode = MODE_INCREMENTAL };
	struct run_result r = { 0 };
	struct run *one = NULL, *two = NULL;
	struct err e = { 0 };

	world_open(&w, "tiny", NULL);
	must(run_open(&w.engine, w.connection, &o, w.arena, &one, &oops));
	OK(!run_open(&w.engine, w.connection, &o, w.arena, &two, &e) && e.kind == ERR_BUSY,
	   "busy: %s", e.text);
	must(run_close(one, NULL, &r, &oops));
	must(run_open(&w.engine, w.connection, &o, w.arena, &two, &oops));
	must(run_close(two, NULL, &r, &oops));
	OK(true, "and free again");
	world_close(&w);
}

static void a_run_that_was_taken_over_writes_nothing_more(void)
{
	struct run_options o = { .mode = MODE_INCREMENTAL, .rows_per_commit = 1000 };
	struct run_result r = { 0 };
	const struct run_result *other;
	struct run *slow = NULL;
	struct err e = { 0 };
	bool more = true, ok = true;

	world_open(&w, "tiny", NULL);
	w.wire.latency_ms = 1;
	world_fill(&w, 1, 30);
	must(run_open(&w.engine, w.connection, &o, w.arena, &slow, &oops));
	for (int i = 0; i < 7; i++)
		must(run_step(slow, &more, &oops));
	test_clock_pass(&w.clock, 2 * LEASE_TTL_MS);
	world_change(&w, &w.thing[3]);
	other = run(MODE_FULL);
	OK(other->status == RUN_SUCCESS && other->took_over, "another takes over");
	must(db_exec(w.real, "UPDATE things SET name = 'mark'", NULL, 0, NULL, &oops));
	while (ok && more)
		ok = run_step(slow, &more, &e);
	OK(!ok && e.kind == ERR_FENCED, "the slow one is told: %s", e.text);
	if (!run_close(slow, &e, &r, &e))
		r.status = RUN_ERROR;
	OK(r.status != RUN_SUCCESS, "it is no success");
	OK(world_int(&w, "SELECT count(*) FROM things WHERE name = 'mark'") == 30,
	   "it wrote nothing");
	world_close(&w);
}

/* ---- errors ---- */

static void an_error_in_one_table_does_not_stop_the_others(void)
{
	const struct run_result *r;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 6);
	test_clock_pass(&w.clock, 600000);
	canned_fault(&w.wire, 1, FAULT_STATUS, 404);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_PARTIAL && r->table[0].result.status == RUN_ERROR &&
		   r->table[1].result.status == RUN_SUCCESS,
	   "shelves fail, things come");
	OK(r->error.kind == ERR_REMOTE && r->waiting == 6, "and wait for their shelf");
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_SUCCESS && r->waiting == 0 && r->relinked == 6, "the next links them");
	world_close(&w);
}

static void refused_credentials_end_the_run(void)
{
	const struct run_result *r;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 6);
	canned_fault(&w.wire, 1, FAULT_STATUS, 401);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_ERROR && r->error.kind == ERR_AUTH && !r->table[1].ran &&
		   w.wire.logged == 1,
	   "nothing more is asked: %s", r->error.text);
	world_close(&w);
}

static void lies_are_not_believed(void)
{
	static const struct {
		enum fault_kind kind;
		const char *name;
	} lie[] = { { FAULT_TRUNCATED, "truncated" },
		    { FAULT_EMPTY, "empty" },
		    { FAULT_LIST, "[]" },
		    { FAULT_OBJECT, "an object" },
		    { FAULT_LIMITED, "429" },
		    { FAULT_TRANSIENT, "no answer" } };
	static const char *const connections[] = { "tiny", "paged", "fed", "sliced" };

	for (size_t c = 0; c < COUNT(connections); c++)
		for (size_t i = 0; i < COUNT(lie); i++) {
			const struct run_result *r;
			bool wrapped = c == 1 || c == 2;

			/* Without a list where one is expected there is nothing to tell it by. */
			if (wrapped && (lie[i].kind == FAULT_LIST || lie[i].kind == FAULT_OBJECT))
				continue;
			world_open(&w, connections[c], NULL);
			world_fill(&w, wrapped ? 0 : 2, 21);
			canned_fault(&w.wire, 3, lie[i].kind, 1);
			r = run(MODE_FULL);
			OK(r->status == RUN_SUCCESS &&
				   world_int(&w, "SELECT count(*) FROM things") == 21,
			   "%s, %s: %s", connections[c], lie[i].name, r->error.text);
			world_close(&w);
		}
}

static void a_vendor_that_ignores_the_page_is_found_out(void)
{
	const struct run_result *r;

	world_open(&w, "capped", NULL);
	world_fill(&w, 0, 23);
	canned_fault(&w.wire, 2, FAULT_SAME, 0);
	r = run(MODE_INCREMENTAL);
	OK(r->status != RUN_SUCCESS && r->error.kind == ERR_REMOTE, "%s", r->error.text);
	OK(world_cursor_lies(&w, 0) == 0, "no cursor covers what was not seen");
	world_close(&w);
}

/* ---- limits ---- */

static void nobody_sends_before_retry_after(void)
{
	int64_t gap_ms;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 12);
	canned_fault(&w.wire, 3, FAULT_LIMITED, 77);
	OK(run(MODE_INCREMENTAL)->status == RUN_SUCCESS, "it goes on");
	gap_ms = w.wire.log[3].began_ms - w.wire.log[2].landed_ms;
	OK(gap_ms >= 77000 && gap_ms < 90000, "after 77 seconds: %lld ms", (long long)gap_ms);
	world_close(&w);
}

static void a_long_retry_after_ends_the_run_and_is_told(void)
{
	const struct run_result *r;
	int64_t gap_ms;

	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 12);
	canned_fault(&w.wire, 1, FAULT_LIMITED, 7200);
	r = run(MODE_INCREMENTAL);
	OK(r->status == RUN_ERROR && r->error.kind == ERR_TRANSIENT && !r->table[1].ran &&
		   w.wire.logged == 1,
	   "no other table asks: %s", r->error.text);
	OK(str_find(str_from(r->error.text), STR("asked again in 2 h")) > 0, "it says when");
	gap_ms = r->quiet_ms - clock_wall_ms(&w.clock.clock);
	OK(gap_ms > 7190000 && gap_ms <= 7200000, "%lld ms", (long long)gap_ms);
	r = run(MODE_INCREMENTAL);
	gap_ms = w.wire.log[1].began_ms - w.wire.log[0].landed_ms;
	OK(r->status == RUN_SUCCESS && r->quiet_ms == 0 && gap_ms >= 7200000,
	   "a command that is begun before that waits: %lld ms", (long long)gap_ms);
	world_close(&w);
}

static void the_limit_holds_through_restarts(void)
{
	world_open(&w, "tiny", NULL);
	w.wire.latency_ms = 5;
	world_fill(&w, 4, 60);
	for (int i = 0; i < 12; i++) {
		w.chaos = (struct chaos){ FACET_CLIENT, 7 + i, ERR_STORE, true, false, 0, 0, 0 };
		run(MODE_FULL);
		w.chaos = (struct chaos){ 0 };
		/* The machine knows that the process is dead: no lease is waited for. */
		must(db_exec(w.real, "UPDATE lockstep_leases SET holder = ''", NULL, 0, NULL,
			     &oops));
	}
	OK(w.wire.logged > 2 * LIMIT_CALLS, "%zu requests of twelve processes", w.wire.logged);
	OK(canned_most_in_window(&w.wire, LIMIT_WINDOW_MS) <= LIMIT_CALLS,
	   "never more than %d in a minute", LIMIT_CALLS);
	world_close(&w);
}

/* ---- tokens ---- */

static void a_rotating_token_is_stored_before_it_is_used(void)
{
	struct token t = { 0 };
	bool found = false;

	world_open(&w, "guarded", NULL);
	world_fill(&w, 0, 12);
	OK(run(MODE_FULL)->status == RUN_SUCCESS && w.tokens == 1, "one token for all pages");
	must(token_get(w.real, w.arena, w.seal, STR("guarded"), &t, &found, &oops));
	OK(found && str_eq(t.refresh, STR("r1")), "the next refresh token is kept");
	w.tokens = 1;
	test_clock_pass(&w.clock, 3400000);
	OK(run(MODE_FULL)->status == RUN_SUCCESS && w.tokens == 2, "renewed before it ends");
	/* The write that should keep the new pair fails: the access token is never used. */
	test_clock_pass(&w.clock, 3400000);
	must(db_exec(w.real,
		     "CREATE TRIGGER full BEFORE UPDATE ON lockstep_tokens BEGIN "
		     "SELECT RAISE(FAIL, 'disk'); END",
		     NULL, 0, NULL, &oops));
	OK(run(MODE_FULL)->status == RUN_ERROR && w.tokens == 3, "it cannot be stored");
	for (size_t i = 0; i < w.wire.logged; i++)
		if (str_eq(w.wire.log[i].authorization, STR("Bearer a3")))
			found = false;
	OK(found, "so it was not used");
	world_close(&w);
}

static void a_token_that_the_vendor_refuses_is_renewed_once(void)
{
	const struct run_result *r;

	world_open(&w, "guarded", NULL);
	world_fill(&w, 0, 12);
	run(MODE_FULL);
	canned_fault(&w.wire, (int64_t)w.wire.logged + 2, FAULT_STATUS, 401);
	OK(run(MODE_FULL)->status == RUN_SUCCESS && w.tokens == 2, "renewed and gone on");
	w.wire.faults = 0;
	for (int i = 1; i < 8; i++)
		canned_fault(&w.wire, (int64_t)w.wire.logged + i + (i > 1), FAULT_STATUS, 401);
	r = run(MODE_FULL);
	OK(r->status == RUN_ERROR && r->error.kind == ERR_AUTH && w.tokens == 3,
	   "a fresh one that is refused too is the end: %s", r->error.text);
	world_close(&w);
}

static void a_refused_refresh_needs_a_person_and_is_not_tried_again(void)
{
	const struct run_result *r;
	size_t before;

	world_open(&w, "guarded", NULL);
	world_fill(&w, 0, 3);
	w.token_closed = true;
	r = run(MODE_FULL);
	OK(r->status == RUN_ERROR && r->error.kind == ERR_AUTH, "%s", r->error.text);
	before = w.wire.logged;
	r = run(MODE_FULL);
	OK(r->error.kind == ERR_AUTH && w.wire.logged == before, "nothing is asked again");
	world_close(&w);
}

/* ---- what a run tells of itself ---- */

#define PART(what)                              \
	"SELECT json_extract(details, '$." what \
	"') FROM sync_logs WHERE sync_type = 'things' ORDER BY started_at DESC, rowid DESC"
#define WHOLE(what) \
	"SELECT json_extract(details, '$." what "') FROM sync_logs WHERE parent_id IS NULL"

static void a_run_tells_where_its_time_went(void)
{
	world_open(&w, "tiny", NULL);
	world_fill(&w, 1, 40);
	w.wire.latency_ms = 300;
	canned_fault(&w.wire, 4, FAULT_LIMITED, 7);
	run(MODE_FULL);
	OK(world_int(&w, PART("timing.waits.retry_after.count")) == 1 &&
		   world_int(&w, PART("timing.waits.retry_after.ms")) >= 7000,
	   "what the vendor asked for");
	OK(world_int(&w, PART("timing.fetch_ms")) >= 300 * 4 &&
		   world_int(&w, PART("timing.fetch_ms")) < 7000,
	   "fetching is not waiting");
	OK(world_int(&w, PART("page_times.first")) == 1 &&
		   world_int(&w, "SELECT sum(json_extract(p.value, '$[5]')) FROM sync_logs, "
				 "json_each(details, '$.page_times.pages') p "
				 "WHERE sync_type = 'things'") == 40,
	   "every page is told with its records");
	IS(world_text(&w, PART("cursor.before")), "(null)", "there was no cursor");
	OK(world_int(&w, "SELECT json_extract(details, '$.cursor.after') IS NOT NULL FROM "
			 "sync_logs WHERE sync_type = 'things'") == 1,
	   "and now there is");
	OK(world_int(&w, WHOLE("timing.waits.retry_after.count")) == 1, "the run has the sums");
	OK(world_int(&w, "SELECT count(*) FROM sync_logs, json_each(details, '$.log') l WHERE "
			 "json_extract(l.value, '$[1]') LIKE 'things: waits 7 s: %'") == 1,
	   "the wait is in the journal, once");
	OK(world_int(&w, WHOLE("fence")) > 0, "the lease's token too");
	w.wire.latency_ms = 0;
	for (int i = 0; i < 4; i++)
		run(MODE_FULL);
	OK(world_int(&w, "SELECT sum(json_extract(details, '$.timing.waits.rate_limit.ms')) FROM "
			 "sync_logs WHERE parent_id IS NULL") > 0,
	   "our own limit is told apart");
	world_close(&w);
}

int main(void)
{
	rows_are_created_updated_and_unchanged_as_they_are();
	a_dry_run_tells_and_writes_nothing();
	late_parents_are_linked_at_the_end();
	what_the_vendor_lost_is_reported_and_kept();
	a_bad_record_waits_in_quarantine_until_it_is_mended();
	a_run_tells_where_its_time_went();
	the_watermark_is_the_vendors_clock_less_the_overlap();
	a_cap_makes_a_run_partial_and_the_next_goes_on_exactly_there();
	a_run_that_is_stopped_says_so_and_is_gone_on_with();
	attempts_that_are_used_up_cost_a_run_but_no_record();
	a_promised_id_is_used_once_and_a_second_attempt_names_it();
	a_connection_has_one_run_at_a_time();
	a_run_that_was_taken_over_writes_nothing_more();
	an_error_in_one_table_does_not_stop_the_others();
	refused_credentials_end_the_run();
	lies_are_not_believed();
	a_vendor_that_ignores_the_page_is_found_out();
	nobody_sends_before_retry_after();
	a_long_retry_after_ends_the_run_and_is_told();
	the_limit_holds_through_restarts();
	a_rotating_token_is_stored_before_it_is_used();
	a_token_that_the_vendor_refuses_is_renewed_once();
	a_refused_refresh_needs_a_person_and_is_not_tried_again();
	return tap_done();
}
