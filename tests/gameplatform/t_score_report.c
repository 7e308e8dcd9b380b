/* SPDX-License-Identifier: Apache-2.0 */
/* t_score_report.c - what the list of connections is told of the score sync. */
#include "fixture.h"
#include "gameplatform/integration.h"
#include "gameplatform/schema.h"
#include "gameplatform/score_report.h"
#include "tap.h"

#define HOUR_MS ((int64_t)60 * 60 * 1000)
/* 2026-03-01T00:00:00Z */
#define NOW_MS INT64_C(1772323200000)

static struct fixture open_tables(void)
{
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	size_t n;

	must(game_schema_plan(f.db, f.a, NULL, &statement, &n, &oops));
	must(schema_apply(f.db, statement, n, &oops));
	return f;
}

static struct integration_report report(struct fixture *f, size_t runs)
{
	static const struct connection c = { .name = { "metactf", 7 } };
	struct reporting r = { f->db, f->a, &c, NOW_MS, runs };
	struct integration_report out = { .facts = 0 };

	must(score_report(&r, &out, &oops));
	return out;
}

static int64_t fact(const struct integration_report *r, const char *label)
{
	for (size_t i = 0; i < r->facts; i++)
		if (strcmp(r->fact[i].label, label) == 0)
			return r->fact[i].value.i;
	return -1;
}

/* `ends`: of the last run that began at `began`, or "NULL". */
static void add_run(struct fixture *f, int n, const char *status, const char *began,
		    const char *ends, const char *error)
{
	run_sql(f->db, str_printf(f->a,
				  "INSERT INTO game_platform_sync_runs (id, status, sync_type,"
				  " started_at, completed_at, error_message, competitors_processed,"
				  " competitors_with_new_data, competitors_failed, api_call_count)"
				  " VALUES ('00000000-0000-4000-8000-%012d', '%s', 'incremental',"
				  " '%s', %s, %s, 60, 7, 2, 90)",
				  n, status, began, ends, error)
			       .at);
}

static void nothing_yet(void)
{
	struct fixture f = open_tables();
	struct integration_report r = report(&f, 14);

	OK(r.runs.runs == 0 && !r.success && r.written == 0, "no run");
	OK(fact(&r, "Cycles, 24 h") == 0 && fact(&r, "Calls, 24 h") == 0, "nothing is counted");
	OK(r.trouble.len == 0, "and nothing is wrong");
	fixture_close(&f);
}

static void cycles_are_runs(void)
{
	struct fixture f = open_tables();
	struct integration_report r;

	add_run(&f, 1, "completed", "2026-02-27T23:00:00Z", "'2026-02-27T23:01:00Z'", "NULL");
	add_run(&f, 2, "completed", "2026-02-28T22:00:00Z", "'2026-02-28T22:02:00Z'", "NULL");
	add_run(&f, 3, "failed", "2026-02-28T22:30:00Z", "'2026-02-28T22:31:00Z'", "'HTTP 401'");
	add_run(&f, 4, "running", "2026-02-28T23:00:00Z", "NULL", "NULL");
	r = report(&f, 14);
	OK(r.runs.runs == 4, "all of them");
	OK(r.runs.run[0].status == RUN_RUNNING && r.runs.run[0].completed_ms == 0,
	   "the newest comes first, and runs");
	OK(r.runs.run[1].status == RUN_ERROR && str_eq(r.runs.run[1].error, STR("HTTP 401")),
	   "one failed, and says why");
	OK(r.runs.run[2].status == RUN_SUCCESS && r.runs.run[2].counts.processed == 60 &&
		   r.runs.run[2].counts.failed == 2,
	   "one in which some failed is complete");
	OK(r.success && r.success->started_ms == NOW_MS - 2 * HOUR_MS &&
		   r.success->completed_ms == NOW_MS - 2 * HOUR_MS + 120000,
	   "the last success is the last complete one");
	OK(str_eq(r.runs.run[0].connection, STR("metactf")), "of the connection");
	OK(fact(&r, "Cycles, 24 h") == 3 && fact(&r, "Calls, 24 h") == 270 && r.written == 21,
	   "figures are those of a day");
	r = report(&f, 2);
	OK(r.runs.runs == 2 && r.success, "no more than asked for");
	fixture_close(&f);
}

static void people_are_counted(void)
{
	struct fixture f = open_tables();
	struct integration_report r;

	run_sql(f.db,
		"INSERT INTO profiles (id, role, full_name) VALUES"
		" ('00000000-0000-4000-8000-00000000c001', 'coach', 'Test Coach');\n"
		"INSERT INTO competitors (coach_id, first_name, last_name, game_platform_id,"
		" game_platform_sync_error) VALUES ('00000000-0000-4000-8000-00000000c001', 'A', 'A',"
		" 'u-1', NULL), ('00000000-0000-4000-8000-00000000c001', 'B', 'B', 'u-2', 'gone'),"
		" ('00000000-0000-4000-8000-00000000c001', 'C', 'C', NULL, NULL)");
	r = report(&f, 14);
	OK(fact(&r, "Competitors on the platform") == 2, "those with an id");
	OK(fact(&r, "Competitors with an error") == 1, "and those with an error");
	OK(game_platform.report == score_report && game_platform.page,
	   "the integration reports so");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	nothing_yet();
	cycles_are_runs();
	people_are_counted();
	return tap_done();
}
