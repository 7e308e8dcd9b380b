/* SPDX-License-Identifier: Apache-2.0 */
/* t_weekly_report.c - what the list of connections is told of the weekly job. */
#include "data/json.h"
#include "fixture.h"
#include "pti/budget.h"
#include "pti/integration.h"
#include "pti/schema.h"
#include "pti/weekly_report.h"
#include "tap.h"

/* 2026-03-02T00:00:00Z */
#define NOW_MS INT64_C(1772409600000)

static struct fixture open_tables(void)
{
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	size_t n;

	must(pti_schema_plan(f.db, f.a, NULL, &statement, &n, &oops));
	must(schema_apply(f.db, statement, n, &oops));
	return f;
}

static struct connection connection_of(struct fixture *f, const char *config)
{
	struct connection c = { .name = STR("pti") };

	must(json_parse(f->a, str_from(config), &c.config, NULL, &oops));
	return c;
}

static struct integration_report report(struct fixture *f, const struct connection *c)
{
	struct reporting r = { f->db, f->a, c, NOW_MS, 14 };
	struct integration_report out = { .facts = 0 };

	must(weekly_report(&r, &out, &oops));
	return out;
}

static int64_t fact(const struct integration_report *r, const char *label)
{
	for (size_t i = 0; i < r->facts; i++)
		if (strcmp(r->fact[i].label, label) == 0)
			return r->fact[i].value.i;
	return -1;
}

/* On that day of March 2026, for a minute. */
static void add_run(struct fixture *f, int day, const char *status, const char *error)
{
	bool runs = strcmp(status, "running") == 0;

	run_sql(f->db,
		str_printf(f->a,
			   "INSERT INTO lockstep_pti_runs (id, started_at, completed_at, status,"
			   " found, succeeded, failed, updated, error) VALUES"
			   " ('00000000-0000-4000-8000-%012d', '2026-03-%02dT00:00:00Z', %s, '%s',"
			   " 9, 7, 2, 4, %s)",
			   day, day,
			   runs ? "NULL" : str_printf(f->a, "'2026-03-%02dT00:01:00Z'", day).at,
			   status, error)
			.at);
}

static void runs_in_words(void)
{
	struct fixture f = open_tables();
	struct connection c = connection_of(&f, "{}");
	struct integration_report r = report(&f, &c);

	OK(r.runs.runs == 0 && !r.success && r.trouble.len == 0, "nothing yet");
	add_run(&f, 1, "partial", "NULL");
	add_run(&f, 2, "partial", "'no_credits'");
	add_run(&f, 3, "stopped", "'no_credits'");
	add_run(&f, 4, "stopped", "'no_key'");
	add_run(&f, 5, "failed", "'interrupted'");
	add_run(&f, 6, "running", "NULL");
	r = report(&f, &c);
	OK(r.runs.runs == 6 && r.runs.run[0].status == RUN_RUNNING, "the newest runs");
	OK(r.runs.run[1].status == RUN_ERROR &&
		   str_eq(r.runs.run[1].error, STR("its process ended before it did.")),
	   "one died");
	OK(r.runs.run[2].status == RUN_ERROR &&
		   str_eq(r.runs.run[2].error, STR("there is no key for the service.")),
	   "one had no key");
	OK(r.runs.run[3].status == RUN_PARTIAL && r.runs.run[4].status == RUN_PARTIAL &&
		   str_eq(r.runs.run[3].error, STR("the credits did not last.")),
	   "two did what the credits allowed");
	OK(r.runs.run[5].status == RUN_PARTIAL &&
		   str_eq(r.runs.run[5].error, STR("2 of 9 players could not be read.")),
	   "one could not read everybody");
	OK(r.success && str_eq(r.success->id, r.runs.run[5].id),
	   "which keeps the promise, as the others do not");
	add_run(&f, 7, "completed", "NULL");
	r = report(&f, &c);
	OK(r.runs.run[0].status == RUN_SUCCESS && r.runs.run[0].error.len == 0 &&
		   str_eq(r.success->id, r.runs.run[0].id),
	   "a complete one does");
	fixture_close(&f);
}

static void players_and_credits(void)
{
	struct fixture f = open_tables();
	struct connection c =
		connection_of(&f, "{\"credits_per_month\":\"10\",\"reserve_percent\":20}");
	struct integration_report r;
	bool granted;

	run_sql(f.db, "INSERT INTO lockstep_pti_players (player, page, failures) VALUES"
		      " ('ana', 'https://one', 0), ('ben', 'https://two', 3), ('cy', NULL, 0)");
	r = report(&f, &c);
	OK(fact(&r, "Linked players") == 2 && fact(&r, "Players whose page failed") == 1,
	   "players, but not those who unlinked");
	OK(fact(&r, "Credits left for the weekly run") == 8 && r.trouble.len == 0, "credits");
	must(budget_take(f.db, &c, NOW_MS, 8, false, &granted, &oops));
	must(budget_spent(f.db, &c, NOW_MS, 8, 8, &oops));
	r = report(&f, &c);
	OK(granted && fact(&r, "Credits spent this month") == 8 &&
		   fact(&r, "Credits left for the weekly run") == 0,
	   "all of them are spent");
	OK(str_eq(r.trouble, STR("The weekly run's credits of this month are used up: 8 of 10 are "
				 "spent, 2 are kept for persons.")) &&
		   r.next.len > 0,
	   "which waits for a person");
	OK(pti_ratings.report == weekly_report && pti_ratings.page, "the integration reports so");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	runs_in_words();
	players_and_credits();
	return tap_done();
}
