/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_score_cycle.c - cycles of the incremental sync against a vendor in memory.
 *
 * The bugs that the original had (vendors' facts, 3.8) are named by their numbers.
 */
#include "fake_vendor.h"
#include "gameplatform/score_cycle.h"
#include "gameplatform/totals.h"
#include "store/cell.h"
#include "tap.h"
#include "work/queue.h"

#define MINUTE_MS ((int64_t)60000)
#define HALF_HOUR_MS (30 * MINUTE_MS)
#define DAY_MS (1440 * MINUTE_MS)

static struct score_result cycle(struct ground *g, struct score_options o)
{
	struct score_result r = { 0 };

	must(score_cycle(&g->engine, &g->connection, &o, g->f.a, &r, &oops));
	return r;
}

static bool cycle_fails(struct ground *g, struct score_options o, struct err *e)
{
	struct score_result r;

	*e = (struct err){ 0 };
	return !score_cycle(&g->engine, &g->connection, &o, g->f.a, &r, e);
}

#define PLAIN ((struct score_options){ 0 })

static int64_t now_s(const struct ground *g)
{
	return g->clock.wall_ms / 1000;
}

static void solves(struct ground *g, int user, int64_t id)
{
	fake_solve(&(struct fake_solve){ .user = user, .id = id, .at_s = now_s(g), .points = 100 });
	fake_accessed(user, now_s(g));
}

static void takes_part(struct ground *g, int user, const char *event, int64_t start_s, int64_t id)
{
	fake_solve(&(struct fake_solve){ .user = user,
					 .id = id,
					 .at_s = now_s(g),
					 .points = 50,
					 .event = event,
					 .event_start_s = start_s });
	fake_accessed(user, now_s(g));
}

static int64_t rows(struct ground *g, const char *where)
{
	return sql_int(g->f.db, str_printf(g->f.a,
					   "SELECT COUNT(*) FROM game_platform_challenge_solves"
					   " WHERE %s",
					   where)
					.at);
}

static int64_t states(struct ground *g, const char *where)
{
	return sql_int(
		g->f.db,
		str_printf(g->f.a, "SELECT COUNT(*) FROM game_platform_sync_state WHERE %s", where)
			.at);
}

/* Competitors who were all there today: in the tier of half an hour. */
static void open_active(struct ground *g, int n)
{
	ground_open(g);
	ground_people(g, 1, n);
	for (int i = 1; i <= n; i++)
		solves(g, i, i);
	hand_clock_pass(&g->clock, MINUTE_MS);
}

static void next_cycle(struct ground *g)
{
	hand_clock_pass(&g->clock, HALF_HOUR_MS);
	fake_forget();
}

/* ---- the figures of the specification, section 21 ---- */

static void twenty_two(void)
{
	struct totals_wish wish = { .batch = 100 };
	struct totals_result totals;
	struct score_result r;
	struct ground g;

	open_active(&g, 22);
	r = cycle(&g, PLAIN);
	OK(r.counts.total == 22 && r.counts.synced == 22, "22 are new: synced 22");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM competitors"
			   " WHERE game_platform_activity_score >= 60") == 22,
	   "and as active as they were, from now on");
	must(totals_sweep(&g.engine, &g.connection, &wish, g.f.a, &totals, &oops));
	OK(totals.total == 0 && sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_stats") == 22,
	   "their first answers were for all time and had the totals");
	next_cycle(&g);
	r = cycle(&g, PLAIN);
	OK(r.counts.total == 22 && r.counts.synced == 0 && r.counts.skipped == 22,
	   "no news: synced 0, skipped 22");
	next_cycle(&g);
	solves(&g, 13, 100);
	r = cycle(&g, PLAIN);
	OK(r.counts.total == 22 && r.counts.synced == 1 && r.counts.skipped == 21 &&
		   r.counts.failed == 0,
	   "one new solve: synced 1, skipped 21");
	OK(states(&g, "needs_totals_refresh") == 1 &&
		   states(&g, "needs_totals_refresh AND syned_user_id = 'u-00013'") == 1,
	   "one flag");
	fake_forget();
	must(totals_sweep(&g.engine, &g.connection, &wish, g.f.a, &totals, &oops));
	OK(totals.total == 1 && totals.refreshed == 1 && fake_calls("scores", 13) == 1 &&
		   fake_calls(NULL, 0) == 1,
	   "and the sweep processes exactly that one");
	OK(sql_int(g.f.db, "SELECT SUM(challenges_completed) FROM game_platform_stats") == 23,
	   "totals are right");
	ground_close(&g);
}

