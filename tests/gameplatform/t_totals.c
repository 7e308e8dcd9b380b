/* SPDX-License-Identifier: Apache-2.0 */
/* t_totals.c - the totals sweep: flags are never lost, nobody stands in another's way. */
#include "fake_vendor.h"
#include "gameplatform/activity.h"
#include "gameplatform/schema.h"
#include "gameplatform/score_state.h"
#include "gameplatform/totals.h"
#include "tap.h"

static void flag(struct ground *g, int n)
{
	run_sql(g->f.db, str_printf(g->f.a,
				    "INSERT INTO game_platform_sync_state (syned_user_id,"
				    " needs_totals_refresh, totals_wanted) VALUES ('%s', true, 1)"
				    " ON CONFLICT (syned_user_id) DO UPDATE SET"
				    " needs_totals_refresh = true, totals_wanted ="
				    " game_platform_sync_state.totals_wanted + 1",
				    fake_id(n).at)
				 .at);
}

static int64_t flags(struct ground *g)
{
	return sql_int(g->f.db, "SELECT COUNT(*) FROM game_platform_sync_state"
				" WHERE needs_totals_refresh");
}

static struct totals_result sweep(struct ground *g, struct totals_wish w)
{
	struct totals_result r = { 0 };

	if (w.batch == 0)
		w.batch = 100;
	must(totals_sweep(&g->engine, &g->connection, &w, g->f.a, &r, &oops));
	return r;
}

static void the_vendors_own(void)
{
	struct ground g;
	struct totals_result r;

	ground_open(&g);
	ground_people(&g, 1, 3);
	fake_solve(&(struct fake_solve){ .user = 1, .id = 1, .at_s = 10, .points = 100 });
	fake_solve(&(struct fake_solve){ .user = 1, .id = 2, .at_s = 20, .points = 250 });
	fake_accessed(1, FAKE_START_MS / 1000 - 60);
	run_sql(g.f.db, "INSERT INTO game_platform_flash_ctf_events (syned_user_id, event_id,"
			" challenges_solved) VALUES ('u-00001', 'a:1', 4), ('u-00001', 'b:2', 3)");
	flag(&g, 1);
	r = sweep(&g, (struct totals_wish){ .dry_run = true });
	OK(r.total == 1 && r.refreshed == 0 && fake_calls(NULL, 0) == 0 && flags(&g) == 1,
	   "a dry run counts and touches nothing");
	r = sweep(&g, (struct totals_wish){ 0 });
	OK(r.total == 1 && r.refreshed == 1 && r.failed == 0 && !r.more, "exactly that one");
	OK(fake_calls(NULL, 0) == 1 && fake_after(1) == VENDOR_ALL_TIME,
	   "by one call, for all time");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_stats WHERE challenges_completed = 2"
			   " AND total_score = 350 AND monthly_ctf_challenges = 7"
			   " AND last_activity IS NOT NULL AND synced_at IS NOT NULL") == 1,
	   "challenges and points are the vendor's, the CTF's the sum over all events");
	OK(flags(&g) == 0, "the flag is cleared");
	/* Bugs 9 and 10. */
	flag(&g, 1);
	hand_clock_pass(&g.clock, 3600000);
	fake_solve(&(struct fake_solve){ .user = 1, .id = 3, .at_s = 30, .points = 50 });
	sweep(&g, (struct totals_wish){ 0 });
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_stats") == 1 &&
		   sql_int(g.f.db, "SELECT total_score FROM game_platform_stats") == 400,
	   "one row a competitor, written again");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_stats WHERE"
			   " synced_at > created_at") == 1,
	   "synced_at moves with every refresh");
	ground_close(&g);
}

static struct ground *meanwhile_ground;

static void news(const char *call, struct str user)
{
	(void)call;
	(void)user;
	fake_meanwhile = NULL;
	flag(meanwhile_ground, 1);
}

