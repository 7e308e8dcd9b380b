/* SPDX-License-Identifier: Apache-2.0 */
/* t_connection_state.c - how a connection stands, in a word and a sentence. */
#include "base/buf.h"
#include "service/connection_state.h"
#include "service/run_progress.h"
#include "tap.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define NOW_MS ((int64_t)1800000000000)

static struct arena *a;
static struct pause stop = { .reason = { "moving house", 12 }, .actor = { "ana", 3 } };
static struct hold held = { .table = { "contacts", 8 },
			    .check = { "failed_max", 10 },
			    .seen = { "30 %", 4 },
			    .expected = { "at most 5 %", 11 } };

/* "state: reason", of what is well but for what `f` says. */
static const char *judged(struct connection_facts f)
{
	struct connection_verdict v;

	f.name = STR("pp");
	f.now_ms = NOW_MS;
	connection_judge(a, &f, &v);
	OK((v.reason.len == 0) == (v.next.len == 0), "a reason comes with what to do");
	return str_printf(a, "%s: %.*s", connection_state_name(v.state), STR_ARG(v.reason)).at;
}

static struct run_log run(enum run_status status, const char *error)
{
	return (struct run_log){ .status = status, .error = str_from(error) };
}

static void well_is_ok(void)
{
	struct run_log good = run(RUN_SUCCESS, ""), cut = run(RUN_STOPPED, "");

	IS(judged((struct connection_facts){ 0 }), "ok: ", "never run");
	IS(judged((struct connection_facts){ .last = &good }), "ok: ", "a success");
	IS(judged((struct connection_facts){ .last = &cut }), "ok: ", "somebody stopped the last");
	IS(judged((struct connection_facts){ .running = true }), "running: ", "under way");
}

static void what_a_person_decided_comes_first(void)
{
	struct run_log bad = run(RUN_ERROR, "HTTP 500");

	IS(judged((struct connection_facts){ .stopped = &stop, .running = true, .last = &bad }),
	   "stopped: Stopped by ana: moving house", "stopped");
	IS(judged((struct connection_facts){ .off = true, .running = true, .last = &bad }),
	   "off: It is switched off in the plan.", "off, whatever else");
	IS(judged((struct connection_facts){ .off = true, .stopped = &stop }),
	   "stopped: Stopped by ana: moving house", "stopped as well");
	IS(judged((struct connection_facts){ .running = true, .last = &bad }),
	   "running: The last run failed: HTTP 500", "under way after a failure");
}

static void what_waits_for_a_person_is_told_before_failures(void)
{
	struct run_log bad = run(RUN_ERROR, "HTTP 500"), part = run(RUN_PARTIAL, "");

	IS(judged((struct connection_facts){ .token_problem = STR("refused"), .last = &bad }),
	   "attention: A person must allow the access again: refused", "a token");
	IS(judged((struct connection_facts){ .held = &held, .last = &bad }),
	   "attention: Table contacts is held by failed_max: 30 %, expected at most 5 %.",
	   "a hold");
	IS(judged((struct connection_facts){
		   .trouble = STR("No credits."), .trouble_next = STR("Buy some."), .last = &bad }),
	   "attention: No credits.", "what an integration waits for");
	IS(judged((struct connection_facts){ .last = &bad }),
	   "failing: The last run failed: HTTP 500", "a failure");
	IS(judged((struct connection_facts){ .last = &part, .quarantined = 1 }),
	   "attention: 1 record could not be stored.", "quarantine");
	IS(judged((struct connection_facts){ .last = &part }),
	   "attention: The last run is not complete.", "a part");
}

static const char *next_of(const struct run_log *last, int64_t again_ms)
{
	struct connection_facts f = {
		.last = last, .again_job = 211, .again_ms = again_ms, .now_ms = NOW_MS
	};
	struct connection_verdict v;

	connection_judge(a, &f, &v);
	return str_keep(a, v.next).at;
}

static void what_is_tried_again_needs_nobody(void)
{
	struct run_log bad = run(RUN_ERROR, "HTTP 429"), part = run(RUN_PARTIAL, "HTTP 429");

	IS(next_of(&bad, NOW_MS + 45 * MINUTE_MS), "It goes on by itself in 45 m, as job 211.",
	   "a failure that a job tries again");
	IS(next_of(&part, NOW_MS + 45 * MINUTE_MS), "It goes on by itself in 45 m, as job 211.",
	   "a part");
	IS(next_of(&bad, 0), "Test the connection, then sync it again.", "no job");
	IS(next_of(&part, NOW_MS - 1), "The next run goes on where it ended.", "one that is due");
}

static void late_is_who_missed_two_runs(void)
{
	struct connection_facts f = { .due_every_ms = 15 * MINUTE_MS };

	f.last_success_ms = NOW_MS - 29 * MINUTE_MS;
	IS(judged(f), "ok: ", "one is missing");
	f.last_success_ms = NOW_MS - 31 * MINUTE_MS;
	IS(judged(f), "attention: The last success was 31 m ago; one is due every 15 m.",
	   "two are missing");
	f.due_every_ms = MINUTE_MS;
	f.last_success_ms = NOW_MS - 5 * MINUTE_MS;
	IS(judged(f), "ok: ", "nobody is late by less than the grace");
	f.due_every_ms = 0;
	f.last_success_ms = 1;
	IS(judged(f), "ok: ", "without a schedule nobody is late");
}

static void progress_is_read_from_what_a_job_told(void)
{
	struct run_progress p;

	run_progress_read(a,
			  STR("{\"table\":\"contacts\",\"phase\":\"wait\",\"table_pages\":3,"
			      "\"table_total\":500,\"waiting\":\"429\",\"processed\":\"x\"}"),
			  &p);
	IS(str_keep(a, p.table).at, "contacts", "table");
	OK(p.table_pages == 3 && p.table_total == 500 && p.processed == 0, "counts");
	IS(str_keep(a, p.waiting).at, "429", "why it waits");
	run_progress_read(a, STR("{\"table\":"), &p);
	OK(p.table.len == 0, "what is no JSON tells nothing");
	IS(run_phase(&(struct watch_event){ .kind = WATCH_TABLE }), "fetch", "a table began");
	IS(run_phase(&(struct watch_event){ .kind = WATCH_READ }), "transform", "a page came");
	IS(run_phase(&(struct watch_event){ .kind = WATCH_PAGE, .writes = true }), "commit",
	   "its rows are written");
	IS(run_phase(&(struct watch_event){ .kind = WATCH_PAGE }), "fetch", "they wait for more");
}

int main(void)
{
	a = arena_new("test", (size_t)1 << 20);
	well_is_ok();
	what_a_person_decided_comes_first();
	what_waits_for_a_person_is_told_before_failures();
	what_is_tried_again_needs_nobody();
	late_is_who_missed_two_runs();
	progress_is_read_from_what_a_job_told();
	arena_free(a);
	return tap_done();
}