/* ---- cursors ---- */

/* Bug 1. */
static void failing_one(void)
{
	struct score_result r;
	struct ground g;
	int64_t after;

	open_active(&g, 3);
	cycle(&g, PLAIN);
	next_cycle(&g);
	cycle(&g, PLAIN);
	after = fake_after(2);
	next_cycle(&g);
	solves(&g, 2, 50);
	fake_fail(2, VENDOR_SERVER, 500, "oops");
	r = cycle(&g, PLAIN);
	OK(r.counts.total == 3 && r.counts.failed == 1 && r.counts.skipped == 2,
	   "one's failure is counted and stops nothing");
	OK(states(&g, "last_result = 'failure' AND error_message = 'oops'") == 1,
	   "and stands in their state");
	fake_fail(2, VENDOR_NONE, 0, NULL);
	for (int i = 0; i < 3; i++)
		hand_clock_pass(&g.clock, HALF_HOUR_MS);
	r = cycle(&g, PLAIN);
	OK(r.counts.synced == 1 && fake_after(2) == after + 1800 && rows(&g, "1 = 1") == 4,
	   "the window that failed is asked for again, whole");
	OK(states(&g, "last_result = 'failure' OR error_message IS NOT NULL") == 0,
	   "the error is gone");
	ground_close(&g);
}

static struct ground *in;

static void solve_under_way(const char *call, struct str user)
{
	if (strcmp(call, "scores") != 0 || !str_eq(user, fake_id(1)))
		return;
	fake_meanwhile = NULL;
	hand_clock_pass(&in->clock, 1000);
	solves(in, 1, 77);
	hand_clock_pass(&in->clock, 60 * MINUTE_MS);
}

/* Bug 2, first half: solves between the request and the end of the cycle. */
static void solve_meanwhile(void)
{
	struct ground g;

	open_active(&g, 2);
	in = &g;
	cycle(&g, PLAIN);
	next_cycle(&g);
	g.connection.config = value_map_new(g.f.a);
	value_map_set(g.f.a, g.connection.config, STR("overlap"), value_str(STR("0s")));
	fake_meanwhile = solve_under_way;
	cycle(&g, PLAIN);
	OK(rows(&g, "challenge_solve_id = 77") == 0, "made after the answer");
	next_cycle(&g);
	cycle(&g, PLAIN);
	OK(rows(&g, "challenge_solve_id = 77") == 1,
	   "the cursor is the time before the request, also without an overlap");
	ground_close(&g);
}

/* Ties on a second, and what the vendor shows only minutes later. */
static void ties_and_late(void)
{
	struct score_result r;
	struct ground g;

	open_active(&g, 1);
	cycle(&g, PLAIN);
	next_cycle(&g);
	solves(&g, 1, 20);
	fake_solve(&(struct fake_solve){ .user = 1,
					 .id = 21,
					 .at_s = now_s(&g),
					 .visible_s = now_s(&g) + 300,
					 .points = 1 });
	r = cycle(&g, PLAIN);
	OK(r.counts.synced == 1 && rows(&g, "challenge_solve_id = 21") == 0, "one of two is seen");
	next_cycle(&g);
	r = cycle(&g, PLAIN);
	OK(r.counts.synced == 1 && rows(&g, "challenge_solve_id = 21") == 1,
	   "the late one of the same second is found");
	next_cycle(&g);
	r = cycle(&g, PLAIN);
	OK(r.counts.synced == 0 && rows(&g, "1 = 1") == 3, "and nothing is news twice");
	ground_close(&g);
}

