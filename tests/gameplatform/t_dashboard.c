/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_dashboard.c - what the dashboard counts in one look is what plain queries find one by one.
 *
 * The plain queries are the definitions: a figure each, however long they take.
 */
#include "base/rng.h"
#include "fixture.h"
#include "gameplatform/dashboard.h"
#include "gameplatform/schema.h"
#include "store/cell.h"
#include "tap.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
/* 2026-03-01T10:20:30Z */
#define NOW_MS INT64_C(1772360430000)
#define PEOPLE 40
#define SOLVES 1500
#define EVENTS 120
#define COACH(n) "00000000-0000-4000-8000-00000000c00" #n

struct ground {
	struct fixture f;
	struct rng rng;
	struct call call;
	struct figures figures;
};

static void person(struct ground *g, int n)
{
	const char *uid = n % 9 ? str_printf(g->f.a, "'u%d'", n).at : "NULL";

	run_sql(g->f.db, str_printf(g->f.a,
				    "INSERT INTO competitors (id, coach_id, first_name, last_name, "
				    "game_platform_id) VALUES ('00000000-0000-4000-8000-%012d', "
				    "'%s', 'C', '%d', %s)",
				    n, n % 3 ? COACH(1) : COACH(2), n, uid)
				 .at);
}

/* Of a few hours, so that days in a row are no rarity; never twice the same. */
static struct value some_time(struct ground *g, int64_t days, int64_t i)
{
	int64_t day = (int64_t)rng_below(&g->rng, (uint64_t)days);
	int64_t ago_ms = day * DAY_MS + (int64_t)rng_below(&g->rng, 4) * DAY_MS / 9;

	return cell_from_ms(NOW_MS - ago_ms - 1000 - i);
}

/* Also to people whom nobody has. */
static void happen(struct ground *g)
{
	const char *solve = "INSERT INTO game_platform_challenge_solves (syned_user_id, "
			    "challenge_solve_id, solved_at, source) VALUES (?1, ?2, ?3, ?4)";
	const char *event = "INSERT INTO game_platform_flash_ctf_events (syned_user_id, event_id, "
			    "started_at) VALUES (?1, ?2, ?3)";

	for (int64_t i = 0; i < SOLVES + EVENTS; i++) {
		uint64_t who = rng_below(&g->rng, PEOPLE + 2);
		struct str id = str_printf(g->f.a, "u%llu", (unsigned long long)who);
		struct value number = value_int(i),
			     name = value_str(str_printf(g->f.a, "e%lld", (long long)i));
		struct value param[] = { value_str(id), i < SOLVES ? number : name,
					 some_time(g, who % 4 ? 60 : 800, i),
					 value_str(i % 5 ? STR("odl") : STR("flash_ctf")) };

		must(db_exec(g->f.db, i < SOLVES ? solve : event, param, i < SOLVES ? 4 : 3, NULL,
			     &oops));
	}
}

static void ground_open(struct ground *g)
{
	struct str *statement;
	size_t n;

	*g = (struct ground){ .f = fixture_open(NULL), .rng = { .state = 20261126 } };
	must(game_schema_plan(g->f.db, g->f.a, NULL, &statement, &n, &oops));
	must(schema_apply(g->f.db, statement, n, &oops));
	run_sql(g->f.db, "INSERT INTO profiles (id, role, full_name) VALUES ('" COACH(
				 1) "', 'coach', 'One'), ('" COACH(2) "', 'coach', 'Two')");
	for (int i = 1; i <= PEOPLE; i++)
		person(g, i);
	happen(g);
	g->call = (struct call){ .arena = g->f.a, .db = g->f.db };
}

static void look(struct ground *g, int64_t days, bool all, const char *coach)
{
	g->figures = (struct figures){ .call = &g->call,
				       .coach = str_from(coach),
				       .all_time = all,
				       .now_ms = NOW_MS,
				       .since_ms = NOW_MS - days * DAY_MS,
				       .before_ms = NOW_MS - 2 * days * DAY_MS };
}

/* ---- the cards ---- */

#define SOLVED "game_platform_challenge_solves d JOIN scope ON scope.uid = d.syned_user_id "
#define PLAYED "game_platform_flash_ctf_events d JOIN scope ON scope.uid = d.syned_user_id "

static int64_t figure(struct ground *g, const char *sql, int64_t from_ms, int64_t to_ms)
{
	struct value more[] = { cell_from_ms(from_ms), cell_from_ms(to_ms) };
	struct db_result r;

	must(figures_ask(&g->figures, sql, more, COUNT(more), &r, &oops));
	return figures_int(db_cell(&r, 0, 0));
}

static int64_t plain(struct ground *g, const char *card, int64_t from_ms, int64_t to_ms)
{
	if (strcmp(card, "totalChallenges") == 0)
		return figure(g,
			      "SELECT count(*) FROM " SOLVED
			      "WHERE d.source = 'odl' AND d.solved_at >= ?3 AND d.solved_at < ?4",
			      from_ms, to_ms);
	if (strcmp(card, "monthlyParticipation") == 0)
		return figure(g,
			      "SELECT count(DISTINCT d.syned_user_id) FROM " PLAYED
			      "WHERE d.started_at >= ?3 AND d.started_at < ?4",
			      from_ms, to_ms);
	return figure(g,
		      "SELECT count(*) FROM (SELECT d.syned_user_id FROM " SOLVED
		      "WHERE d.solved_at >= ?3 AND d.solved_at < ?4 UNION SELECT d.syned_user_id "
		      "FROM " PLAYED "WHERE d.started_at >= ?3 AND d.started_at < ?4) x",
		      from_ms, to_ms);
}