/* Bug 3, the sweep's side. */
static void news_in_between(void)
{
	struct ground g;
	struct totals_result r;

	ground_open(&g);
	ground_people(&g, 1, 1);
	flag(&g, 1);
	meanwhile_ground = &g;
	fake_meanwhile = news;
	r = sweep(&g, (struct totals_wish){ 0 });
	OK(r.refreshed == 1 && flags(&g) == 1, "news that comes while it asks keeps the flag");
	r = sweep(&g, (struct totals_wish){ 0 });
	OK(r.refreshed == 1 && flags(&g) == 0, "and the next sweep sees to it");
	ground_close(&g);
}

static void gone_and_failing(void)
{
	struct ground g;
	struct totals_result r;

	ground_open(&g);
	ground_people(&g, 1, 4);
	for (int n = 1; n <= 4; n++)
		flag(&g, n);
	fake_fail(1, VENDOR_SERVER, 500, "oops");
	fake_fail(2, VENDOR_NOT_FOUND, 404, "User not found or not approved");
	fake_fail(3, VENDOR_NOT_APPROVED, 403, "User not found or not approved");
	r = sweep(&g, (struct totals_wish){ 0 });
	OK(r.total == 4 && r.refreshed == 2 && r.failed == 2, "a missing user counts as refreshed");
	OK(flags(&g) == 2, "who failed stays flagged");
	OK(sql_int(g.f.db, "SELECT COUNT(*) FROM game_platform_sync_state WHERE"
			   " last_result = 'failure' AND error_message IS NOT NULL") == 2,
	   "with the error");
	OK(r.n == 4 && r.one[0].outcome == TOTALS_FAILED && r.one[0].code == VENDOR_SERVER &&
		   r.one[1].outcome == TOTALS_GONE,
	   "each with what came of it");
	ground_close(&g);
}

/* Bug 8. */
static void orphans(void)
{
	struct ground g;
	struct totals_result r;

	ground_open(&g);
	ground_people(&g, 1, 1);
	flag(&g, 1);
	flag(&g, 2);
	flag(&g, 3);
	r = sweep(&g, (struct totals_wish){ .batch = 1 });
	OK(r.orphans == 2 && r.total == 1 && r.refreshed == 1 && flags(&g) == 0,
	   "flags of nobody are cleared, counted, and take nobody's place");
	ground_close(&g);
}

static void pages(void)
{
	struct ground g;
	struct totals_result r;
	int64_t began_ms;
	int pages = 0;

	ground_open(&g);
	ground_people(&g, 1, 25);
	for (int n = 1; n <= 25; n++) {
		flag(&g, n);
		if (n <= 10)
			fake_fail(n, VENDOR_SERVER, 500, "oops");
	}
	began_ms = g.clock.wall_ms;
	do {
		hand_clock_pass(&g.clock, 1000);
		r = sweep(&g,
			  (struct totals_wish){ .batch = 10, .began_ms = pages ? began_ms : 0 });
		pages++;
	} while (r.more && pages < 10);
	OK(pages == 3 && flags(&g) == 10, "whoever fails is asked once a sweep (%d pages)", pages);
	OK(fake_calls("scores", 0) == 25, "one call for each");
	fake_forget();
	hand_clock_pass(&g.clock, 1000);
	flag(&g, 25);
	(void)sweep(&g, (struct totals_wish){ .batch = 10 });
	OK(fake_calls("scores", 25) == 1, "those who failed do not starve others");
	ground_close(&g);
}

static void coachs_own(void)
{
	struct ground g;
	struct totals_result r;

	ground_open(&g);
	ground_people(&g, 1, 2);
	run_sql(g.f.db, "INSERT INTO profiles (id, role) VALUES"
			" ('00000000-0000-4000-8000-00000000c002', 'coach');\n"
			"UPDATE competitors SET coach_id = '00000000-0000-4000-8000-00000000c002'"
			" WHERE game_platform_id = 'u-00002'");
	flag(&g, 1);
	flag(&g, 2);
	flag(&g, 3);
	r = sweep(&g, (struct totals_wish){ .coach = STR("00000000-0000-4000-8000-00000000c002") });
	OK(r.total == 1 && r.orphans == 0 && fake_calls("scores", 2) == 1 && flags(&g) == 2,
	   "a coach's sweep is about their own only");
	ground_close(&g);
}