/* Bug 2, second half: a coach's sync is theirs alone. */
static void coachs_own(void)
{
	struct score_result r;
	struct ground g;
	int64_t moved;

	open_active(&g, 4);
	run_sql(g.f.db, "INSERT INTO profiles (id, role) VALUES"
			" ('00000000-0000-4000-8000-00000000c002', 'coach');\n"
			"UPDATE competitors SET coach_id = '00000000-0000-4000-8000-00000000c002'"
			" WHERE game_platform_id IN ('u-00003', 'u-00004')");
	cycle(&g, PLAIN);
	hand_clock_pass(&g.clock, 5 * MINUTE_MS);
	fake_forget();
	moved = g.clock.wall_ms;
	r = cycle(&g,
		  (struct score_options){ .coach = STR("00000000-0000-4000-8000-00000000c002") });
	OK(r.counts.total == 2 && fake_calls("scores", 3) == 1 && fake_calls("scores", 4) == 1 &&
		   fake_calls("scores", 0) == 2,
	   "a coach's own are asked, due or not");
	OK(sql_int(g.f.db, str_printf(g.f.a,
				      "SELECT COUNT(*) FROM game_platform_sync_state WHERE"
				      " last_odl_synced_at >= '%s'",
				      cell_text(g.f.a, cell_from_ms(moved)).at)
				   .at) == 2,
	   "and nobody else's cursor moves");
	fake_forget();
	r = cycle(&g, (struct score_options){ .competitor = ground_competitor(&g, 2) });
	OK(r.counts.total == 1 && fake_calls("scores", 2) == 1 && fake_calls(NULL, 0) <= 2,
	   "one competitor alone");
	ground_close(&g);
}

static void force_full(void)
{
	struct score_options o = { .force_full = true };
	struct score_result r;
	struct ground g;

	open_active(&g, 5);
	cycle(&g, PLAIN);
	hand_clock_pass(&g.clock, MINUTE_MS);
	run_sql(g.f.db, "DELETE FROM game_platform_challenge_solves");
	fake_forget();
	o.since_ms = g.clock.wall_ms;
	r = cycle(&g, o);
	OK(r.counts.total == 5 && r.counts.synced == 5 && fake_after(1) == VENDOR_ALL_TIME,
	   "everybody, from all time");
	OK(fake_calls("events", 0) == 5, "events too");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_runs"
			   " WHERE sync_type = 'full' AND status = 'completed'") == 1,
	   "the run says so");
	fake_forget();
	hand_clock_pass(&g.clock, MINUTE_MS);
	r = cycle(&g, o);
	OK(r.counts.total == 0 && fake_calls("scores", 0) == 0,
	   "tried again it asks nobody whom it has asked");
	ground_close(&g);
}

/* ---- flags ---- */

/* Bugs 3 and 4. */
static void nothing_is_reset(void)
{
	struct ground g;
	int64_t flash, wanted;

	open_active(&g, 2);
	takes_part(&g, 1, "Spring Sprint CTF", now_s(&g) - 3600, 1);
	cycle(&g, PLAIN);
	flash = states(&g, "last_flash_ctf_synced_at IS NOT NULL");
	next_cycle(&g);
	solves(&g, 1, 30);
	cycle(&g, PLAIN);
	wanted = sql_int(g.f.db, "SELECT MAX(totals_wanted) FROM game_platform_sync_state");
	next_cycle(&g);
	cycle(&g, PLAIN);
	OK(states(&g, str_printf(g.f.a, "needs_totals_refresh AND totals_wanted = %lld",
				 (long long)wanted)
			      .at) == 1,
	   "a cycle without news keeps the flag");
	OK(flash == 2 && states(&g, "last_flash_ctf_synced_at IS NOT NULL") == 2,
	   "a cycle without events keeps their time");
	ground_close(&g);
}

