/* SPDX-License-Identifier: Apache-2.0 */
/* t_budget.c - credits by the month: granted, settled, let go, and never more than the plan says.
 */
#include "data/json.h"
#include "fixture.h"
#include "pti/budget.h"
#include "tap.h"

/* 2026-01-31T20:00:00Z */
#define JANUARY_MS INT64_C(1769889600000)
#define LAST_HOUR_MS (JANUARY_MS + 3 * HOUR_MS)
#define HOUR_MS INT64_C(3600000)
#define CROWD 6
#define EACH 40

static struct connection connection_of(struct fixture *f, const char *config)
{
	struct connection c = { .name = STR("pti") };

	must(json_parse(f->a, str_from(config), &c.config, NULL, &oops));
	return c;
}

static struct fixture open_table(void)
{
	struct fixture f = fixture_open(NULL);

	must(db_exec(f.db, budget_table_sql, NULL, 0, NULL, &oops));
	return f;
}

static bool take(struct fixture *f, const struct connection *c, int64_t now_ms, int64_t credits,
		 bool person)
{
	bool granted;

	must(budget_take(f->db, c, now_ms, credits, person, &granted, &oops));
	return granted;
}

static void spend(struct fixture *f, const struct connection *c, int64_t now_ms, int64_t granted,
		  int64_t spent)
{
	must(budget_spent(f->db, c, now_ms, granted, spent, &oops));
}

static struct budget_state state(struct fixture *f, const struct connection *c, int64_t now_ms)
{
	struct budget_state s;

	must(budget_state(f->db, f->a, c, now_ms, &s, &oops));
	return s;
}

static void the_reserve_is_left_to_persons(void)
{
	struct fixture f = open_table();
	struct connection c =
		connection_of(&f, "{\"credits_per_month\":\"10\",\"reserve_percent\":25}");
	struct budget_state s = state(&f, &c, JANUARY_MS);

	OK(s.limit == 10 && s.reserve == 2 && s.left_job == 8 && s.left_person == 10,
	   "a month that has not begun");
	for (int i = 0; i < 8; i++)
		OK(take(&f, &c, JANUARY_MS, 1, false), "the job's credit %d", i + 1);
	OK(!take(&f, &c, JANUARY_MS, 1, false), "no more for the job");
	OK(take(&f, &c, JANUARY_MS, 2, true), "the rest for persons");
	OK(!take(&f, &c, JANUARY_MS, 1, true), "and then for nobody");
	OK(take(&f, &c, JANUARY_MS, 0, false), "what costs nothing is always granted");
	fixture_close(&f);
}

static void what_is_settled_counts_and_what_is_not_is_let_go(void)
{
	struct fixture f = open_table();
	struct connection c = connection_of(&f, "{\"credits_per_month\":10,\"reserve_percent\":0}");
	struct budget_state s;

	OK(take(&f, &c, JANUARY_MS, 5, false) && take(&f, &c, JANUARY_MS, 5, false), "all of it");
	spend(&f, &c, JANUARY_MS, 5, 1);
	s = state(&f, &c, JANUARY_MS);
	OK(s.spent == 1 && s.granted == 5 && s.requests == 1 && s.left_job == 4, "one is settled");
	OK(!take(&f, &c, JANUARY_MS + HOUR_MS - 1, 5, false), "the other one counts");
	OK(take(&f, &c, JANUARY_MS + HOUR_MS, 5, false), "until it is an hour old");
	spend(&f, &c, JANUARY_MS + HOUR_MS, 5, 7);
	s = state(&f, &c, JANUARY_MS + HOUR_MS);
	OK(s.spent == 8 && s.granted == 0, "more than was granted counts too");
	OK(take(&f, &c, JANUARY_MS + HOUR_MS, 2, false), "a grant");
	must(budget_return(f.db, &c, JANUARY_MS + HOUR_MS, 2, &oops));
	s = state(&f, &c, JANUARY_MS + HOUR_MS);
	OK(s.granted == 0 && s.requests == 2, "that was for nothing is given back");
	fixture_close(&f);
}