static bool is_plain(struct ground *g, struct value cards, const char *name)
{
	const struct figures *f = &g->figures;
	struct value card = value_get(cards, str_from(name));
	struct value line = value_get(card, STR("sparkline"));
	struct value delta = value_get(card, STR("delta"));
	int64_t span_s = (f->now_ms - f->since_ms) / 1000, from_ms = f->since_ms;
	bool good = true;

	for (int64_t i = 0; i < FIGURES_BUCKETS; i++) {
		/* The first whole second of the part behind it. */
		int64_t after_s = ((i + 1) * span_s + FIGURES_BUCKETS - 1) / FIGURES_BUCKETS;
		int64_t to_ms = f->since_ms + after_s * 1000;

		good &= value_at(line, (size_t)i).i == plain(g, name, from_ms, to_ms);
		from_ms = to_ms;
	}
	if (f->all_time)
		return good && value_is_nothing(delta);
	return good && delta.i == plain(g, name, f->since_ms, f->now_ms) -
					  plain(g, name, f->before_ms, f->since_ms);
}

static void cards_are_what_plain_queries_find(struct ground *g, const char *what)
{
	static const char *const name[] = { "activeOnPlatform", "totalChallenges",
					    "monthlyParticipation" };
	struct value cards, global;

	must(dashboard_kpis(&g->figures, &cards, &global, &oops));
	for (size_t i = 0; i < COUNT(name); i++)
		OK(is_plain(g, cards, name[i]), "%s of %s", name[i], what);
	OK(value_get(global, STR("monthlyCtfParticipants")).i ==
		   plain(g, "monthlyParticipation", g->figures.since_ms, g->figures.now_ms),
	   "participants of %s", what);
}

/* ---- streaks ---- */

/* Whether somebody solved something on the day, counted from 1970, inside the range. */
static bool is_day(struct ground *g, struct str uid, int64_t day)
{
	int64_t from_ms = day * DAY_MS, to_ms = from_ms + DAY_MS;
	const struct figures *f = &g->figures;
	struct value param[] = { value_str(uid),
				 cell_from_ms(from_ms > f->since_ms ? from_ms : f->since_ms),
				 cell_from_ms(to_ms < f->now_ms + 1 ? to_ms : f->now_ms + 1) };
	bool any;

	must(db_any(g->f.db,
		    "SELECT 1 FROM game_platform_challenge_solves WHERE syned_user_id = ?1 "
		    "AND solved_at >= ?2 AND solved_at < ?3",
		    param, COUNT(param), &any, &oops));
	return any;
}

/* Streaks that end on that day. */
static int64_t streaks_on(struct ground *g, int64_t day)
{
	int64_t n = 0;
	struct db_result r;

	must(figures_ask(&g->figures, "SELECT uid FROM scope WHERE uid IS NOT NULL", NULL, 0, &r,
			 &oops));
	for (size_t i = 0; i < r.rows; i++) {
		struct str uid = db_cell(&r, i, 0).s;

		n += is_day(g, uid, day) && is_day(g, uid, day - 1) && is_day(g, uid, day - 2) &&
		     !is_day(g, uid, day + 1);
	}
	return n;
}

static void days_have_the_streaks_that_end_on_them(struct ground *g, const char *what)
{
	int64_t sum = 0;
	struct value list;
	bool good = true;

	must(dashboard_days(&g->figures, STR("streak"), &list, &oops));
	for (size_t i = 0; i < value_len(list); i++) {
		int64_t day = g->figures.since_ms / DAY_MS + (int64_t)i;
		int64_t n = value_get(value_at(list, i), STR("events")).i;

		good &= n == streaks_on(g, day);
		sum += n;
	}
	OK(good && sum > 0, "%lld streaks of %s, each on its last day", (long long)sum, what);
}

/* Page by page, which looks for streaks behind the page's oldest solve only; and all at once. */
static void pages_are_parts_of_the_whole(struct ground *g, const char *what)
{
	struct timeline_options o = { .limit = 5000 };
	struct value all, page;
	bool good = true;
	size_t streaks = 0;

	must(dashboard_timeline(&g->figures, &o, &all, &oops));
	o.limit = 37;
	for (; o.offset < (int64_t)value_len(all); o.offset += o.limit) {
		must(dashboard_timeline(&g->figures, &o, &page, &oops));
		for (size_t i = 0; i < value_len(page); i++) {
			struct value one = value_at(page, i);

			good &= value_eq(one, value_at(all, (size_t)o.offset + i));
			streaks += str_eq(value_get(one, STR("type")).s, STR("streak"));
		}
	}
	OK(good && streaks > 0, "pages of %s hold the same rows, %zu streaks among them", what,
	   streaks);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *coach;
		int64_t days;
		bool all;
	} looks[] = {
		{ "a week", "", 7, false },
		{ "thirty days", "", 30, false },
		{ "a coach's thirty days", COACH(1), 30, false },
		{ "all time", "", 365, true },
	};
	struct ground g;

	fixture_choose(argc, argv);
	ground_open(&g);
	for (size_t i = 0; i < COUNT(looks); i++) {
		look(&g, looks[i].days, looks[i].all, looks[i].coach);
		cards_are_what_plain_queries_find(&g, looks[i].name);
		pages_are_parts_of_the_whole(&g, looks[i].name);
	}
	look(&g, 30, false, "");
	days_have_the_streaks_that_end_on_them(&g, "thirty days");
	fixture_close(&g.f);
	return tap_done();
}