static void without_a_row(void)
{
	struct ground g;

	open_active(&g, 2);
	cycle(&g, PLAIN);
	run_sql(g.f.db, "DELETE FROM game_platform_stats WHERE competitor_id ="
			" '00000000-0000-4000-8000-000000000002'");
	next_cycle(&g);
	cycle(&g, PLAIN);
	OK(states(&g, "needs_totals_refresh AND syned_user_id = 'u-00002'") == 1 &&
		   states(&g, "needs_totals_refresh") == 1,
	   "who has no totals gets them");
	ground_close(&g);
}

/* ---- failures ---- */

/* Bugs 5 and 6. */
static void refused_rows(void)
{
	struct score_result r;
	struct ground g;

	open_active(&g, 3);
	run_sql(g.f.db, on_postgres()
				? "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
				  "'BEGIN IF NEW.syned_user_id = ''u-00002'' THEN RAISE EXCEPTION "
				  "''no''; END IF; RETURN NEW; END';\n"
				  "CREATE TRIGGER refuse BEFORE INSERT ON "
				  "game_platform_challenge_solves FOR EACH ROW EXECUTE FUNCTION "
				  "refuse()"
				: "CREATE TRIGGER refuse BEFORE INSERT ON "
				  "game_platform_challenge_solves WHEN NEW.syned_user_id = "
				  "'u-00002' BEGIN SELECT RAISE(ABORT, 'no'); END");
	r = cycle(&g, PLAIN);
	OK(r.counts.synced == 2 && r.counts.failed == 1, "what cannot be stored is one's own");
	OK(states(&g, "syned_user_id = 'u-00002' AND last_odl_synced_at IS NULL"
		      " AND last_result = 'failure'") == 1,
	   "whose cursor does not move");
	run_sql(g.f.db, on_postgres() ? "DROP TRIGGER refuse ON game_platform_challenge_solves"
				      : "DROP TRIGGER refuse");
	next_cycle(&g);
	r = cycle(&g, PLAIN);
	OK(r.counts.synced == 1 && rows(&g, "1 = 1") == 3, "and nothing of it is lost");
	ground_close(&g);
}

static bool dies_at_two(void *arg, const struct score_counts *c, size_t left, struct err *e)
{
	(void)arg;
	(void)left;
	return c->total < 2 || err_set(e, ERR_CANCELLED, "stopped on request");
}

static void stopped_half_way(void)
{
	struct score_result r;
	struct ground g;
	struct err e;

	open_active(&g, 5);
	OK(cycle_fails(&g, (struct score_options){ .step = dies_at_two }, &e) &&
		   e.kind == ERR_CANCELLED,
	   "stopped after two");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_runs WHERE status = 'failed'"
			   " AND completed_at IS NOT NULL AND competitors_processed = 2") == 1,
	   "the run is closed");
	run_sql(g.f.db, "INSERT INTO game_platform_sync_runs (status) VALUES ('running')");
	fake_forget();
	hand_clock_pass(&g.clock, MINUTE_MS);
	r = cycle(&g, PLAIN);
	OK(r.counts.total == 3 && fake_calls("scores", 0) == 3, "the next one asks the others");
	OK(sql_int(g.f.db,
		   "SELECT COUNT(*) FROM game_platform_sync_runs WHERE status = 'running'") == 0,
	   "and closes what a dead process left running");
	ground_close(&g);
}

static void wrong_plan(void)
{
	struct ground g;
	struct err e;

	open_active(&g, 1);
	g.flash.table = STR("nobody_has_this");
	OK(cycle_fails(&g, PLAIN, &e) &&
		   sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_runs WHERE"
				   " status = 'failed' AND error_message IS NOT NULL") == 1,
	   "a plan that cannot work closes its run too");
	ground_close(&g);
}