static void grants_of_two_half_hours_are_told_apart(void)
{
	struct fixture f = open_table();
	struct connection c = connection_of(&f, "{\"credits_per_month\":10,\"reserve_percent\":0}");

	OK(take(&f, &c, JANUARY_MS, 4, false), "one of this half hour");
	OK(take(&f, &c, JANUARY_MS + HOUR_MS / 2, 4, false), "one of the next");
	OK(state(&f, &c, JANUARY_MS + HOUR_MS / 2).granted == 8, "both count");
	OK(state(&f, &c, JANUARY_MS + HOUR_MS - 1).granted == 8, "and go on to");
	spend(&f, &c, JANUARY_MS + HOUR_MS / 2, 4, 4);
	OK(state(&f, &c, JANUARY_MS + HOUR_MS / 2).granted == 4, "one is settled");
	OK(take(&f, &c, JANUARY_MS + HOUR_MS / 2, 2, false), "there is room for what is left");
	OK(!take(&f, &c, JANUARY_MS + HOUR_MS / 2, 1, false), "and no more");
	spend(&f, &c, JANUARY_MS + HOUR_MS / 2, 6, 0);
	OK(state(&f, &c, JANUARY_MS + HOUR_MS / 2).granted == 0, "settling reaches both");
	spend(&f, &c, JANUARY_MS + HOUR_MS / 2, 6, 0);
	OK(state(&f, &c, JANUARY_MS + HOUR_MS / 2).granted == 0, "and never goes below nothing");
	fixture_close(&f);
}

static void a_month_begins_anew(void)
{
	struct fixture f = open_table();
	struct connection c = connection_of(&f, "{\"credits_per_month\":3,\"reserve_percent\":0}");

	OK(take(&f, &c, LAST_HOUR_MS, 3, false), "January's");
	OK(!take(&f, &c, LAST_HOUR_MS, 1, false), "are used up");
	OK(take(&f, &c, LAST_HOUR_MS + HOUR_MS, 3, false), "February's, an hour later, are not");
	IS(str_keep(f.a, state(&f, &c, LAST_HOUR_MS + HOUR_MS).month).at, "2026-02", "its name");
	fixture_close(&f);
}

static void no_limit_is_no_limit(void)
{
	struct fixture f = open_table();
	struct connection c = connection_of(&f, "{\"credits_per_month\":0}");

	OK(take(&f, &c, JANUARY_MS, 1000000, false), "whatever it is");
	spend(&f, &c, JANUARY_MS, 1000000, 1000000);
	OK(state(&f, &c, JANUARY_MS).left_job == INT64_MAX &&
		   state(&f, &c, JANUARY_MS).spent == 1000000,
	   "and is counted");
	fixture_close(&f);
}

static void connections_do_not_share(void)
{
	struct fixture f = open_table();
	struct connection c = connection_of(&f, "{\"credits_per_month\":1,\"reserve_percent\":0}");
	struct connection other = c;

	other.name = STR("other");
	OK(take(&f, &c, JANUARY_MS, 1, false) && take(&f, &other, JANUARY_MS, 1, false),
	   "each has its own");
	fixture_close(&f);
}

/* Each grant is settled or, now and then, left as by a process that dies. */
static int crowd(struct fixture *f)
{
	struct connection c = connection_of(f, "{\"credits_per_month\":100,\"reserve_percent\":0}");
	int granted = 0;

	for (int i = 0; i < EACH; i++) {
		if (!take(f, &c, JANUARY_MS, 1, false))
			continue;
		granted++;
		if (i % 5)
			spend(f, &c, JANUARY_MS, 1, 1);
	}
	return granted;
}

static void a_crowd_gets_what_there_is_and_no_more(void)
{
	struct fixture f = open_table();
	struct connection c =
		connection_of(&f, "{\"credits_per_month\":100,\"reserve_percent\":0}");
	int pid[CROWD], granted = 0;
	struct budget_state s;

	for (int i = 0; i < CROWD; i++)
		pid[i] = fixture_fork(&f, crowd);
	for (int i = 0; i < CROWD; i++)
		granted += fixture_wait(pid[i]);
	s = state(&f, &c, JANUARY_MS);
	OK(granted == 100, "%d of 100 credits were granted to %d processes", granted, CROWD);
	OK(s.spent + s.granted == 100 && s.spent == s.requests, "all of them are accounted for");
	OK(!take(&f, &c, JANUARY_MS, 1, false), "and nothing is left");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	the_reserve_is_left_to_persons();
	what_is_settled_counts_and_what_is_not_is_let_go();
	grants_of_two_half_hours_are_told_apart();
	a_month_begins_anew();
	no_limit_is_no_limit();
	connections_do_not_share();
	a_crowd_gets_what_there_is_and_no_more();
	return tap_done();
}