static void stops(void)
{
	struct totals_wish w = { .batch = 100 };
	struct totals_result r;
	struct ground g;
	struct err e = { 0 };

	ground_open(&g);
	ground_people(&g, 1, 60);
	for (int n = 1; n <= 60; n++)
		flag(&g, n);
	fake_fail_all("scores", VENDOR_UNAUTHORIZED);
	OK(!totals_sweep(&g.engine, &g.connection, &w, g.f.a, &r, &e) && e.kind == ERR_AUTH &&
		   fake_calls(NULL, 0) == 1,
	   "a refused token is asked with once");
	fake_forget();
	fake_fail_all("scores", VENDOR_NETWORK);
	OK(!totals_sweep(&g.engine, &g.connection, &w, g.f.a, &r, &e) && e.kind == ERR_TRANSIENT &&
		   fake_calls(NULL, 0) == 20,
	   "a vendor that is away is not asked for everybody");
	OK(flags(&g) == 60, "no flag is lost");
	ground_close(&g);
}

/* The application's own table, as the specification has it. */
static void uuid_ids(void)
{
	const struct str user = STR("00000000-0000-4000-8000-0000000000aa");
	struct totals_result r;
	struct score_state state;
	struct str *statement;
	int64_t changed;
	struct ground g;
	size_t n;

	if (!on_postgres())
		return;
	ground_open(&g);
	run_sql(g.f.db, "CREATE SCHEMA own_uuid;\n"
			"SET search_path TO own_uuid;\n"
			"CREATE TABLE competitors (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
			" first_name text NOT NULL, last_name text NOT NULL,"
			" coach_id uuid NOT NULL, game_platform_id uuid UNIQUE)");
	must(game_schema_plan(g.f.db, g.f.a, NULL, &statement, &n, &oops));
	must(schema_apply(g.f.db, statement, n, &oops));
	run_sql(g.f.db,
		"INSERT INTO profiles (id, role) VALUES ('" FAKE_COACH "', 'coach');\n"
		"INSERT INTO competitors (coach_id, first_name, last_name,"
		" game_platform_id) VALUES ('" FAKE_COACH "', 'C', '1',"
		" '00000000-0000-4000-8000-0000000000aa');\n"
		"INSERT INTO game_platform_sync_state (syned_user_id, needs_totals_refresh,"
		" last_remote_accessed_at, last_odl_synced_at) VALUES"
		" ('00000000-0000-4000-8000-0000000000aa', true, '2026-02-28', '2026-02-28')"
		" ON CONFLICT (syned_user_id) DO UPDATE SET needs_totals_refresh = true,"
		" last_remote_accessed_at = excluded.last_remote_accessed_at,"
		" last_odl_synced_at = excluded.last_odl_synced_at");
	must(activity_update(g.f.db, FAKE_START_MS, &changed, &oops));
	OK(changed == 1, "activity of somebody whose id is a uuid");
	must(score_state_get(g.f.db, g.f.a, user, &state, &oops));
	OK(state.exists && state.competitor.len == 36, "their state");
	must(score_state_forget(g.f.db, &(struct score_scope){ 0 }, FAKE_START_MS, &oops));
	must(score_state_get(g.f.db, g.f.a, user, &state, &oops));
	OK(state.odl_ms == 0, "which can be forgotten");
	r = sweep(&g, (struct totals_wish){ 0 });
	OK(r.total == 1 && r.orphans == 0 && r.one[0].outcome == TOTALS_GONE, "their totals");
	run_sql(g.f.db, "DROP SCHEMA own_uuid CASCADE");
	ground_close(&g);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	the_vendors_own();
	news_in_between();
	gone_and_failing();
	orphans();
	pages();
	coachs_own();
	stops();
	uuid_ids();
	return tap_done();
}