static void missing_remotely(void)
{
	struct score_result r;
	struct ground g;

	open_active(&g, 2);
	fake_fail(1, VENDOR_NOT_FOUND, 404, "User not found or not approved");
	r = cycle(&g, PLAIN);
	OK(r.counts.synced == 1 && r.counts.skipped == 1 && r.counts.missing == 1 &&
		   r.counts.failed == 0,
	   "whom the vendor does not know counts as skipped");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM competitors WHERE game_platform_id = 'u-00001'"
			   " AND game_platform_sync_error = 'User not found or not approved'") == 1,
	   "the error stands on the competitor, who keeps their id");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_profiles WHERE status = 'error'"
			   " AND sync_error IS NOT NULL AND syned_user_id = 'u-00001'") == 1,
	   "and on the mapping");
	next_cycle(&g);
	cycle(&g, PLAIN);
	OK(fake_calls("scores", 1) == 0, "a definite no is not asked again at once");
	hand_clock_pass(&g.clock, DAY_MS);
	fake_fail(1, VENDOR_NONE, 0, NULL);
	cycle(&g, PLAIN);
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM competitors WHERE game_platform_sync_error"
			   " IS NOT NULL") == 0 &&
		   sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_profiles WHERE"
				   " status = 'approved' AND sync_error IS NULL") == 1,
	   "the next success clears it everywhere");
	ground_close(&g);
}

static void not_approved(void)
{
	struct score_result r;
	struct ground g;

	open_active(&g, 2);
	fake_fail(1, VENDOR_NOT_APPROVED, 403, "User not found or not approved");
	fake_status(1, "pending_approval");
	r = cycle(&g, PLAIN);
	OK(r.counts.failed == 1 && fake_calls("user", 1) == 1,
	   "the vendor is asked for the status");
	IS(sql_text(&g.f, "SELECT game_platform_sync_error FROM competitors WHERE"
			  " game_platform_id = 'u-00001'"),
	   "User not found or not approved (metactf_user_status: pending_approval)",
	   "which the error says");
	IS(sql_text(&g.f, "SELECT status FROM game_platform_profiles"), "pending",
	   "and the mapping has");
	next_cycle(&g);
	cycle(&g, (struct score_options){ .competitor = ground_competitor(&g, 1) });
	OK(fake_calls("scores", 1) == 1 && fake_calls("user", 1) == 0, "once a day at the most");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_events WHERE"
			   " event_type = 'sync_failed' AND competitor_id IS NOT NULL") == 1,
	   "the timeline tells it once");
	hand_clock_pass(&g.clock, DAY_MS);
	fake_status(1, "denied");
	fake_forget();
	cycle(&g, (struct score_options){ .competitor = ground_competitor(&g, 1) });
	OK(fake_calls("user", 1) == 1, "and again the day after");
	IS(sql_text(&g.f, "SELECT status FROM game_platform_profiles"), "denied", "with what is");
	ground_close(&g);
}

static void whole_connection(void)
{
	struct ground g;
	struct err e;

	open_active(&g, 60);
	fake_fail_all("any", VENDOR_UNAUTHORIZED);
	OK(cycle_fails(&g, PLAIN, &e) && e.kind == ERR_AUTH && fake_calls(NULL, 0) == 1,
	   "a refused token stops the cycle at once");
	fake_forget();
	fake_fail_all("any", VENDOR_TIMEOUT);
	OK(cycle_fails(&g, PLAIN, &e) && e.kind == ERR_TRANSIENT && fake_calls(NULL, 0) == 20,
	   "so does a vendor that is away, after a while");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_runs WHERE status = 'failed'"
			   " AND error_message IS NOT NULL") == 2,
	   "the runs say why");
	fake_fail_all(NULL, VENDOR_NONE);
	hand_clock_pass(&g.clock, MINUTE_MS);
	OK(cycle(&g, PLAIN).counts.synced == 60, "and everybody is still due");
	ground_close(&g);
}

static void take_away(const char *call, struct str user)
{
	(void)call;
	if (!str_eq(user, fake_id(3)))
		return;
	run_sql(in->f.db, "UPDATE lockstep_jobs SET session = 99, attempt = attempt + 1");
}

/* A job that was given to another while it asked writes nothing more. */
static void fenced(void)
{
	struct worker_info me = { .host = STR("h"), .version = STR("0"), .pid = 1, .slots = 1 };
	struct job_draft draft = { .task = STR("game_platform_sync") };
	struct claim c = { .max = 1 };
	struct job_ticket ticket;
	struct str *statement;
	struct fence fence;
	struct ground g;
	struct job *job;
	struct err e;
	size_t n;

	open_active(&g, 5);
	in = &g;
	must(queue_plan(g.f.db, g.f.a, &statement, &n, &oops));
	must(schema_apply(g.f.db, statement, n, &oops));
	must(session_begin(g.f.db, &me, &c.session, &oops));
	must(queue_add(g.f.db, &draft, &ticket, &oops));
	must(queue_claim(g.f.db, g.f.a, &c, &job, &n, &oops));
	fence = job[0].fence;
	g.engine.fence = &fence;
	fake_meanwhile = take_away;
	OK(cycle_fails(&g, PLAIN, &e) && e.kind == ERR_FENCED, "the cycle ends");
	OK(states(&g, "last_attempt_at IS NOT NULL") == 2 && rows(&g, "1 = 1") == 2 &&
		   sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_runs"
				   " WHERE status = 'running'") == 1,
	   "and nothing is written after that, not even how it ended");
	ground_close(&g);
}

/* Bug 7: nothing is cut off at a thousand rows. */
static void many_solves(void)
{
	struct ground g;

	ground_open(&g);
	ground_people(&g, 1, 1);
	for (int i = 1; i <= 1500; i++)
		solves(&g, 1, i);
	hand_clock_pass(&g.clock, MINUTE_MS);
	cycle(&g, PLAIN);
	OK(rows(&g, "1 = 1") == 1500, "1,500 solves of one answer are 1,500 rows");
	OK(sql_int(g.f.db, "SELECT challenges_completed FROM game_platform_stats") == 1500,
	   "and so the totals say");
	ground_close(&g);
}

/* ---- events ---- */

static void sentinel(void)
{
	struct score_result r;
	struct ground g;
	int64_t start_s;

	open_active(&g, 10);
	cycle(&g, PLAIN);
	OK(fake_calls("events", 0) == 10, "newcomers are asked for events with their first turn");
	next_cycle(&g);
	r = cycle(&g, PLAIN);
	OK(fake_calls("events", 0) == 1 && r.sentinel && !r.alarm, "then one is, for all");
	next_cycle(&g);
	start_s = now_s(&g) - 600;
	for (int i = 1; i <= 10; i++)
		takes_part(&g, i, "Winter Warfare", start_s, 1819);
	hand_clock_pass(&g.clock, 11 * MINUTE_MS);
	r = cycle(&g, PLAIN);
	OK(r.alarm && fake_calls("events", 0) == 10, "a new event: everybody, each once");
	OK(r.counts.synced == 0, "an event is no ODL solve");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_flash_ctf_events") == 10 &&
		   rows(&g, "source = 'flash_ctf'") == 10,
	   "it is all there");
	OK(states(&g, "needs_totals_refresh") == 10, "and changes the totals");
	next_cycle(&g);
	r = cycle(&g, PLAIN);
	OK(!r.alarm && fake_calls("events", 0) == 1, "once");
	next_cycle(&g);
	takes_part(&g, 7, "Winter Warfare", start_s, 1820);
	cycle(&g, PLAIN);
	OK(rows(&g, "challenge_solve_id = 1820") == 1 && fake_calls("events", 0) == 2,
	   "while an event is young, who was there is asked again");
	hand_clock_pass(&g.clock, DAY_MS - 60 * MINUTE_MS);
	takes_part(&g, 9, "Winter Warfare", start_s, 1821);
	for (int i = 1; i <= 10; i++)
		fake_accessed(i, start_s - 3600);
	next_cycle(&g);
	cycle(&g, PLAIN);
	OK(fake_calls("events", 0) == 10 && rows(&g, "challenge_solve_id = 1821") == 1,
	   "and everybody once more when it is over");
	next_cycle(&g);
	cycle(&g, PLAIN);
	OK(fake_calls("events", 0) == 1, "once");
	ground_close(&g);
}

static void alarm_survives(void)
{
	struct ground g;
	struct err e;

	open_active(&g, 6);
	cycle(&g, PLAIN);
	next_cycle(&g);
	for (int i = 1; i <= 6; i++)
		takes_part(&g, i, "Fall Fast CTF", now_s(&g) - 600, 5);
	OK(cycle_fails(&g, (struct score_options){ .step = dies_at_two }, &e), "stopped half way");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_flash_ctf_events") < 6,
	   "not everybody was asked");
	hand_clock_pass(&g.clock, MINUTE_MS);
	cycle(&g, PLAIN);
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_flash_ctf_events") == 6,
	   "the next cycle asks the others, though the event is known");
	ground_close(&g);
}

static void sentinel_fails(void)
{
	struct score_result r;
	struct ground g;

	open_active(&g, 4);
	cycle(&g, PLAIN);
	next_cycle(&g);
	fake_fail_all("events", VENDOR_SERVER);
	r = cycle(&g, PLAIN);
	OK(r.counts.failed == 0 && r.counts.total == 4 && fake_calls("events", 0) == 1,
	   "a sentinel's failure skips events and fails nobody");
	ground_close(&g);
}

/* ---- what is told ---- */

static void dry_run(void)
{
	struct score_result r;
	struct ground g;

	open_active(&g, 3);
	r = cycle(&g, (struct score_options){ .dry_run = true });
	OK(r.dry_run && r.counts.total == 3 && r.counts.synced == 0 && r.run.len == 0,
	   "a dry run says whom it would ask");
	OK(fake_calls(NULL, 0) == 0 && states(&g, "1 = 1") == 0 && rows(&g, "1 = 1") == 0 &&
		   sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_runs") == 0 &&
		   sql_int(g.f.db, "SELECT COUNT(*) FROM lockstep_cycles") == 0 &&
		   sql_int(g.f.db, "SELECT COUNT(*) FROM lockstep_members") == 0,
	   "and touches nothing anywhere");
	ground_close(&g);
}

static void batches(void)
{
	struct ground g;
	bool all = true;

	ground_open(&g);
	ground_people(&g, 1, 22);
	g.odl.tiering = false;
	g.odl.batch = 5;
	for (int i = 0; i < 5; i++) {
		struct score_result r;

		fake_forget();
		r = cycle(&g, PLAIN);
		all = all && r.batch == i && r.batches == 5 && r.batch_size == 5 &&
		      fake_calls("scores", 0) == (i < 4 ? 5 : 2);
		hand_clock_pass(&g.clock, HALF_HOUR_MS);
	}
	OK(all, "22 in batches of 5: five, the last of two");
	OK(states(&g, "last_odl_synced_at IS NOT NULL") == 22, "everybody once");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_runs WHERE status = 'completed'"
			   " AND batch_size = 5 AND total_batches = 5") == 5 &&
		   sql_int(g.f.db,
			   "SELECT CAST(SUM(api_call_count) AS bigint) FROM game_platform_sync_runs") ==
			   sql_int(g.f.db,
				   "SELECT CAST(SUM(calls) AS bigint) FROM lockstep_cycles"),
	   "the runs say so, and the cycles the same calls");
	ground_close(&g);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	twenty_two();
	failing_one();
	solve_meanwhile();
	ties_and_late();
	coachs_own();
	force_full();
	nothing_is_reset();
	without_a_row();
	refused_rows();
	stopped_half_way();
	wrong_plan();
	missing_remotely();
	not_approved();
	whole_connection();
	fenced();
	many_solves();
	sentinel();
	alarm_survives();
	sentinel_fails();
	dry_run();
	batches();
	return tap_done();
}
